"""Takes jobs of the server and carries them out: in order in each lane of a Discord server, and many lanes at once."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import cast

import structlog

from clients.discord.carrying.acknowledging import Acknowledging, Said
from clients.discord.carrying.figures import JobFigures
from clients.discord.carrying.kinds import NOTE_MAX, POSTS, Carried, Desk, Kind, Outcome, guild_of, refusal
from clients.discord.graph.answers.jobs import LeasedJob, LeaseJobs
from clients.discord.graph.asking import Graph, ServerAway, ServerFailed, ServerRefused
from clients.discord.graph.documents import document
from clients.discord.library.refusals import Code, DiscordAway, DiscordBusy, DiscordRefused
from clients.discord.library.rest import Rest
from clients.discord.words.language import Words

LEASE_MAX = 50
HELD_MAX = 100
"""So many are held at once: a channel takes a message a second, so that all are done before their leases end."""
LEASE_S = 120
MARGIN_S = 10.0
"""What is begun later than this before the end of its lease may be done by somebody else at the same time."""
LOOK_EVERY_S = 30.0
TRIES = 3
PAUSE_FIRST_S, PAUSE_MAX_S = 1.0, 15.0
STOP_TIMEOUT_S = 3.0
UNKNOWN = "This version of the bot does not know such jobs."

log = structlog.get_logger("regulars.discord")


@dataclass(frozen=True, slots=True)
class Held:
    """A job, and until when it is ours."""

    job: LeasedJob
    until_s: float


class Executor:
    """The jobs that the bot holds.

    `rest` gives Discord while it is connected, `clock_s` seconds since 1970, and `locale` that of a Discord server.
    """

    def __init__(
        self,
        graph: Graph,
        kinds: Mapping[str, Kind],
        figures: JobFigures,
        *,
        rest: Callable[[], Rest | None],
        clock_s: Callable[[], float],
        locale: Callable[[str], str | None],
    ) -> None:
        self._graph = graph
        self._kinds = kinds
        self._figures = figures
        self._rest = rest
        self._clock_s = clock_s
        self._locale = locale
        self._wake = asyncio.Event()
        self._lanes: dict[tuple[str, str], deque[Held]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._acknowledging = Acknowledging(graph, self._released)
        self.held = 0
        self._starts_anew = True

    def look(self) -> None:
        """Look for jobs soon."""
        self._wake.set()

    def heard(self, waiting: int) -> None:
        """Take note of how many wait."""
        self._figures.waiting.set(waiting)
        if waiting:
            self.look()

    async def run(self) -> None:
        """Carry out what there is, until cancelled; says then what is done already."""
        telling = asyncio.create_task(self._acknowledging.run())
        self.look()
        try:
            while True:
                try:
                    # Not `wait_for`, which loses a cancellation that comes together with a wake-up.
                    async with asyncio.timeout(LOOK_EVERY_S):
                        await self._wake.wait()
                except TimeoutError:
                    log.debug("jobs_looked_for")
                self._wake.clear()
                try:
                    await self._take()
                except Exception:  # a fault of ours must not end the bot; it looks again soon enough
                    log.exception("jobs_not_taken")
        finally:
            for task in [telling, *self._tasks]:
                task.cancel()
            await self._acknowledging.finish(STOP_TIMEOUT_S)

    async def _take(self) -> None:
        """Take jobs until none is left, or as many are held as may be."""
        while self._rest() is not None and self.held <= HELD_MAX - LEASE_MAX:
            until_s = self._clock_s() + LEASE_S
            given = {"limit": LEASE_MAX, "seconds": LEASE_S, "anew": self._starts_anew, "key": token_urlsafe(16)}
            try:
                told = cast("LeaseJobs", await self._graph.ask(document("lease_jobs"), given))
            except (ServerAway, ServerRefused, ServerFailed) as fault:
                log.info("jobs_not_taken", reason=type(fault).__name__, code=getattr(fault, "code", ""))
                return
            # What a killed bot had in hand is taken up at once: a code is worth nothing after its round.
            self._starts_anew = False
            jobs = told["leaseJobs"]["jobs"]
            for job in jobs:
                self._put(Held(job, until_s))
            if not jobs:
                return

    def _put(self, held: Held) -> None:
        """Into the lane of its Discord server and kind."""
        self.held += 1
        kind = self._kinds.get(held.job["type"])
        place = guild_of(held.job), POSTS if kind is None else kind.lane
        lane = self._lanes.get(place)
        if lane is None:
            lane = self._lanes[place] = deque()
            task = asyncio.create_task(self._work(place, lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        lane.append(held)

    async def _work(self, place: tuple[str, str], lane: deque[Held]) -> None:
        """Carry out a lane, one job after the other."""
        while lane:
            held = lane.popleft()
            carried = await self._carried(held)
            if carried is None:
                log.info("job_left", kind=held.job["type"], job=held.job["id"])
                self._released(1)
                continue
            self._figures.ended.labels(carried.outcome.lower()).inc()
            if carried.outcome is not Outcome.DONE:
                log.info("job_not_done", kind=held.job["type"], job=held.job["id"], note=carried.note)
            self._acknowledging.add(Said(held.job["id"], held.job["lease"], carried))
        del self._lanes[place]

    async def _carried(self, held: Held) -> Carried | None:
        """How it went; None where its lease ran out while Discord was busy or away: whoever has it next does it."""
        pause_s, tries = PAUSE_FIRST_S, 0
        while self._clock_s() < held.until_s - MARGIN_S:
            rest = self._rest()
            if rest is not None:
                try:
                    return await self._tried(held.job, rest)
                except DiscordBusy as busy:
                    pause_s = max(pause_s, busy.wait_s)
                except (DiscordAway, ServerAway) as away:
                    tries += 1
                    if tries == TRIES:
                        return Carried(outcome=Outcome.FAILED, note=f"Out of reach: {away}")
            # A ban lasts an hour; by then the job is somebody else's.
            await asyncio.sleep(min(pause_s, LEASE_S))
            pause_s = min(2 * pause_s, PAUSE_MAX_S)
        return None

    async def _tried(self, job: LeasedJob, rest: Rest) -> Carried:
        """How it went; raises `DiscordAway` and `ServerAway` for what may go better in a moment."""
        kind = self._kinds.get(job["type"])
        if kind is None:
            return Carried(outcome=Outcome.FAILED, note=UNKNOWN)
        try:
            words = Words.of(self._locale(guild_of(job)))
            return await kind.carry(job, Desk(rest, self._graph, self._clock_s, words))
        except DiscordRefused as refused:
            if refused.code == Code.OPENING_MESSAGES_TOO_FAST:
                raise DiscordBusy(PAUSE_MAX_S) from None
            return refusal(refused)
        except (ServerRefused, ServerFailed) as fault:
            return Carried(outcome=Outcome.FAILED, note=f"The server says no: {fault}"[:NOTE_MAX])
        except (DiscordAway, ServerAway):
            raise
        except Exception as fault:  # a fault of ours must not end the lane that all others wait in
            log.exception("job_failed", kind=job["type"], job=job["id"])
            return Carried(outcome=Outcome.FAILED, note=f"A fault of the bot: {type(fault).__name__}.")

    def _released(self, count: int) -> None:
        """So many are held no more; more may wait."""
        self.held -= count
        self.look()
