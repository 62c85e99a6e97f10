"""Delivers over HTTP: bounded connections, timeouts, and retries until every delivery is acknowledged."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

import aiohttp

from clients.simulator.book import Book
from clients.simulator.envelope import SignedRequest, seal
from clients.simulator.faults import Delivery, Form
from clients.simulator.happenings import Person
from clients.simulator.signing import SigningKey

TIMEOUT_S = 10.0
BACKOFF_FIRST_S = 0.1
BACKOFF_MAX_S = 3.0
OUTSTANDING_MAX = 2000
STOPPING_PATIENCE_S = 5.0


@dataclass(slots=True)
class Progress:
    """Counts of a run: `planned` deliveries, requests `sent`, and what became of them.

    `misjudged` counts forged or re-split deliveries that were answered neither 401 nor a passing failure; it must
    stay 0. `event_clock` is how far the plan has been sent.
    """

    planned: int = 0
    sent: int = 0
    acknowledged: int = 0
    retried: int = 0
    refused_as_expected: int = 0
    misjudged: int = 0
    outstanding: int = 0
    event_clock: datetime | None = None
    is_done: bool = False
    gave_up: bool = False

    @property
    def is_clean(self) -> bool:
        """True when everything sent was acknowledged and every forgery refused."""
        return self.outstanding == 0 and self.misjudged == 0 and not self.gave_up


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where deliveries go and how: seconds of `patience_s` bound the flush, and any wait for a full line."""

    target: str
    key: SigningKey
    broadcaster: Person
    connections: int = 16
    patience_s: float = 60.0
    timeout_s: float = TIMEOUT_S


@dataclass(slots=True)
class _Parcel:
    delivery: Delivery
    attempts: int = 0


class Courier:
    """Sends the deliveries of one run and marks the book."""

    def __init__(self, route: Route, book: Book, progress: Progress) -> None:
        self._route = route
        self.book = book
        self.progress = progress
        self._line: asyncio.Queue[_Parcel] = asyncio.Queue(OUTSTANDING_MAX)
        self._places = asyncio.Semaphore(OUTSTANDING_MAX)
        self._empty = asyncio.Event()
        self._stopping = asyncio.Event()
        self._limit: asyncio.Timeout | None = None

    def stop(self) -> None:
        """Send nothing new from now on; `run` ends soon, after a short flush."""
        self._stopping.set()
        if self._limit is not None:
            self._limit.reschedule(asyncio.get_running_loop().time() + STOPPING_PATIENCE_S)

    async def run(self, deliveries: Sequence[Delivery], wait_s: Callable[[datetime], float]) -> Progress:
        """Send each delivery `wait_s(its instant)` seconds from now, then flush; returns the final counts."""
        self.progress.planned = len(deliveries)
        connector = aiohttp.TCPConnector(limit=self._route.connections)
        timeout = aiohttp.ClientTimeout(total=self._route.timeout_s)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
            asyncio.TaskGroup() as group,
        ):
            workers = [group.create_task(self._work(session)) for _ in range(self._route.connections)]
            try:
                await self._feed(deliveries, wait_s)
                await self._flush()
            except TimeoutError:
                self.progress.gave_up = not self._stopping.is_set()
            for worker in workers:
                worker.cancel()
        self.progress.is_done = True
        return self.progress

    async def _feed(self, deliveries: Sequence[Delivery], wait_s: Callable[[datetime], float]) -> None:
        for delivery in deliveries:
            await self._pause(wait_s(delivery.send_at))
            if self._stopping.is_set():
                return
            async with self._patience():
                await self._places.acquire()
            self.progress.outstanding += 1
            self.progress.event_clock = delivery.send_at
            self._line.put_nowait(_Parcel(delivery))

    async def _pause(self, seconds: float) -> None:
        """Wait for the instant, but not beyond a stop."""
        if seconds <= 0:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

    async def _flush(self) -> None:
        """Wait until nothing is outstanding; TimeoutError when patience runs out."""
        async with self._patience():
            while self.progress.outstanding:
                self._empty.clear()
                await self._empty.wait()

    @asynccontextmanager
    async def _patience(self) -> AsyncGenerator[None]:
        """Bound a wait by the route's patience, and by much less once stopping."""
        patience_s = self._route.patience_s
        if self._stopping.is_set():
            patience_s = min(patience_s, STOPPING_PATIENCE_S)
        async with asyncio.timeout(patience_s) as limit:
            self._limit = limit
            try:
                yield
            finally:
                self._limit = None

    async def _work(self, session: aiohttp.ClientSession) -> None:
        while True:
            parcel = await self._line.get()
            delivery = parcel.delivery
            request = seal(delivery, self._route.broadcaster, self._route.key)
            if delivery.form is Form.GENUINE:
                self.book.tried.add(delivery.happening.number)
            self.progress.sent += 1
            self.progress.retried += parcel.attempts > 0
            parcel.attempts += 1
            self._judge(parcel, await self._post(session, request))

    async def _post(self, session: aiohttp.ClientSession, request: SignedRequest) -> int | None:
        """Return the status of the answer; None when there was no answer."""
        try:
            async with session.post(
                self._route.target, data=request.body, headers=request.headers, allow_redirects=False
            ) as response:
                await response.read()
                return response.status
        except (aiohttp.ClientError, TimeoutError):
            return None

    def _judge(self, parcel: _Parcel, status: int | None) -> None:
        delivery = parcel.delivery
        is_success = status is not None and HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
        if delivery.form is Form.GENUINE and is_success:
            self.book.told.add(delivery.happening.number)
            self.progress.acknowledged += 1
            self._settle()
        elif delivery.form is Form.GENUINE or _is_passing(status):
            self._try_again(parcel)
        else:
            self.progress.refused_as_expected += status == HTTPStatus.UNAUTHORIZED
            self.progress.misjudged += status != HTTPStatus.UNAUTHORIZED
            self._settle()

    def _try_again(self, parcel: _Parcel) -> None:
        backoff_s = min(BACKOFF_MAX_S, BACKOFF_FIRST_S * 2 ** min(parcel.attempts, 10))
        asyncio.get_running_loop().call_later(backoff_s, self._line.put_nowait, parcel)

    def _settle(self) -> None:
        self.progress.outstanding -= 1
        self._places.release()
        if not self.progress.outstanding:
            self._empty.set()


def _is_passing(status: int | None) -> bool:
    """Return True for no answer at all and for the answers of a receiver that is overloaded or down."""
    return status is None or status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def pace(
    start: datetime, speed: float, elapsed_s: Callable[[], float], *, began: datetime | None = None
) -> Callable[[datetime], float]:
    """How many seconds to wait for an instant of event time; with speed 0 never any.

    With `began`, the real time now, nothing is sent before its own time: once the past is told, life goes on as it is.
    """
    began_s = elapsed_s()

    def wait_s(at: datetime) -> float:
        passed_s = elapsed_s() - began_s
        by_speed_s = (at - start) / timedelta(seconds=speed) - passed_s if speed else 0.0
        return by_speed_s if began is None else max(by_speed_s, (at - began).total_seconds() - passed_s)

    return wait_s
