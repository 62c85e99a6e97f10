"""Goals and texts tell what the server counts, follow it, and hold what people wrote as plain text."""

from typing import Any

import pytest

from server.schema.ids import id_of
from tests.clients.overlay.conftest import Stream
from tests.clients.overlay.hostile import harm, watch
from tests.graph import person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

START = "mutation ($input: StartRaffleInput!) { startRaffle(input: $input) { __typename } }"
GRANT = "mutation ($input: GrantTicketsInput!) { grantTickets(input: $input) { __typename } }"
WATCHED = "query ($slug: String!) { community(slug: $slug) { totals { watchTime } } }"
SAYS = "document.querySelector('.card')?.innerText.replace(/\\s+/g, ' ').trim()"


async def do(stream: Stream, document: str, key: str, **more: Any) -> None:
    given = {"communityId": id_of("community", stream.community), "idempotencyKey": key, **more}
    await stream.graph.data(document, input=given)


async def granted(stream: Stream, tickets: int) -> None:
    viewer = (await stream.graph.accounts(stream.community))["1"]
    await do(stream, GRANT, f"granted {tickets}", viewerId=viewer, tickets=tickets, reason="Made the tea.")


async def test_a_goal_is_counted_and_reached(stream: Stream) -> None:
    await stream.show("goal", of="tickets", to="40", title="More%20tea", lang="en")
    await stream.browser.until(f"{SAYS} === 'More tea 0 of 40'")
    await do(stream, START, "start", title="Mugs")
    await granted(stream, 25)
    await stream.browser.until(f"{SAYS} === 'More tea 25 of 40'")
    await granted(stream, 15)
    await stream.browser.until(f"{SAYS} === 'More tea 40 reached!'")
    assert stream.browser.troubles == []


async def test_a_text_has_values_where_it_names_them(stream: Stream) -> None:
    await watch(stream)
    text = "<b>{raffle.name}</b>: {tickets.total}, {tickets.people}, {nothing.such}, {constructor}, {viewers.total}"
    await stream.show("text", text=text.replace(" ", "%20"), lang="en")
    await stream.browser.until(f"{SAYS} === '<b>\\u2013</b>: 0, 0, {{nothing.such}}, {{constructor}}, 3'")
    await do(stream, START, "start", title="<i>{tickets.total}</i>")
    await granted(stream, 1_200)
    found = "<b><i>{tickets.total}</i></b>: 1,200, 1, {nothing.such}, {constructor}, 3"
    await stream.browser.until(f"{SAYS} === {found!r}")
    assert await harm(stream) == []


async def test_the_ticker_tells_who_was_given_tickets_and_why(stream: Stream) -> None:
    await stream.show("ticker", lang="en")
    await stream.browser.until(f"{SAYS} === 'New tickets No new tickets yet.'")
    await do(stream, START, "start", title="Mugs")
    for tickets in (25, 1_500):
        await granted(stream, tickets)
    rows = "[...document.querySelectorAll('.ticker li')].map(one => one.innerText.replace(/\\s+/g, ' ').trim()).join()"
    await stream.browser.until(f"{rows} === 'vi*** from the team +1,500,vi*** from the team +25'")
    assert stream.browser.troubles == []


GIFT = {
    "broadcaster": person("100001", "Streamer100001"),
    "gifter": person("2", "viewer2"),
    "giftees": [person("8", "viewer8"), person("9", "viewer9")],
    "created_at": "2026-08-01T17:40:00Z",
    "expires_at": "2026-09-01T17:40:00Z",
}


async def again(stream: Stream, widget: str, **options: str) -> None:
    """Open a widget anew: an address that differs behind the # alone is no other page."""
    await stream.browser.open("about:blank")
    await stream.show(widget, **options)


async def test_a_goal_counts_subscriptions_as_they_come(stream: Stream) -> None:
    await stream.show("goal", of="subs", to="4", since="soon", lang="en")
    await stream.browser.until(f"{SAYS} === 'Subscriptions 0 of 4'")
    await stream.graph.deliver("channel.subscription.gifts", GIFT)
    await stream.graph.live.settle()
    await stream.browser.until(f"{SAYS} === 'Subscriptions 2 of 4'")
    await again(stream, "goal", of="subs", to="4", since="2026-08-01T17:40:01Z", lang="de")
    await stream.browser.until(f"{SAYS} === 'Abos 0 von 4'")
    assert stream.browser.troubles == []


async def test_a_text_names_what_came_together(stream: Stream) -> None:
    await stream.graph.deliver("channel.subscription.gifts", GIFT)
    await stream.graph.watched(viewers=12)
    seconds = (await stream.graph.data(WATCHED, slug="house"))["community"]["totals"]["watchTime"]
    assert seconds >= 7_200
    await stream.show("text", text="{subs.total},{kicks.total},{hours.total}", lang="en")
    await stream.browser.until(f"{SAYS} === '2,0,{seconds // 3600}'")
    assert stream.browser.troubles == []


@pytest.mark.parametrize(
    "of", ["tickets", "people", "viewers", "entries", "calls", "subs", "kicks", "hours", "constructor"]
)
async def test_everything_that_can_be_counted_has_a_title(stream: Stream, of: str) -> None:
    await stream.browser.open(stream.address("goal", preview="usual", of=of, to="10", lang="de"))
    await stream.browser.until("document.querySelector('.goal h1')?.innerText.length > 3")
    assert "reached" in await stream.browser.value("document.querySelector('.goal').className") or of == "calls"
