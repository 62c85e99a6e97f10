"""What Kick's websockets push of a happening: every copy of it, on every channel, as live captures show them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import orjson

from clients.simulator.bodies import write_time
from clients.simulator.happenings import (
    Banned,
    Fact,
    Gifted,
    KicksGiven,
    Person,
    Redeemed,
    Spoken,
    StreamTold,
    Subscribed,
)

Data = dict[str, object]
NAMESPACE = "App\\Events\\"


@dataclass(frozen=True, slots=True)
class Rooms:
    """The two numbers, besides the broadcaster's own, that a channel has at Kick."""

    channel: int
    chatroom: int

    @property
    def names(self) -> tuple[str, ...]:
        """Every channel of the sockets that belongs to it."""
        return (
            f"chatrooms.{self.chatroom}.v2",
            f"chatrooms.{self.chatroom}",
            f"chatroom_{self.chatroom}",
            f"channel.{self.channel}",
            f"channel_{self.channel}",
        )


@dataclass(frozen=True, slots=True)
class Push:
    """One frame: the channel it comes by, its event, and its data, which Kick writes as JSON inside JSON."""

    channel: str
    event: str
    data: Data

    def text(self) -> str:
        """The frame as Pusher writes it."""
        inner = orjson.dumps(self.data).decode()
        return orjson.dumps({"event": self.event, "data": inner, "channel": self.channel}).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How a gift is told: its correlation id, in how many chunks, how much the gifter gave before."""

    correlation: str | None = None
    chunks: int = 1
    given_before: int = 0
    names: bool = True


PLAIN = Telling()


def pushes_of(rooms: Rooms, fact: Fact, at: datetime, telling: Telling = PLAIN) -> list[Push]:
    """Everything that is pushed when `fact` happens at `at`, in the order of the captures."""
    return list(_pushes(rooms, fact, at, telling))


def _pushes(rooms: Rooms, fact: Fact, at: datetime, telling: Telling) -> Iterator[Push]:
    match fact:
        case Spoken():
            yield _chat(rooms, fact, at)
        case Subscribed():
            yield from _subscribed(rooms, fact, at)
        case Gifted():
            yield from _gifted(rooms, fact, at, telling)
        case KicksGiven():
            yield _kicks(rooms, fact, at)
        case Redeemed(status="pending"):
            yield _redeemed(rooms, fact)
        case StreamTold():
            yield _stream(rooms, fact)
        case Banned():
            yield _banned(rooms, fact, at)
        case _:
            return


def _room(rooms: Rooms) -> str:
    return f"chatrooms.{rooms.chatroom}.v2"


def _short(person: Person) -> Data:
    return {"id": person.account, "username": person.name, "slug": person.slug}


def _sender(person: Person) -> Data:
    badges = [{"type": badge.kind, "text": badge.text, "count": badge.count} for badge in person.badges]
    return _short(person) | {"identity": {"color": person.colour, "badges": badges, "badges_v2": []}}


def _chat(rooms: Rooms, fact: Spoken, at: datetime) -> Push:
    data: Data = {
        "id": fact.message_id,
        "chatroom_id": rooms.chatroom,
        "content": fact.text,
        "type": "message",
        "created_at": write_time(at).replace("Z", "+00:00"),
        "sender": _sender(fact.sender),
        "metadata": {"message_ref": f"{at.timestamp():.0f}000"},
    }
    replied = fact.replies_to
    if replied is not None:
        original = {"id": replied.message_id, "content": replied.text}
        sender = {"id": replied.sender.account, "username": replied.sender.name}
        data |= {"type": "reply", "metadata": {"original_sender": sender, "original_message": original}}
    return Push(_room(rooms), f"{NAMESPACE}ChatMessageEvent", data)


def _subscribed(rooms: Rooms, fact: Subscribed, at: datetime) -> Iterator[Push]:
    who, channel = fact.subscriber, f"channel_{rooms.channel}"
    told: Data = {"chatroom_id": rooms.chatroom, "username": who.name, "months": fact.months}
    yield Push(_room(rooms), f"{NAMESPACE}SubscriptionEvent", told)
    ids: Data = {"user_ids": [who.account], "username": who.name, "channel_id": rooms.channel}
    yield Push(channel, f"{NAMESPACE}ChannelSubscriptionEvent", ids)
    last: Data = {"channel_id": rooms.channel, "last_subscriber": who.name, "count": 3323}
    yield Push(channel, f"{NAMESPACE}NewSubscriberUpdatedEvent", last)
    activity: Data = {"channel_id": rooms.channel, "type": "new_subscriber", "username": who.name, "metadata": {}}
    yield Push(channel, f"{NAMESPACE}NewActivityFeedEvent", activity | {"created_at": int(at.timestamp() * 1000)})
    notice = _notice(rooms, who, at, {"action": "subscribe", "months_subscribed": fact.months, "giftedUsers": []})
    yield Push(f"chatroom_{rooms.chatroom}", f"{NAMESPACE}ChatMessageSentEvent", notice)


def _notice(rooms: Rooms, who: Person, at: datetime, said: Data) -> Data:
    message: Data = {
        "id": f"{int(at.timestamp()):08x}-0000-4000-8000-{who.account:012d}",
        "message": "",
        "type": "info",
        "chatroom_id": rooms.chatroom,
        "created_at": int(at.timestamp()),
        "optional_message": None,
        "months_subscribed": None,
        "subscriptions_count": 0,
    }
    return {"message": message | said, "user": {"id": who.account, "username": who.name, "role": "user"}}


def _gifted(rooms: Rooms, fact: Gifted, at: datetime, telling: Telling) -> Iterator[Push]:
    names = [giftee.name for giftee in fact.giftees]
    gifter = None if fact.gifter is None else fact.gifter.name
    channel, many = f"channel_{rooms.channel}", len(names)
    if fact.gifter is not None:
        place: Data = {"user_id": fact.gifter.account, "username": gifter, "quantity": telling.given_before + many}
        board: Data = {"leaderboard": [place], "weekly_leaderboard": [place], "monthly_leaderboard": [place]}
        board |= {"gifter_id": fact.gifter.account, "gifter_username": gifter, "gifted_quantity": many}
        yield Push(channel, "GiftsLeaderboardUpdated", board)
    size = -(-many // telling.chunks)
    for index in range(telling.chunks):
        chunk: Data = {"correlation_id": telling.correlation, "chunk_index": index, "total_chunks": telling.chunks}
        told: Data = {
            "chatroom_id": rooms.chatroom,
            "gifted_usernames": names[index * size : (index + 1) * size] if telling.names else [],
            "gifter_username": gifter,
            "gifted_total": many,
            "gifter_total": telling.given_before + many,
            "chunk_details": chunk if telling.chunks > 1 else None,
        }
        known: Data = {} if telling.correlation is None else {"correlation_id": telling.correlation}
        yield Push(f"chatroom_{rooms.chatroom}", "GiftedSubscriptionsEvent", told | known)
    lucky: Data = {"channel": {"id": rooms.channel, "can_host": True}, "usernames": names, "gifter_username": gifter}
    yield Push(f"channel.{rooms.channel}", f"{NAMESPACE}LuckyUsersWhoGotGiftSubscriptionsEvent", lucky)
    ids: Data = {"user_ids": [one.account for one in fact.giftees], "username": "", "channel_id": rooms.channel}
    yield Push(f"channel.{rooms.channel}", f"{NAMESPACE}ChannelSubscriptionEvent", ids)
    if fact.gifter is not None:
        users = [{"username": name, "monthsSubscribed": 1} for name in reversed(names)]
        said: Data = {"action": "gift", "subscriptions_count": many, "giftedUsers": users}
        notice = _notice(rooms, fact.gifter, at, said)
        yield Push(f"chatrooms.{rooms.chatroom}", f"{NAMESPACE}ChatMessageSentEvent", notice)


def _kicks(rooms: Rooms, fact: KicksGiven, at: datetime) -> Push:
    gift: Data = {
        "gift_id": fact.name.lower().replace(" ", "_"),
        "name": fact.name,
        "amount": fact.amount,
        "type": fact.gift_type,
        "tier": fact.tier,
        "character_limit": 0,
        "pinned_time": (fact.pinned_s or 0) * 1_000_000_000,
    }
    data: Data = {
        "gift_transaction_id": f"{int(at.timestamp()):08x}-{at.microsecond:06d}-{fact.sender.account}",
        "message": fact.message,
        "sender": {"id": fact.sender.account, "username": fact.sender.name, "username_color": fact.sender.colour},
        "gift": gift,
        "created_at": write_time(at),
    }
    return Push(f"channel_{rooms.channel}", "KicksGifted", data)


def _redeemed(rooms: Rooms, fact: Redeemed) -> Push:
    data: Data = {
        "reward_title": fact.reward.title,
        "user_id": fact.redeemer.account,
        "channel_id": rooms.channel,
        "username": fact.redeemer.name,
        "user_input": fact.user_input,
        "reward_background_color": "#00a3ff",
    }
    return Push(f"chatroom_{rooms.chatroom}", "RewardRedeemedEvent", data)


def _stream(rooms: Rooms, fact: StreamTold) -> Push:
    number = int(fact.started_at.timestamp())
    if fact.ended_at is not None:
        channel: Data = {"id": rooms.channel, "is_banned": False}
        over: Data = {"livestream": {"id": number, "channel": channel}}
        return Push(f"channel.{rooms.channel}", f"{NAMESPACE}StopStreamBroadcast", over)
    stream: Data = {"id": number, "channel_id": rooms.channel, "session_title": fact.title, "source": None}
    live: Data = {"livestream": stream | {"created_at": write_time(fact.started_at)}}
    return Push(f"channel.{rooms.channel}", f"{NAMESPACE}StreamerIsLive", live)


def _banned(rooms: Rooms, fact: Banned, at: datetime) -> Push:
    data: Data = {
        "id": f"{int(at.timestamp()):08x}-0000-4000-8000-{fact.banned.account:012d}",
        "user": _short(fact.banned),
        "banned_by": _short(fact.moderator),
        "permanent": fact.expires_at is None,
    }
    if fact.expires_at is not None:
        minutes = int((fact.expires_at - at).total_seconds() // 60)
        data |= {"duration": minutes, "expires_at": write_time(fact.expires_at)}
    return Push(_room(rooms), f"{NAMESPACE}UserBannedEvent", data)
