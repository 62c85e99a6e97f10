"""The Discord bot at the door: every request once, in the name of whoever spoke to it, until its key is revoked."""

import asyncio
import time
from typing import Any

import aiohttp
import jwt
import pytest

from clients.service_key import ServiceKey
from server.auth import door as doors
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.schema.ids import id_of
from server.store.tokens import revocation
from tests.database import POSTGRES_URL
from tests.graph import Graph
from tests.programs import free_port, run, serving
from tests.resolvers.facts import facts
from tests.running import SECRET
from tests.services import Service, service
from tests.web.tokens.standing import WITHIN_S, end_of, is_answered, is_open, left, listening

ME = "{ me { kind subject capabilities(communityId: %s) } }"
ADJUST = """mutation ($input: AdjustWatchTimeInput!) { adjustWatchTime(input: $input) {
    __typename ... on WatchTimeAdjusted { seconds } ... on Problem { code remedy } } }"""
FEED = 'subscription ($c: ID!) { feed(communityId: $c, after: "0") { cursor } }'
USER, ROLE, GUILD = "22", "33", "7"


@pytest.fixture
async def house(graph: Graph) -> int:
    """A community with a moderator by a role on Discord."""
    number = await graph.live.community()
    await graph.watched()
    await graph.grant(number, ("discord_role", ROLE), "MODERATOR")
    return number


async def adjust(graph: Graph, house: int, token: str, key: str, seconds: int = 60) -> Any:
    given = {
        "communityId": id_of("community", house),
        "viewerId": (await graph.accounts(house))["1"],
        "seconds": seconds,
        "reason": "A test.",
        "idempotencyKey": key,
    }
    return await graph.ask(ADJUST, token, input=given)


async def test_a_signed_request_is_taken_once(graph: Graph) -> None:
    bot = await service(graph)
    token = bot.token()
    assert [await is_answered(graph, token) for _ in range(3)] == ["ok", "token_replayed", "token_replayed"]
    assert await is_answered(graph, bot.token()) == "ok"


async def test_of_many_who_bring_the_same_at_once_one_is_let_in(graph: Graph) -> None:
    bot = await service(graph)
    token = bot.token()
    told = await asyncio.gather(*(is_answered(graph, token) for _ in range(20)))
    assert sorted(told) == ["ok", *["token_replayed"] * 19]
    fresh = await asyncio.gather(*(is_answered(graph, bot.token()) for _ in range(20)))
    assert fresh == ["ok"] * 20


MODERATES = ["COMMUNITY_READ", "WATCHTIME_ADJUST", "LINKS_MANAGE", "SLOTCALLS_MANAGE", "GIVEAWAYS_MANAGE"]


async def test_the_bot_acts_with_the_grants_of_whoever_spoke_to_it_and_with_no_others(graph: Graph, house: int) -> None:
    bot, other = await service(graph), await graph.live.community("den", "100002")
    for roles, number, mayest in (
        ([ROLE, "1"], house, MODERATES),
        (["1"], house, []),
        ([ROLE], other, []),
    ):
        token = bot.acting(USER, guild=GUILD, roles=roles, interaction="1")
        told = await graph.data(ME % f'"{id_of("community", number)}"', token)
        assert told["me"] == {"kind": "BOT", "subject": f"discord:{USER}", "capabilities": mayest}
    refused = await adjust(graph, house, bot.acting(USER, guild=GUILD, interaction="2"), "2")
    assert refused["errors"][0]["extensions"]["code"] == "forbidden"
    asked = ME % f'"{id_of("community", house)}"'
    assert (await graph.data(asked, bot.token()))["me"]["capabilities"] == []
    await bind(graph, house, GUILD)
    assert (await graph.data(asked, (await service(graph)).token()))["me"] == {
        "kind": "BOT",
        "subject": "discord-bot",
        "capabilities": ["COMMUNITY_READ"],
    }


async def test_a_retry_of_an_interaction_returns_the_first_result(graph: Graph, house: int) -> None:
    bot = await service(graph)

    def token(interaction: str = "9001") -> str:
        return bot.acting(USER, guild=GUILD, roles=[ROLE], interaction=interaction)

    first = await adjust(graph, house, token(), "9001")
    assert first["data"]["adjustWatchTime"]["__typename"] == "WatchTimeAdjusted"
    before = await facts(graph)
    assert await adjust(graph, house, token(), "9001") == first
    changed = await adjust(graph, house, token(), "9001", seconds=120)
    assert changed["data"]["adjustWatchTime"]["code"] == "idempotency_key_reused"
    foreign = await adjust(graph, house, token(), "a key of its own")
    assert foreign["data"]["adjustWatchTime"]["code"] == "idempotency_key_foreign"
    assert await facts(graph) == before
    again = await adjust(graph, house, token("9002"), "9002")
    assert again["data"]["adjustWatchTime"]["seconds"] == first["data"]["adjustWatchTime"]["seconds"] + 60


