"""Secrets that were planted everywhere are to be seen nowhere, whatever the server is made to do."""

import asyncio
import base64
import hmac
import io
import logging
import os
import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit, urlunsplit

import orjson
import pytest
import structlog
from aiohttp import ClientSession
from aiohttp.test_utils import TestClient, TestServer
from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLOutputType,
    GraphQLScalarType,
    get_named_type,
)

from server.actions import credentials as verbs
from server.actions import invitations
from server.actions.signin import open_session
from server.app import assembled
from server.auth.keys import derived_key
from server.auth.service_tokens import MANAGE_GUILD, handed_out
from server.domain.invitations import SETUP_LIFETIME, InvitationKind
from server.domain.refusals import Refused
from server.effects.keys import rotate
from server.jobs.schedule import Scheduled
from server.logs import TALKATIVE, configure_logs
from server.ports_platforms import OAuthFault, Tokens
from server.resolvers.root import build_schema, sdl
from server.running import running
from server.schema.ids import id_of
from server.settings import Settings
from server.store import feed
from server.web.graphql.documents import graph_of
from server.web.pages.browser import BROWSER, SESSION, digest
from server.web.pages.platforms import CALLBACK
from tests.authorising import LIFETIME, Platform, asking, platform
from tests.canaries import arguments_of_processes, canary, database_dump, forms, seen
from tests.database import FrozenClock
from tests.effects.keeping import owner_of
from tests.graph import Graph, Socket
from tests.keys import kicks_key
from tests.programs import free_port, run
from tests.running import Running
from tests.services import service

QUESTIONS = (
    "{ communities(first: 5) { nodes { slug } } }",
    "{ nonsense }",
    'mutation { createCommunity(input: {slug: "h", name: "H", timezone: "UTC", idempotencyKey: "k"}) { __typename } }',
    "{ __schema { types { name } } }",
)

ACCOUNTS = (("kick", "1"), ("kick", "2"), ("chatty", "3"))
"""Accounts whose tokens are kept, with their providers."""

OVERLAY_KEY = """mutation ($input: CreateOverlayKeyInput!) { createOverlayKey(input: $input) {
    ... on OverlayKeyCreated { secret } } }"""
API_TOKEN = """mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) {
    ... on ApiTokenCreated { secret } } }"""


INVITATION = """mutation ($input: CreateInvitationInput!) { createInvitation(input: $input) {
    ... on InvitationCreated { code } } }"""
GUILD_CODE = """mutation ($input: CreateGuildBindingInput!) { createGuildBinding(input: $input) {
    ... on GuildBindingCreated { code } } }"""
EXPORT = "query ($after: String) { exportMyData(after: $after) { version records end } }"
BIND = """mutation ($input: BindGuildInput!) { bindGuild(input: $input) {
    __typename ... on Problem { code message remedy } } }"""
SETUP: dict[str, Any] = {"kind": InvitationKind.SETUP, "holder": None, "lifetime": SETUP_LIFETIME}


class Chatty:
    """A platform's sign-in with a bug: its error says everything it knows."""

    async def refresh(self, refresh_token: str) -> Tokens | OAuthFault:
        raise RuntimeError(f"cannot send grant_type=refresh_token&refresh_token={refresh_token}")


@dataclass
class Watched:
    """A server full of canaries, and what was seen of it."""

    graph: Graph
    platform: Platform
    environment: dict[str, str]
    canaries: dict[str, str | bytes]
    log: io.StringIO
    places: dict[str, bytes] = field(default_factory=dict[str, bytes])

    def note(self, place: str, *contents: object) -> None:
        for content in contents:
            raw = content if isinstance(content, bytes) else str(content).encode()
            self.places[place] = self.places.get(place, b"") + b"\n" + raw

    async def request(self, method: str, path: str, **more: Any) -> int:
        async with self.graph.live.http.request(method, path, **more) as answer:
            self.note("answers over HTTP", answer.status, dict(answer.headers), await answer.read())
            return answer.status

    async def program(self, *arguments: str, **settings: str) -> None:
        """Run one of our programs and look at it from outside meanwhile."""
        running_program = asyncio.create_task(run(*arguments, **(self.environment | settings)))
        while not running_program.done():
            self.note("arguments of processes", *arguments_of_processes())
            await asyncio.sleep(0.1)
        self.note("output of programs", *await running_program)


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Logging belongs to the process; the next test finds it as it was."""
    root = logging.getLogger()
    before = (root.level, root.handlers[:], structlog.get_config())
    levels = {name: logging.getLogger(name).level for name in TALKATIVE}
    yield
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    structlog.configure(**before[2])
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def planted_in(database_url: str, secrets: dict[str, str | bytes]) -> str:
    """The database's URL with a password, which a server that trusts this machine does not look at."""
    parts = urlsplit(database_url)
    if parts.scheme == "sqlite":
        return database_url
    password = parts.password or os.urandom(16).hex()
    secrets["the database's password"] = password
    host = f"{parts.username}:{password}@{parts.hostname}:{parts.port or 5432}"
    return urlunsplit(parts._replace(netloc=host))


