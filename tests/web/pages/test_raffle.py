"""The page of a raffle: for everybody, without a script, and with nothing on it before its time."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import timedelta
from functools import partial
from hashlib import sha256

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from server.actions.draws import plan, settle
from server.actions.raffle import periods
from server.auth.signing import OperatorKeys
from server.demo.community import begun, ended
from server.domain.draws.rounds import instant_of as time_of
from server.domain.instants import micros
from server.domain.names import masked
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store.draws import draws, entrants
from server.store.raffle.periods import PeriodRecord
from tests.running import SECRET
from tests.test_demo import Demo, demo_on
from tests.web.chromium import Browser
from tests.web.pages.looking import look, shown

Http = TestClient[web.Request, web.Application]
PAGE = "/c/harbour/raffle"
WINNERS = "Who was drawn"


@pytest.fixture
async def demo(database_url: str) -> AsyncGenerator[Demo, None]:
    async with demo_on(database_url) as found:
        yield found


@pytest.fixture
async def http(demo: Demo) -> AsyncGenerator[Http, None]:
    async with TestClient(TestServer(demo.server.site)) as client:
        yield client


async def page(http: Http, address: str = PAGE) -> str:
    async with http.get(address) as answer:
        assert answer.status == 200
        assert "script" not in answer.headers["Content-Security-Policy"]
        return await answer.text()


async def raffle_of(demo: Demo) -> PeriodRecord:
    """The demo's raffle, in which five people have tickets."""
    raffle = await begun(demo.server, demo.community)
    await demo.giving(raffle)
    return raffle


async def doing(demo: Demo, write: Callable[[Tx], Awaitable[object]]) -> None:
    """Write something into the demo's database."""

    async def action(tx: Tx, scope: Scope) -> Done[None]:
        del scope
        await write(tx)
        return Done(None, [])

    await demo.server.units.run(demo.community, action)


async def promised(demo: Demo, raffle: PeriodRecord) -> None:
    """Let the raffle be over, its list promised, and its round be there."""
    demo.clock.at += timedelta(minutes=5)
    await ended(demo.server, demo.community, raffle)
    draw = await demo.look(raffle)
    demo.clock.at = time_of(draw.beacon_round)


async def test_where_there_is_no_raffle_the_page_says_so(demo: Demo, http: Http) -> None:
    del demo
    for address, code in (
        (PAGE, "raffle_none"),
        (f"{PAGE}/rules", "raffle_none"),
        (f"{PAGE}/7", "raffle_unknown"),
        (f"{PAGE}/7/rules", "raffle_unknown"),
        ("/c/nowhere/raffle", "community_unknown"),
    ):
        async with http.get(address) as answer:
            assert (answer.status, answer.headers["X-Regulars-Code"]) == (404, code)


async def test_an_open_raffle_says_how_to_take_part_and_names_nobody(demo: Demo, http: Http) -> None:
    await raffle_of(demo)
    text = await page(http)
    for told in (
        "The harbour&#39;s mug",
        "A mug with a lighthouse on it",
        "for your free entry",
        "It is open.",
        "/verify",
    ):
        assert told in text
    assert "<td>vi***</td><td>75</td>" in text
    assert "viewer5" not in text
    assert WINNERS not in text
    assert 'class="code long"' not in text


async def test_a_promised_draw_is_shown_with_its_code_and_its_winners_from_the_reveal_on(
    demo: Demo, http: Http
) -> None:
    raffle = await raffle_of(demo)
    await promised(demo, raffle)
    text = await page(http)
    assert 'class="code long"' in text
    assert f'href="/draws/raffle-{raffle.id}-1"' in text
    assert "This is a demo." in text
    drawn = await demo.look(raffle)
    assert drawn.reveal_at is not None
    demo.clock.at = drawn.reveal_at - timedelta(seconds=1)
    assert WINNERS not in await page(http)
    demo.clock.at = drawn.reveal_at
    text = await page(http)
    assert WINNERS in text
    assert text.count("alternate</li>") == 3
    assert "Not independently verifiable" in text