async def test_a_bot_that_acts_for_nobody_changes_nothing(graph: Graph, house: int) -> None:
    bot, before = await service(graph), await facts(graph)
    refused = await adjust(graph, house, bot.token(), "k")
    assert refused["errors"][0]["extensions"]["code"] == "forbidden"
    assert await facts(graph) == before


async def test_another_discord_server_than_those_of_the_key_is_refused(graph: Graph) -> None:
    bot = await service(graph, guilds=frozenset({GUILD}))
    assert await is_answered(graph, bot.acting(USER, guild=GUILD)) == "ok"
    assert await is_answered(graph, bot.acting(USER, guild="8")) == "token_guild_foreign"
    assert await is_answered(graph, bot.acting(USER)) == "token_guild_foreign"


async def bind(graph: Graph, community: int, guild: str) -> None:
    """Bind a Discord server to a community."""

    async def write(tx: Tx, _: Scope) -> Done[None]:
        await tx.execute(
            "INSERT INTO guild (community_id, external_id, name, bound_by, bound_at) VALUES ($1, $2, 'G', 't', 0)",
            community,
            guild,
        )
        return Done(None)

    await graph.server.units.run(community, write)


async def test_in_a_server_of_a_community_the_bot_acts_for_that_community_alone(graph: Graph, house: int) -> None:
    den = await graph.live.community("den", "100002")
    for community in (house, den):
        await graph.grant(community, ("discord", USER), "MODERATOR")
    await bind(graph, den, GUILD)
    bot = await service(graph)
    for guild, expected in ((GUILD, {den}), ("8", {house, den})):
        held = {
            community
            for community in (house, den)
            if (
                await graph.data(
                    ME % f'"{id_of("community", community)}"', bot.acting(USER, guild=guild, interaction="1")
                )
            )["me"]["capabilities"]
        }
        assert held == expected, guild


@pytest.mark.timeout(60)
async def test_a_bot_with_a_list_serves_the_communities_of_its_servers(graph: Graph, house: int) -> None:
    den = await graph.live.community("den", "100002")
    await bind(graph, house, GUILD)
    await bind(graph, den, "9")
    bot = await service(graph, guilds=frozenset({GUILD}))
    assert (await graph.data(ME % f'"{id_of("community", den)}"', bot.token()))["me"]["capabilities"] == []
    socket = await listening(graph, bot.token(), FEED, house)

    async def unbind(tx: Tx, scope: Scope) -> Done[int]:
        return Done(await tx.execute("DELETE FROM guild WHERE community_id = $1", scope.community_id))

    await graph.server.units.run(house, unbind)
    assert await left(socket) == 4403


@pytest.mark.timeout(60)
async def test_a_printed_token_is_taken_back_in_another_process(graph: Graph, house: int) -> None:
    mine, other = graph.owner(house, "house"), graph.owner(house, "house")
    socket, staying = await listening(graph, mine, FEED, house), await listening(graph, other, FEED, house)
    leaving = asyncio.create_task(end_of(socket))
    place = {"REGULARS_DATABASE_URL": graph.server.database.url}
    token_id = str(jwt.decode(mine, options={"verify_signature": False})["jti"])
    code, out, told = await run("token", "revoke", "--", token_id, **place)
    assert (code, out) == (0, f"revoked the token {token_id}\n"), told
    async with asyncio.timeout(WITHIN_S):
        assert await leaving == 4403
    assert await is_answered(graph, mine) == "token_revoked"
    assert await is_open(staying)
    assert (await run("token", "revoke", "--", token_id, **place))[1].endswith("was revoked before\n")
    await staying.frames.close()


async def test_an_exporter_reads_its_community_and_its_audit_log(graph: Graph, house: int) -> None:
    await graph.live.community("den", "100002")
    log = "query ($s: String!) { community(slug: $s) { auditEvents(first: 1) { totalCount } } }"
    bound = await service(graph, "exporter", "archive", community_id=house)
    assert (await graph.data(log, bound.token(), s="house"))["community"]["auditEvents"]["totalCount"] == 1
    assert await graph.code(log, bound.token(), s="den") == "forbidden"
    free = await service(graph, "exporter", "archive")
    assert (await graph.data(log, free.token(), s="den"))["community"]["auditEvents"]["totalCount"] == 0
    assert (await adjust(graph, house, free.token(), "k"))["errors"][0]["extensions"]["code"] == "forbidden"


