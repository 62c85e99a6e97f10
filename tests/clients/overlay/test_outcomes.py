"""What became of a draw is told on stream, also where nobody has a prize of it."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from server.actions.draws import plan, settle
from server.actions.giveaways import run
from server.actions.raffle import periods
from server.domain.draws.plan import REVEAL_AFTER
from server.domain.giveaways import CLAIM_GRACE, GiveawayKind, GiveawayRules
from server.domain.instants import DAY
from server.effects import giveaways
from server.schema.ids import id_of, number_of
from tests.clients.overlay.conftest import CREATE, Stream
from tests.effects.drawing import COMES, ENDS, KEYS
from tests.graph import Graph
from tests.resolvers.drawing import Eve, eve_on, viewer_of
from tests.resolvers.test_draw_reveal import reveal
from tests.web.chromium import chromium

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

CARD = "(document.querySelector('.card')?.innerText.replace(/\\s+/g, ' ').trim() ?? '')"

TEST = "Test: nothing is won"


@dataclass
class Evening:
    """The eve of a draw, and what is on stream meanwhile. The server's clock stands; that of a page goes on."""

    eve: Eve
    stream: Stream

    async def shows(self, at: datetime, *parts: str) -> None:
        """See that a page that is loaded at an instant shows each of these words."""
        self.eve.at(at)
        await self.stream.browser.call("Page.reload")
        await self.follows(*parts)

    async def follows(self, *parts: str) -> None:
        """See that the page that is open comes to show each of these words."""
        await self.stream.browser.until(" && ".join(f"{CARD}.includes({part!r})" for part in parts))

    async def text(self) -> str:
        return await self.stream.browser.value(CARD)


@pytest.fixture
async def evening(graph: Graph) -> AsyncGenerator[Evening, None]:
    eve = await eve_on(graph)
    await eve.begin()
    given = {"communityId": id_of("community", eve.community), "overlay": "main-scene", "idempotencyKey": "key"}
    made = (await graph.data(CREATE, input=given))["createOverlayKey"]
    async with chromium() as browser:
        yield Evening(eve, Stream(graph, browser, eve.community, made["secret"], made["overlayKey"]["id"]))


async def test_a_giveaway_that_nobody_claimed_says_so_for_as_long_as_one_that_was_won(evening: Evening) -> None:
    eve, server = evening.eve, evening.eve.graph.server
    eve.at(COMES - timedelta(seconds=60))
    rules = GiveawayRules(kind=GiveawayKind.TICKETS, lead_s=60, alternates=0, claim_s=300)
    made = await eve.do(run.open_up, title="A mug", rules=rules, ends=None, actor="tester")
    await eve.do(run.draw, giveaway_id=made.id, actor="tester")
    await eve.look()
    await evening.stream.show("giveaway", lang="en")
    await evening.follows("A mug Drawing")
    await eve.come()
    named = COMES + REVEAL_AFTER
    await evening.shows(named, "Won by", "Write in chat within")
    await reveal(eve)
    passed = named + timedelta(seconds=300) + CLAIM_GRACE
    eve.at(passed)
    await giveaways.look(server.database, server.units, keys=KEYS)
    await evening.follows("A mug Nobody claimed it. Check it yourself")
    assert "Drawing" not in await evening.text()
    await evening.shows(passed + timedelta(minutes=4), "Nobody claimed it.")
    eve.at(passed + timedelta(minutes=6))
    await evening.stream.browser.call("Page.reload")
    await evening.stream.browser.until(f"{CARD} === ''")
    assert evening.stream.browser.troubles == []


async def test_a_test_of_a_draw_is_shown_as_one_and_then_the_raffle_again(evening: Evening) -> None:
    eve = evening.eve
    eve.at(COMES - timedelta(seconds=75))
    await eve.do(plan.ask_test, period_id=eve.period, actor="tester", reason="")
    await eve.keeper.look()
    await evening.stream.show("draw", lang="en")
    await evening.follows("August", TEST, "Code of this draw")
    eve.at(COMES)
    await eve.keeper.look()
    named = COMES + REVEAL_AFTER
    await evening.shows(named + timedelta(seconds=5), "August", TEST, "Won by", "Code of this draw")
    await evening.shows(named + timedelta(seconds=65), "August", "Drawn soon")
    assert TEST not in await evening.text()
    assert evening.stream.browser.troubles == []


@pytest.mark.parametrize(
    ("sample", "said"), [("void", "This draw was given up."), ("empty", "Nobody was in this draw.")]
)
async def test_a_draw_without_winners_says_what_came_of_it(stream: Stream, sample: str, said: str) -> None:
    await stream.browser.open(stream.address("draw", preview=sample, lang="en"))
    await stream.browser.until(f"{CARD}.includes({said!r})")
    assert await stream.browser.value("document.querySelector('.draw .code, .draw .clock')") is None
    assert "Drawn soon" not in await stream.text()


async def test_a_draw_that_was_given_up_is_told_for_a_while_and_then_nothing(evening: Evening) -> None:
    eve, browser = evening.eve, evening.stream.browser
    await evening.stream.show("draw", lang="en")
    await evening.follows("August Drawn in")
    await eve.close()
    await evening.shows(COMES - timedelta(minutes=29), "Code of this draw")
    await eve.do(settle.void, draw_id=await eve.draw(), reason="By mistake.", keys=KEYS)
    await evening.follows("August This draw was given up.")
    told = await evening.text()
    assert not any(one in told for one in ("Code", "Drawn", "verify"))
    await evening.shows(COMES + timedelta(minutes=9), "This draw was given up.")
    eve.at(COMES + timedelta(minutes=11))
    await browser.call("Page.reload")
    await browser.until(f"document.readyState === 'complete' && {CARD} === ''")
    assert browser.troubles == []


async def test_a_draw_with_nobody_in_it_says_so_and_the_next_raffle_is_counted_down_after_it(evening: Evening) -> None:
    eve, browser = evening.eve, evening.stream.browser
    for number in range(1, 5):
        viewer = number_of("viewer", await viewer_of(eve, str(number)))
        out = {"period_id": eve.period, "viewer_id": viewer, "code": "staff", "reason": "A test."}
        await eve.do(settle.exclude, **out, actor="tester")
    await eve.close()
    await evening.stream.show("draw", lang="en")
    await evening.follows("August Nobody was in this draw.")
    await eve.do(periods.start, title="September", starts=None, ends=ENDS + 30 * DAY, actor="tester")
    await evening.shows(COMES + timedelta(minutes=9), "August Nobody was in this draw.")
    await evening.shows(COMES + timedelta(minutes=11), "September Drawn in")
    assert browser.troubles == []


async def test_the_raffle_that_is_drawn_first_is_counted_down_before_those_that_began_since(evening: Evening) -> None:
    eve = evening.eve
    eve.at(eve.graph.live.clock.at + timedelta(hours=1))
    await eve.do(periods.restart, title="September", actor="tester", reason="A test.")
    await evening.stream.show("draw", lang="en")
    await evening.follows("August Drawn in 29:")
    assert evening.stream.browser.troubles == []
