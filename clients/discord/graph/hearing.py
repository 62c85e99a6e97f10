"""The server's hints that something is to be done, over one websocket that is opened anew as often as it takes."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, cast

import structlog
from gql import Client
from gql.transport.exceptions import TransportError
from gql.transport.websockets import WebsocketsTransport
from websockets.exceptions import ConnectionClosed

from clients.discord.graph.answers.jobs import JobsWaiting
from clients.discord.graph.asking import PATH
from clients.discord.graph.documents import document
from clients.service_key import ServiceKey

PROTOCOL = "graphql-transport-ws"
PING_S, PONG_S = 20.0, 10.0
CONNECT_TIMEOUT_S = 10.0
PAUSE_FIRST_S, PAUSE_MAX_S = 1.0, 60.0
FORBIDDEN = frozenset({4401, 4403})
DENIALS_MAX = 3
KEY = (
    "The server does not take the bot's key. Make a new one with: regulars service-key add discord-bot, and set "
    "REGULARS_BOT_SERVICE_KEY to it."
)

log = structlog.get_logger("regulars.discord")


class ServerForbids(Exception):
    """The server does not let the bot in until somebody gives it another key; the message says what to do."""


class Hearing:
    """The feed of a server at an address; `heard` is told how many jobs wait, and `chance` spreads reconnections."""

    def __init__(
        self,
        url: str,
        key: ServiceKey,
        clock_s: Callable[[], float],
        chance: Callable[[float, float], float],
        heard: Callable[[int], None],
    ) -> None:
        self._url = "ws" + url.rstrip("/").removeprefix("http") + PATH
        self._key = key
        self._clock_s = clock_s
        self._chance = chance
        self._heard = heard
        self.is_up = False

    async def run(self) -> None:
        """Listen until cancelled; raises `ServerForbids` once the server has refused the key again and again."""
        pause_s, denied, is_told = PAUSE_FIRST_S, 0, False
        while True:
            reason, code = "the server ended it", None
            try:
                async with aclosing(self._told()) as told:
                    async for waiting in told:
                        if not self.is_up:
                            log.info("feed_connected")
                        self.is_up, is_told = True, False
                        pause_s, denied = PAUSE_FIRST_S, 0
                        self._heard(waiting)
            except (TransportError, OSError, TimeoutError) as lost:
                reason, code = type(lost).__name__, _close_code(lost)
            finally:
                self.is_up = False
            denied += code in FORBIDDEN
            if denied == DENIALS_MAX:
                raise ServerForbids(KEY)
            if not is_told:
                is_told = True
                log.warning("feed_lost", reason=reason, code=code)
            await asyncio.sleep(self._chance(0.5 * pause_s, 1.5 * pause_s))
            pause_s = min(2 * pause_s, PAUSE_MAX_S)

    async def _told(self) -> AsyncGenerator[int, None]:
        """How many jobs wait, each time the server says so, over a socket of its own with a token of its own."""
        token = self._key.sign(self._clock_s())
        transport = WebsocketsTransport(
            self._url,
            subprotocols=[cast("Any", PROTOCOL)],
            init_payload={"authorization": f"Bearer {token}"},
            connect_timeout=CONNECT_TIMEOUT_S,
            ack_timeout=CONNECT_TIMEOUT_S,
            close_timeout=1,
            ping_interval=PING_S,
            pong_timeout=PONG_S,
        )
        async with (
            Client(transport=transport, fetch_schema_from_transport=False) as session,
            aclosing(session.subscribe(document("jobs_waiting").request)) as answers,
        ):
            async for answer in answers:
                yield cast("JobsWaiting", answer)["jobsWaiting"]["count"]


def _close_code(lost: BaseException) -> int | None:
    """The code with which the server closed the socket, where it did."""
    fault: BaseException | None = lost
    while fault is not None:
        if isinstance(fault, ConnectionClosed):
            return None if fault.rcvd is None else fault.rcvd.code
        fault = fault.__cause__ or fault.__context__
    return None