async def test_who_was_drawn_before_stays_on_the_page_while_and_after_more_are_drawn(demo: Demo, http: Http) -> None:
    raffle = await raffle_of(demo)
    await promised(demo, raffle)
    first = await demo.look(raffle)
    assert first.reveal_at is not None
    demo.clock.at = first.reveal_at
    for position in range(1, 5):
        passing = {"draw_id": first.id, "position": position, "code": "declined", "reason": "No.", "actor": "tester"}
        await demo.server.units.run(demo.community, partial(settle.pass_on, **passing, keys=OperatorKeys(SECRET)))
    asking = partial(plan.ask, period_id=raffle.id, actor="tester", reason="Nobody is left.")
    await demo.server.units.run(demo.community, asking)
    demo.clock.at += timedelta(seconds=10)
    assert (await page(http)).count("passed over (declined)") == 4
    further = await demo.look(raffle)
    demo.clock.at = time_of(further.beacon_round)
    done = await demo.look(raffle)
    assert done.reveal_at is not None
    demo.clock.at = done.reveal_at
    text = await page(http)
    assert text.count("passed over (declined)") == 4
    assert text.count(" of a further draw: wins") == 1
    assert ": a further draw</li>" in text


async def test_the_rules_are_read_as_they_are_hashed_before_the_list_is_closed(demo: Demo, http: Http) -> None:
    raffle = await raffle_of(demo)
    text = await page(http)
    assert f'href="{PAGE}/{raffle.number}/rules"' in text
    assert raffle.rules_sha256 in text
    for address in (f"{PAGE}/rules", f"{PAGE}/{raffle.number}/rules"):
        async with http.get(address) as answer:
            body = await answer.read()
            assert (answer.status, answer.content_type) == (200, "application/json")
            assert answer.headers["ETag"] == f'"{raffle.rules_sha256}"'
        assert sha256(body).hexdigest() == raffle.rules_sha256
    await promised(demo, raffle)
    async with http.get(f"/draws/raffle-{raffle.id}-1") as answer:
        assert orjson.loads(await answer.read())["rules"].encode() == body


async def test_winners_stay_to_be_seen_when_the_next_raffle_runs_and_are_found_in_the_file(
    demo: Demo, http: Http
) -> None:
    raffle = await raffle_of(demo)
    await promised(demo, raffle)
    draw = await demo.look(raffle)
    assert draw.reveal_at is not None
    demo.clock.at = draw.reveal_at
    now = micros(demo.clock.at)
    start = partial(periods.start, title="The next", starts=now, ends=now + 86_400_000_000, actor="test")
    await demo.server.units.run(demo.community, start)
    text = await page(http)
    assert "The next" in text
    assert WINNERS not in text
    earlier = f"{PAGE}/{raffle.number}"
    assert f'<a href="{earlier}">raffle {raffle.number}</a>' in text
    text = await page(http, earlier)
    async with http.get(f"/draws/{draw.name}") as answer:
        file = orjson.loads(await answer.read())
    [result] = [one for one in file["log"] if one["kind"] == "result"]
    rows = file["entries"].splitlines()
    for position, ticket, index in result["drawn"]:
        assert f"<code>{rows[index][:8]}</code>, ticket {ticket}:" in text, position


async def test_a_draw_that_was_given_up_is_not_said_to_be_drawn(demo: Demo, http: Http) -> None:
    raffle = await raffle_of(demo)
    assert "<dt>To be drawn</dt>" in await page(http)
    await promised(demo, raffle)
    reader = demo.server.database.reader()
    draw = await draws.latest(reader, raffle.id)
    assert draw is not None
    await doing(demo, partial(draws.note_void, draw_id=draw.id))
    text = await page(http)
    assert "<dt>Drawn</dt>" not in text
    assert "<dd>given up; it was to be at " in text


async def test_who_is_left_out_is_marked_on_the_board_with_the_reason(demo: Demo, http: Http) -> None:
    raffle = await raffle_of(demo)
    assert "left out" not in await page(http)
    rows = await demo.server.database.reader().fetch("SELECT id FROM account WHERE external_id = '5'")
    who = {"community_id": demo.community, "period_id": raffle.id, "accounts": [rows[0]["id"]]}
    why = {"code": "banned_platform", "reason": "Seen.", "actor": "tester", "now": demo.clock.at}
    await doing(demo, partial(entrants.exclude, **who, **why))
    text = await page(http)
    assert text.count("left out: banned platform") == 1


def test_a_masked_name_is_never_the_whole_name() -> None:
    assert [masked(name) for name in ("a", "ab", "abc", "abcd", "quietSparrow")] == [
        "***",
        "a***",
        "a***",
        "ab***",
        "qu***",
    ]


@pytest.mark.browser
async def test_the_page_fits_every_screen(demo: Demo, http: Http, browser: Browser) -> None:
    raffle = await raffle_of(demo)
    await promised(demo, raffle)
    drawn = await demo.look(raffle)
    assert drawn.reveal_at is not None
    demo.clock.at = drawn.reveal_at
    await browser.open(str(http.make_url(PAGE)))
    await shown(browser, "The harbour's mug")
    await look(browser, "raffle")
    assert not browser.troubles
