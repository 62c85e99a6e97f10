"""Writing in Kick's chat: https://docs.kick.com/apis/chat."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from server.platforms.kick import values
from server.platforms.kick.calls import Answer
from server.platforms.kick.requests import TAKEN, Requests, data_of, read
from server.ports_platforms import ApiFault, ChatLine, ChatPosted

PATH = "/public/v1/chat"
TEXT_LENGTH_MAX = 500
WAITING_MAX = 30
SPACING_S = 0.3
CHANNELS_MAX = 2_000


class KickChat:
    """A channel's lines go out one after the other, with a short pause, and at most 30 wait.

    More would come out minutes after what they answer to.
    """

    def __init__(self, requests: Requests, *, spacing_s: float = SPACING_S, waiting_max: int = WAITING_MAX) -> None:
        self._requests = requests
        self._spacing_s = spacing_s
        self._waiting_max = waiting_max
        self._turns: dict[str, tuple[asyncio.Lock, int]] = {}

    async def post(self, access_token: str, line: ChatLine) -> ChatPosted | ApiFault:
        """Post a line in its turn; `limited` when too many wait for the channel. ValueError for no line at all."""
        content = _content(line)
        async with self._turn(line.broadcaster_id) as mine:
            if not mine:
                return ApiFault(kind="limited", message="Too many lines wait for this chat.", retry_after_s=10)
            answer = await self._requests.ask("POST", PATH, access_token, content=content)
            await asyncio.sleep(self._spacing_s)
        return read(answer, "a chat line", _posted)

    async def delete(self, access_token: str, message_id: str) -> ApiFault | None:
        """Take a message out of the chat; None once that is done. Needs the scopes of `moderation`."""
        checked = values.identifier(message_id, "message_id")
        answer = await self._requests.ask(
            "DELETE", f"{PATH}/{checked}", access_token, good=TAKEN, endpoint=f"{PATH}/id"
        )
        return answer if isinstance(answer, ApiFault) else None

    @asynccontextmanager
    async def _turn(self, channel: str) -> AsyncGenerator[bool]:
        """Wait for the channel's turn; False where the queue is full."""
        lock, waiting = self._turns.get(channel, (asyncio.Lock(), 0))
        if waiting >= self._waiting_max or (channel not in self._turns and len(self._turns) >= CHANNELS_MAX):
            yield False
            return
        self._turns[channel] = (lock, waiting + 1)
        try:
            async with lock:
                yield True
        finally:
            _, now_waiting = self._turns[channel]
            if now_waiting == 1:
                del self._turns[channel]
            else:
                self._turns[channel] = (lock, now_waiting - 1)


def _content(line: ChatLine) -> Mapping[str, object]:
    if not 0 < len(line.text) <= TEXT_LENGTH_MAX:
        raise ValueError(f"A line in Kick's chat has 1 to {TEXT_LENGTH_MAX} characters.")
    content: dict[str, object] = {"content": line.text, "type": line.speaker}
    if line.speaker == "user":
        # For a bot it is left out: Kick posts where the token belongs, whatever stands here.
        content["broadcaster_user_id"] = int(line.broadcaster_id)
    if line.reply_to is not None:
        content["reply_to_message_id"] = line.reply_to
    return content


def _posted(answer: Answer) -> ChatPosted | ApiFault:
    told = values.fields(data_of(answer), "data")
    if not values.flag(told.get("is_sent"), "data.is_sent"):
        return ApiFault(kind="rejected", message="Kick took the line and says that it did not post it.")
    return ChatPosted(values.identifier(told.get("message_id"), "data.message_id"))
