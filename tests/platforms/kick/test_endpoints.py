"""Every endpoint of Kick's API that we use, over real HTTP against a Kick that is played, and what is odd about it."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from aiohttp import ClientSession

from clients.simulator.people import HARBOUR
from clients.simulator.played import KickPlayed
from clients.simulator.redeeming import Redeeming
from clients.simulator.stage import Broadcast
from server.domain.rewards.platform import RewardDraft, Unsettled
from server.domain.subscriptions import Ordered
from server.platforms.kick.chat import KickChat
from server.platforms.kick.livestreams import KickLivestreams
from server.platforms.kick.lookups import Category, Giver, KickLookups
from server.platforms.kick.moderation import KickModeration
from server.platforms.kick.requests import Requests
from server.platforms.kick.rewards import KickRewards
from server.platforms.kick.subscriptions import PATH as SUBSCRIPTIONS
from server.platforms.kick.subscriptions import KickSubscriptions
from server.ports_platforms import ApiFault, ChatLine, ChatPosted, KickUser, Livestream
from tests.platforms.kick.sign_in import OTTER, Browser, tokens_of

CHAT, GIFTS = "chat.message.sent", "channel.subscription.gifts"
SINCE = datetime(2026, 10, 3, 18, 0, 5, tzinfo=UTC)
ME = str(OTTER)


class Chance:
    """Draws nothing but zeros, so that no test waits."""

    def draw(self, count: int) -> bytes:
        return b"\0" * count


@dataclass(slots=True)
class Asked:
    """A played Kick, and whoever asks it."""

    kick: KickPlayed
    browser: Browser
    requests: Requests

    async def app(self) -> str:
        return tokens_of(await self.browser.oauth.app_token()).access_token

    async def person(self, *scopes: str, account: int = OTTER) -> str:
        return (await self.browser.sign_in(*scopes, account=account)).access_token

    def calls(self, method: str, path: str) -> int:
        return sum((call.method, call.path) == (method, path) for call in self.kick.calls)


@pytest.fixture
async def asked() -> AsyncGenerator[Asked, None]:
    async with KickPlayed() as kick, ClientSession() as session:
        requests = Requests(session, api_url=kick.url, timeout_s=0.5, chance=Chance())
        yield Asked(kick, Browser(kick, session), requests)


def fault(answer: object, kind: str) -> ApiFault:
    assert isinstance(answer, ApiFault), answer
    assert answer.kind == kind
    return answer


# Subscriptions


async def test_subscriptions_are_ordered_listed_and_given_up(asked: Asked) -> None:
    events, app = KickSubscriptions(asked.requests), await asked.app()
    made = await events.subscribe(app, broadcaster_id=ME, kinds=[CHAT, GIFTS])
    assert not isinstance(made, ApiFault)
    assert [(one.kind, one.error, bool(one.subscription_id)) for one in made] == [
        (CHAT, None, True),
        (GIFTS, None, True),
    ]
    listed = await events.subscriptions(app, broadcaster_id=ME)
    assert not isinstance(listed, ApiFault)
    assert [(one.id, one.kind) for one in listed] == [(one.subscription_id, one.kind) for one in made]
    assert await events.unsubscribe(app, [str(made[0].subscription_id)]) is None
    left = await events.subscriptions(app, broadcaster_id=ME)
    assert [one.kind for one in left] == [GIFTS]  # type: ignore[union-attr] - a fault would fail here, too


async def test_an_order_that_kick_answers_with_nothing_is_no_success(asked: Asked) -> None:
    asked.kick.quirks.ghost_orders = True
    made = await KickSubscriptions(asked.requests).subscribe(await asked.app(), broadcaster_id=ME, kinds=[CHAT, GIFTS])
    assert made == [Ordered(kind=CHAT), Ordered(kind=GIFTS)]
    assert not asked.kick.subscriptions.held


async def test_an_order_that_fails_for_one_kind_says_for_which(asked: Asked) -> None:
    asked.kick.quirks.refused = {GIFTS}
    made = await KickSubscriptions(asked.requests).subscribe(await asked.app(), broadcaster_id=ME, kinds=[CHAT, GIFTS])
    assert not isinstance(made, ApiFault)
    assert made[0].subscription_id
    assert made[1] == Ordered(kind=GIFTS, error="something went wrong")


async def test_the_limit_of_subscriptions_is_a_quota(asked: Asked) -> None:
    asked.kick.quirks.order_limit = 1
    events, app = KickSubscriptions(asked.requests), await asked.app()
    fault(await events.subscribe(app, broadcaster_id=ME, kinds=[CHAT, GIFTS]), "quota")


async def test_an_order_is_never_sent_twice_and_a_list_is(asked: Asked) -> None:
    events, app = KickSubscriptions(asked.requests), await asked.app()
    asked.kick.stumble("error", SUBSCRIPTIONS)
    fault(await events.subscribe(app, broadcaster_id=ME, kinds=[CHAT]), "unavailable")
    assert asked.calls("POST", SUBSCRIPTIONS) == 1
    asked.kick.stumble("error", SUBSCRIPTIONS, times=2)
    assert await events.subscriptions(app, broadcaster_id=ME) == []
    assert asked.calls("GET", SUBSCRIPTIONS) == 3
    asked.kick.stumble("error", SUBSCRIPTIONS, times=3)
    fault(await events.subscriptions(app, broadcaster_id=ME), "unavailable")


async def test_a_person_needs_the_scope_for_subscriptions(asked: Asked) -> None:
    token = await asked.person("user:read")
    fault(await KickSubscriptions(asked.requests).subscriptions(token, broadcaster_id=ME), "forbidden")


# Being left alone


async def test_an_endpoint_that_is_overrun_is_left_alone_and_the_others_are_not(asked: Asked) -> None:
    events, lives, app = KickSubscriptions(asked.requests), KickLivestreams(asked.requests), await asked.app()
    asked.kick.stumble("limited", SUBSCRIPTIONS)
    assert fault(await events.subscriptions(app, broadcaster_id=ME), "limited").retry_after_s == 7
    told = fault(await events.subscriptions(app, broadcaster_id="999"), "limited")
    assert told.retry_after_s is not None
    assert 1 <= told.retry_after_s <= 7
    assert asked.calls("GET", SUBSCRIPTIONS) == 1, "nobody asked again"
    assert await lives.live_among(app, [ME]) == []


async def test_an_endpoint_is_asked_again_once_its_rest_is_over(asked: Asked) -> None:
    events, app = KickSubscriptions(asked.requests), await asked.app()
    asked.kick.stumble("limited", SUBSCRIPTIONS)
    asked.kick.stumbles[-1].headers["Retry-After"] = "0"
    fault(await events.subscriptions(app, broadcaster_id=ME), "limited")
    assert await events.subscriptions(app, broadcaster_id=ME) == []


# Who is live


async def test_those_who_are_live_are_told_with_their_stream(asked: Asked) -> None:
    asked.kick.broadcasts[OTTER] = Broadcast("Slow evening", SINCE, "Slots")
    lives, app = KickLivestreams(asked.requests), await asked.app()
    found = await lives.live_among(app, [ME, str(HARBOUR.account), "999"])
    assert found == [
        Livestream(
            broadcaster_id=ME,
            name="QuietOtter",
            slug="quietotter",
            title="Slow evening",
            category="Slots",
            started_at=SINCE,
        )
    ]
    channels = await lives.channels_of(app, [ME, str(HARBOUR.account)])
    assert not isinstance(channels, ApiFault)
    assert {one.broadcaster_id: one.is_live for one in channels} == {ME: True, str(HARBOUR.account): False}


async def test_many_channels_take_few_calls(asked: Asked) -> None:
    lives, app = KickLivestreams(asked.requests), await asked.app()
    many = [str(9_000_000 + n) for n in range(205)]
    assert await lives.live_among(app, many) == []
    assert await lives.channels_of(app, many) == []
    assert asked.calls("GET", "/public/v1/users/livestreams") == 3
    assert asked.calls("GET", "/public/v1/channels") == 5


# Chat


def chat_of(asked: Asked, *, waiting_max: int = 30) -> KickChat:
    return KickChat(asked.requests, spacing_s=0.0, waiting_max=waiting_max)


async def test_a_line_is_posted_by_the_bot_or_by_the_person(asked: Asked) -> None:
    chat, token = chat_of(asked), await asked.person("chat:write")
    posted = await chat.post(token, ChatLine(text="hello", broadcaster_id=ME))
    assert isinstance(posted, ChatPosted)
    again = await chat.post(token, ChatLine(text="<hi>", broadcaster_id=ME, speaker="user", reply_to=posted.message_id))
    assert isinstance(again, ChatPosted)
    assert [(one.speaker, one.text, one.reply_to) for one in asked.kick.said] == [
        ("bot", "hello", None),
        ("user", "hi", posted.message_id),
    ]


async def test_what_stands_in_the_way_of_a_line_is_told_apart(asked: Asked) -> None:
    chat, token, line = chat_of(asked), await asked.person("chat:write"), ChatLine(text="x", broadcaster_id=ME)
    asked.kick.quirks.bot_fails = True
    fault(await chat.post(token, line), "unavailable")
    assert asked.calls("POST", "/public/v1/chat") == 1, "a line is never posted twice by itself"
    asked.kick.quirks.chat_quota = True
    fault(await chat.post(token, line), "quota")
    asked.kick.quirks.chat_forbidden = True
    fault(await chat.post(token, line), "forbidden")
    asked.kick.say({"data": {"is_sent": False, "message_id": ""}, "message": "OK"}, "/public/v1/chat")
    fault(await chat.post(token, line), "rejected")


@pytest.mark.parametrize("text", ["", "x" * 501])
async def test_a_line_has_one_to_five_hundred_characters(asked: Asked, text: str) -> None:
    with pytest.raises(ValueError, match="1 to 500 characters"):
        await chat_of(asked).post("T", ChatLine(text=text, broadcaster_id=ME))


async def test_lines_of_a_channel_go_out_in_turn_and_too_many_are_refused(asked: Asked) -> None:
    chat, token = chat_of(asked, waiting_max=3), await asked.person("chat:write")
    lines = [ChatLine(text=f"line {n}", broadcaster_id=ME) for n in range(5)]
    ended = await asyncio.gather(*(chat.post(token, line) for line in lines))
    assert [one.text for one in asked.kick.said] == ["line 0", "line 1", "line 2"]
    assert [isinstance(one, ChatPosted) for one in ended] == [True, True, True, False, False]
    assert fault(ended[3], "limited").retry_after_s == 10
    assert isinstance(await chat.post(token, lines[4]), ChatPosted), "there is room again"


async def test_a_line_can_be_taken_out_again(asked: Asked) -> None:
    chat, token = chat_of(asked), await asked.person("chat:write", "moderation:chat_message:manage")
    posted = await chat.post(token, ChatLine(text="oops", broadcaster_id=ME))
    assert isinstance(posted, ChatPosted)
    assert await chat.delete(token, posted.message_id) is None
    assert not asked.kick.said
    fault(await chat.delete(token, posted.message_id), "rejected")


# Rewards, moderation, and the rest


async def test_rewards_are_made_changed_and_deleted(asked: Asked) -> None:
    rewards = KickRewards(asked.requests)
    token = await asked.person("channel:rewards:read", "channel:rewards:write")
    made = await rewards.create(token, RewardDraft(title="Song", cost=100, colour="#00e701"))
    assert not isinstance(made, ApiFault)
    changed = await rewards.change(token, made.id, RewardDraft(title="Song", cost=150, is_paused=True))
    assert not isinstance(changed, ApiFault)
    assert (changed.cost, changed.is_paused) == (150, True)
    assert await rewards.rewards(token) == [changed]
    assert await rewards.delete(token, made.id) is None
    assert await rewards.rewards(token) == []


async def test_redemptions_that_cannot_be_settled_are_named_with_the_reason(asked: Asked) -> None:
    rewards = KickRewards(asked.requests)
    token = await asked.person("channel:rewards:read", "channel:rewards:write")
    made = await rewards.create(token, RewardDraft(title="Song", cost=100))
    assert not isinstance(made, ApiFault)
    stage = Redeeming(asked.kick)
    first, second = (stage.redeem(OTTER, made.id, 8_800_021, text) for text in ("please", ""))
    page = await rewards.redemptions(token, reward_id=made.id, status="pending")
    assert not isinstance(page, ApiFault)
    assert ([one.id for one in page.redemptions], page.cursor) == ([first, second], None)
    assert await rewards.settle(token, "accept", [first]) == []
    assert await rewards.settle(token, "reject", [first, second, "unknown"]) == [
        Unsettled(first, "NOT_PENDING"),
        Unsettled("unknown", "NOT_FOUND"),
    ]


async def test_a_channel_has_fifteen_rewards_and_those_of_its_owner_are_not_ours(asked: Asked) -> None:
    rewards, stage = KickRewards(asked.requests), Redeeming(asked.kick)
    token = await asked.person("channel:rewards:read", "channel:rewards:write")
    theirs = stage.make_by_hand(OTTER, "Hydrate", 5)
    fault(await rewards.change(token, theirs, RewardDraft(title="Mine now", cost=1)), "forbidden")
    fault(await rewards.delete(token, theirs), "forbidden")
    redeemed = stage.redeem(OTTER, theirs, 8_800_021)
    assert await rewards.settle(token, "accept", [redeemed]) == [Unsettled(redeemed, "NOT_OWNED")]
    for number in range(14):
        assert not isinstance(await rewards.create(token, RewardDraft(title=f"Song {number}", cost=1)), ApiFault)
    fault(await rewards.create(token, RewardDraft(title="One more", cost=1)), "rejected")
    gone = await rewards.change(token, "unknown", RewardDraft(title="x", cost=1))
    assert fault(gone, "rejected").status == 404


async def test_redemptions_come_in_pages_and_by_their_ids(asked: Asked) -> None:
    rewards, stage = KickRewards(asked.requests), Redeeming(asked.kick)
    token = await asked.person("channel:rewards:read", "channel:rewards:write")
    made = await rewards.create(token, RewardDraft(title="Song", cost=100))
    assert not isinstance(made, ApiFault)
    names = [stage.redeem(OTTER, made.id, 8_800_021) for _ in range(60)]
    found: list[str] = []
    cursor: str | None = None
    for _ in range(2):
        page = await rewards.redemptions(token, status="pending", cursor=cursor)
        assert not isinstance(page, ApiFault)
        found += [one.id for one in page.redemptions]
        cursor = page.cursor
    assert (found, cursor) == (names, None)
    some = await rewards.redemptions(token, ids=[names[3], names[5]])
    assert not isinstance(some, ApiFault)
    assert [(one.id, one.title, one.cost, one.reward_id) for one in some.redemptions] == [
        (names[3], "Song", 100, made.id),
        (names[5], "Song", 100, made.id),
    ]


async def test_somebody_is_banned_and_let_in_again(asked: Asked) -> None:
    moderation, token = KickModeration(asked.requests), await asked.person("moderation:ban")
    assert await moderation.ban(token, broadcaster_id=ME, user_id="8800021", minutes=10, reason="x" * 300) is None
    assert asked.kick.banned == {(OTTER, 8_800_021)}
    assert await moderation.unban(token, broadcaster_id=ME, user_id="8800021") is None
    assert not asked.kick.banned
    with pytest.raises(ValueError, match="10080 minutes"):
        await moderation.ban(token, broadcaster_id=ME, user_id="8800021", minutes=10_081)


async def test_people_categories_and_givers_are_looked_up(asked: Asked) -> None:
    lookups, app = KickLookups(asked.requests), await asked.app()
    assert await lookups.users(app, [ME, "999"]) == [KickUser(id=ME, name="QuietOtter", picture=None)]
    assert await lookups.categories(app, "slots") == [Category("28", "Slots & Casino")]
    board = await lookups.kicks_leaderboard(await asked.person("kicks:read"), top=1)
    giver = Giver(rank=1, account_id=str(HARBOUR.account), name=HARBOUR.name, amount=1000)
    assert board == {"lifetime": [giver], "month": [], "week": []}
