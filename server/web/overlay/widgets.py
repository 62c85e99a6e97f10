"""The widgets that the overlay shows, as the studio offers them. Each is drawn in clients/overlay/source/widgets."""

from dataclasses import dataclass

from server.web.overlay.options import GOAL, ROWS, TEXT, Option


@dataclass(frozen=True, slots=True, kw_only=True)
class WidgetOffered:
    """A widget: its name in the address, what people call it, what it shows, and the size it is drawn for in pixels.

    `options` are those that it reads besides theme and language.
    """

    name: str
    title: str
    shows: str
    width: int
    height: int
    options: tuple[Option, ...] = ()


WIDGETS = (
    WidgetOffered(
        name="leaderboard", title="Leaderboard", shows="Who watched longest.", width=480, height=420, options=(ROWS,)
    ),
    WidgetOffered(
        name="tickets",
        title="Tickets",
        shows="Who has most tickets in the newest raffle.",
        width=480,
        height=420,
        options=(ROWS,),
    ),
    WidgetOffered(
        name="draw",
        title="Draw",
        shows="The countdown to a draw, its code and round, the reel, and who won.",
        width=640,
        height=500,
    ),
    WidgetOffered(
        name="giveaway",
        title="Giveaway",
        shows="The word to type, how many are in, and who won with the time left to answer.",
        width=520,
        height=420,
    ),
    WidgetOffered(
        name="slots",
        title="Slot calls",
        shows="The slot calls that wait, and the one that is played.",
        width=520,
        height=460,
        options=(ROWS,),
    ),
    WidgetOffered(
        name="alerts",
        title="Alerts",
        shows="Who follows, subscribes, gives, sends KICKs or wins, as it happens and with sound.",
        width=560,
        height=200,
    ),
    WidgetOffered(
        name="ticker",
        title="Ticker",
        shows="Who was just given tickets, and what for.",
        width=560,
        height=420,
        options=(ROWS,),
    ),
    WidgetOffered(
        name="goal",
        title="Goal",
        shows="How far tickets, subscriptions, KICKs, hours watched or other counts are to a goal.",
        width=640,
        height=190,
        options=GOAL,
    ),
    WidgetOffered(
        name="text",
        title="Text",
        shows="A sentence of your own with values in it.",
        width=640,
        height=170,
        options=TEXT,
    ),
)
THEMES = ("night", "day", "neon", "clear")
LANGUAGES = ("en", "de")
