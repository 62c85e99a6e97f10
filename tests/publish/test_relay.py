"""The relay between processes, over brokers that misbehave."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from server.publish.relay import PAYLOAD_BYTES_MAX, PENDING_MAX, Ended, Hear, LinkLostError, RelayBus, payloads

Wait = Callable[..., Awaitable[None]]


class Broker:
    """Carries payloads between the buses connected to it, and does what a test tells it to do wrong."""

    def __init__(self) -> None:
        self.links: list[BrokerLink] = []
        self.sent: list[str] = []
        self.refusals = 0
        self.copies = 1
        self.bug: Exception | None = None

    async def has_refused(self) -> bool:
        return self.refusals == 0

    async def connect(self, hear: Hear, ended: Ended) -> "BrokerLink":
        if self.refusals:
            self.refusals -= 1
            raise LinkLostError("refused")
        link = BrokerLink(self, hear, ended)
        self.links.append(link)
        return link


class BrokerLink:
    def __init__(self, broker: Broker, hear: Hear, ended: Ended) -> None:
        self.broker, self.hear, self.ended = broker, hear, ended
        self.open = True

    async def send(self, payload: str) -> None:
        if self.broker.bug is not None:
            raise self.broker.bug
        if not self.open:
            raise LinkLostError("cut")
        self.broker.sent.append(payload)
        for link in self.broker.links * self.broker.copies:
            link.hear(payload)

    async def close(self) -> None:
        self.broker.links.remove(self)

    def cut(self) -> None:
        self.open = False
        self.ended()


@given(topics=st.sets(st.text(st.characters(exclude_characters="\n", codec="utf-8"), max_size=3000), max_size=30))
def test_payloads_carry_every_topic_that_fits_and_none_is_too_large(topics: set[str]) -> None:
    texts = payloads("origin", topics)
    assert all(len(text.encode()) <= PAYLOAD_BYTES_MAX for text in texts)
    assert all(text.split("\n")[0] == "origin" for text in texts)
    carried = [topic for text in texts for topic in text.split("\n")[1:]]
    assert sorted(carried) == sorted(topic for topic in topics if len(topic.encode()) <= PAYLOAD_BYTES_MAX - 7)


def test_a_heartbeat_is_a_payload_without_topics() -> None:
    assert payloads("origin", ()) == ["origin"]


async def test_a_burst_travels_in_one_payload(connected: Wait) -> None:
    broker = Broker()
    async with RelayBus(broker.connect, "a") as bus:
        await connected(bus)
        broker.sent.clear()
        for number in range(100):
            bus.poke(f"topic-{number % 10}")
        await asyncio.sleep(0.1)
        assert len(broker.sent) <= 2
        assert sum(text.count("\n") for text in broker.sent) == 10


async def test_pokes_that_follow_each_other_closely_travel_together(connected: Wait) -> None:
    broker = Broker()
    async with RelayBus(broker.connect, "a") as bus:
        await connected(bus)
        broker.sent.clear()
        for number in range(50):
            bus.poke(f"topic-{number}")
            await asyncio.sleep(0)
        await asyncio.sleep(0.1)
        assert len(broker.sent) <= 2


async def test_a_lost_connection_is_mended_and_later_pokes_arrive(connected: Wait, eventually: Wait) -> None:
    broker = Broker()
    async with RelayBus(broker.connect, "a") as here, RelayBus(broker.connect, "b") as there:
        await connected(here, there)
        broker.refusals = 2
        for link in list(broker.links):
            link.cut()
        await eventually(broker.has_refused)
        await connected(here, there)
        async with aclosing(there.listen("x")) as listener:
            await anext(listener)
            here.poke("x")
            async with asyncio.timeout(0.5):
                await anext(listener)
        assert len(broker.links) == 2


async def test_a_poke_made_while_the_broker_is_away_is_sent_when_it_is_back(connected: Wait) -> None:
    broker = Broker()
    broker.refusals = 1
    async with RelayBus(broker.connect, "a") as bus:
        bus.poke("x")
        await connected(bus)
        assert "a\nx" in broker.sent


async def test_pokes_for_an_absent_broker_take_bounded_memory() -> None:
    broker = Broker()
    broker.refusals = 10
    async with RelayBus(broker.connect, "a") as bus:
        for number in range(3 * PENDING_MAX):
            bus.poke(f"topic-{number}")
        assert len(bus._pending) == PENDING_MAX


async def test_an_outage_is_reported_once(connected: Wait) -> None:
    broker = Broker()
    broker.refusals = 3
    with capture_logs() as lines:
        async with RelayBus(broker.connect, "a") as bus:
            await connected(bus)
    assert [line["event"] for line in lines] == ["bus.lost", "bus.connected"]


async def test_doubled_and_senseless_payloads_are_harmless(connected: Wait) -> None:
    broker = Broker()
    broker.copies = 3
    async with RelayBus(broker.connect, "a") as here, RelayBus(broker.connect, "b") as there:
        await connected(here, there)
        async with aclosing(there.listen("x")) as listener:
            await anext(listener)
            for nonsense in ("", "\n", "\n\n\x00", "c\nunknown"):
                broker.links[1].hear(nonsense)
            here.poke("x")
            async with asyncio.timeout(0.5):
                await anext(listener)
            assert there.connected


async def test_its_own_echo_does_not_wake_a_process_twice(connected: Wait) -> None:
    broker = Broker()
    async with RelayBus(broker.connect, "a") as bus, aclosing(bus.listen("x")) as listener:
        await connected(bus)
        await anext(listener)
        bus.poke("x")
        await anext(listener)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await anext(listener)


async def test_a_bug_in_the_relay_is_reported_and_ticks_go_on() -> None:
    broker = Broker()
    broker.bug = ZeroDivisionError("a bug")
    with capture_logs() as lines:
        async with RelayBus(broker.connect, "a") as bus, aclosing(bus.listen("x")) as listener:
            await anext(listener)
            async with asyncio.timeout(1.5):
                await anext(listener)
    assert [line["event"] for line in lines] == ["bus.relay.died"]
