"""What the commands of staff share: the community they are about, its days, and who is meant."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from clients.discord.asked.commands import Asked, Choice
from clients.discord.asked.confirming import Confirming
from clients.discord.asked.times import instant as read_instant
from clients.discord.graph.answers.raffle_admin import Winner
from clients.discord.graph.answers.staffing import ViewerOfMember
from clients.discord.graph.answers.tracking import ViewerOfStaff
from clients.discord.graph.asking import UNBOUND, Graph, ServerRefused
from clients.discord.graph.communities import Communities, Known
from clients.discord.graph.documents import document
from clients.discord.render.card import Card, Look, Tone
from clients.discord.render.limits import shown
from clients.discord.words.language import Words, at

MANAGE_GUILD = 1 << 5
REASON_MAX = 300


@dataclass(frozen=True, slots=True)
class Staffing:
    """How staff is served: everything is asked in the name of whoever asks, so that the server judges it."""

    graph: Graph
    communities: Communities
    confirming: Confirming
    clock_s: Callable[[], float]

    async def here(self, asked: Asked) -> Known:
        """The community of the Discord server; refuses a server that belongs to none."""
        return await self.communities.at(asked.interaction.guild, asked.words("failed.unbound"))

    async def read(self, asked: Asked, name: str, **given: Any) -> Any:
        """What is told of the community of a Discord server; refuses a server without one, and whoever is no staff."""
        variables = {"guild": asked.interaction.guild} | given
        try:
            told = await self.graph.ask(document(name), variables, asked.interaction.acting)
        except ServerRefused as refused:
            if refused.code != UNBOUND:
                raise
            # Where the Discord server has a community it is whoever asks that is a stranger to it.
            await self.here(asked)
            raise ServerRefused("forbidden", asked.words("staff.only"), asked.words("staff.ask")) from None
        if told["communityOfGuild"] is None:
            raise ServerRefused("guild_unbound", asked.words("failed.unbound"))
        return told["communityOfGuild"]

    async def do(self, asked: Asked, name: str, /, **given: Any) -> Any:
        """What a mutation in the community gives, done once for what was asked."""
        community = await self.here(asked)
        given = {"communityId": community.id, "idempotencyKey": asked.interaction.id} | given
        told = await self.graph.ask(document(name), {"input": given}, asked.interaction.acting)
        [result] = told.values()
        return result

    async def member(self, asked: Asked, option: str = "member") -> tuple[str, str]:
        """The viewer's id and the name of the Discord user in an option; refuses whoever has never been linked."""
        user = asked.text(option)
        name = shown(asked.interaction.names.get(user, user))
        return await self.viewer_of(asked, user, name), name

    async def viewer_of(self, asked: Asked, user: str, name: str) -> str:
        """The id of the viewer that a Discord user of a name is; refuses whoever has never been linked."""
        told = cast("ViewerOfMember", {"communityOfGuild": await self.read(asked, "viewer_of_member", user=user)})
        community = told["communityOfGuild"]
        if community is None or community["viewerOfAccount"] is None:
            raise ServerRefused("viewer_unknown", asked.words("staff.unlinked", name=name), asked.words("staff.link"))
        return community["viewerOfAccount"]["id"]

    async def whom(self, asked: Asked) -> tuple[str, str]:
        """The id and the name of who is in the option `viewer` or `member`; refuses what `viewer` refuses."""
        if asked.text("member") and not asked.text("viewer"):
            return await self.member(asked)
        found = await self.viewer(asked)
        return found["id"], shown(found["accounts"][0]["name"]) if found["accounts"] else "?"

    async def viewer(self, asked: Asked) -> ViewerOfStaff:
        """The viewer in the option `viewer` or `member`; refuses none, both, and whoever is not known here."""
        words, chosen = asked.words, asked.text("viewer")
        if bool(chosen) == bool(asked.text("member")):
            raise ServerRefused("viewer_unclear", words("staff.one_viewer"), words("staff.which_viewer"))
        viewer = chosen or (await self.member(asked))[0]
        found = (await self.read(asked, "viewer_for_staff", viewer=viewer))["viewer"]
        if found is None:
            raise ServerRefused("viewer_unknown", words("staff.no_viewer"), words("staff.which_viewer"))
        return found

    async def suggest_viewers(self, asked: Asked) -> Sequence[Choice]:
        """Viewers whose name begins with what is being typed, also those whom only Kick or Twitch knows."""
        told = await self.read(asked, "viewers_to_suggest", text=asked.text("viewer"))
        return [
            (f"{one['account']['name']} · {one['account']['platform'].capitalize()}", one["viewerId"])
            for one in told["viewers"]
        ]

    async def moment(self, asked: Asked, option: str, *, is_end: bool = False) -> datetime | None:
        """The moment in an option, by the community's clock; None where nothing was said, refused where it is none."""
        text = asked.text(option)
        if not text:
            return None
        now = datetime.fromtimestamp(self.clock_s(), UTC)
        found = read_instant(text, now, (await self.here(asked)).zone, is_end=is_end)
        if found is None:
            raise unfit(asked, text)
        return found


def unfit(asked: Asked, text: str) -> ServerRefused:
    """The refusal of a text that is no duration and no date."""
    said = asked.words("staff.no_time", text=text)
    return ServerRefused("time_unreadable", said, asked.words("staff.times"))


def reason(asked: Asked) -> str:
    """Why, for the log; that it was done here where nothing was said."""
    return asked.text("reason") or asked.words("staff.reason")


def done(title: str, *lines: str) -> Card:
    """It was done."""
    return Card(title=title, lines=lines, tone=Tone.GOOD, look=Look.CHECK)


def winners(words: Words, found: Sequence[Winner]) -> list[str]:
    """Who has the prizes, a line each."""
    return [f"{words.number(one['position'])}. {shown(one['account']['name'])}" for one in found]


def moment(instant: str, style: str = "f") -> str:
    """An instant of the server as each reader's own clock has it."""
    return at(datetime.fromisoformat(instant), style)
