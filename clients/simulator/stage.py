"""What the played authorisation server and API share: people, grants, what comes next, and what was asked."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import orjson
from aiohttp import web

from clients.simulator.grants import Asked, Grants, KickApp
from clients.simulator.happenings import Person
from clients.simulator.identifiers import ulid
from clients.simulator.people import HARBOUR, plain_person
from clients.simulator.quirks import Quirks, Said, Subscriptions
from clients.simulator.sockets import Sockets
from clients.simulator.system import chance_for, wall_now

CALLS_MAX = 1_000
STUMBLES_MAX = 100
PEOPLE_MAX = 10_000
WAITING_MAX = 100
ACCOUNT_LENGTH_MAX = 20
HUGE_BYTES = 1024 * 1024
GRANT_TYPE = web.RequestKey("grant_type", str)
TOKEN_PATH = "/oauth/token"  # noqa: S105 - the path of an endpoint, no secret

PLAYED_APP = KickApp(
    client_id="01PLAYEDKICKAPP",
    client_secret="no-secret-of-anybody-but-the-simulator",  # noqa: S106 - opens nothing but this simulator
    redirect_uris=frozenset({"http://127.0.0.1:8080/oauth/kick/callback"}),
)
STARTERS = (HARBOUR, plain_person(7_200_101, "QuietOtter"), plain_person(7_200_102, "Amber_Kettle"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request that was answered; `status` is 0 for one that was left without an answer."""

    method: str
    path: str
    status: int
    grant_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stumble:
    """What the next request to `path` is answered instead of the truth; `manner` may be no answer at all."""

    path: str
    manner: Literal["answers", "hangs", "cuts"] = "answers"
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict[str, str])


def _said(content: object) -> bytes:
    return orjson.dumps(content)


STUMBLES: dict[str, Stumble] = {
    "error": Stumble(path="", status=500, body=_said({"data": None, "message": "Internal server error"})),
    "limited": Stumble(
        path="", status=429, body=_said({"data": None, "message": "Too Many Requests"}), headers={"Retry-After": "7"}
    ),
    "garbage": Stumble(path="", body=b"<!doctype html><title>Just a moment...</title>"),
    "huge": Stumble(path="", body=b" " * HUGE_BYTES),
    "redirect": Stumble(path="", status=302, headers={"Location": "/elsewhere"}),
    "invalid_grant": Stumble(
        path="", status=400, body=_said({"error": "invalid_grant", "error_description": "It is good no more."})
    ),
    "timeout": Stumble(path="", manner="hangs"),
    "cut": Stumble(path="", manner="cuts"),
}


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person answers to every request from now on, without being asked."""

    account: int
    is_allowed: bool


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A channel that is live."""

    title: str
    since: datetime
    category: str = "Just Chatting"


class Stage:
    """The state of a played Kick; its clock is the real one, plus the seconds it was turned by."""

    def __init__(self, app: KickApp = PLAYED_APP, people: Iterable[Person] = STARTERS, *, seed: object = 1) -> None:
        chance = chance_for("kick sign-in", seed)
        self.people = {person.account: person for person in people}
        self.grants = Grants(app, self.now, chance)
        self.broadcasts: dict[int, Broadcast] = {}
        self.consent: Consent | None = None
        self.calls: deque[Call] = deque(maxlen=CALLS_MAX)
        self.stumbles: deque[Stumble] = deque(maxlen=STUMBLES_MAX)
        self.closing = asyncio.Event()
        self.quirks = Quirks()
        self.sockets = Sockets()
        self.subscriptions = Subscriptions(self.now, chance_for("kick subscriptions", seed))
        self.said: deque[Said] = deque(maxlen=CALLS_MAX)
        self.heard: Callable[[Said], None] = lambda _: None
        self.rewards: dict[int, dict[str, dict[str, object]]] = {}
        self.redemptions: dict[str, dict[str, Any]] = {}
        self.made_by_hand: set[str] = set()
        self.settled: Callable[[str], None] = lambda _: None
        self.banned: set[tuple[int, int]] = set()
        self._chance = chance
        self._turned = timedelta(0)
        self._waiting: dict[str, Asked] = {}

    def now(self) -> datetime:
        """The present, as far as codes and tokens are concerned."""
        return wall_now() + self._turned

    def turn(self, seconds: float) -> None:
        """Let that many seconds pass at once."""
        self._turned += timedelta(seconds=seconds)

    def person(self, account: int, name: str) -> Person:
        """Add a person, or rename the one with this account, and return him; ValueError when the house is full."""
        if account not in self.people and len(self.people) >= PEOPLE_MAX:
            raise ValueError(f"At most {PEOPLE_MAX} people are played.")
        self.people[account] = plain_person(account, name)
        return self.people[account]

    def allow(self, account: int) -> None:
        """Have this person allow whatever is asked from now on."""
        self.consent = Consent(account, is_allowed=True)

    def deny(self, account: int) -> None:
        """Have this person deny whatever is asked from now on."""
        self.consent = Consent(account, is_allowed=False)

    def stumble(self, name: str, path: str = TOKEN_PATH, *, times: int = 1) -> None:
        """Answer the next requests to `path` by one of the known stumbles; KeyError for an unknown one."""
        known = STUMBLES[name]
        for _ in range(times):
            self.stumbles.append(replace(known, path=path, headers=dict(known.headers)))

    def say(self, content: object, path: str = TOKEN_PATH, *, status: int = 200) -> None:
        """Answer the next request to `path` with `content` as JSON, or as it is when it is bytes."""
        body = content if isinstance(content, bytes) else _said(content)
        self.stumbles.append(Stumble(path=path, status=status, body=body))

    def next_stumble(self, path: str) -> Stumble | None:
        """Take the first stumble that is meant for `path`."""
        found = next((stumble for stumble in self.stumbles if stumble.path == path), None)
        if found is not None:
            self.stumbles.remove(found)
        return found

    def wait_for_answer(self, asked: Asked) -> str:
        """Keep a request while a person thinks about it, and return the name it is kept by."""
        name = f"{self._chance.getrandbits(128):032x}"
        self._waiting[name] = asked
        if len(self._waiting) > WAITING_MAX:
            del self._waiting[next(iter(self._waiting))]
        return name

    def answered(self, name: str) -> Asked | None:
        """Take the request that was kept by this name; None when there is none, or it was answered before."""
        return self._waiting.pop(name, None)

    def fresh_id(self) -> str:
        """An id that nothing else has."""
        return ulid(self.now(), self._chance)


def is_account(text: str) -> bool:
    """Return True for a text that can be an account's number."""
    return len(text) <= ACCOUNT_LENGTH_MAX and text.isdecimal()


def as_json(content: object, status: int = 200) -> web.Response:
    """An answer in JSON that nobody keeps."""
    return web.Response(
        body=_said(content), status=status, content_type="application/json", headers={"Cache-Control": "no-store"}
    )
