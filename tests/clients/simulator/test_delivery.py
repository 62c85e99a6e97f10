import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from clients.simulator.book import Book
from clients.simulator.community import Setting, plan
from clients.simulator.delivery import Courier, Progress, Route, pace
from clients.simulator.faults import ALL_FAULTS, NO_FAULTS, Faults, deliveries
from clients.simulator.happenings import Happening, Spoken
from clients.simulator.signing import SigningKey
from tests.clients.simulator.receiver import Receiver, listening

SETTING = Setting(start=datetime(2026, 5, 4, 18, 0, tzinfo=UTC), duration=timedelta(minutes=10), viewers=25)
HAPPENINGS = plan(SETTING)
KEY = SigningKey.generate()


def at_once(_: datetime) -> float:
    return 0.0


def courier_to(url: str, *, patience_s: float = 20.0) -> Courier:
    route = Route(target=url, key=KEY, broadcaster=SETTING.broadcaster, connections=4, patience_s=patience_s)
    return Courier(route, Book(HAPPENINGS), Progress())


async def deliver(receiver: Receiver, faults: Faults = NO_FAULTS, *, patience_s: float = 20.0) -> Courier:
    courier = courier_to(receiver.url, patience_s=patience_s)
    await courier.run(deliveries(HAPPENINGS, end=SETTING.end, faults=faults), at_once)
    return courier


def spoken_ids(happenings: Iterable[Happening]) -> set[str]:
    return {happening.fact.message_id for happening in happenings if isinstance(happening.fact, Spoken)}


async def test_a_healthy_receiver_gets_every_delivery_exactly_once() -> None:
    async with listening(Receiver(KEY.public_pem)) as receiver:
        courier = await deliver(receiver)
    assert courier.progress.is_clean
    assert courier.progress.acknowledged == len(HAPPENINGS) == len(receiver.accepted) == receiver.requests
    assert courier.progress.retried == 0
    assert courier.book.told == set(range(len(HAPPENINGS)))
    assert Counter(arrival.kind for arrival in receiver.accepted) == Counter(h.fact.kind for h in HAPPENINGS)


def every_third(status: int) -> Callable[[int], int | None]:
    return lambda number: status if number % 3 == 0 else None


@pytest.mark.parametrize("status", [503, 429, 404, 401])
async def test_a_receiver_that_fails_every_third_request_still_ends_with_everything(status: int) -> None:
    async with listening(Receiver(KEY.public_pem, stumble=every_third(status))) as receiver:
        courier = await deliver(receiver)
    assert courier.progress.is_clean
    assert courier.book.told == set(range(len(HAPPENINGS)))
    assert courier.progress.retried == receiver.requests // 3
    assert len({arrival.message_id for arrival in receiver.accepted}) == len(receiver.accepted) == len(HAPPENINGS)


async def test_lost_connections_are_retried_under_the_same_message_id() -> None:
    async with listening(Receiver(KEY.public_pem, stumble=every_third(0))) as receiver:
        courier = await deliver(receiver)
    assert courier.progress.is_clean
    assert courier.book.told == set(range(len(HAPPENINGS)))
    assert {arrival.message_id for arrival in receiver.accepted} == {
        letter.message_id for letter in deliveries(HAPPENINGS, end=SETTING.end)
    }


async def test_with_every_fault_on_the_receiver_holds_what_the_book_says() -> None:
    async with listening(Receiver(KEY.public_pem, stumble=every_third(503))) as receiver:
        courier = await deliver(receiver, replace(ALL_FAULTS, drop=0.2))
    assert courier.progress.is_clean
    assert courier.progress.refused_as_expected == len(receiver.refused) > 0
    received = {orjson.loads(a.body)["message_id"] for a in receiver.accepted if a.kind == "chat.message.sent"}
    assert received == spoken_ids(h for h in HAPPENINGS if h.number in courier.book.told)
    assert received < spoken_ids(HAPPENINGS)
    written = courier.book.as_json()
    assert written["is_certain"] is True


async def test_a_receiver_that_believes_re_split_ids_is_found_out() -> None:
    async with listening(Receiver(KEY.public_pem, is_strict=False)) as receiver:
        courier = await deliver(receiver, Faults(resplit=0.2))
    assert courier.progress.misjudged > 0
    assert not courier.progress.is_clean


async def test_when_nobody_answers_the_book_is_unsure_and_patience_ends_the_run() -> None:
    async with listening(Receiver(KEY.public_pem, stumble=lambda _: 503)) as receiver:
        courier = await deliver(receiver, patience_s=0.5)
    assert courier.progress.gave_up
    assert not courier.progress.is_clean
    assert courier.progress.outstanding == len(HAPPENINGS)
    assert not courier.book.told
    assert courier.book.tried


async def test_stopping_sends_nothing_new_and_waits_for_what_is_under_way() -> None:
    async with listening(Receiver(KEY.public_pem)) as receiver:
        courier = courier_to(receiver.url)
        began = deliveries(HAPPENINGS, end=SETTING.end)
        run = asyncio.create_task(courier.run(began, lambda at: 0.0 if at < began[10].send_at else 3600.0))
        while courier.progress.acknowledged < 10:
            await asyncio.sleep(0.01)
        courier.stop()
        progress = await run
    assert progress.is_clean
    assert progress.acknowledged == len(receiver.accepted) == 10


async def test_stopping_ends_a_hopeless_flush_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clients.simulator.delivery.STOPPING_PATIENCE_S", 0.3)
    async with listening(Receiver(KEY.public_pem, stumble=lambda _: 503)) as receiver:
        courier = courier_to(receiver.url, patience_s=3600)
        run = asyncio.create_task(courier.run(deliveries(HAPPENINGS[:3], end=SETTING.end), at_once))
        await asyncio.sleep(0.2)
        courier.stop()
        progress = await asyncio.wait_for(run, 10)
    assert progress.outstanding == 3


def test_the_pace_follows_the_event_clock() -> None:
    now_s = 100.0
    wait_s = pace(SETTING.start, 60.0, lambda: now_s)
    assert wait_s(SETTING.start + timedelta(minutes=2)) == 2.0
    now_s = 103.0
    assert wait_s(SETTING.start + timedelta(minutes=2)) == -1.0
    assert pace(SETTING.start, 0, lambda: 0.0)(SETTING.end) == 0.0


def test_a_live_run_tells_the_past_quickly_and_waits_for_the_present() -> None:
    began = SETTING.start + timedelta(minutes=5)
    now_s = 100.0
    wait_s = pace(SETTING.start, 60.0, lambda: now_s, began=began)
    assert wait_s(began) == 5.0
    assert wait_s(began + timedelta(minutes=2)) == 120.0
