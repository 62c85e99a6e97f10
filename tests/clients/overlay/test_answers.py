"""What a page asks: the newest answer is shown whichever comes last, and pages that were loaded together ask apart."""

from hashlib import sha256
from typing import Any

import pytest

from server.schema.ids import id_of
from server.web.graphql.documents import PREFIX, ROOT
from tests.clients.overlay.comparing import SETTLED
from tests.clients.overlay.conftest import CREATE, Stream

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

DOCUMENTS = ROOT / "clients" / "overlay" / "documents"
START = "mutation ($input: StartRaffleInput!) { startRaffle(input: $input) { __typename } }"
GRANT = "mutation ($input: GrantTicketsInput!) { grantTickets(input: $input) { __typename } }"
COUNTED = "document.querySelector('.goal strong')?.textContent"
HELD = """window.held = []; window.WebSocket = class extends WebSocket {
    set onmessage(hear) {
        const kept = new Set();
        super.onmessage = (event) => {
            const told = JSON.parse(event.data);
            if (window.holding && told.payload?.data?.me) kept.add(told.id);
            if (kept.has(told.id)) window.held.push(() => hear(event)); else hear(event);
        };
    } }"""
"""Answers to questions wait while `holding`, until somebody calls what is `held`."""
SOON = """window.waits = []; const wait = window.setTimeout; window.setTimeout = (act, left, ...given) => {
    if (left > 20_000 && left < 400_000) window.waits.push(left);
    return wait(act, left > 20_000 ? 20 : left, ...given) }"""
"""What is to be done much later is done soon, and when it was to be is written down."""

TOLD = """window.told = []; window.WebSocket = class extends WebSocket {
    send(text) {
        const said = JSON.parse(text);
        window.told.push('> ' + (said.payload?.documentId ?? said.type));
        super.send(text);
    }
    set onmessage(hear) {
        super.onmessage = (event) => {
            const said = JSON.parse(event.data);
            window.told.push('< ' + (said.payload?.data?.feed?.__typename ?? said.type));
            hear(event);
        };
    } }"""
"""What the page and the server tell each other, in order."""
SPOILT = """window.spoilt = 0; window.WebSocket = class extends WebSocket {
    set onmessage(hear) {
        super.onmessage = (event) => {
            const told = JSON.parse(event.data);
            if (!window.spoiling || told.type !== 'next' || !told.payload.data?.me) { hear(event); return; }
            window.spoilt += 1;
            const errors = [{ message: 'The database does not answer.', path: ['me', 'community'] }];
            const half = { data: { me: { ...told.payload.data.me, community: null } }, errors };
            hear(new MessageEvent('message', { data: JSON.stringify({ ...told, payload: half }) }));
        };
    } }"""
"""Answers are what a server says whose resolver failed, while `spoiling`."""

CALM_OVER = "new Promise((go) => setTimeout(go, 600))"
"""Longer than a page waits for more of what changed before it asks."""
PAUSE = "mutation ($input: PauseStreamAlertsInput!) { pauseStreamAlerts(input: $input) { __typename } }"


def document_id(name: str) -> str:
    return PREFIX + sha256((DOCUMENTS / f"{name}.graphql").read_bytes()).hexdigest()


async def do(stream: Stream, document: str, key: str, **more: Any) -> None:
    given = {"communityId": id_of("community", stream.community), "idempotencyKey": key, **more}
    await stream.graph.data(document, input=given)


async def grant(stream: Stream, tickets: int) -> None:
    viewer = (await stream.graph.accounts(stream.community))["1"]
    await do(stream, GRANT, f"granted {tickets}", viewerId=viewer, tickets=tickets, reason="Made the tea.")


async def test_an_older_answer_that_comes_late_changes_nothing(stream: Stream) -> None:
    browser = stream.browser
    await browser.call("Page.addScriptToEvaluateOnNewDocument", source=HELD)
    await do(stream, START, "start", title="Mugs")
    await stream.show("goal", of="tickets", to="1000", lang="en")
    await browser.until(f"{COUNTED} === '0'")
    await browser.value("window.holding = true")
    await grant(stream, 25)
    await browser.until("window.held.length > 0")
    await browser.value("window.holding = false")
    await grant(stream, 15)
    await browser.until(f"{COUNTED} === '40'")
    await browser.value("window.held.forEach((one) => one())")
    await browser.value(SETTLED)
    assert await browser.value(COUNTED) == "40"
    assert browser.troubles == []


async def test_half_an_answer_takes_nothing_away_and_is_asked_for_again_soon(stream: Stream) -> None:
    browser = stream.browser
    await browser.call("Page.addScriptToEvaluateOnNewDocument", source=SPOILT)
    await do(stream, START, "start", title="Mugs")
    await stream.show("goal", of="tickets", to="1000", lang="en")
    await browser.until(f"{COUNTED} === '0'")
    await browser.value("window.spoiling = true")
    await grant(stream, 25)
    await browser.until("window.spoilt > 1")
    assert await browser.value(COUNTED) == "0"
    await browser.value("window.spoiling = false")
    await browser.until(f"{COUNTED} === '25'")
    assert browser.troubles == []


async def test_a_first_answer_that_fails_is_asked_for_again_soon(stream: Stream) -> None:
    browser = stream.browser
    await browser.call("Page.addScriptToEvaluateOnNewDocument", source=SPOILT + "; window.spoiling = true")
    await do(stream, START, "start", title="Mugs")
    await stream.show("goal", of="tickets", to="1000", lang="en")
    await browser.until("window.spoilt > 1")
    await browser.value("window.spoiling = false")
    await browser.until(f"{COUNTED} === '0'")
    assert browser.troubles == []


async def test_pages_that_were_loaded_together_do_not_ask_together(stream: Stream) -> None:
    await stream.browser.call("Page.addScriptToEvaluateOnNewDocument", source=SOON)
    await stream.show("goal", of="tickets", lang="en")
    await stream.browser.until("window.waits.length >= 12")
    waits = await stream.browser.value("window.waits")
    assert len(set(waits)) == len(waits), "each time another pause"
    assert max(waits) - min(waits) > 5_000
    assert stream.browser.troubles == []


async def test_the_first_question_of_a_widget_waits_for_nothing_but_to_be_let_in(stream: Stream) -> None:
    await stream.browser.call("Page.addScriptToEvaluateOnNewDocument", source=TOLD)
    await stream.show("leaderboard", lang="en")
    await stream.browser.until("document.querySelector('.board li')")
    told = await stream.browser.value("window.told")
    before = told[: told.index(f"> {document_id('overlay_leaderboard')}")]
    assert [one for one in before if one.startswith("<")] == ["< connection_ack"]
    assert stream.browser.troubles == []


async def test_alerts_of_another_overlay_are_not_asked_for(stream: Stream) -> None:
    browser = stream.browser
    await do(stream, CREATE, "den", overlay="den")
    await browser.call("Page.addScriptToEvaluateOnNewDocument", source=TOLD)
    await stream.show("alerts", lang="en")
    asks = f"window.told.filter((one) => one === '> {document_id('overlay_alerts')}').length"
    heard = "window.told.filter((one) => one === '< StreamAlertsChanged').length"
    await browser.until(f"{asks} > 0 && window.told.includes('< next')")
    before = await browser.value(asks)
    await do(stream, PAUSE, "pause-den", overlay="den")
    await do(stream, PAUSE, "pause-main", overlay="main-scene")
    await browser.until(f"{heard} === 1")
    await browser.value(CALM_OVER)
    assert await browser.value(asks) == before + 1
    assert browser.troubles == []
