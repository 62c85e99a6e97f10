"""The slot calls on stream: the one that was picked last stays beside those that wait."""

import pytest

from tests.clients.overlay.conftest import Stream
from tests.resolvers.slot_cases import opened
from tests.resolvers.test_slotcalls import PICK, SETTLE, Slots

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

NOW = "(document.querySelector('.played .name')?.textContent ?? null)"
WAITING = "[...document.querySelectorAll('.slots li .name')].map(one => one.textContent).join()"


async def test_what_was_picked_last_is_shown_whatever_is_called_or_was_picked_before(stream: Stream) -> None:
    browser, slots = stream.browser, Slots(stream.graph, stream.community)
    await opened(stream.graph.server, stream.community)
    for viewer, slot in enumerate(("First", "Second", "Third"), start=1):
        await slots.call(slot, ("kick", str(viewer)))
    await stream.show("slots", lang="en")
    await browser.until(f"{WAITING} === 'First,Second,Third' && {NOW} === null")
    await slots.do(PICK, method="OLDEST")
    await browser.until(f"{WAITING} === 'Second,Third' && {NOW} === 'First'")
    await slots.call("Fourth", ("kick", "4"))
    await browser.until(f"{WAITING} === 'Second,Third,Fourth' && {NOW} === 'First'")
    picked = []
    for slot in ("Fourth", "Second"):
        stream.graph.live.clock.pass_time(seconds=30)
        call = await waiting(slots, slot)
        picked.append((await slots.do(PICK, method="CHOSEN", callId=call))["call"]["id"])
        await browser.until(f"{NOW} === {slot!r}")
    await slots.do(SETTLE, callId=picked[-1], outcome="PLAYED")
    await browser.until(f"{WAITING} === 'Third' && {NOW} === 'Fourth'")
    assert browser.troubles == []


async def waiting(slots: Slots, title: str) -> str:
    """The id of a call that waits."""
    asked = """{ community(slug: "house") { slotCalls { queue(first: 10) { nodes { id title } } } } }"""
    found = (await slots.graph.data(asked))["community"]["slotCalls"]["queue"]["nodes"]
    return next(one["id"] for one in found if one["title"] == title)