@pytest.fixture
async def watched(database_url: str, clock: FrozenClock, tmp_path: Path) -> AsyncGenerator[Watched, None]:
    material = [os.urandom(32) for _ in range(2)]
    secret = canary("signing-this-server")
    canaries: dict[str, str | bytes] = {
        "the secret key": secret,
        "the first master key": material[0],
        "the second master key": material[1],
        "the derived master key": derived_key(secret, "master key"),
        "the key that signs tokens": derived_key(secret, "tokens"),
        "the client secret of the Kick app": canary("kick-app"),
    }
    url = planted_in(database_url, canaries)
    listed = ",".join(f"k{n}:{base64.urlsafe_b64encode(raw).decode()}" for n, raw in enumerate(material))
    environment = {
        "REGULARS_DATABASE_URL": url,
        "REGULARS_SECRET_KEY": secret,
        "REGULARS_MASTER_KEYS": listed,
        "REGULARS_KICK_CLIENT_ID": "01HZ",
        "REGULARS_KICK_CLIENT_SECRET": str(canaries["the client secret of the Kick app"]),
        "REGULARS_KICK_AUTH_URL": f"http://127.0.0.1:{free_port()}",
        "REGULARS_LOG_LEVEL": "debug",
    }
    key = kicks_key()
    pem = tmp_path / "kick.pem"
    pem.write_text(key.public_pem)
    given: dict[str, Any] = {name.removeprefix("REGULARS_").lower(): value for name, value in environment.items()}
    settings = Settings(**given, kick_public_key_file=pem, strangers_free_form=True)
    log = io.StringIO()
    configure_logs(level="debug", layout="json", stream=log, secrets=settings.secret_values())
    async with platform() as played, ClientSession() as session:
        providers: dict[str, Any] = {"kick": asking(session, played.url), "chatty": Chatty()}
        async with (
            assembled(settings, roles=frozenset({"web"}), clock=clock, providers=providers) as server,
            running(server),
            TestClient(TestServer(server.site)) as http,
        ):
            graph = Graph(Running(server, http, key, clock), server.tokens.mint("admin"))
            canaries["a bearer token"] = graph.operator
            yield Watched(graph, played, environment, canaries, log)


async def ask_over_http(watched: Watched) -> None:
    """Questions and deliveries, right and wrong, with tokens where they belong and where they do not."""
    forged = watched.canaries["a forged bearer token"] = canary("bearer")
    for token in (watched.graph.operator, forged.replace('"', "")):
        for query in QUESTIONS:
            headers = {"Authorization": f"Bearer {token}"}
            await watched.request("POST", "/graphql", json={"query": query}, headers=headers)
        await watched.request("POST", "/graphql", data=b"{", headers={"Authorization": token})
        await watched.request("GET", "/graphql", params={"token": token})
        await watched.request("GET", "/nowhere", params={"token": token}, headers={"Cookie": f"token={token}"})
        await watched.request("POST", "/webhooks/kick", data=b"{}", headers={"Kick-Event-Signature": token})
    for path in ("/healthz", "/readyz", "/metrics", "/playground"):
        await watched.request("GET", path)


async def ask_over_websockets(watched: Watched, community_id: int) -> None:
    """Introductions that are taken and that are not, questions right and wrong."""
    introduction = watched.canaries["a token in an introduction"] = canary("introduction")
    for token in (watched.graph.operator, introduction):
        socket = await Socket(watched.graph).open(token)
        await socket.subscribe("subscription ($c: ID!) { feed(communityId: $c) { cursor } }", c="nonsense")
        await socket.subscribe("{ nonsense }", "2")
        await socket.subscribe(
            'subscription ($c: ID!) { feed(communityId: $c, after: "0") { cursor kind } }',
            "3",
            c=id_of("community", community_id),
        )
        await socket.send(type=token)
        heard: dict[str, Any] = {}
        while "closed" not in heard:
            heard = await socket.heard()
            watched.note("answers over websockets", heard)


