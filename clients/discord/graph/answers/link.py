"""The answers to the operations of linking."""

from typing import TypedDict


class IdentifiedAccount(TypedDict):
    """Somebody on a platform, by the platform's own id."""

    platform: str
    platformId: str
    name: str


class LinkedAccount(TypedDict):
    """An account that is not its viewer's only one."""

    account: IdentifiedAccount
    at: str


class LinkRules(TypedDict):
    """What linking asks for; `cooldown` in seconds."""

    cooldown: int
    codeRequired: bool


class LinkGuild(TypedDict):
    """A community's Discord server."""

    name: str


class LinkViewer(TypedDict):
    """Somebody with his accounts; none while he has only one."""

    linkedAccounts: list[LinkedAccount]


class LinkCommunity(TypedDict):
    """A community, and who somebody is there."""

    id: str
    name: str
    guild: LinkGuild | None
    linkSettings: LinkRules
    viewerOfAccount: LinkViewer | None


class LinkStatus(TypedDict):
    """The answer to `link_status`."""

    communityOfGuild: LinkCommunity | None


class LinkOffered(TypedDict):
    """An address for one person; a problem is raised before it is read."""

    url: str
    expiresAt: str


class CreateLink(TypedDict):
    """The answer to `create_link`."""

    createLink: LinkOffered


class LinkMade(TypedDict):
    """The account that is linked now."""

    platform: str
    name: str


class ConfirmLink(TypedDict):
    """The answer to `confirm_link`."""

    confirmLink: LinkMade


class KnownAccounts(TypedDict):
    """The answer to `known_accounts`."""

    knownAccounts: list[IdentifiedAccount]


class LinkKnownAccount(TypedDict):
    """The answer to `link_known_account`."""

    linkKnownAccount: LinkMade


class AccountParted(TypedDict):
    """The account that stands alone."""

    platform: str


class UnlinkMyAccount(TypedDict):
    """The answer to `unlink_my_account`."""

    unlinkMyAccount: AccountParted


class WagerClaimed(TypedDict):
    """A name that somebody says is his, and where that stands."""

    name: str
    state: str


class ClaimWagerAccount(TypedDict):
    """The answer to `claim_wager_account`."""

    claimWagerAccount: WagerClaimed