async def test_what_a_bot_listens_to_stays_open_until_its_key_is_revoked(graph: Graph, house: int) -> None:
    await bind(graph, house, GUILD)
    bot, other = await service(graph), await service(graph)
    mine, theirs = await listening(graph, bot.token(), FEED, house), await listening(graph, other.token(), FEED, house)
    acting = await listening(graph, bot.acting(USER, guild=GUILD, roles=[ROLE]), FEED, house)
    graph.live.clock.pass_time(seconds=61)
    assert await left(acting) == 4403, "in somebody's name only as long as the token lasts"
    assert await is_open(mine)
    await bot.revoke()
    assert await left(mine) == 4403
    assert await is_answered(graph, bot.token()) == "token_revoked"
    assert await is_open(theirs), "another key of the same service stays"
    await theirs.frames.close()


async def test_a_key_is_made_rotated_and_revoked_at_the_command_line(graph: Graph) -> None:
    """In another process than the server's: what the table says counts everywhere."""
    place = {"REGULARS_DATABASE_URL": graph.server.database.url}
    code, out, told = await run("service-key", "add", "discord-bot", "--guild", GUILD, "--guild", "8", **place)
    assert (code, out.count("\n")) == (0, 1), told
    variable, _, text = out.strip().partition("=")
    assert variable == "SERVICE_KEY"
    old = from_text(graph, text)
    assert text.split(".")[2] not in told
    code, out, told = await run("service-key", "rotate", old.key.kid, **place)
    assert code == 0, told
    new = from_text(graph, out.strip().partition("=")[2])
    for one in (old, new):
        assert await is_answered(graph, one.acting(USER, guild=GUILD)) == "ok"
        assert await is_answered(graph, one.acting(USER, guild="9")) == "token_guild_foreign"
    assert (await run("service-key", "revoke", old.key.kid, **place))[1] == f"revoked the key {old.key.kid}\n"
    async with asyncio.timeout(WITHIN_S):
        while await is_answered(graph, old.token()) != "token_revoked":
            await asyncio.sleep(0.1)
    assert await is_answered(graph, new.token()) == "ok"
    code, out, _ = await run("service-key", "list", **place)
    assert [line.split()[:3] for line in out.splitlines()] == [
        [one.key.kid, "bot", "discord-bot,"] for one in (old, new)
    ]
    assert ["revoked" in line for line in out.splitlines()] == [True, False]


def from_text(graph: Graph, text: str) -> Service:
    return Service(graph.server, ServiceKey.parse(text))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("add", "Discord Bot"), "small letters"),
        (("add", "bot", "--guild", "house"), "Discord's own number"),
        (("add", "archive", "--kind", "exporter", "--guild", "7"), "Only a bot's key"),
        (("add", "bot", "--community", "nowhere"), "There is no community 'nowhere'"),
        (("revoke", "nothing"), "There is no key 'nothing'"),
        (("rotate", "nothing"), "There is no key 'nothing'"),
    ],
)
async def test_what_cannot_be_is_told_in_a_sentence(
    database_url: str, arguments: tuple[str, ...], complaint: str
) -> None:
    code, out, told = await run("service-key", *arguments, REGULARS_DATABASE_URL=database_url)
    assert (code, out) == (2, "")
    assert complaint in told
    assert "Traceback" not in told


async def test_the_sockets_of_all_are_looked_up_with_one_question(
    graph: Graph, house: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    look = revocation.gone

    async def counted(reader: Any, held: Any) -> Any:
        asked.append(len(held))
        return await look(reader, held)

    monkeypatch.setattr(doors.revocation, "gone", counted)
    sockets = [await listening(graph, graph.owner(house, "house"), FEED, house) for _ in range(30)]
    asked.clear()
    while not asked:
        await asyncio.sleep(0.1)
    await asyncio.sleep(0.2)
    assert asked == [30]
    for socket in sockets:
        await socket.frames.close()


if POSTGRES_URL is not None:

    async def test_of_two_servers_one_takes_a_signed_request(graph: Graph, tmp_path: Any) -> None:
        """Two programs on one database are brought every token at the same moment."""
        bot, url = await service(graph), graph.server.database.url
        ports = (free_port(), free_port())
        body = {"query": "{ me { subject } }"}
        settings = {"REGULARS_DATABASE_URL": url, "REGULARS_SECRET_KEY": SECRET, "REGULARS_RATE_LIMIT_FACTOR": "100"}
        async with (
            serving(tmp_path / "one", ports[0], "web", **settings),
            serving(tmp_path / "two", ports[1], "web", **settings),
            aiohttp.ClientSession() as session,
        ):

            async def asked(port: int, token: str) -> int:
                headers = {"Authorization": f"Bearer {token}"}
                async with session.post(f"http://127.0.0.1:{port}/graphql", json=body, headers=headers) as answer:
                    return answer.status

            for _ in range(30):
                token = bot.key.sign(time.time())
                told = await asyncio.gather(*(asked(port, token) for port in ports * 2))
                assert sorted(told) == [200, 401, 401, 401]