async def hand_out(watched: Watched, community_id: int) -> None:
    """Keys, tokens and a session: made, used where they belong and where they do not, and taken back."""
    graph, server = watched.graph, watched.graph.server
    bot = await service(graph)
    seed = bot.key.private.private_bytes_raw()
    watched.canaries |= {"the private key of a service": seed, "a signed request": bot.token()}
    given = {"communityId": id_of("community", community_id), "idempotencyKey": "k"}
    made = await graph.data(OVERLAY_KEY, input={**given, "overlay": "scene"})
    watched.canaries["an overlay key"] = made["createOverlayKey"]["secret"]
    made = await graph.data(API_TOKEN, graph.person(("kick", "5")), input={**given, "name": "x"})
    watched.canaries["an API token"] = made["createApiToken"]["secret"]
    session = server.ids.token() * 2
    watched.canaries["a session's cookie"] = session
    opened = partial(open_session, token_digest=digest(session), platform="kick", external_id="5", name="Five")
    await server.units.run(0, opened)
    for name in ("a signed request", "an overlay key", "an API token"):
        token = str(watched.canaries[name])
        for _ in range(2):
            headers = {"Authorization": f"Bearer {token}"}
            await watched.request("POST", "/graphql", json={"query": QUESTIONS[0]}, headers=headers)
        await watched.request("POST", "/graphql", params={"token": token}, data=b"{", headers={"Authorization": token})
        logging.getLogger("careless").info("connecting with %s", token)
    cookies = {"Cookie": f"{SESSION}={session}; {BROWSER}={session}"}
    for path in ("/session", "/sign-in", "/nowhere"):
        await watched.request("GET", path, headers=cookies)
    await watched.request("POST", "/graphql", json={}, headers={**cookies, "Authorization": "Session wrong"})
    private = handed_out("discord-bot", bot.key.kid, base64.urlsafe_b64encode(seed).decode())
    logging.getLogger("careless").info("starting with %s", private)
    await bot.revoke()


async def hand_out_codes(watched: Watched, community_id: int) -> None:
    """One-time codes: made, tried where they are good for nothing, and one of them used up."""
    graph, server = watched.graph, watched.graph.server
    salt = server.ids.token()
    number = await server.units.run(0, partial(invitations.given_out, **SETUP, salt=salt))
    assert number
    watched.canaries["the code of the first community"] = server.services.codes.code("invitation", salt)
    made = await graph.data(INVITATION, input={"idempotencyKey": "code"})
    watched.canaries["an invitation"] = made["createInvitation"]["code"]
    bot, given = await service(graph), {"communityId": id_of("community", community_id)}
    for name in ("a server's code", "a server's code that is used"):
        made = await graph.data(GUILD_CODE, input={**given, "idempotencyKey": name})
        watched.canaries[name] = made["createGuildBinding"]["code"]
    # The letters alone are the secret: hyphens only help to read them.
    watched.canaries |= {
        f"{name}, without hyphens": str(code).replace("-", "")
        for name, code in watched.canaries.items()
        if "code" in name or "invitation" in name
    }
    for name, permissions in (("an invitation", MANAGE_GUILD), ("a server's code", 0)):
        await try_code(watched, str(watched.canaries[name]), bot.acting("22", guild="7", permissions=permissions))
    used = bot.acting("22", guild="7", permissions=MANAGE_GUILD)
    await try_code(watched, str(watched.canaries["a server's code that is used"]), used)
    rows = await server.database.reader().fetch("SELECT external_id FROM guild")
    assert [row["external_id"] for row in rows] == ["7"]


async def try_code(watched: Watched, code: str, token: str) -> None:
    """Type a code in Discord."""
    given = {"code": code, "guildName": "Canaries", "idempotencyKey": token[-20:]}
    body = {"query": BIND, "variables": {"input": given}}
    await watched.request("POST", "/graphql", json=body, headers={"Authorization": f"Bearer {token}"})


