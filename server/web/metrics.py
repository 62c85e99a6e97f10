"""Figures for Prometheus: what came in, what was done, what waits, and how quickly the loop turns."""

import asyncio
import platform
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import partial
from types import SimpleNamespace

import structlog
from aiohttp import (
    ClientSession,
    TraceConfig,
    TraceRequestEndParams,
    TraceRequestExceptionParams,
    TraceRequestStartParams,
    hdrs,
    web,
)
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client import Counter as Total
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from server.ports import Clock
from server.store import health, job_records
from server.store.database import Database
from server.store.errors import is_down

log = structlog.get_logger(__name__)

LATENCIES_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
AGES_S = (0, 0.5, 1, 2, 5, 10, 30, 60, 300, 1_800, 3_600, 21_600, 86_400)
LAGS_S = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5)
SAMPLE_S = 0.05
REFRESH_S = 10.0
OTHER = "other"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
KINDS = frozenset({"query", "mutation", "subscription"})
HOSTS_MAX = 20
CODES_MAX = 60
SOCKET = 101


class Names:
    """The values a label may take: those given, and the first few others; whatever comes later is "other".

    Without a bound, whoever chooses the names chooses how much memory the figures take.
    """

    def __init__(self, known: Iterable[str] = (), others_max: int = 0) -> None:
        self._known = set(known)
        self._size_max = len(self._known) + others_max

    def bounded(self, name: str) -> str:
        """`name`, or "other"."""
        if name not in self._known:
            if len(self._known) >= self._size_max:
                return OTHER
            self._known.add(name)
        return name


