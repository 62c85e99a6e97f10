"""Whatever stands where in an answer of Kick's API: a value, or a fault that names the place, never an exception."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from copy import deepcopy
from typing import Any

import pytest
from aiohttp import ClientSession

from clients.simulator.played import KickPlayed
from server.domain.rewards.platform import RewardDraft
from server.platforms.kick import livestreams, lookups, rewards, subscriptions
from server.platforms.kick.chat import KickChat
from server.platforms.kick.livestreams import KickLivestreams
from server.platforms.kick.lookups import KickLookups
from server.platforms.kick.requests import Requests
from server.platforms.kick.rewards import KickRewards
from server.platforms.kick.subscriptions import KickSubscriptions
from server.ports_platforms import ApiFault, ChatLine
from tests.platforms.kick import api_bodies as bodies
from tests.platforms.kick.api_bodies import wrapped
from tests.platforms.kick.test_answers_fuzz import MISSING, ODD, places, put

OWNER = str(bodies.OWNER)
DRAFT = RewardDraft(title="Song", cost=100)
Call = Callable[[Requests], Awaitable[object]]
QUESTIONS: dict[str, tuple[str, Any, Call]] = {
    "subscriptions": (
        subscriptions.PATH,
        wrapped([bodies.SUBSCRIPTION]),
        lambda asked: KickSubscriptions(asked).subscriptions("T", broadcaster_id=OWNER),
    ),
    "subscribe": (
        subscriptions.PATH,
        wrapped([bodies.ORDERED]),
        lambda asked: KickSubscriptions(asked).subscribe("T", broadcaster_id=OWNER, kinds=["chat.message.sent"]),
    ),
    "live among": (
        livestreams.LIVES,
        wrapped([bodies.LIVESTREAM]),
        lambda asked: KickLivestreams(asked).live_among("T", [OWNER]),
    ),
    "channels": (
        livestreams.CHANNELS,
        wrapped([bodies.CHANNEL]),
        lambda asked: KickLivestreams(asked).channels_of("T", [OWNER]),
    ),
    "chat": (
        "/public/v1/chat",
        wrapped(bodies.POSTED),
        lambda asked: KickChat(asked, spacing_s=0).post("T", ChatLine(text="x", broadcaster_id=OWNER)),
    ),
    "rewards": (rewards.REWARDS, wrapped([bodies.REWARD]), lambda asked: KickRewards(asked).rewards("T")),
    "new reward": (rewards.REWARDS, wrapped(bodies.REWARD), lambda asked: KickRewards(asked).create("T", DRAFT)),
    "redemptions": (
        rewards.REDEMPTIONS,
        wrapped([bodies.REDEMPTIONS], pagination={"next_cursor": ""}),
        lambda asked: KickRewards(asked).redemptions("T"),
    ),
    "settled": (
        f"{rewards.REDEMPTIONS}/accept",
        wrapped([bodies.FAILURE]),
        lambda asked: KickRewards(asked).settle("T", "accept", ["1"]),
    ),
    "users": (lookups.USERS, wrapped([bodies.USER]), lambda asked: KickLookups(asked).users("T", ["1"])),
    "categories": (
        lookups.CATEGORIES,
        wrapped([bodies.CATEGORY]),
        lambda asked: KickLookups(asked).categories("T", ""),
    ),
    "kicks": (
        lookups.LEADERBOARD,
        wrapped(bodies.LEADERBOARD),
        lambda asked: KickLookups(asked).kicks_leaderboard("T"),
    ),
}

USED = {
    "subscriptions": "id event method version created_at",
    "subscribe": "name subscription_id",
    "live among": "broadcaster_user.id broadcaster_user.username category.name channel.slug started_at title",
    "channels": "broadcaster_user_id slug stream.is_live stream.start_time stream_title",
    "chat": "is_sent message_id",
    "rewards": "id title cost description is_enabled is_paused",
    "new reward": "id title cost description is_enabled is_paused",
    "redemptions": "reward.id reward.title reward.cost redemptions.0.id redemptions.0.status redemptions.0.redeemed_at "
    "redemptions.0.redeemer.user_id redemptions.0.user_input",
    "settled": "id reason",
    "users": "user_id name profile_picture",
    "categories": "id name",
    "kicks": "lifetime.0.user_id lifetime.0.username lifetime.0.rank lifetime.0.gifted_amount",
}
"""The fields of an answer, or of the first thing that it lists, that we make something of."""


@pytest.fixture
async def kick() -> AsyncGenerator[tuple[KickPlayed, Requests], None]:
    async with KickPlayed() as played, ClientSession() as session:
        yield played, Requests(session, api_url=played.url)


@pytest.mark.parametrize("question", QUESTIONS)
async def test_an_answer_with_anything_anywhere_is_a_value_or_a_fault(
    kick: tuple[KickPlayed, Requests], question: str
) -> None:
    played, requests = kick
    path, good, ask = QUESTIONS[question]
    played.say(good, path)
    assert not isinstance(await ask(requests), ApiFault)
    for place in places(good):
        for odd in (None, 7, "x", list[object](), dict[str, object](), True, MISSING, ODD[-1]):
            played.say(put(good, place, odd), path)
            answer = await ask(requests)
            assert not isinstance(answer, ApiFault) or answer.kind in {"unreadable", "rejected"}, (place, odd, answer)


@pytest.mark.parametrize("question", QUESTIONS)
async def test_fields_that_nobody_knows_change_nothing(kick: tuple[KickPlayed, Requests], question: str) -> None:
    played, requests = kick
    path, good, ask = QUESTIONS[question]
    played.say(good, path)
    usual = await ask(requests)
    more = deepcopy(good) | {"brand_new": 1}
    inner = more["data"][0] if isinstance(more["data"], list) else more["data"]
    inner["brand_new"] = {"deep": [1, 2, 3]}
    played.say(more, path)
    assert await ask(requests) == usual


@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_field_that_we_use_and_that_is_of_another_type_is_reported(
    kick: tuple[KickPlayed, Requests], question: str
) -> None:
    played, requests = kick
    path, good, ask = QUESTIONS[question]
    first = ("data", 0) if isinstance(good["data"], list) else ("data",)
    for field in USED[question].split():
        keys = [int(key) if key.isdecimal() else key for key in field.split(".")]
        assert (*first, *keys) in set(places(good)), field
        played.say(put(good, (*first, *keys), {"odd": 1}), path)
        answer = await ask(requests)
        assert isinstance(answer, ApiFault), field
        assert answer.kind == "unreadable", field
        assert "odd" not in answer.message


async def test_a_fault_names_the_place_and_repeats_nothing_of_the_answer(kick: tuple[KickPlayed, Requests]) -> None:
    played, requests = kick
    wrong = bodies.SUBSCRIPTION | {"version": "SECRET-LOOKING"}
    played.say(wrapped([bodies.SUBSCRIPTION, wrong]), subscriptions.PATH)
    answer = await KickSubscriptions(requests).subscriptions("T", broadcaster_id=OWNER)
    assert isinstance(answer, ApiFault)
    assert answer.message == "Kick's answer about its subscriptions is not what Kick promises (data[1].version)."