async def begin_to_sign_in(watched: Watched) -> None:
    """Sign-ins that are under way, declined, taken to the wrong browser, and whose platform does not answer."""
    http = watched.graph.live.http
    secret = str(watched.canaries["the secret key"])
    for number, back in enumerate(({}, {"error": "access_denied"}, {"code": canary("kick-code")})):
        async with http.get("/sign-in") as page:
            shown, cookies = await page.text(), {name: one.value for name, one in page.cookies.items()}
        fields = dict(re.findall(r'name="(\w+)" value="([^"]+)"', shown))
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        async with http.post("/sign-in", data=fields, headers=sent, allow_redirects=False) as answer:
            assert answer.status == 303, await answer.text()
            [state] = parse_qs(urlsplit(answer.headers["Location"]).query)["state"]
        watched.canaries[f"the state of sign-in {number}"] = state
        watched.canaries[f"the verifier of sign-in {number}"] = verifier_of(secret, state)
        if not back:
            continue
        watched.canaries |= {f"the code of sign-in {number}": one for name, one in back.items() if name == "code"}
        for headers in ({}, sent, sent):
            await watched.request("GET", CALLBACK, params={"state": state, **back}, headers=headers)


def verifier_of(secret: str, state: str) -> str:
    """What proves to a platform that the sign-in with a state is ours."""
    made = hmac.digest(derived_key(secret, "sign-in proof keys"), f"pkce {state}".encode(), "sha256")
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


async def keep_tokens(watched: Watched, community_id: int) -> None:
    """Connect, renew, fail to renew in every way, change the keys, and meet a bug."""
    live, played = watched.graph.live, watched.platform
    renewals, units = live.server.renewals, live.server.units
    for provider, account in ACCOUNTS:
        owner = replace(owner_of(account, community_id), provider=provider)
        store = partial(verbs.store_new, vault=renewals.vault, owner=owner, granted=played.grant(account))
        await units.run(community_id, store)
    for trouble in ("500", "rubbish", "500 after renewing", "silence"):
        played.troubles = [trouble]
        live.clock.at += LIFETIME
        await live.server.schedule._once(Scheduled("credentials", LIFETIME, renewals.sweep))
    await rotate(units, vault=renewals.vault, tell=lambda _: None)
    watched.canaries |= {f"token {number} of a platform": token for number, token in enumerate(played.given)}


async def tokens_in_use(watched: Watched, community_id: int) -> verbs.ClearTokens:
    """The tokens of an account that was not spoiled, as a renewal whose answer gets lost spoils one."""
    reader, vault = watched.graph.live.server.database.reader(), watched.graph.live.server.renewals.vault
    for provider, account in ACCOUNTS:
        owner = replace(owner_of(account, community_id), provider=provider)
        with suppress(Refused):
            return await verbs.tokens_for_use(reader, owner, vault=vault)
    raise AssertionError("No account is good any more.")


async def read_along(watched: Watched, community_id: int) -> None:
    """The whole feed as a client hears it, with every field of every item, and the export of one's own data."""
    await watched.graph.grant(community_id, ("kick", "44"), "MODERATOR")
    items = graph_of(build_schema()).get_type("FeedItem")
    assert isinstance(items, GraphQLInterfaceType)
    shapes = [
        f"... on {kind.name} {{ {' '.join(name for name, field in own.items() if is_leaf(field.type))} }}"
        for kind in graph_of(build_schema()).get_possible_types(items)
        if (own := {name: field for name, field in kind.fields.items() if name not in items.fields})
    ]
    socket = await Socket(watched.graph).open(watched.graph.operator)
    await socket.heard()
    document = (
        f'subscription ($c: ID!) {{ feed(communityId: $c, after: "0") {{ __typename cursor at {" ".join(shapes)} }} }}'
    )
    await socket.subscribe(document, c=id_of("community", community_id))
    head = await feed.head(watched.graph.server.database.reader(), community_id)
    cursor = 0
    while cursor < head:
        event = await socket.event()
        cursor = int(event["cursor"])
        watched.note("the feed", orjson.dumps(event))
    token = watched.graph.person(("kick", "5"))
    after: str | None = None
    while True:
        part = (await watched.graph.data(EXPORT, token, after=after))["exportMyData"]
        watched.note("an export of one's data", orjson.dumps(part))
        after = part["end"]
        if after is None:
            return


def is_leaf(kind: object) -> bool:
    """Whether a field needs no selection of its own."""
    return isinstance(get_named_type(cast("GraphQLOutputType", kind)), GraphQLScalarType | GraphQLEnumType)


