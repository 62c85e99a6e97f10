# Looks into what it tests, and at what the library says only in part.
"""What the server wants done is done once, in order, whoever is away or dies meanwhile."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from aiohttp import ClientSession
from interactions.api.http.http_client import HTTPClient
from pydantic import SecretStr

from clients.discord import app
from clients.discord.app import Bot, Outside
from clients.discord.carrying import acknowledging, executor
from clients.discord.carrying.kinds import Carried, Desk, Kind
from clients.discord.graph import hearing
from clients.discord.graph.answers.jobs import LeasedJob
from clients.discord.graph.documents import Document
from clients.discord.graph.hearing import ServerForbids
from clients.discord.health import served
from clients.discord.library.refusals import DiscordForbids
from clients.discord.library.rest import NONCE_LENGTH_MAX, fit_nonce
from clients.simulator.discord.refusals import Refusal
from server.auth.service_tokens import handed_out, new_pair
from server.schema.ids import id_of
from server.web.graphql.endpoint import SOCKETS
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.working import LINKED, ask, embed, ended, until, written_to
from tests.clients.discord.library.connecting import least
from tests.programs import free_port

BUSY = Refusal(429, 0, "You are being rate limited.", {"retry_after": 0.05}, {"Retry-After": "1"})


async def told_linked(place: Place, *names: str, **more: Any) -> list[Any]:
    people = [place.person(name) for name in names]
    await ask(place, "link_told", *(LINKED | {"discordId": one.id} | more for one in people))
    return people


async def test_a_person_is_told_of_his_link(place: Place) -> None:
    [ada] = await told_linked(place, "ada")
    [(state, outcome, note, reference)] = await ended(place)
    [message] = written_to(place, ada)
    assert (state, outcome, note, reference) == ("done", "done", None, message.id)
    told = embed(message)
    assert "Linked" in told["title"]
    assert "Kick: Viewer" in told["description"]
    assert "<t:1785693600:f>" in told["description"]


async def test_who_takes_no_messages_is_let_alone(place: Place) -> None:
    ada = place.person("ada")
    ada.is_closed = True
    await ask(place, "link_told", LINKED | {"discordId": ada.id})
    [(state, outcome, note, _)] = await ended(place)
    assert (state, outcome) == ("done", "gone")
    assert note == "The person takes no direct messages."


async def test_who_is_nowhere_is_gone(place: Place) -> None:
    await ask(place, "link_told", LINKED | {"discordId": "404404404404404404"})
    [(_, outcome, _, _)] = await ended(place)
    assert outcome == "gone"


async def test_a_kind_of_a_newer_server_is_tried_again_later(place: Place) -> None:
    await ask(place, "of_tomorrow", {"anything": 1})
    await told_linked(place, "ada")
    rows = await ended(place)
    assert [(row[0], row[2]) for row in rows] == [("ready", executor.UNKNOWN), ("done", None)]


async def test_many_are_told_in_their_order_each_once(place: Place) -> None:
    people = await told_linked(place, *(f"viewer{number}" for number in range(60)))
    rows = await ended(place, 60)
    assert {row[1] for row in rows} == {"done"}
    assert [len(written_to(place, one)) for one in people] == [1] * 60
    at = [int(written_to(place, one)[0].id) for one in people]
    assert at == sorted(at)
    assert place.bot.figures.jobs.ended.labels("done")._value.get() >= 60


async def test_discord_asking_to_wait_fails_no_job(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "PAUSE_FIRST_S", 0.05)
    place.discord.stage.faults.stumble("POST", "/users/@me/channels", BUSY, times=8)
    [ada] = await told_linked(place, "ada")
    assert [row[1] for row in await ended(place)] == ["done"]
    assert len(written_to(place, ada)) == 1


async def test_messages_opened_too_fast_are_opened_later(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "PAUSE_FIRST_S", 0.05)
    monkeypatch.setattr(executor, "PAUSE_MAX_S", 0.05)
    too_fast = Refusal(400, 40003, "You are opening direct messages too fast.")
    place.discord.stage.faults.stumble("POST", "/users/@me/channels", too_fast, times=2)
    [ada] = await told_linked(place, "ada")
    assert [row[1] for row in await ended(place)] == ["done"]
    assert len(written_to(place, ada)) == 1


async def test_a_job_whose_lease_ran_out_meanwhile_is_left_to_whoever_has_it_next(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "PAUSE_MAX_S", 0.05)
    monkeypatch.setattr(executor, "PAUSE_FIRST_S", 0.05)
    kinds, leases = place.bot.executor._kinds, list[str]()
    assert isinstance(kinds, dict)
    real: Kind = kinds["LinkToldJob"]

    async def carry(job: LeasedJob, desk: Desk) -> Carried:
        """As ever, but the second try lasts until the lease is nearly over."""
        leases.append(job["lease"])
        try:
            return await real.carry(job, desk)
        finally:
            if len(leases) == 2:
                place.graph.live.clock.pass_time(seconds=executor.LEASE_S - executor.MARGIN_S)

    monkeypatch.setitem(kinds, "LinkToldJob", Kind(carry, real.lane))
    too_fast = Refusal(400, 40003, "You are opening direct messages too fast.")
    place.discord.stage.faults.stumble("POST", "/users/@me/channels", too_fast, times=2)
    [ada] = await told_linked(place, "ada")
    await until(lambda: len(leases) == 2 and place.bot.executor.held == 0)
    assert not written_to(place, ada)
    place.graph.live.clock.pass_time(seconds=executor.MARGIN_S + 1)
    place.bot.executor.look()
    assert [row[1] for row in await ended(place)] == ["done"]
    first, second, third = leases
    assert first == second != third, "nothing is tried under a lease that is over"
    assert len(written_to(place, ada)) == 1


Answer = Callable[..., Awaitable[Any]]


def misunderstood(place: Place, monkeypatch: pytest.MonkeyPatch, operation: str, times: int) -> list[str]:
    """Have the server answer so often with something that nobody expects; the list tells of each."""
    ask: Answer = place.bot.graph.ask
    strange: list[str] = []

    async def asked(document: Document, *given: Any, **more: Any) -> Any:
        answer = await ask(document, *given, **more)
        if document.name == operation and len(strange) < times:
            strange.append(operation)
            return {}
        return answer

    monkeypatch.setattr(place.bot.graph, "ask", asked)
    return strange


async def test_a_fault_while_jobs_are_taken_ends_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    strange = misunderstood(place, monkeypatch, "lease_jobs", 1)
    [ada] = await told_linked(place, "ada")
    await until(lambda: bool(strange))
    place.graph.live.clock.pass_time(seconds=executor.LEASE_S + 1)
    place.bot.executor.look()
    assert [row[1] for row in await ended(place)] == ["done"]
    assert len(written_to(place, ada)) == 1
    assert not place.running.done()


async def test_a_fault_while_it_is_said_how_jobs_went_silences_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acknowledging, "PAUSE_FIRST_S", 0.05)
    strange = misunderstood(place, monkeypatch, "acknowledge_jobs", acknowledging.TRIES)
    [ada] = await told_linked(place, "ada")
    await until(lambda: len(strange) == acknowledging.TRIES)
    [bob] = await told_linked(place, "bob")
    assert [row[1] for row in await ended(place, 2)] == ["done", "done"]
    assert [len(written_to(place, one)) for one in (ada, bob)] == [1, 1]
    await until(lambda: place.bot.executor.held == 0)
    assert not place.running.done()


async def test_a_message_posted_by_a_bot_that_died_before_it_could_say_so_is_there_once(place: Place) -> None:
    place.running.cancel()
    await asyncio.wait({place.running}, timeout=10)

    dying = Bot(place.settings, Outside(lambda: place.graph.server.clock.now().timestamp(), least))
    said: Any = dying.executor._acknowledging
    said.run, said.finish = partial(asyncio.sleep, 600), partial(asyncio.sleep)
    life = asyncio.create_task(dying.run())
    [ada] = await told_linked(place, "ada")
    await until(lambda: len(written_to(place, ada)) == 1)
    life.cancel()
    await asyncio.wait({life}, timeout=10)
    calls: list[Any] = place.discord.stage.calls
    [posted] = [call for call in calls if call.path.endswith("/messages")]

    place.graph.live.clock.pass_time(seconds=executor.LEASE_S + 1)
    next_one = Bot(place.settings, Outside(lambda: place.graph.server.clock.now().timestamp(), least))
    life = asyncio.create_task(next_one.run())
    [(state, outcome, _, reference)] = await ended(place)
    life.cancel()
    await asyncio.wait({life}, timeout=10)
    again = [call for call in calls if call.path.endswith("/messages")]
    assert len(again) == 2, "it was sent twice, under one nonce"
    assert posted.body["nonce"] == again[1].body["nonce"]
    [message] = written_to(place, ada)
    assert (state, outcome, reference) == ("done", "done", message.id)


async def test_a_bot_that_starts_while_discord_and_the_server_are_away_waits_for_them(place: Place) -> None:
    place.running.cancel()
    await asyncio.wait({place.running}, timeout=10)
    settings = place.settings.model_copy(update={"data": place.settings.data / "fresh"})
    await place.discord.go_away()
    early = Bot(settings, Outside(lambda: place.graph.server.clock.now().timestamp(), least))
    where, early.graph._transport.url = early.graph._transport.url, "http://127.0.0.1:9/graphql"
    life = asyncio.create_task(early.run())
    await until(lambda: early.figures.restarts._value.get() >= 1)
    assert not life.done()
    await place.discord.come_back()
    await until(lambda: early.is_up, 50)
    early.graph._transport.url = where
    [ada] = await told_linked(place, "ada")
    await ended(place)
    assert len(written_to(place, ada)) == 1
    life.cancel()
    await asyncio.wait({life}, timeout=10)


async def test_a_wrong_token_ends_at_once_with_what_to_do(place: Place) -> None:
    settings = place.settings.model_copy(update={"discord_token": SecretStr("bm9ib2R5.no.token")})
    with pytest.raises(DiscordForbids, match="REGULARS_DISCORD_TOKEN"):
        await asyncio.wait_for(Bot(settings, Outside(time.time, least)).run(), 20)


async def test_a_key_that_the_server_does_not_take_ends_with_what_to_do(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "PAUSE_FIRST_S", 0.05)
    private, _ = new_pair()
    key = SecretStr(handed_out("bot", "ab" * 12, private))
    place.running.cancel()
    await asyncio.wait({place.running}, timeout=10)
    stranger = Bot(place.settings.model_copy(update={"service_key": key}), Outside(time.time, least))
    with pytest.raises(ServerForbids, match="REGULARS_BOT_SERVICE_KEY"):
        await asyncio.wait_for(stranger.run(), 40)


async def test_what_was_told_while_the_socket_was_lost_is_heard_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "PAUSE_FIRST_S", 0.05)
    await until(lambda: place.bot.hearing.is_up)
    for client in list(place.graph.server.site[SOCKETS]._clients):
        client.close_soon(1012, "A test.")
    await until(lambda: not place.bot.hearing.is_up)
    [ada] = await told_linked(place, "ada")
    await ended(place)
    assert len(written_to(place, ada)) == 1
    await until(lambda: place.bot.hearing.is_up)


async def test_what_was_done_while_the_server_was_away_is_said_once_it_is_back(place: Place) -> None:
    await until(lambda: place.bot.hearing.is_up)
    where = place.bot.graph._transport.url
    ada = place.person("ada")

    inspect = place.discord.stage.inspect

    def cut_off(method: str, path: str, body: object) -> Iterable[str]:
        place.bot.graph._transport.url = "http://127.0.0.1:9/graphql"
        return inspect(method, path, body)

    place.discord.stage.inspect = cut_off
    await ask(place, "link_told", LINKED | {"discordId": ada.id})
    await until(lambda: len(written_to(place, ada)) == 1)
    await asyncio.sleep(1.5)
    place.discord.stage.inspect = inspect
    place.bot.graph._transport.url = where
    assert [row[1] for row in await ended(place)] == ["done"]
    assert len(written_to(place, ada)) == 1


@pytest.mark.timeout(240)
async def test_a_thousand_jobs_are_drained_without_being_told_to_wait(place: Place) -> None:
    people = await told_linked(place, *(f"viewer{number}" for number in range(1_000)))
    rows = await ended(place, 1_000, 220)
    assert {row[1] for row in rows} == {"done"}
    assert len({row[3] for row in rows}) == len(people)
    assert sum(one.channel.recipient is not None for one in place.discord.world.messages.values()) == len(people)
    assert 429 not in {call.status for call in place.discord.stage.calls}


async def test_whoever_watches_over_the_bot_sees_what_became_of_jobs(place: Place) -> None:
    await told_linked(place, "ada")
    await ended(place)
    await until(lambda: place.bot.hearing.is_up)
    port, bot = free_port(), place.bot
    async with served(port, bot.figures, lambda: bot.is_up, lambda: bot.hearing.is_up), ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{port}/healthz") as answer:
            assert (answer.status, await answer.json()) == (200, {"discord": "connected", "server": "heard"})
        async with session.get(f"http://127.0.0.1:{port}/metrics") as answer:
            told = await answer.text()
    assert "regulars_bot_feed_up 1.0" in told
    assert 'regulars_bot_jobs_total{outcome="done"} 1.0' in told
    assert "regulars_bot_jobs_waiting" in told


def test_every_job_has_a_nonce_of_its_own_that_discord_takes() -> None:
    numbers = [*range(1, 2_000), *range(10**18, 10**18 + 2_000), *range(2**63 - 2_000, 2**63)]
    nonces = {fit_nonce(str(id_of("job", number))) for number in numbers}
    assert len(nonces) == len(numbers)
    assert max(map(len, nonces)) <= NONCE_LENGTH_MAX


async def test_a_full_channel_holds_up_no_other(place: Place) -> None:
    """The library counts one bucket for all channels; ours one for each."""
    channels = [place.discord.world.channel(place.guild, f"room{number}") for number in range(3)]
    assert place.bot.connection is not None
    rest = place.bot.connection.rest
    async with asyncio.timeout(4):
        for channel in channels:
            for number in range(5):
                await rest.post(channel.id, {"content": str(number)})
    statuses = [call.status for call in place.discord.stage.calls if call.path.endswith("/messages")]
    assert statuses == [200] * 15
    assert issubclass(type(rest._http), HTTPClient)


async def test_who_is_stopped_while_news_come_in_ends(place: Place) -> None:
    """Both reach the bot in one step of the event loop."""
    running = asyncio.create_task(place.bot.executor.run())
    for _ in range(3):
        await asyncio.sleep(0)
    place.bot.executor.look()
    running.cancel()
    _, left = await asyncio.wait({running}, timeout=10)
    assert not left


async def test_a_part_that_loses_its_cancellation_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "END_WITHIN_S", 0.01)
    begun = asyncio.Event()

    async def deaf() -> None:
        begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    part = asyncio.create_task(deaf())
    await begun.wait()
    await app.over([part])
    assert part.cancelled()
