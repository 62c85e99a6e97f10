"""Carries out the server's jobs about panels: posts, edits what changed, pins, replaces, and tells how that went."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256

import orjson
import structlog

from clients.discord.carrying.kinds import Carried, Desk, Kind, gone
from clients.discord.graph.answers.jobs import PanelDueJob, PanelRemovedJob
from clients.discord.graph.asking import UNBOUND, ServerRefused
from clients.discord.graph.documents import document
from clients.discord.library.refusals import Code, DiscordRefused
from clients.discord.library.rest import Json, Rest
from clients.discord.panels.contents import CONTENTS
from clients.discord.render.card import Card
from clients.discord.words.language import Words, at

LANE = "panels"
EMOJI = "\N{LINK SYMBOL}"
"""What people react with on a panel for links who do not click."""

UNKNOWN_PANEL = "panel_unknown"
NOT_ANY_MORE = "There is no such panel any more."
STAMPED = frozenset({"LEADERBOARD", "SLOTS"})
OVER = frozenset({Code.UNKNOWN_MESSAGE, Code.UNKNOWN_CHANNEL, Code.MISSING_ACCESS, Code.MISSING_PERMISSIONS})
"""A message that cannot be deleted for one of these is none of ours to look after."""

log = structlog.get_logger("regulars.discord")


class Outcome(StrEnum):
    """What the server is told of a panel."""

    SHOWN = "SHOWN"
    LOST = "LOST"
    HELD_BACK = "HELD_BACK"
    FORBIDDEN = "FORBIDDEN"
    NO_CHANNEL = "NO_CHANNEL"


OUTCOMES: Mapping[int, Outcome] = {
    Code.UNKNOWN_MESSAGE: Outcome.LOST,
    Code.OLD_MESSAGE_EDITED_TOO_OFTEN: Outcome.HELD_BACK,
    Code.UNKNOWN_CHANNEL: Outcome.NO_CHANNEL,
    Code.MISSING_ACCESS: Outcome.FORBIDDEN,
    Code.MISSING_PERMISSIONS: Outcome.FORBIDDEN,
}
PIN_PROBLEMS: Mapping[int, str] = {
    Code.MISSING_ACCESS: "PIN_FORBIDDEN",
    Code.MISSING_PERMISSIONS: "PIN_FORBIDDEN",
    Code.TOO_MANY_PINS: "PINS_FULL",
}


@dataclass(frozen=True, slots=True)
class Sight:
    """A panel as it is shown now."""

    message: str
    content_hash: str
    problem: str | None


@dataclass(frozen=True, slots=True)
class Showing:
    """Keeps panels as they should be; `clock_s` tells seconds since 1970."""

    clock_s: Callable[[], float]

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """How jobs about panels are carried out, by their types."""
        return {"PanelDueJob": Kind(self.show, LANE), "PanelRemovedJob": Kind(remove, LANE)}

    async def show(self, job: PanelDueJob, desk: Desk) -> Carried:
        """Have a panel show what it should, where that is another thing than before."""
        community, channel = job["community"], job["channelId"]
        if channel is None or community is None or community["guildId"] is None:
            return gone(NOT_ANY_MORE)
        try:
            content = CONTENTS[job["panelKind"]]
            card = await content(desk.graph, Words.of(job["locale"]), community)
        except ServerRefused as refused:
            if refused.code == UNBOUND:
                return gone(NOT_ANY_MORE)
            raise
        try:
            # Nobody posts into the server of others by naming one of its channels.
            if job["messageId"] is None and await desk.rest.guild_of(channel) != community["guildId"]:
                return await reported(job, channel, desk, Outcome.NO_CHANNEL)
            sight = await self._shown(job, channel, desk.rest, card)
        except DiscordRefused as refused:
            outcome = OUTCOMES.get(refused.code)
            if outcome is None:
                raise
            log.info("panel_not_shown", panel=job["panelId"], outcome=outcome.value)
            return await reported(job, channel, desk, outcome)
        await replace_former(job, desk.rest)
        return await reported(job, channel, desk, Outcome.SHOWN, sight)

    async def _shown(self, job: PanelDueJob, channel: str, rest: Rest, card: Card) -> Sight:
        """Post, edit, or see that the message is there still; pin it where it is to be pinned and is not."""
        found = digest(card)
        if job["messageId"] is None:
            message = await rest.post(channel, self._stamped(job, card), nonce=job["id"])
            if job["panelKind"] == "LINK":
                await react(rest, channel, str(message["id"]))
        elif job["contentHash"] == found:
            message = await rest.find(channel, job["messageId"])
        else:
            message = await rest.edit(channel, job["messageId"], self._stamped(job, card))
        number = str(message["id"])
        problem = None
        if job["isPinned"] and not message.get("pinned"):
            problem = await pin(rest, channel, number)
        return Sight(number, found, problem)

    def _stamped(self, job: PanelDueJob, card: Card) -> Json:
        """What is sent: with when that was, where it changes without anybody doing something here."""
        if job["panelKind"] in STAMPED:
            now = at(datetime.fromtimestamp(self.clock_s(), UTC), "R")
            words = Words.of(job["locale"])
            card = replace(card, lines=[*card.lines, "", words("panel.updated", at=now)])
        return card.payload()


def digest(card: Card) -> str:
    """The hash of what a card shows."""
    return sha256(orjson.dumps(card.payload(), option=orjson.OPT_SORT_KEYS)).hexdigest()


async def pin(rest: Rest, channel: str, message: str) -> str | None:
    """Pin a message; why that cannot be, for staff to mend."""
    try:
        await rest.pin(channel, message)
    except DiscordRefused as refused:
        problem = PIN_PROBLEMS.get(refused.code)
        if problem is None:
            raise
        return problem
    return None


async def react(rest: Rest, channel: str, message: str) -> None:
    """Show what to react with; where the bot may not, the buttons do."""
    try:
        await rest.react(channel, message, EMOJI)
    except DiscordRefused as refused:
        log.info("panel_without_reaction", code=refused.code)


async def replace_former(job: PanelDueJob, rest: Rest) -> None:
    """Delete the message that this one stands for now."""
    if job["formerChannelId"] is not None and job["formerMessageId"] is not None:
        await delete(rest, job["formerChannelId"], job["formerMessageId"])


async def delete(rest: Rest, channel: str, message: str) -> None:
    """Delete a message, unless that is beyond us."""
    try:
        await rest.remove(channel, message)
    except DiscordRefused as refused:
        if refused.code not in OVER:
            raise


async def remove(job: PanelRemovedJob, desk: Desk) -> Carried:
    """Delete the message of a panel that is not wanted any more."""
    if job["channelId"] is not None and job["messageId"] is not None:
        await delete(desk.rest, job["channelId"], job["messageId"])
    return Carried()


async def reported(job: PanelDueJob, channel: str, desk: Desk, outcome: Outcome, sight: Sight | None = None) -> Carried:
    """Tell the server how a panel is; what was posted for one that was deleted or moved meanwhile is deleted."""
    community = job["community"]
    given = {
        "community": "" if community is None else community["id"],
        "panel": job["panelId"],
        "channel": channel,
        "outcome": outcome.value,
        "message": None if sight is None else sight.message,
        "hash": None if sight is None else sight.content_hash,
        "problem": None if sight is None else sight.problem,
        "key": sha256(f"{job['id']} {job['lease']} {outcome} {sight}".encode()).hexdigest(),
    }
    try:
        await desk.graph.ask(document("report_panel"), given)
    except ServerRefused as refused:
        if refused.code != UNKNOWN_PANEL:
            raise
        if sight is not None and job["messageId"] is None:
            await delete(desk.rest, channel, sight.message)
        return gone(NOT_ANY_MORE)
    return Carried(
        note="" if outcome is Outcome.SHOWN else outcome.value, reference="" if sight is None else sight.message
    )
