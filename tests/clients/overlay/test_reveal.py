"""Who won is shown by the server's clock: a page that is loaded again at any moment stops on the same name."""

import asyncio
import random
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from server.domain.draws.plan import REVEAL_AFTER
from server.schema.ids import id_of
from tests.clients.overlay.conftest import CREATE, Stream
from tests.effects.drawing import COMES
from tests.graph import Graph
from tests.resolvers.drawing import Eve, eve_on
from tests.web.chromium import chromium

pytestmark = pytest.mark.browser

NAMES = "mutation ($input: UpdateNameSettingsInput!) { updateNameSettings(input: $input) { __typename } }"
STOPS_AFTER = timedelta(seconds=4)
RELOADS = 10
TICK_S = 0.02
WINNER = "document.querySelector('.reel .won')?.textContent ?? null"
REEL = "document.querySelector('.reel') !== null"


@dataclass
class Reveal:
    """A draw that is done and not told yet; the server's clock stands until it is let go."""

    eve: Eve
    stream: Stream

    async def let_time_pass(self) -> None:
        """The server's clock goes like that of the wall, from the moment of the draw."""
        loop = asyncio.get_running_loop()
        begun_s = loop.time()
        while True:
            self.eve.at(COMES + timedelta(seconds=loop.time() - begun_s))
            await asyncio.sleep(TICK_S)

    async def winner(self) -> str:
        """Who is shown once the reel stands."""
        await self.stream.browser.until(WINNER)
        return await self.stream.browser.value(WINNER)

    @property
    def is_to_turn(self) -> bool:
        """Whether the reel turns for certain, by the server's clock."""
        return self.eve.graph.live.clock.now() < COMES + REVEAL_AFTER


@pytest.fixture
async def reveal(graph: Graph) -> AsyncGenerator[Reveal, None]:
    eve = await eve_on(graph)
    await eve.begin(givers=6)
    await eve.close()
    eve.at(COMES)
    await eve.look()
    named = {"communityId": id_of("community", eve.community), "masks": False, "idempotencyKey": "names"}
    await graph.data(NAMES, input=named)
    given = {"communityId": id_of("community", eve.community), "overlay": "main-scene", "idempotencyKey": "key"}
    made = (await graph.data(CREATE, input=given))["createOverlayKey"]
    async with chromium() as browser:
        yield Reveal(eve, Stream(graph, browser, eve.community, made["secret"], made["overlayKey"]["id"]))


@pytest.mark.timeout(180)
async def test_a_reveal_that_is_loaded_again_at_ten_moments_shows_the_same_winner(reveal: Reveal) -> None:
    browser = reveal.stream.browser
    passing = asyncio.create_task(reveal.let_time_pass())
    try:
        await reveal.stream.show("draw", lang="en")
        await browser.until(REEL)
        chance = random.Random(7)
        whole_s = (REVEAL_AFTER + STOPS_AFTER).total_seconds()
        for _ in range(RELOADS):
            await asyncio.sleep(chance.uniform(0, 2 * whole_s / RELOADS))
            await browser.call("Page.reload")
            await browser.until(REEL)
            is_to_turn, seen = reveal.is_to_turn, await browser.value(WINNER)
            if is_to_turn and reveal.is_to_turn:
                assert seen is None, "nobody is shown before the reveal"
        first = await reveal.winner()
        await browser.call("Page.reload")
        assert await reveal.winner() == first
    finally:
        passing.cancel()
    [drawn] = await reveal.eve.graph.server.database.reader().fetch(
        "SELECT a.name FROM draw_place p JOIN account a ON a.id = p.account_id WHERE p.position = 1"
    )
    assert first == drawn["name"]
    assert browser.troubles == []