def be_careless(watched: Watched) -> None:
    """Log what a library might that was handed our settings."""
    for name, value in watched.environment.items():
        logging.getLogger("careless").debug("connecting with %s", value)
        logging.getLogger("careless").info("connecting", extra={name: value})
        structlog.get_logger("careless").info("careless.line", text=f"connecting with {value}", given={"as": value})


async def break_the_database(watched: Watched) -> None:
    """Answer while a table is missing."""
    database = watched.graph.server.database
    await database.writer().execute("ALTER TABLE community RENAME TO gone")
    headers = {"Authorization": f"Bearer {watched.graph.operator}"}
    await watched.request("POST", "/graphql", json={"query": QUESTIONS[0]}, headers=headers)
    await watched.request("GET", "/readyz")
    await database.writer().execute("ALTER TABLE gone RENAME TO community")


async def run_programs(watched: Watched) -> None:
    """Our own programs beside the server, with settings right and wrong."""
    await watched.program("doctor", "--json")
    await watched.program("keys", "list")
    await watched.program("keys", "rotate")
    await watched.program("service-key", "list")
    await watched.program("export", "audit")
    await watched.program("export", "audit", "--community", "canary-house")
    password = watched.canaries["the password of a database that is away"] = os.urandom(16).hex()
    away = f"postgres://nobody:{password}@127.0.0.1:{free_port()}/regulars"
    await watched.program("doctor", REGULARS_DATABASE_URL=away)
    short = watched.canaries["a secret key that is refused"] = os.urandom(10).hex()
    wrong = watched.canaries["a master key that is refused"] = os.urandom(20).hex()
    await watched.program("serve", REGULARS_SECRET_KEY=short, REGULARS_MASTER_KEYS=wrong, REGULARS_PORT="none")


@pytest.mark.timeout(300)
async def test_no_secret_comes_out_anywhere(watched: Watched) -> None:
    live = watched.graph.live
    community_id = await live.community("canary-house")
    await ask_over_http(watched)
    await ask_over_websockets(watched, community_id)
    await hand_out(watched, community_id)
    await hand_out_codes(watched, community_id)
    await begin_to_sign_in(watched)
    await keep_tokens(watched, community_id)
    await read_along(watched, community_id)
    be_careless(watched)
    await break_the_database(watched)
    await run_programs(watched)
    server = live.server
    watched.note("logs", watched.log.getvalue())
    watched.note("the schema", sdl())
    watched.note("the database", await database_dump(server.database.reader(), server.database.url))
    watched.note("what objects say of themselves", *map(repr, (server.settings, server.renewals, server.tokens)))
    watched.note("what objects say of themselves", repr(await tokens_in_use(watched, community_id)))
    assert len(watched.canaries) > 35
    assert seen(watched.canaries, watched.places) == []
    assert_work_was_done(watched)


def assert_work_was_done(watched: Watched) -> None:
    """Where nothing was said nothing could be seen: every place has its traces of what was driven."""
    logged = [orjson.loads(line) for line in watched.log.getvalue().splitlines()]
    events = {line["event"] for line in logged}
    assert {"credential.not_renewed", "schedule.failed", "graphql.failed", "careless.line"} <= events
    traces = {
        "logs": b"cannot send",
        "answers over HTTP": b"errorId",
        "answers over websockets": b"closed",
        "output of programs": b"REGULARS_MASTER_KEYS cannot be used",
        "arguments of processes": b"rotate",
        "the database": b"v1.",
        "the schema": b"type Query",
        "the feed": b"StaffGranted",
        "an export of one's data": b"signIns",
        "what objects say of themselves": b"Tokens(",
    }
    assert traces.keys() == watched.places.keys()
    assert [place for place, trace in traces.items() if trace not in watched.places[place]] == []


@pytest.mark.parametrize("before", [b"", b"a", b"ab", b"abc"])
def test_a_secret_is_recognised_in_all_its_forms(before: bytes) -> None:
    secret = canary("kind")
    text = before + secret.encode() + b"behind it"
    shown = {
        "plain": text,
        "in JSON": orjson.dumps(text.decode()),
        "in a log line": repr(text).encode(),
        "in hex": text.hex().encode(),
        "in base64": base64.b64encode(text),
        "in the other base64": base64.urlsafe_b64encode(text),
    }
    assert seen({"it": secret}, shown) == [f"it in {place}" for place in shown]
    assert seen({"it": secret}, {"a stranger": canary("kind").encode()}) == []
    assert all(len(form) >= 8 for form in forms(secret))
