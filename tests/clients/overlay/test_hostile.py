"""What viewers choose stands on stream as plain text of bounded length, whatever they choose."""

from typing import Any

import pytest

from server.schema.ids import id_of
from tests.clients.overlay.conftest import Stream
from tests.clients.overlay.hostile import MARKUP, NAMES, SLOTS, TEXTS, harm, watch
from tests.clients.overlay.test_pictures import WIDGETS
from tests.graph import line

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

UNMASK = "mutation ($input: UpdateNameSettingsInput!) { updateNameSettings(input: $input) { __typename } }"
OPEN = "mutation ($input: UpdateSlotCallSettingsInput!) { updateSlotCallSettings(input: $input) { __typename } }"
CALL = "mutation ($input: CallSlotInput!) { callSlot(input: $input) { __typename ... on Problem { code } } }"
SETTLE = "mutation ($input: ClearSlotCallsInput!) { clearSlotCalls(input: $input) { __typename } }"
AT_ONCE = 10
"""So many rows a board has at most."""


async def named(stream: Stream, names: tuple[str, ...], first: int) -> None:
    """Have people with these names watch, each longer than all before him."""
    for number, name in enumerate(names, first):
        for minute in range(number + 4):
            told = line("100001", 1_000 + number, f"line {minute}", f"2026-08-01T17:{31 + minute:02d}:00Z")
            told["sender"] |= {"username": name, "channel_slug": f"somebody{number}"}
            await stream.graph.deliver("chat.message.sent", told)
    await stream.graph.live.settle()


async def do(stream: Stream, document: str, key: str, **more: Any) -> Any:
    given = {"communityId": id_of("community", stream.community), "idempotencyKey": key, **more}
    return await stream.graph.data(document, input=given)


async def test_hostile_names_of_viewers_are_plain_text_on_the_board(stream: Stream) -> None:
    await watch(stream)
    await do(stream, UNMASK, "unmask", masks=False)
    seen: set[str] = set()
    for first in range(0, len(NAMES), AT_ONCE):
        await named(stream, NAMES[first : first + AT_ONCE], first)
        await stream.browser.open("about:blank")
        await stream.show("leaderboard", first=str(AT_ONCE), lang="en")
        await stream.browser.until(f"document.querySelectorAll('.board li').length === {AT_ONCE}")
        assert await harm(stream) == []
        seen |= set(await stream.browser.value(TEXTS))
    assert set(MARKUP) <= seen, "as it was written, for everybody to read"
    assert any(name.startswith("W" * 60) and name.endswith("…") for name in seen)


async def test_hostile_slots_are_plain_text_in_the_queue(stream: Stream) -> None:
    await watch(stream)
    await do(stream, UNMASK, "unmask", masks=False)
    await do(stream, OPEN, "open", isOpen=True, perViewer=0, cooldown=0)
    await named(stream, NAMES[:AT_ONCE], 0)
    called = 0
    for number, slot in enumerate(SLOTS):
        caller = {"platform": "KICK", "platformId": str(1_000 + number % AT_ONCE)}
        answer = (await do(stream, CALL, f"call-{number}", slot=slot, account=caller))["callSlot"]
        called += answer["__typename"] == "SlotCalled"
        if (number + 1) % AT_ONCE == 0 or slot == SLOTS[-1]:
            await stream.browser.open("about:blank")
            await stream.show("slots", first=str(AT_ONCE), lang="en")
            await stream.browser.until("document.querySelector('.slots li')")
            assert await harm(stream) == []
            await do(stream, SETTLE, f"clear-{number}")
    assert called > len(SLOTS) / 2, "most of them are called"


@pytest.mark.parametrize("widget", sorted(name for name, samples in WIDGETS.items() if "hard" in samples))
async def test_hard_samples_are_plain_text_in_every_widget(stream: Stream, widget: str) -> None:
    await watch(stream)
    await stream.browser.open(stream.address(widget, preview="hard", lang="en"))
    await stream.browser.until("document.querySelector('.card')")
    assert await harm(stream) == []


async def test_a_page_that_runs_what_it_should_not_is_noticed(stream: Stream) -> None:
    await watch(stream)
    await stream.browser.open(stream.address("leaderboard", preview="usual", lang="en"))
    await stream.browser.until("document.querySelector('.board li')")
    assert await harm(stream) == []
    breaches = {
        "script": "document.querySelector('bdi').innerHTML = '<img src=http://127.0.0.1:9/x onerror=alert(1)>'",
        "turned": "document.querySelector('bdi').textContent = 'a\\u202eb'",
        "long": "document.querySelector('bdi').textContent = 'W'.repeat(65)",
        "grown": "document.querySelector('li').style.paddingTop = '50px'",
    }
    for name, breach in breaches.items():
        await stream.browser.value(breach)
        assert await harm(stream) != [], name
        await stream.browser.call("Page.reload")
        await stream.browser.until("document.querySelector('.board li')")
        stream.browser.troubles.clear()
