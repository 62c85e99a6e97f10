"""Who has signed in himself, for what is nobody else's business: not his programs', and not a bot's."""

from server.auth.actors import Actor
from server.auth.door import credential_of
from server.domain.refusals import Refused
from server.domain.staff import Holder
from server.domain.staff import HolderKind as Kind


def account_of(actor: Actor) -> Holder | None:
    """The account that a person signed in with; None for whoever is known by none."""
    accounts = sorted(holder for holder in actor.holders if holder[0] != Kind.DISCORD_ROLE)
    return accounts[0] if accounts else None


def signed_in_himself(actor: Actor) -> Holder:
    """The account that somebody signed in with himself, or a refusal of his programs and of whoever speaks for him."""
    account = account_of(actor)
    if account is None or actor.kind != "person" or credential_of(actor)[0] == "api":
        raise Refused(
            "sign_in_needed",
            "Only a person who has signed in himself can do this; his API tokens and the bot cannot do it for him.",
            "Sign in in the browser and do it there.",
        )
    return account
