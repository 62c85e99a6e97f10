"""Invitations."""

from typing import Annotated

import strawberry

from server.actions import invitations as actions
from server.domain.invitations import check_lifetime
from server.domain.refusals import Refused
from server.domain.staff import HolderKind
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import Info
from server.resolvers.idempotency import Kept, once
from server.resolvers.staff import holder_in
from server.schema.ids import id_of
from server.schema.invitations import CreateInvitationInput, CreateInvitationResult, InvitationCreated
from server.schema.policies import OPERATOR
from server.store import invitations

START_PATH = "/start"
ACCOUNTS = frozenset({HolderKind.KICK.value, HolderKind.TWITCH.value})


async def create_invitation(
    info: Info, given: Annotated[CreateInvitationInput, strawberry.argument(name="input", description="For whom.")]
) -> CreateInvitationResult:
    """Make a code with which somebody makes a community of his own."""
    context = info.context
    context.admit_operator()
    lifetime = check_lifetime(given.days)
    holder = None if given.holder is None else holder_in(given.holder)
    if holder is not None and holder[0] not in ACCOUNTS:
        raise Refused(
            "holder_cannot_sign_in", "Only an account that signs in here can be invited.", "Name a KICK or TWITCH one."
        )
    salt = context.ids.token()

    async def invite(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.invite(tx, scope, salt=salt, holder=holder, lifetime=lifetime)
        return done.giving({"invitation": done.result})

    kept = await once(context, "createInvitation", None, given, invite)
    made = await invitations.by_id(context.reader, kept["invitation"])
    if made is None:
        raise Refused("code_expired", "This invitation expired long ago.", "Make a new one, with a fresh key.")
    return InvitationCreated(
        id=id_of("invitation", made.id),
        code=context.services.codes.code("invitation", made.salt),
        url=f"{context.services.public_url}{START_PATH}",
        expires_at=made.expires_at,
    )


@strawberry.type
class InvitationMutations:
    """What can be changed about invitations."""

    create_invitation: CreateInvitationResult = strawberry.field(
        resolver=create_invitation,
        description="Make a code with which somebody makes a community of his own.",
        metadata=OPERATOR,
    )
