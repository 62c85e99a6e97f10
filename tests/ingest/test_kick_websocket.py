"""The listener on real sockets: what is pushed is recorded, and whatever goes wrong it begins again."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest

from clients.simulator.frames import Push, Rooms, Telling, pushes_of
from clients.simulator.happenings import Fact, Gifted, Spoken
from clients.simulator.sockets import Sockets
from server.actions.happenings.note import SOURCES
from server.domain.happenings.sources import Heard, IngestSources
from server.domain.instants import micros
from server.ingest import kick_line, kick_websocket
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities, listening
from tests.actions.pipeline import Pipeline, pipeline_on
from tests.actions.telling import someone
from tests.database import START, FrozenClock
from tests.ingest.listening import BROADCASTER, ROOMS, Listening, listening_on, played

GIFT = Gifted(
    gifter=someone(8_800_017, "LargeLark"),
    giftees=tuple(someone(8_800_100 + n, f"Wren{n}") for n in range(5)),
    expires_at=START + timedelta(days=30),
)
OTHERS = Rooms(7_320_043, 7_320_044)


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kick_websocket, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(kick_websocket, "NOTE_EVERY_S", 0.05)
    monkeypatch.setattr(kick_websocket, "HOLD_EVERY_S", 0.1)
    monkeypatch.setattr(kick_line, "PAUSE_FIRST", timedelta(milliseconds=20))
    monkeypatch.setattr(kick_line, "PAUSE_LONGEST", timedelta(milliseconds=100))
    monkeypatch.setattr(kick_line, "PONG_WITHIN_S", 0.3)
    monkeypatch.setattr(kick_line, "ANSWERED_WITHIN_S", 0.5)


@pytest.fixture
def sockets() -> Sockets:
    return Sockets()


@pytest.fixture
async def pipeline(database_url: str, clock: FrozenClock) -> AsyncGenerator[Pipeline, None]:
    async with pipeline_on(database_url, clock) as ready:
        yield ready


@pytest.fixture
async def heard(pipeline: Pipeline, clock: FrozenClock, sockets: Sockets) -> AsyncGenerator[Listening, None]:
    async with played(sockets) as url, listening_on(pipeline, clock, sockets, url) as ready:
        yield ready


async def push_all(sockets: Sockets, fact: Fact, rooms: Rooms = ROOMS) -> int:
    return sum([await sockets.push(one) for one in pushes_of(rooms, fact, START, Telling(correlation="c1"))])


async def told(pipeline: Pipeline, community: int) -> list[str]:
    rows = await pipeline.read("SELECT kind FROM happening WHERE community_id = $1 AND state = 'told'", community)
    return [row["kind"] for row in rows]


async def listen_to(pipeline: Pipeline, community: int, sources: IngestSources) -> None:
    async def change(tx: Tx, scope: Scope) -> Done[int]:
        at = micros(scope.now)
        return Done(
            await communities.add_setting_version(tx, community, SOURCES, at, sources.stored(), "tester", scope.now)
        )

    await pipeline.server.units.run(community, change)


@pytest.mark.parametrize("provider", ["pusher", "centrifugo", None])
async def test_a_gift_that_is_pushed_on_every_channel_is_one(heard: Listening, provider: str | None) -> None:
    heard.sockets.provider = provider  # type: ignore[assignment] # one of the three
    community = await heard.pipeline.community()
    await heard.follow(community)
    await heard.subscribed(ROOMS)
    assert await push_all(heard.sockets, GIFT) == 5
    await heard.recorded(5)
    await heard.pipeline.settle(community)
    assert await told(heard.pipeline, community) == ["gift"]
    [row] = await heard.pipeline.read("SELECT is_pending, data FROM happening")
    assert not row["is_pending"]
    transport = {None: "pusher"}.get(provider, provider)
    assert [one.transport for one in heard.listener.conditions().values()] == [transport]


async def test_what_nobody_wants_is_counted_and_not_recorded(heard: Listening) -> None:
    community = await heard.pipeline.community()
    await heard.follow(community)
    await heard.subscribed(ROOMS)
    spoken = Spoken(message_id="m1", sender=someone(8_800_011), text="hello")
    await push_all(heard.sockets, spoken)
    await heard.sockets.push(Push("channel_7310043", "App\\Events\\PollUpdateEvent", {"poll": {}}))
    for _ in range(3):
        await heard.sockets.push(Push("channel_7310043", "App\\Events\\SomethingNewEvent", {"a": 1}))
    await heard.recorded(1)
    async with asyncio.timeout(5):
        while sum(heard.frames.values()) < 5:
            await asyncio.sleep(0.01)
    assert heard.frames["ChatMessageEvent", "ignored"] == 1
    assert heard.frames["PollUpdateEvent", "ignored"] == 1
    assert heard.frames["other", "recorded"] == 1
    [row] = await heard.pipeline.read("SELECT kind, kind_key FROM inbox")
    assert tuple(row) == ("websocket.SomethingNewEvent", "websocket.other")


async def test_chat_told_by_both_is_one_message(heard: Listening) -> None:
    community = await heard.pipeline.community()
    await heard.follow(community)
    await heard.subscribed(ROOMS)
    await listen_to(heard.pipeline, community, IngestSources(chat=Heard.BOTH))
    spoken = Spoken(message_id="m1", sender=someone(8_800_011), text="hello")
    async with asyncio.timeout(5):
        while not heard.frames["ChatMessageEvent", "recorded"]:
            await push_all(heard.sockets, spoken)
            await asyncio.sleep(0.05)
    await heard.pipeline.settle(community)
    assert len(await heard.pipeline.read("SELECT id FROM heard_message")) == 1
    assert len(await heard.pipeline.read("SELECT at FROM chat_evidence")) == 1


async def test_attaching_and_detaching_take_effect_at_once(heard: Listening) -> None:
    one, other = await heard.pipeline.community(), await heard.pipeline.community()
    await heard.follow(one)
    await heard.follow(other)
    await heard.subscribed(ROOMS)
    await heard.follow(other, BROADCASTER + 10_000, OTHERS)
    await heard.subscribed(ROOMS, OTHERS)
    await heard.detach(other)
    await heard.subscribed(ROOMS)
    await heard.detach(one)
    await heard.subscribed()


async def test_a_channel_whose_rooms_nobody_knows_is_left_alone(heard: Listening) -> None:
    await heard.follow(await heard.pipeline.community(), rooms=None)
    await heard.listener.look()
    assert not heard.listener.conditions()


async def test_it_begins_again_after_the_line_is_cut(heard: Listening) -> None:
    community = await heard.pipeline.community()
    await heard.follow(community)
    for opened in range(1, 5):
        await heard.subscribed(ROOMS)
        assert heard.sockets.opened == opened
        heard.sockets.drop()
        await heard.subscribed()
    await heard.subscribed(ROOMS)
    await push_all(heard.sockets, GIFT)
    await heard.recorded(5)


@pytest.mark.parametrize("code", [4100, 4200, 1001, 4500])
async def test_codes_that_pass_are_passed(heard: Listening, code: int) -> None:
    await heard.follow(await heard.pipeline.community())
    await heard.subscribed(ROOMS)
    await heard.sockets.close(code)
    await heard.subscribed()
    await heard.subscribed(ROOMS)
    await heard.state("listening")
    assert heard.ends[str(code)] == 1


@pytest.mark.parametrize("code", [4000, 4001, 4099])
async def test_a_refusal_for_good_is_taken_until_something_changes(heard: Listening, code: int) -> None:
    heard.sockets.refusal = code
    community = await heard.pipeline.community()
    await heard.follow(community)
    await heard.state("refused")
    await asyncio.sleep(0.3)
    assert heard.sockets.opened == 1
    [condition] = heard.listener.conditions().values()
    assert (condition.code, condition.detail) == (code, "Not today")
    async with asyncio.timeout(5):
        while not (rows := await heard.pipeline.read("SELECT state, code FROM channel_listening")):
            await asyncio.sleep(0.02)
    assert [tuple(row) for row in rows] == [("refused", code)]
    heard.sockets.refusal = None
    await heard.pipeline.write("UPDATE attachment SET chatroom_ref = '7310045' RETURNING id")
    await heard.subscribed(Rooms(7_310_043, 7_310_045))


async def test_a_server_that_refuses_for_a_while_is_asked_again_and_again(heard: Listening) -> None:
    heard.sockets.refusal = 4100
    await heard.follow(await heard.pipeline.community())
    async with asyncio.timeout(10):
        while heard.sockets.opened < 4:
            await asyncio.sleep(0.01)
    heard.sockets.refusal = None
    await heard.subscribed(ROOMS)


async def test_a_silent_server_is_asked_and_then_left(heard: Listening) -> None:
    heard.sockets.activity_timeout_s = 1
    await heard.follow(await heard.pipeline.community())
    await heard.subscribed(ROOMS)
    async with asyncio.timeout(5):
        while not any("pusher:ping" in told for told in heard.sockets.told):
            await asyncio.sleep(0.05)
    assert heard.sockets.opened == 1
    heard.sockets.is_stalled = True
    async with asyncio.timeout(5):
        while not heard.ends["none"]:
            await asyncio.sleep(0.05)
    heard.sockets.is_stalled = False
    await heard.subscribed(ROOMS)


async def test_a_guests_token_is_shown_anew_before_it_ends(heard: Listening) -> None:
    heard.sockets.provider, heard.sockets.ttl_s = "centrifugo", 1
    await heard.follow(await heard.pipeline.community())
    await heard.subscribed(ROOMS)
    async with asyncio.timeout(5):
        while not any("refresh" in told for told in heard.sockets.told):
            await asyncio.sleep(0.05)
    assert heard.sockets.opened == 1


async def test_a_newer_transport_that_wants_nothing_of_us_gives_way_to_the_older(heard: Listening) -> None:
    heard.sockets.provider, heard.sockets.refusal = "centrifugo", 3500
    await heard.follow(await heard.pipeline.community())
    async with asyncio.timeout(5):
        while heard.sockets.opened < 1:
            await asyncio.sleep(0.01)
    heard.sockets.refusal = None
    await heard.subscribed(ROOMS)
    assert [one.transport for one in heard.listener.conditions().values()] == ["pusher"]


async def test_what_listeners_do_is_written_down(heard: Listening, clock: FrozenClock) -> None:
    await heard.follow(await heard.pipeline.community())
    await heard.subscribed(ROOMS)
    await push_all(heard.sockets, GIFT)
    await heard.recorded(5)
    [channel] = [row["id"] for row in await heard.pipeline.read("SELECT id FROM channel")]
    async with asyncio.timeout(5):
        while True:
            found = await listening.of_channels(heard.pipeline.server.database.reader(), [channel])
            if found and found[channel].last_frame_at is not None:
                break
            await asyncio.sleep(0.02)
    record = found[channel]
    assert (record.state, record.transport, record.holder) == ("listening", "pusher", "one")
    assert record.last_frame_at == clock.now()


async def test_frames_wait_while_the_database_takes_none(heard: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kick_line, "RECORD_AGAIN_MAX_S", 0.05)
    community = await heard.pipeline.community()
    await heard.follow(community)
    await heard.subscribed(ROOMS)
    queue_max = "server.jobs.recorder.QUEUE_MAX"
    with monkeypatch.context() as full:
        full.setattr(queue_max, 0)
        assert await push_all(heard.sockets, GIFT) == 5
        await asyncio.sleep(0.3)
        assert not await heard.pipeline.read("SELECT id FROM inbox")
    await heard.recorded(5)


async def test_two_servers_share_the_channels_and_one_takes_over(
    pipeline: Pipeline, clock: FrozenClock, sockets: Sockets
) -> None:
    """On SQLite there is one server, so that it asks nobody."""
    is_alone = pipeline.server.database.dialect == "sqlite"
    async with played(sockets) as url:
        async with listening_on(pipeline, clock, sockets, url, holder="one") as one:
            await one.follow(await pipeline.community())
            await one.subscribed(ROOMS)
            async with listening_on(pipeline, clock, sockets, url, holder="two") as two:
                await asyncio.sleep(0.3)
                assert len(sockets.clients) == (2 if is_alone else 1)
                assert bool(two.listener.conditions()) is is_alone
        async with listening_on(pipeline, clock, sockets, url, holder="two") as two:
            await two.subscribed(ROOMS)
            assert two.listener.conditions()
