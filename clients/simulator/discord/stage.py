"""The played Discord as its parts share it: what there is, what goes wrong, and what the bot asked."""

import base64
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

import orjson
from aiohttp import web

from clients.simulator.discord.asked import Asked
from clients.simulator.discord.faults import Faults
from clients.simulator.discord.gateway import Gateway
from clients.simulator.discord.limits import Limits
from clients.simulator.discord.refusals import INVALID_JSON, Refused
from clients.simulator.discord.transcript import Transcript
from clients.simulator.discord.uploads import uploads
from clients.simulator.discord.world import Json, World

CALLS_MAX = 10_000
ASKED_MAX = 10_000
API = "/api/v10"
NOT_PLAYED = 501

# Says what is wrong with a request: method, path below the API, body.
Inspect = Callable[[str, str, object], Iterable[str]]


def _sound(_method: str, _path: str, _body: object) -> Iterable[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Call:
    """A request of the bot."""

    method: str
    path: str
    body: object
    status: int


@dataclass(slots=True)
class Stage:
    """Everything that the parts share; `problems` is what `inspect` found wrong with what was asked.

    `statuses` counts how the API answered. An interaction has to be answered within `answered_within`.
    """

    inspect: Inspect = _sound
    world: World = field(default_factory=World)
    faults: Faults = field(default_factory=Faults)
    calls: list[Call] = field(default_factory=list[Call])
    problems: list[str] = field(default_factory=list[str])
    statuses: Counter[int] = field(default_factory=Counter[int])
    answered_within: timedelta = timedelta(seconds=3)
    asked: dict[str, Asked] = field(default_factory=dict[str, Asked])
    token: str = field(init=False)
    limits: Limits = field(init=False)
    gateway: Gateway = field(init=False)
    transcript: Transcript = field(init=False)

    def __post_init__(self) -> None:
        account = base64.b64encode(self.world.bot.id.encode()).decode().rstrip("=")
        self.token = f"{account}.played.token"
        self.limits = Limits(self.world.clock)
        self.gateway = Gateway(self.world, self.token)
        self.transcript = Transcript(self.world)

    def note(self, call: Call) -> None:
        """Keep what was asked, and what is wrong with it; of very many the oldest are let go."""
        self.calls.append(call)
        self.statuses[call.status] += 1
        self.problems += self.inspect(call.method, call.path, call.body)
        if call.status == NOT_PLAYED:
            self.problems.append(f"not played: {call.method} {call.path}")
        del self.calls[:-CALLS_MAX], self.problems[:-CALLS_MAX]

    def remember(self, asked: Asked) -> Asked:
        """Keep an interaction by its token."""
        self.asked[asked.token] = asked
        while len(self.asked) > ASKED_MAX:
            self.asked.pop(next(iter(self.asked)))
        return asked


def answer(content: object, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Return a response with exactly the type `application/json`, which some libraries compare as a whole."""
    return web.Response(body=orjson.dumps(content), status=status, headers=headers, content_type="application/json")


def nothing() -> web.Response:
    """Return the answer that says that it was done."""
    return web.Response(status=204)


async def body_of(request: web.Request) -> Json:
    """Return the body as an object; where it came beside files, with those under the names of their parts."""
    if request.content_type == "multipart/form-data":
        form = await request.post()
        body: Json = orjson.loads(str(form.get("payload_json", "{}")))
        return body | uploads(form)
    content = await request.read()
    try:
        return orjson.loads(content) if content else {}
    except orjson.JSONDecodeError:
        raise Refused(INVALID_JSON) from None
