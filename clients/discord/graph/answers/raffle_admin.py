"""The answers to the operations with which staff runs raffles."""

from typing import TypedDict

from clients.discord.graph.answers.shared import Account


class RaffleId(TypedDict):
    """A raffle by its id."""

    id: str


class RaffleChoice(TypedDict):
    """A raffle to choose."""

    id: str
    number: int
    title: str
    state: str


class RaffleChoices(TypedDict):
    """A page of raffles."""

    nodes: list[RaffleChoice]


class RafflesToChoose(TypedDict):
    """The open raffle, and the last ones."""

    current: RaffleId | None
    history: RaffleChoices


class ChoosingCommunity(TypedDict):
    """A community with its raffles."""

    raffles: RafflesToChoose


class RafflesForStaff(TypedDict):
    """The answer to `raffles_for_staff`."""

    communityOfGuild: ChoosingCommunity | None


class StaffRules(TypedDict):
    """The rules of a raffle."""

    prizes: str
    howToEarn: list[str]
    winners: int
    alternates: int
    settlementHours: int
    claimHours: int
    renews: bool


class SourceOfTickets(TypedDict):
    """What a source gave, to how many."""

    source: str
    tickets: str
    viewers: int


class Statistics(TypedDict):
    """Where a raffle's tickets come from, and who is left out as things stand."""

    unlinked: int
    excluded: int
    freeEntries: int
    bySource: list[SourceOfTickets]


class RaffleOfStaff(TypedDict):
    """A raffle with what staff knows of it."""

    number: int
    title: str
    state: str
    startsAt: str
    endsAt: str
    drawAt: str
    tickets: str
    entrants: int
    rulesSha256: str
    rules: StaffRules
    statistics: Statistics


class OneRaffle(TypedDict):
    """The raffle that was asked for."""

    raffle: RaffleOfStaff | None


class OneRaffleCommunity(TypedDict):
    """A community with a raffle."""

    raffles: OneRaffle


class RaffleForStaff(TypedDict):
    """The answer to `raffle_for_staff`."""

    communityOfGuild: OneRaffleCommunity | None


class Winner(TypedDict):
    """Somebody who has a prize."""

    position: int
    account: Account


class WinnersNow(TypedDict):
    """Who has the prizes of a draw."""

    winners: list[Winner]


class LastDraw(TypedDict):
    """The last draw of a raffle."""

    id: str
    winners: list[Winner]


class Places(TypedDict):
    """How many win, and how many may step in."""

    winners: int
    alternates: int


class Counted(TypedDict):
    """How many there are."""

    totalCount: int


class RaffleBeforeDraw(TypedDict):
    """A raffle with what a draw of it would be over."""

    number: int
    title: str
    tickets: str
    entrants: int
    rules: Places
    excluded: Counted
    draw: LastDraw | None


class RaffleOfDraw(TypedDict):
    """The raffle that was asked for."""

    raffle: RaffleBeforeDraw | None


class DrawCommunity(TypedDict):
    """A community with a raffle."""

    raffles: RaffleOfDraw


class RaffleToDraw(TypedDict):
    """The answer to `raffle_to_draw`."""

    communityOfGuild: DrawCommunity | None


class RaffleDates(TypedDict):
    """A raffle and its dates."""

    number: int
    title: str
    startsAt: str
    endsAt: str
    drawAt: str


class RaffleChanged(TypedDict):
    """The raffle after a change; a problem is raised before it is read."""

    raffle: RaffleDates


class StartRaffle(TypedDict):
    """The answer to `start_raffle`."""

    startRaffle: RaffleChanged


class EndRaffle(TypedDict):
    """The answer to `end_raffle`."""

    endRaffle: RaffleChanged


class RestartRaffle(TypedDict):
    """The answer to `restart_raffle`."""

    restartRaffle: RaffleChanged


class SetRaffleDates(TypedDict):
    """The answer to `set_raffle_dates`."""

    setRaffleDates: RaffleChanged


class DrawTime(TypedDict):
    """When a draw is made, and by which code its list is closed."""

    roundAt: str
    code: str | None


class DrawAsked(TypedDict):
    """The draw that was asked for."""

    draw: DrawTime


class DrawRaffle(TypedDict):
    """The answer to `draw_raffle`."""

    drawRaffle: DrawAsked


class Passed(TypedDict):
    """The draw after somebody was passed over."""

    draw: WinnersNow


class PassWinner(TypedDict):
    """The answer to `pass_winner`."""

    passWinner: Passed


class Granted(TypedDict):
    """What a viewer has now."""

    tickets: str


class GrantTickets(TypedDict):
    """The answer to `grant_tickets`."""

    grantTickets: Granted


class Prizes(TypedDict):
    """What a raffle gives away."""

    prizes: str


class PrizesSet(TypedDict):
    """The rules of the next raffle."""

    rules: Prizes


class SetRafflePrizes(TypedDict):
    """The answer to `set_raffle_prizes`."""

    updateRaffleRules: PrizesSet


class TicketsOfSource(TypedDict):
    """What one source gave a viewer."""

    source: str
    tickets: str


class TicketsOfViewer(TypedDict):
    """What a viewer has in a raffle, and in which place that is."""

    tickets: str
    rank: int | None
    bySource: list[TicketsOfSource]


class RaffleOfViewer(TypedDict):
    """A raffle with what a viewer has in it."""

    viewerTickets: TicketsOfViewer | None


class RafflesOfViewer(TypedDict):
    """The raffle that runs, if one does."""

    current: RaffleOfViewer | None


class TicketsCommunity(TypedDict):
    """A community with its raffle."""

    raffles: RafflesOfViewer


class TicketsOfMember(TypedDict):
    """The answer to `tickets_of_member`."""

    communityOfGuild: TicketsCommunity | None
