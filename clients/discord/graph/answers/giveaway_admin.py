"""The answers to the operations with which staff runs giveaways."""

from typing import TypedDict

from clients.discord.graph.answers.raffle_admin import DrawTime, Winner, WinnersNow


class GiveawayRules(TypedDict):
    """Who is in, what is given away, and how many win."""

    kind: str
    keyword: str | None
    prize: str
    winners: int
    alternates: int


class GiveawayDrawn(TypedDict):
    """The draw of a giveaway."""

    code: str | None
    winners: list[Winner]


class GiveawayOfStaff(TypedDict):
    """A giveaway with what staff needs of it."""

    id: str
    number: int
    title: str
    state: str
    endsAt: str | None
    entries: int
    rules: GiveawayRules
    draw: GiveawayDrawn | None


class GiveawaysOfStaff(TypedDict):
    """The last giveaways, and how many there are."""

    nodes: list[GiveawayOfStaff]
    totalCount: int


class GiveawaysCommunity(TypedDict):
    """A community with its giveaways."""

    giveaways: GiveawaysOfStaff


class GiveawaysForStaff(TypedDict):
    """The answer to `giveaways_for_staff`."""

    communityOfGuild: GiveawaysCommunity | None


class KeywordRules(TypedDict):
    """The word to type, and how many win."""

    keyword: str | None
    winners: int


class GiveawayNow(TypedDict):
    """A giveaway after a change."""

    number: int
    title: str
    endsAt: str | None
    entries: int
    rules: KeywordRules


class GiveawayChanged(TypedDict):
    """What was changed; a problem is raised before it is read."""

    giveaway: GiveawayNow


class OpenGiveaway(TypedDict):
    """The answer to `open_giveaway`."""

    openGiveaway: GiveawayChanged


class CloseGiveaway(TypedDict):
    """The answer to `close_giveaway`."""

    closeGiveaway: GiveawayChanged


class CancelGiveaway(TypedDict):
    """The answer to `cancel_giveaway`."""

    cancelGiveaway: GiveawayChanged


class GiveawayToDraw(TypedDict):
    """A giveaway whose draw is on its way."""

    number: int
    title: str
    draw: DrawTime | None


class GiveawayDrawAsked(TypedDict):
    """The giveaway that is drawn."""

    giveaway: GiveawayToDraw


class DrawGiveaway(TypedDict):
    """The answer to `draw_giveaway`."""

    drawGiveaway: GiveawayDrawAsked


class GiveawayWinners(TypedDict):
    """A giveaway with who has its prizes."""

    draw: WinnersNow | None


class GiveawayRedrawn(TypedDict):
    """The giveaway after somebody was passed over."""

    giveaway: GiveawayWinners


class RedrawGiveaway(TypedDict):
    """The answer to `redraw_giveaway`."""

    redrawGiveaway: GiveawayRedrawn


class EntrantAccount(TypedDict):
    """The account by which somebody is in."""

    platform: str
    name: str


class Entrant(TypedDict):
    """An account that is in a giveaway; `leftOut` is why staff leaves it out."""

    viewerId: str
    isSubscriber: bool
    enteredAt: str
    leftOut: str | None
    account: EntrantAccount


class EntrantsPageInfo(TypedDict):
    """Whether there is another page."""

    endCursor: str | None
    hasNextPage: bool


class Entrants(TypedDict):
    """A page of who is in."""

    nodes: list[Entrant]
    totalCount: int
    pageInfo: EntrantsPageInfo


class GiveawayWithEntrants(TypedDict):
    """A giveaway with a page of who is in it."""

    number: int
    title: str
    entrants: Entrants


class EntrantsCommunity(TypedDict):
    """A community with one of its giveaways."""

    giveaway: GiveawayWithEntrants | None


class GiveawayEntrants(TypedDict):
    """The answer to `giveaway_entrants`."""

    communityOfGuild: EntrantsCommunity | None


class ViewerMeant(TypedDict):
    """The viewer about whom something was done."""

    viewerId: str


class ExcludeFromGiveaway(TypedDict):
    """The answer to `exclude_from_giveaway`."""

    excludeFromGiveaway: ViewerMeant


class IncludeInGiveaway(TypedDict):
    """The answer to `include_in_giveaway`."""

    includeInGiveaway: ViewerMeant


class EditedGiveaway(TypedDict):
    """A giveaway with the hash that its draw is held to."""

    title: str
    entries: int
    rulesSha256: str


class GiveawayEdited(TypedDict):
    """What was changed; a problem is raised before it is read."""

    giveaway: EditedGiveaway


class UpdateGiveaway(TypedDict):
    """The answer to `update_giveaway`."""

    updateGiveaway: GiveawayEdited
