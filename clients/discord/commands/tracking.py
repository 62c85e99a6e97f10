"""/tracking: whether watch time is counted, what a viewer has, and corrections."""

from clients.discord.asked.answering import SMALL
from clients.discord.asked.commands import Asked, Command, Family, Option, Type
from clients.discord.commands.staffing import MANAGE_GUILD, REASON_MAX, Staffing, done, moment
from clients.discord.graph.answers.tracking import ViewerOfStaff
from clients.discord.render.card import Card
from clients.discord.render.limits import shown
from clients.discord.words.language import Words

MINUTE_S = 60
MINUTES_MAX = 1_000_000

REASONED = Option(name="reason", type=Type.TEXT, required=True, least=1, most=REASON_MAX)
MINUTES = Option(name="minutes", type=Type.WHOLE, required=True, least=-MINUTES_MAX, most=MINUTES_MAX)
MEMBER = Option(name="member", type=Type.USER)


class TrackingCommands:
    """The commands; each asks the server in the name of whoever uses it."""

    def __init__(self, staffing: Staffing) -> None:
        self._staffing = staffing

    @property
    def family(self) -> Family:
        """The commands."""
        viewer = Option(name="viewer", type=Type.TEXT, suggest=self._staffing.suggest_viewers)
        commands = [
            Command(name="tracking on", run=self.on),
            Command(name="tracking off", run=self.off),
            Command(name="tracking status", run=self.status),
            Command(name="tracking lookup", run=self.lookup, options=[viewer, MEMBER]),
            Command(name="tracking adjust", run=self.adjust, options=[MINUTES, REASONED, viewer, MEMBER]),
        ]
        return Family(name="tracking", commands=commands, permissions=MANAGE_GUILD)

    async def on(self, asked: Asked) -> Card:
        """Have watch time be counted from now on."""
        await self._staffing.do(asked, "set_tracking", tracking=True)
        return done(asked.words("tracking.on"), asked.words("tracking.on_effect"))

    async def off(self, asked: Asked) -> Card:
        """Have no watch time be counted from now on; what was counted stays."""
        await self._staffing.do(asked, "set_tracking", tracking=False)
        return done(asked.words("tracking.off"), asked.words("tracking.off_effect"))

    async def status(self, asked: Asked) -> Card:
        """Whether watch time is counted right now, why, and by which rules."""
        found, words = await self._staffing.read(asked, "tracking_status"), asked.words
        rules = found["watchTimeSettings"]
        lines = [
            words(f"earning.{found['earningStatus']['code']}"),
            # With the figures, in the server's English.
            f"{SMALL}{found['earningStatus']['explanation']}",
            "",
            words("tracking.window", worth=words.duration(rules["window"])),
            words("tracking.quorum", count=rules["quorum"]),
            *([] if rules["dailyCap"] is None else [words("tracking.cap", most=words.duration(rules["dailyCap"]))]),
        ]
        live = {
            f"{one['channel']['platform'].capitalize()}: {shown(one['channel']['name'])}": words(
                "tracking.live" if one["isLive"] else "tracking.not_live"
            )
            for one in found["streamStatus"]
        }
        return Card(title=words("tracking.on" if rules["tracking"] else "tracking.off"), lines=lines, fields=live)

    async def lookup(self, asked: Asked) -> Card:
        """What a viewer has, which accounts he has, and how staff corrected him."""
        found, words = await self._staffing.viewer(asked), asked.words
        lines = [f"**{words.duration(found['watchTime']['seconds'])}**"]
        lines += [] if found["rank"] is None else [words("watchtime.rank", rank=found["rank"])]
        lines += [
            words(
                "tracking.adjustment",
                at=moment(one["at"], "d"),
                minutes=_signed(words, one["seconds"]),
                reason=shown(one["reason"], REASON_MAX),
            )
            for one in found["watchTime"]["adjustments"]["nodes"]
        ]
        accounts = [f"{one['platform'].capitalize()}: {shown(one['name'])}" for one in found["accounts"]]
        return Card(
            title=words("watchtime.title", name=_name(found)),
            lines=lines,
            fields={words("tracking.accounts"): "\n".join(accounts)},
        )

    async def adjust(self, asked: Asked) -> Card:
        """Give a viewer minutes, or take some."""
        found, words = await self._staffing.viewer(asked), asked.words
        seconds = asked.whole("minutes", 0) * MINUTE_S
        given = {"viewerId": found["id"], "seconds": seconds, "reason": asked.text("reason")}
        told = await self._staffing.do(asked, "adjust_watch_time", **given)
        return done(
            words("tracking.adjusted"),
            words("tracking.adjusted_by", name=_name(found), minutes=_signed(words, seconds)),
            words("tracking.now", total=words.duration(told["seconds"])),
        )


def _signed(words: Words, seconds: int) -> str:
    """So long more, or less."""
    return ("+" if seconds >= 0 else "\N{MINUS SIGN}") + words.duration(abs(seconds))


def _name(viewer: ViewerOfStaff) -> str:
    """A viewer by his first account."""
    return shown(viewer["accounts"][0]["name"]) if viewer["accounts"] else "?"