class Metrics:
    """All figures of one process, in a registry of their own."""

    def __init__(self, *, clock: Clock, version: str, dialect: str, root_fields: Iterable[str]) -> None:
        self._clock = clock
        self.registry = CollectorRegistry()
        histogram, gauge = partial(Histogram, registry=self.registry), partial(Gauge, registry=self.registry)
        ProcessCollector(registry=self.registry)
        build = gauge("regulars_build", "What runs here.", ("version", "python", "database"))
        build.labels(version, platform.python_version(), dialect).set(1)
        self._fields, self._hosts, self._codes = Names(root_fields), Names((), HOSTS_MAX), Names((), CODES_MAX)
        self._outcomes, self._states = Names((), CODES_MAX), Names((), CODES_MAX)
        seconds = partial(histogram, buckets=LATENCIES_S)
        self._requests = seconds(
            "regulars_http_request_seconds", "Requests by route, without sockets.", ("method", "route", "status")
        )
        self._series: dict[tuple[str, str, int], Histogram] = {}
        self._webhooks_by_code: dict[str, Total] = {}
        self._operations = seconds(
            "regulars_graphql_operation_seconds", "GraphQL operations by root field.", ("field", "kind", "outcome")
        )
        self._outbound = seconds(
            "regulars_outbound_request_seconds", "Requests to other hosts and how they ended.", ("host", "outcome")
        )
        self._webhooks = Total("regulars_webhooks", "Webhook requests by result.", ("code",), registry=self.registry)
        self._frames = Total(
            "regulars_websocket_frames",
            "Frames of Kick's websockets by event and what became of them.",
            ("event", "outcome"),
            registry=self.registry,
        )
        self._websocket_ends = Total(
            "regulars_websocket_ends", "Ends of connections to Kick by code.", ("code",), registry=self.registry
        )
        self._events, self._ends = Names((), CODES_MAX), Names((), CODES_MAX)
        self._webhook_ages = histogram(
            "regulars_webhook_age_seconds", "How long after being sent deliveries arrive.", buckets=AGES_S
        )
        self._lag = histogram("regulars_loop_lag_seconds", "How late a sleeper is woken.", buckets=LAGS_S)
        self._sockets = gauge("regulars_sockets_open", "Open websockets.")
        self._recorder = gauge("regulars_recorder_queue", "Requests that wait for their commit.")
        self._inbox = gauge("regulars_inbox_waiting", "Deliveries to be applied.")
        self._inbox_age = gauge("regulars_inbox_oldest_seconds", "Age of the oldest of them.")
        self._quarantine = gauge("regulars_quarantined", "Deliveries in quarantine by reason.", ("code",))
        self._jobs = gauge("regulars_jobs", "Jobs by state.", ("state",))
        self._refreshed_at = gauge("regulars_refreshed_timestamp_seconds", "When the database was last asked.")

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request. `route` is the path as registered, never as asked for."""
        key = (method, route, status)
        series = self._series.get(key)
        if series is None:
            series = self._requests.labels(method if method in METHODS else OTHER, route, str(status))
            if method in METHODS:
                self._series[key] = series
        series.observe(seconds)

    def operation(self, operation_name: str, kind: str, seconds: float, outcome: str) -> None:
        """Count a GraphQL operation by the root field it asks for."""
        field = self._fields.bounded(operation_name)
        self._operations.labels(field, kind if kind in KINDS else OTHER, self._outcomes.bounded(outcome)).observe(
            seconds
        )

    def outbound(self, host: str, outcome: str, seconds: float) -> None:
        """Count a request to the outside."""
        self._outbound.labels(self._hosts.bounded(host), outcome).observe(seconds)

    def webhook(self, code: str, age: timedelta | None) -> None:
        """Count a webhook request by its result and, where that is known, by how long ago it was sent."""
        counted = self._webhooks_by_code.get(code)
        if counted is None:
            name = self._codes.bounded(code)
            counted = self._webhooks.labels(name)
            if name == code:
                self._webhooks_by_code[code] = counted
        counted.inc()
        if age is not None:
            self._webhook_ages.observe(age.total_seconds())

    def frame(self, event: str, outcome: str) -> None:
        """Count a frame of Kick's websockets by its event and what became of it."""
        self._frames.labels(self._events.bounded(event), outcome).inc()

    def websocket_ended(self, code: str) -> None:
        """Count the end of a connection to Kick's websockets."""
        self._websocket_ends.labels(self._ends.bounded(code)).inc()

    def watch_recorder(self, depth: Callable[[], int]) -> None:
        """Show the recorder's queue as it is when the figures are read."""
        self._recorder.set_function(depth)

    def loop_lag(self, seconds: float) -> None:
        """Note how late the event loop woke somebody."""
        self._lag.observe(seconds)

    async def refresh(self, database: Database) -> None:
        """Read the figures that live in the database."""
        backlog = await health.backlog(database.reader())
        quarantined = await health.quarantined_by_code(database.reader())
        by_state = await job_records.counts(database.reader())
        now, oldest = self._clock.now(), backlog.oldest_received_at
        self._inbox.set(backlog.waiting)
        self._inbox_age.set(0 if oldest is None else max((now - oldest).total_seconds(), 0))
        show(self._quarantine, self._codes, quarantined)
        show(self._jobs, self._states, by_state)
        self._refreshed_at.set(now.timestamp())

    def trace(self) -> TraceConfig:
        """What an aiohttp session needs in order to be counted: `ClientSession(trace_configs=[metrics.trace()])`."""
        tracing = TraceConfig()

        async def begun(_: ClientSession, call: SimpleNamespace, __: TraceRequestStartParams) -> None:
            call.begun_s = self._clock.monotonic()

        async def ended(_: ClientSession, call: SimpleNamespace, told: TraceRequestEndParams) -> None:
            outcome = f"{told.response.status // 100}xx"
            self.outbound(told.url.host or OTHER, outcome, self._clock.monotonic() - call.begun_s)

        async def failed(_: ClientSession, call: SimpleNamespace, told: TraceRequestExceptionParams) -> None:
            self.outbound(told.url.host or OTHER, "failed", self._clock.monotonic() - call.begun_s)

        tracing.on_request_start.append(begun)
        tracing.on_request_end.append(ended)
        tracing.on_request_exception.append(failed)
        return tracing

    @web.middleware
    async def measure(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Handle a request and count it, however it ends."""
        begun_s = self._clock.monotonic()
        socket = hdrs.UPGRADE in request.headers
        status = 500
        if socket:
            self._sockets.inc()
        try:
            answer = await handler(request)
            status = answer.status
        except web.HTTPException as ended:
            status = ended.status
            raise
        finally:
            if socket:
                self._sockets.dec()
            if status != SOCKET:
                self.request(request.method, route_of(request), status, self._clock.monotonic() - begun_s)
        return answer


def show(gauge: Gauge, names: Names, counts: Mapping[str, int]) -> None:
    """Show exactly these counts by name; what is no longer among them disappears."""
    bounded: Counter[str] = Counter()
    for name, many in counts.items():
        bounded[names.bounded(name)] += many
    gauge.clear()
    for name, many in bounded.items():
        gauge.labels(name).set(many)


def route_of(request: web.Request) -> str:
    """The path of a request as it was registered, the same for all its values."""
    resource = request.match_info.route.resource
    return OTHER if resource is None else resource.canonical


def add_metrics(app: web.Application, metrics: Metrics) -> None:
    """Count every request of `app`, and answer GET /metrics with all figures. The proxy keeps it private."""

    async def page(_: web.Request) -> web.Response:
        # Writing the page reads files of the kernel, which is nothing for the event loop.
        text = await asyncio.to_thread(generate_latest, metrics.registry)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})

    app.middlewares.insert(0, metrics.measure)
    app.router.add_get("/metrics", page)


async def sample_loop_lag(metrics: Metrics, clock: Clock) -> None:
    """Measure for ever how late the event loop wakes a sleeper."""
    while True:
        begun_s = clock.monotonic()
        await asyncio.sleep(SAMPLE_S)
        metrics.loop_lag(max(clock.monotonic() - begun_s - SAMPLE_S, 0.0))


async def keep_refreshed(metrics: Metrics, database: Database) -> None:
    """Read the figures of the database every ten seconds for ever, however often the page is asked for."""
    while True:
        try:
            await metrics.refresh(database)
        except Exception as error:
            log.warning(
                "metrics.not_refreshed", down=is_down(error), error=type(error).__name__, exc_info=not is_down(error)
            )
        await asyncio.sleep(REFRESH_S)
