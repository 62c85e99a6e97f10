"""The answers to the operations of staff that looks after links."""

from typing import TypedDict

from clients.discord.graph.answers.link import IdentifiedAccount
from clients.discord.graph.answers.shared import WatchTime


class LinkOfMember(TypedDict):
    """An account of a member, and how it was linked."""

    account: IdentifiedAccount
    cause: str
    actor: str
    at: str


class LinksViewer(TypedDict):
    """A member as the community knows him."""

    watchTime: WatchTime
    linkedAccounts: list[LinkOfMember]


class LinksCommunity(TypedDict):
    """A community with one of its members."""

    viewerOfAccount: LinksViewer | None


class LinksOfMember(TypedDict):
    """The answer to `links_of_member`."""

    communityOfGuild: LinksCommunity | None


class OpenClaim(TypedDict):
    """A name that somebody says is his."""

    id: str
    provider: str
    name: str
    platform: str
    platformId: str


class OpenClaimPage(TypedDict):
    """Claims that wait."""

    nodes: list[OpenClaim]


class ClaimingWagers(TypedDict):
    """The claims of a community."""

    claims: OpenClaimPage


class ClaimingCommunity(TypedDict):
    """A community with its claims."""

    wagers: ClaimingWagers


class OpenClaims(TypedDict):
    """The answer to `open_claims`."""

    communityOfGuild: ClaimingCommunity | None


class ContestedClaim(TypedDict):
    """A name that several people claim, by one of them."""

    provider: str
    name: str
    platform: str
    platformId: str
    state: str
    claimedAt: str


class ContestedWagers(TypedDict):
    """What is contested."""

    conflicts: list[ContestedClaim]


class ContestedCommunity(TypedDict):
    """A community with what is contested."""

    wagers: ContestedWagers


class ClaimConflicts(TypedDict):
    """The answer to `claim_conflicts`."""

    communityOfGuild: ContestedCommunity | None


class ClaimedName(TypedDict):
    """A name."""

    name: str


class ClaimDecided(TypedDict):
    """A claim that staff decided."""

    claim: ClaimedName


class VerifyWagerAccount(TypedDict):
    """The answer to `verify_wager_account`."""

    verifyWagerAccount: ClaimDecided


class RejectWagerAccount(TypedDict):
    """The answer to `reject_wager_account`."""

    rejectWagerAccount: ClaimDecided


class MemberParted(TypedDict):
    """Who the account is now."""

    viewerId: str


class UnlinkMember(TypedDict):
    """The answer to `unlink_member`."""

    unlinkAccount: MemberParted


class IdentifiedViewer(TypedDict):
    """A viewer with all his accounts."""

    accounts: list[IdentifiedAccount]
    watchTime: WatchTime
    linkedAccounts: list[LinkOfMember]


class IdentifiedCommunity(TypedDict):
    """A community with one of its viewers."""

    viewer: IdentifiedViewer | None


class LinksOfViewer(TypedDict):
    """The answer to `links_of_viewer`."""

    communityOfGuild: IdentifiedCommunity | None
