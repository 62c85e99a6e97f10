"""Say in chats what is to be said there: one line after the other in a channel, each at most once.

What becomes of a line is written down before and after. A server that dies in between leaves a line of which nobody
knows whether it was posted; it is never posted again, and counts as sent once it comes back from the chat.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Protocol

import structlog

from server.domain.chat.lines import ATTEMPTS_MAX, LineState
from server.domain.refusals import Refused
from server.effects.retention import in_pieces
from server.jobs import leases
from server.jobs.unit import Done, Scope, Units
from server.ports import Clock, Tx
from server.ports_platforms import ApiFault, Chat, ChatLine, ChatPosted
from server.store import channels
from server.store.channels import ChannelRecord
from server.store.chat import commands, lines
from server.store.chat.lines import LineRecord, Speaker
from server.store.credentials import Owner
from server.store.database import Database
from server.store.errors import is_down

log = structlog.get_logger(__name__)

CHANNELS_AT_ONCE = 8
CHANNELS_LOOKED_AT = 200
LEASE = timedelta(seconds=60)
POST_TIMEOUT_S = 25.0
CLOSE_WITHIN_S = 30.0
BOT_TRIED_AGAIN_AFTER = timedelta(hours=6)
RETRY_AFTER_S = 3
SERVER_ERROR = 500
LINES_KEPT = timedelta(days=30)
PIECE = 1_000

Outcome = tuple[LineState, Speaker | None, str | None, str | None]
"""Where a line stands, as whom it was said, its id, and the reason where it was not."""


class TokenSource(Protocol):
    """Where access tokens come from."""

    async def access_token(self, owner: Owner) -> str:
        """An access token that is good for a while, or a refusal."""
        ...


class Speakers:
    """Says the lines of all channels, several channels at once; on PostgreSQL a lease decides who speaks in one."""

    def __init__(
        self,
        database: Database,
        units: Units,
        *,
        chats: Mapping[str, Chat],
        tokens: TokenSource,
        clock: Clock,
        holder: str,
        pace_s: float,
    ) -> None:
        self._database = database
        self._units = units
        self._chats = chats
        self._tokens = tokens
        self._clock = clock
        self._holder = holder
        self._pace_s = pace_s
        self._draining = asyncio.Lock()
        self._open: set[asyncio.Task[None]] = set()

    async def run(self, wakes: AsyncIterator[None]) -> None:
        """Speak whenever woken, until cancelled; a line that was begun is carried to its end."""
        async for _ in wakes:
            try:
                await self.drain()
            except Exception as error:
                log.warning(
                    "chat.interrupted", down=is_down(error), error=type(error).__name__, exc_info=not is_down(error)
                )
                await asyncio.sleep(1)

    async def drain(self) -> int:
        """Say all that is due in every channel where nobody else speaks; how many lines."""
        async with self._draining:
            found = await lines.channels_waiting(self._database.reader(), self._clock.now(), CHANNELS_LOOKED_AT)
            slots = asyncio.Semaphore(CHANNELS_AT_ONCE)
            said = await asyncio.gather(*(self._in_turn(slots, one) for one in found), return_exceptions=True)
        for outcome in said:
            if isinstance(outcome, BaseException):
                raise outcome
        return sum(one for one in said if isinstance(one, int))

    async def close(self) -> None:
        """Wait for lines that are being said, half a minute at most."""
        if self._open:
            await asyncio.wait(self._open, timeout=CLOSE_WITHIN_S)

    async def _in_turn(self, slots: asyncio.Semaphore, channel_id: int) -> int:
        async with slots:
            if not await self._hold(channel_id):
                return 0
            await self._units.run(0, partial(self._settle_orphans, channel_id))
            said = 0
            while (line := await self._units.run(0, partial(self._next, channel_id))) is not None:
                task = asyncio.create_task(self._carry_out(line))
                self._open.add(task)
                task.add_done_callback(self._open.discard)
                await asyncio.shield(task)
                said += 1
                await asyncio.sleep(self._pace_s)
                if not await self._hold(channel_id):
                    break
            return said

    async def _hold(self, channel_id: int) -> bool:
        if self._database.dialect == "sqlite":
            return True

        async def take(tx: Tx, _: Scope) -> Done[int | None]:
            return Done(await leases.hold(tx, f"chat:{channel_id}", self._holder, LEASE))

        return await self._units.run(0, take) is not None

    async def _settle_orphans(self, channel_id: int, tx: Tx, scope: Scope) -> Done[int]:
        return Done(await lines.settle_orphans(tx, channel_id, scope.now))

    async def _next(self, channel_id: int, tx: Tx, scope: Scope) -> Done[LineRecord | None]:
        await lines.drop_expired(tx, channel_id, scope.now)
        return Done(await lines.take_next(tx, channel_id, scope.now))

    async def _carry_out(self, line: LineRecord) -> None:
        channel = (await channels.by_ids(self._database.reader(), [line.channel_id]))[line.channel_id]
        outcome = await self._say(line, channel)
        if isinstance(outcome, ApiFault):
            await self._failed(line, outcome)
            return
        state, speaker, message_id, reason = outcome
        log.info("chat.line", line=line.id, state=state.value, speaker=speaker, reason=reason)

        async def settle(tx: Tx, scope: Scope) -> Done[bool]:
            done = await lines.settle(
                tx, line.id, state, scope.now, speaker=speaker, message_id=message_id, reason=reason
            )
            return Done(done)

        await self._units.run(line.community_id, settle)

    async def _say(self, line: LineRecord, channel: ChannelRecord) -> Outcome | ApiFault:
        """What became of a line, or the fault after which it may be tried again: nothing was posted."""
        chat = self._chats.get(channel.platform)
        if chat is None:
            return LineState.FAILED, None, None, "platform_without_chat"
        owner = Owner(
            community_id=line.community_id,
            provider=channel.platform,
            external_id=channel.external_id,
            purpose="channel",
        )
        try:
            token = await self._tokens.access_token(owner)
        except Refused as refused:
            return LineState.FAILED, None, None, refused.code
        speaker = await self._speaker(channel.platform)
        told = await self._post(chat, token, line, channel, speaker)
        if speaker == "bot" and was_answered_with_error(told):
            # Kick refuses the bots of some apps with 500 for months; the owner of the channel himself may speak.
            speaker = "user"
            told = await self._post(chat, token, line, channel, speaker)
        if isinstance(told, ChatPosted):
            await self._remember(channel.platform, speaker)
            return LineState.SENT, speaker, told.message_id, None
        if told.kind == "limited" or was_answered_with_error(told):
            return told
        if told.kind in {"unavailable", "unreadable"}:
            return LineState.UNKNOWN, speaker, None, told.kind
        return LineState.FAILED, speaker, None, told.kind

    async def _post(
        self, chat: Chat, token: str, line: LineRecord, channel: ChannelRecord, speaker: Speaker
    ) -> ChatPosted | ApiFault:
        wanted = ChatLine(text=line.text, broadcaster_id=channel.external_id, speaker=speaker)
        try:
            async with asyncio.timeout(POST_TIMEOUT_S):
                return await chat.post(token, wanted)
        except TimeoutError:
            return ApiFault(kind="unavailable", message="There was no answer in time.")

    async def _speaker(self, platform: str) -> Speaker:
        """As whom to speak: as the bot, unless the platform refused that a short while ago."""
        known = await lines.manner(self._database.reader(), platform)
        if known is None or self._clock.now() - known[1] > BOT_TRIED_AGAIN_AFTER:
            return "bot"
        return known[0]

    async def _remember(self, platform: str, speaker: Speaker) -> None:
        known = await lines.manner(self._database.reader(), platform)
        if known is not None and known[0] == speaker and self._clock.now() - known[1] <= BOT_TRIED_AGAIN_AFTER:
            return

        async def note(tx: Tx, scope: Scope) -> Done[None]:
            return Done(await lines.note_manner(tx, platform, speaker, scope.now))

        await self._units.run(0, note)

    async def _failed(self, line: LineRecord, fault: ApiFault) -> None:
        """Try a line again that was surely not posted, a bounded number of times and while it is of use."""
        now = self._clock.now()
        due_at = now + timedelta(seconds=max(fault.retry_after_s or 0, RETRY_AFTER_S**line.attempts))
        is_over = line.attempts >= ATTEMPTS_MAX or due_at >= line.expires_at
        log.info("chat.line_not_posted", line=line.id, kind=fault.kind, attempts=line.attempts, gives_up=is_over)

        async def note(tx: Tx, scope: Scope) -> Done[None]:
            if is_over:
                await lines.settle(tx, line.id, LineState.FAILED, scope.now, speaker=None, reason=fault.kind)
            else:
                await lines.put_back(tx, line.id, due_at, fault.kind)
            return Done(None)

        await self._units.run(line.community_id, note)


def was_answered_with_error(told: ChatPosted | ApiFault) -> bool:
    """Whether the platform itself said that it failed, so that nothing was posted."""
    return isinstance(told, ApiFault) and told.status is not None and told.status >= SERVER_ERROR


async def forget(units: Units) -> int:
    """Forget lines a month after they were made, and cool-downs that are over, piece by piece; how many rows."""
    return await in_pieces(units, 0, "chat_lines", old_lines) + await in_pieces(units, 0, "cooldowns", rested)


async def old_lines(tx: Tx, scope: Scope) -> int:
    """Forget a piece of the lines that ended long ago."""
    return await lines.forget_before(tx, scope.now - LINES_KEPT, PIECE)


async def rested(tx: Tx, scope: Scope) -> int:
    """Forget a piece of the cool-downs that are over."""
    return await commands.forget_rested(tx, scope.now, PIECE)
