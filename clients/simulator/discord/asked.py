"""An interaction: what a person asked of the bot, and what he got to see."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from clients.simulator.discord.world import Channel, Json, Message, User


class Kind(IntEnum):
    """What was done."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Reply(IntEnum):
    """How the bot answered first."""

    MESSAGE = 4
    DEFERRED = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


ALLOWED = {
    Kind.COMMAND: {Reply.MESSAGE, Reply.DEFERRED, Reply.MODAL},
    Kind.COMPONENT: {Reply.MESSAGE, Reply.DEFERRED, Reply.DEFERRED_UPDATE, Reply.UPDATE, Reply.MODAL},
    Kind.AUTOCOMPLETE: {Reply.CHOICES},
    Kind.MODAL: {Reply.MESSAGE, Reply.DEFERRED, Reply.DEFERRED_UPDATE, Reply.UPDATE},
}


@dataclass(slots=True, kw_only=True, eq=False)
class Asked:
    """One interaction; `answer` is the body of the first answer, `message` what `@original` is."""

    id: str
    token: str
    kind: Kind
    user: User
    channel: Channel
    at: datetime
    source: Message | None = None
    answer: Json | None = None
    message: Message | None = None
    is_settled: bool = False
    followups: list[Message] = field(default_factory=list[Message])
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, *, is_settled: bool) -> None:
        """Let whoever waits look again."""
        self.is_settled = self.is_settled or is_settled
        self._changed.set()

    async def answered(self, timeout_s: float = 5.0) -> Json:
        """Wait for the first answer and return its body."""
        async with asyncio.timeout(timeout_s):
            while self.answer is None:
                self._changed.clear()
                await self._changed.wait()
        return self.answer

    async def settled(self, timeout_s: float = 5.0) -> Json:
        """Wait until the person sees more than that the bot thinks; return what he sees."""
        async with asyncio.timeout(timeout_s):
            while not self.is_settled:
                self._changed.clear()
                await self._changed.wait()
        if self.message is not None:
            return self.message.shown
        answer = self.answer or {}
        shown: Json = answer.get("data") or {}
        return shown
