"""The answers to the operations of giveaways, as everybody may see them."""

from typing import TypedDict


class PublicWinner(TypedDict):
    """Somebody who won, as everybody may know him."""

    publicName: str


class GiveawayTerms(TypedDict):
    """Who is in, and what is given away; `watchTime` in seconds."""

    kind: str
    keyword: str | None
    prize: str
    winners: int
    subscribersOnly: bool
    linkedOnly: bool
    watchTime: int
    byDiscord: bool


class GiveawayDraw(TypedDict):
    """What came of it."""

    fileUrl: str | None
    winners: list[PublicWinner]


class GiveawayShown(TypedDict):
    """A giveaway."""

    id: str
    number: int
    title: str
    state: str
    endsAt: str | None
    changedAt: str | None
    entries: int
    rules: GiveawayTerms
    draw: GiveawayDraw | None


class GiveawayPage(TypedDict):
    """The newest ones."""

    nodes: list[GiveawayShown]


class GiveawayCommunity(TypedDict):
    """A community with its giveaways."""

    name: str
    giveaways: GiveawayPage


class GiveawaysNow(TypedDict):
    """The answer to `giveaways_now`."""

    communityOfGuild: GiveawayCommunity | None


class IsIn(TypedDict):
    """Whether somebody is in a giveaway."""

    isIn: bool


class MyGiveaway(TypedDict):
    """The answer to `my_giveaway`."""

    myGiveaway: IsIn | None


class OwnGiveaway(TypedDict):
    """How somebody stands in a giveaway; `chance` in millionths."""

    title: str
    isIn: bool
    tickets: str
    chance: int | None
    leftOut: str | None
    advice: str | None


class GiveawayStep(TypedDict):
    """How somebody stands after he entered or left; a problem is raised before it is read."""

    own: OwnGiveaway


class EnterGiveaway(TypedDict):
    """The answer to `enter_giveaway`."""

    enterGiveaway: GiveawayStep


class LeaveGiveaway(TypedDict):
    """The answer to `leave_giveaway`."""

    leaveGiveaway: GiveawayStep
