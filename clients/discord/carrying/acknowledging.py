"""Says to the server how jobs went, many in one call, until it has heard it."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import cast

import structlog

from clients.discord.carrying.kinds import Carried
from clients.discord.graph.answers.jobs import AcknowledgeJobs
from clients.discord.graph.asking import Graph, ServerAway
from clients.discord.graph.documents import document

TOGETHER_MAX = 50
GATHERED_S = 0.5
"""So long one waits for others: a client may change a community 600 times a minute."""
PAUSE_FIRST_S, PAUSE_MAX_S = 1.0, 30.0
TRIES = 3
LIMITED = "rate_limited"

log = structlog.get_logger("regulars.discord")


@dataclass(frozen=True, slots=True)
class Said:
    """How a job went, not told to the server yet."""

    job: str
    lease: str
    carried: Carried


class Acknowledging:
    """What is still to be said; `released` is told how many jobs are over for us, whatever the server made of it."""

    def __init__(self, graph: Graph, released: Callable[[int], None]) -> None:
        self._graph = graph
        self._released = released
        self._said: deque[Said] = deque()
        self._news = asyncio.Event()
        self._full = asyncio.Event()

    def add(self, said: Said) -> None:
        """Say it soon."""
        self._said.append(said)
        self._news.set()
        if said.carried.urgent or len(self._said) >= TOGETHER_MAX:
            self._full.set()

    async def run(self) -> None:
        """Say what there is to say, until cancelled."""
        while True:
            await self._news.wait()
            try:
                async with asyncio.timeout(GATHERED_S):
                    await self._full.wait()
            except TimeoutError:
                log.debug("jobs_gathered")
            self._full.clear()
            self._news.clear()
            while self._said:
                await self._tell(list(self._said)[:TOGETHER_MAX])

    async def finish(self, timeout_s: float) -> None:
        """Say what is left, as far as there is time: what the server does not hear is done again under its nonce."""
        try:
            async with asyncio.timeout(timeout_s):
                while self._said:
                    await self._tell(list(self._said)[:TOGETHER_MAX])
        except TimeoutError:
            log.warning("jobs_not_acknowledged", count=len(self._said))

    async def _tell(self, some: Sequence[Said]) -> None:
        """Say how the first of them went, as often as it takes."""
        given = {"jobs": [_report(one) for one in some], "key": token_urlsafe(16)}
        pause_s, tries = PAUSE_FIRST_S, 0
        while True:
            try:
                told = cast("AcknowledgeJobs", await self._graph.ask(document("acknowledge_jobs"), given))
                for one in told["acknowledgeJobs"]["jobs"]:
                    if one["refused"] is not None:
                        log.info("job_refused", job=one["jobId"], code=one["refused"]["code"])
            except Exception as fault:  # noqa: BLE001 - an unexpected one must not silence all that is done later
                tries += not isinstance(fault, ServerAway) and getattr(fault, "code", "") != LIMITED
                log.warning("jobs_not_acknowledged", count=len(some), reason=type(fault).__name__, tries=tries)
                if tries == TRIES:
                    break
            else:
                break
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, PAUSE_MAX_S)
        for _ in some:
            self._said.popleft()
        self._released(len(some))


def _report(said: Said) -> dict[str, str]:
    carried = said.carried
    return {
        "jobId": said.job,
        "lease": said.lease,
        "outcome": carried.outcome.value,
        "note": carried.note,
        "reference": carried.reference,
    }
