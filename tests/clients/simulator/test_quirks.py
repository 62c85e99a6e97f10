"""The switches of the played Kick's oddities, from another process."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from aiohttp import ClientSession

from clients.simulator.played import KickPlayed

OTTER = 7_200_101
EVENTS = "/public/v1/events/subscriptions"
CHAT = "chat.message.sent"


@pytest.fixture
async def kick() -> AsyncGenerator[tuple[KickPlayed, ClientSession], None]:
    async with KickPlayed() as played, ClientSession() as session:
        yield played, session


async def post(kick: tuple[KickPlayed, ClientSession], path: str, content: Any) -> int:
    played, session = kick
    async with session.post(played.url + path, json=content) as answer:
        return answer.status


async def test_oddities_are_switched_on_and_off(kick: tuple[KickPlayed, ClientSession]) -> None:
    quirks = kick[0].quirks
    assert await post(kick, "/simulator/quirks", {"ghost_orders": True, "order_limit": 3, "refused": [CHAT]}) == 204
    assert (quirks.ghost_orders, quirks.order_limit, quirks.refused) == (True, 3, {CHAT})
    assert await post(kick, "/simulator/quirks", {"ghost_orders": False, "order_limit": None}) == 204
    assert (quirks.ghost_orders, quirks.order_limit) == (False, None)


@pytest.mark.parametrize("told", [{}, {"unknown": True}, {"ghost_orders": 1}, {"refused": "x"}, {"unsettled": []}, []])
async def test_a_switch_takes_only_what_fits_it(kick: tuple[KickPlayed, ClientSession], told: Any) -> None:
    assert await post(kick, "/simulator/quirks", told) == 400


async def test_a_subscription_dies_or_is_taken_away(kick: tuple[KickPlayed, ClientSession]) -> None:
    held = kick[0].subscriptions
    first, other = held.order(OTTER, CHAT), held.order(OTTER, "kicks.gifted")
    assert await post(kick, "/simulator/quirks", {"dead": [CHAT]}) == 204
    assert (first.is_dead, other.is_dead, held.order(OTTER, CHAT).is_dead) == (True, False, False)
    assert await post(kick, "/simulator/subscriptions", {"drop": True, "kind": CHAT}) == 200
    assert [one.kind for one in held.of(OTTER)] == ["kicks.gifted"]


async def test_somebody_goes_live_and_off(kick: tuple[KickPlayed, ClientSession]) -> None:
    assert await post(kick, "/simulator/broadcast", {"account": OTTER, "title": "Evening"}) == 204
    assert kick[0].broadcasts[OTTER].title == "Evening"
    assert await post(kick, "/simulator/broadcast", {"account": OTTER, "is_live": False}) == 204
    assert not kick[0].broadcasts


@pytest.mark.parametrize(
    "content",
    [
        {"broadcaster_user_id": OTTER, "event": CHAT, "version": 1, "method": "webhook"},
        {"broadcaster_user_id": OTTER, "events": [{"name": CHAT}], "method": "webhook"},
        {"broadcaster_user_id": OTTER, "events": [{"name": CHAT, "version": 1}]},
    ],
)
async def test_an_order_of_another_shape_is_answered_as_if_it_were_one(
    kick: tuple[KickPlayed, ClientSession], content: Any
) -> None:
    played, session = kick
    form = {
        "grant_type": "client_credentials",
        "client_id": played.grants.app.client_id,
        "client_secret": played.grants.app.client_secret,
    }
    async with session.post(f"{played.url}/oauth/token", data=form) as answer:
        token = (await answer.json())["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    async with session.post(played.url + EVENTS, json=content, headers=headers) as answer:
        assert (answer.status, await answer.json()) == (200, {"data": [], "message": "OK"})
    assert not played.subscriptions.held


async def test_the_tokens_of_the_app_are_ended(kick: tuple[KickPlayed, ClientSession]) -> None:
    played, session = kick
    form = {
        "grant_type": "client_credentials",
        "client_id": played.grants.app.client_id,
        "client_secret": played.grants.app.client_secret,
    }
    async with session.post(f"{played.url}/oauth/token", data=form) as answer:
        token = (await answer.json())["access_token"]
    assert played.grants.access(token) is not None
    assert await post(kick, "/simulator/withdraw", {"account": None}) == 204
    assert played.grants.access(token) is None
    assert await post(kick, "/simulator/withdraw", {"account": "everybody"}) == 400
