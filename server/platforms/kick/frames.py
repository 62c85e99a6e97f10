"""What Kick's websockets push, over Pusher or Centrifugo, as copies of happenings. None of it is documented.

A frame is recorded as it came, in an envelope that says for whose channel we listened: the frames themselves name only
rooms. The channel that a frame came by is not looked at: Kick has moved kinds from one to another.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from server.events.chat import ChatSpoken
from server.events.happening import Happening, Person
from server.events.moderation import Banned
from server.events.rewards import RewardOverheard
from server.events.streams import StreamStarted, StreamStopped
from server.events.subs import KicksGifted, SubRenewed, SubsGifted, SubStarted
from server.events.tellings import Named, Overheard, Source, Told
from server.platforms.kick import values
from server.platforms.kick.parse import GIFTEES_MAX, PLATFORM, badges_of
from server.platforms.kick.values import NAME_LENGTH_MAX, TEXT_LENGTH_MAX, Unparsable, mismatch

KIND_PREFIX = "websocket."
NAMESPACE = "App\\Events\\"
KIND_LENGTH_MAX = 64
FRAME_BYTES_MAX = 262_144
BAN_MINUTES_MAX = 10_080
ANONYMOUS_NAMES = frozenset({"", "anonymous"})
NOBODY = Person(id=None, name=None)


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame's event, without the namespace some carry, and its data as JSON values and as it was written."""

    event: str
    data: Any
    channel: str | None = None
    written: str | bytes = ""


@dataclass(frozen=True, slots=True)
class _Heard:
    data: Mapping[str, Any]
    broadcaster: Person
    heard_at: datetime

    def told(self, of: Happening, **more: Any) -> Told:
        return Told(platform=PLATFORM, broadcaster=self.broadcaster, of=of, source=Source.WEBSOCKET, **more)

    @property
    def place(self) -> dict[str, Any]:
        return {"platform": PLATFORM, "broadcaster": self.broadcaster}


def read_frame(text: str | bytes) -> Frame:
    """Return what a frame says; its data may be a JSON text inside the JSON, or an object.

    Raises Unparsable: `not_json`, or `wrong_shape` with the path.
    """
    outer = values.fields(_json(text, "frame"), "frame")
    event = values.text(outer.get("event"), "event", NAME_LENGTH_MAX)
    data = outer.get("data")
    channel = outer.get("channel")
    return Frame(
        event.removeprefix(NAMESPACE),
        _json(data, "data") if isinstance(data, str) and data else data,
        channel if isinstance(channel, str) else None,
        data if isinstance(data, str) else text,
    )


def kind_of(event: str) -> str:
    """Return what the inbox calls a frame's kind."""
    return f"{KIND_PREFIX}{event}"[:KIND_LENGTH_MAX]


def envelope(broadcaster_id: str, name: str | None, frame: str) -> bytes:
    """Return what is recorded of a frame: the frame, and whose channel we listened for."""
    return orjson.dumps({"broadcaster": {"user_id": int(broadcaster_id), "username": name}, "frame": frame})


def parse(body: bytes, heard_at: datetime) -> Happening:
    """Return what a recorded frame tells; `heard_at` serves where the frame has no time.

    Raises Unparsable: `unknown_kind`, `not_json`, or `wrong_shape` with the path of the first value that is wrong.
    """
    recorded = values.fields(_json(body, "body"), "body")
    owner = values.channel_owner(recorded.get("broadcaster"), "broadcaster")
    frame = read_frame(values.text(recorded.get("frame"), "frame", FRAME_BYTES_MAX))
    if frame.event in IGNORED:
        return Overheard(platform=PLATFORM, broadcaster=owner, reason=IGNORED[frame.event])
    read = _READERS.get(frame.event)
    if read is None:
        raise Unparsable("unknown_kind", f"no parser reads the event {values.echo(frame.event)}")
    return read(_Heard(values.fields(frame.data, "data"), owner, heard_at))


def _json(text: object, path: str) -> Any:
    if not isinstance(text, str | bytes):
        raise mismatch(path, "a text", text)
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as fault:
        # The cause would carry the whole body along.
        raise Unparsable("not_json", f"{path}: {fault}") from None


def _person(value: object, path: str) -> Person:
    """Somebody with an id, which the sockets call `id`."""
    user = values.fields(value, path)
    known_id = values.user_id(user.get("id"))
    if known_id is None:
        raise mismatch(f"{path}.id", "a positive number", user.get("id"))
    return Person(
        id=known_id,
        name=values.optional_text(user.get("username"), f"{path}.username", NAME_LENGTH_MAX),
        slug=values.optional_text(user.get("slug"), f"{path}.slug", NAME_LENGTH_MAX),
    )


def _named(value: object, path: str) -> Person:
    """Somebody of whom only the name is told."""
    name = None if value is None else values.text(value, path, NAME_LENGTH_MAX)
    return NOBODY if name is None or name.casefold() in ANONYMOUS_NAMES else Person(id=None, name=name)


def _names(value: object, path: str) -> tuple[Person, ...]:
    listed = values.items(value, path)
    if len(listed) > GIFTEES_MAX:
        raise Unparsable("wrong_shape", f"{path}: expected at most {GIFTEES_MAX} people, found {len(listed)}")
    return tuple(
        Person(id=None, name=values.text(name, f"{path}[{place}]", NAME_LENGTH_MAX))
        for place, name in enumerate(listed)
    )


def _seconds(value: object, path: str) -> datetime:
    """An instant written as whole seconds since 1970."""
    count = values.count(value, path)
    try:
        return datetime.fromtimestamp(count, UTC)
    except (OverflowError, ValueError, OSError):
        raise mismatch(path, "seconds since 1970", value) from None


def _chat(heard: _Heard) -> Happening:
    data = heard.data
    sender = values.fields(data.get("sender"), "sender")
    spoken = ChatSpoken(
        **heard.place,
        message_id=values.identifier(data.get("id"), "id"),
        sender=_person(sender, "sender"),
        text=values.text(data.get("content"), "content", TEXT_LENGTH_MAX),
        at=values.instant(data.get("created_at"), "created_at"),
        badges=() if sender.get("identity") is None else badges_of(sender["identity"]),
        replies_to=_replied(data.get("metadata")),
    )
    return heard.told(spoken)


def _replied(metadata: Any) -> str | None:
    # What has no fields is written as null, {} or [].
    original = values.fields(metadata, "metadata").get("original_message") if metadata else None
    path = "metadata.original_message"
    return values.optional_identifier(values.fields(original, path).get("id"), f"{path}.id") if original else None


def _sub(heard: _Heard, subscriber: Person, months: int, at: datetime) -> SubStarted | SubRenewed:
    of = SubStarted if months <= 1 else SubRenewed
    return of(**heard.place, subscriber=subscriber, months=months, at=at)


def _subscription(heard: _Heard) -> Happening:
    subscriber = _named(heard.data.get("username"), "username")
    months = values.count(heard.data.get("months"), "months")
    if subscriber.name is None:
        return Overheard(**heard.place, reason="It names nobody.")
    return heard.told(_sub(heard, subscriber, months, heard.heard_at), is_timed=False)


def _gift(heard: _Heard) -> Happening:
    data = heard.data
    chunk = data.get("chunk_details")
    parts = 1
    correlation = values.optional_identifier(data.get("correlation_id"), "correlation_id")
    if chunk is not None:
        details = values.fields(chunk, "chunk_details")
        parts = values.count(details.get("total_chunks"), "chunk_details.total_chunks")
        told = values.optional_identifier(details.get("correlation_id"), "chunk_details.correlation_id")
        correlation = correlation or told
    giftees = _names(data.get("gifted_usernames"), "gifted_usernames")
    total = values.optional_count(data.get("gifted_total"), "gifted_total")
    return _gifted(
        heard,
        _named(data.get("gifter_username"), "gifter_username"),
        giftees,
        total=total,
        correlation=correlation,
        is_part=parts > 1,
    )


def _gifted(
    heard: _Heard,
    gifter: Person,
    giftees: tuple[Person, ...],
    *,
    at: datetime | None = None,
    total: int | None = None,
    **more: Any,
) -> Happening:
    if not giftees and not total:
        return Overheard(**heard.place, reason="It tells neither who received nor how many.")
    if total is not None and total > GIFTEES_MAX:
        raise mismatch("gifted_total", f"at most {GIFTEES_MAX}", total)
    gift = SubsGifted(**heard.place, gifter=gifter, giftees=giftees, at=at or heard.heard_at, total=total)
    return heard.told(gift, is_timed=at is not None, **more)


def _lucky(heard: _Heard) -> Happening:
    giftees = _names(heard.data.get("usernames"), "usernames")
    return _gifted(heard, _named(heard.data.get("gifter_username"), "gifter_username"), giftees)


def _gift_of_the_bundle(heard: _Heard) -> Happening:
    data = heard.data
    listed = values.items(data.get("gifted_users"), "gifted_users")
    if len(listed) > GIFTEES_MAX:
        raise Unparsable("wrong_shape", f"gifted_users: expected at most {GIFTEES_MAX} people, found {len(listed)}")
    giftees = tuple(_person(giftee, f"gifted_users[{place}]") for place, giftee in enumerate(listed))
    gifter = NOBODY if data.get("user") is None else _person(data["user"], "user")
    return _gifted(heard, gifter, giftees, at=values.instant(data.get("created_at"), "created_at"))


def _chat_notice(heard: _Heard) -> Happening:
    message = values.fields(heard.data.get("message"), "message")
    action = message.get("action")
    if action not in {"gift", "subscribe"}:
        return Overheard(**heard.place, reason="A notice in chat that tells of no gift and no subscription.")
    person = _person(heard.data.get("user"), "user")
    at = _seconds(message.get("created_at"), "message.created_at")
    if action == "subscribe":
        months = values.optional_count(message.get("months_subscribed"), "message.months_subscribed") or 1
        return heard.told(_sub(heard, person, months, at))
    listed = values.items(message.get("giftedUsers"), "message.giftedUsers")
    names = [values.fields(one, f"message.giftedUsers[{n}]").get("username") for n, one in enumerate(listed)]
    total = values.optional_count(message.get("subscriptions_count"), "message.subscriptions_count") or None
    return _gifted(heard, person, _names(names, "message.giftedUsers"), at=at, total=total)


def _gift_board(heard: _Heard) -> Happening:
    known_id = values.user_id(heard.data.get("gifter_id"))
    name = _named(heard.data.get("gifter_username"), "gifter_username").name
    return _name(heard, known_id, name, "It names no gifter.")


def _subscribers(heard: _Heard) -> Happening:
    ids = values.items(heard.data.get("user_ids"), "user_ids")
    name = _named(heard.data.get("username"), "username").name
    known_id = values.user_id(ids[0]) if len(ids) == 1 else None
    return _name(heard, known_id, name, "Ids of people whose names it does not tell.")


def _name(heard: _Heard, known_id: str | None, name: str | None, otherwise: str) -> Happening:
    if known_id is None or name is None:
        return Overheard(**heard.place, reason=otherwise)
    person = Person(id=known_id, name=name)
    return Named(**heard.place, person=person, source=Source.WEBSOCKET, at=heard.heard_at)


def _kicks(heard: _Heard) -> Happening:
    data = heard.data
    gift = values.fields(data.get("gift"), "gift")
    pinned = values.optional_count(gift.get("pinned_time"), "gift.pinned_time")
    given = KicksGifted(
        **heard.place,
        sender=_person(data.get("sender"), "sender"),
        amount=values.count(gift.get("amount"), "gift.amount"),
        name=_text_or_empty(gift.get("name"), "gift.name"),
        kind=_text_or_empty(gift.get("type"), "gift.type"),
        tier=_text_or_empty(gift.get("tier"), "gift.tier"),
        message=values.optional_text(data.get("message"), "message", TEXT_LENGTH_MAX) or "",
        at=values.instant(data.get("created_at"), "created_at"),
        # Nanoseconds here, seconds in the webhook.
        pinned_s=pinned // 1_000_000_000 if pinned else None,
    )
    transaction = values.optional_identifier(data.get("gift_transaction_id"), "gift_transaction_id")
    return heard.told(given, transaction=transaction)


def _text_or_empty(value: object, path: str) -> str:
    return values.optional_text(value, path, NAME_LENGTH_MAX) or ""


def _ban(heard: _Heard) -> Happening:
    data = heard.data
    expires_at = values.optional_instant(data.get("expires_at"), "expires_at")
    minutes = values.optional_count(data.get("duration"), "duration")
    is_timed = expires_at is not None and minutes is not None and minutes <= BAN_MINUTES_MAX
    at = expires_at - timedelta(minutes=minutes or 0) if expires_at is not None and is_timed else heard.heard_at
    moderator = values.fields(data.get("banned_by"), "banned_by")
    by_nobody = moderator.get("id") == 0  # how the sockets write that a bot did it
    banned = Banned(
        **heard.place,
        banned=_person(data.get("user"), "user"),
        moderator=_named(moderator.get("username"), "banned_by.username")
        if by_nobody
        else _person(moderator, "banned_by"),
        reason="",
        at=at,
        expires_at=expires_at,
    )
    return heard.told(banned, is_timed=is_timed)


def _live(heard: _Heard) -> Happening:
    stream = values.fields(heard.data.get("livestream"), "livestream")
    started = StreamStarted(
        **heard.place,
        started_at=values.instant(stream.get("created_at"), "livestream.created_at"),
        title=values.optional_text(stream.get("session_title"), "livestream.session_title", TEXT_LENGTH_MAX) or "",
        told_at=heard.heard_at,
    )
    return heard.told(started)


def _stopped(heard: _Heard) -> Happening:
    values.fields(heard.data.get("livestream"), "livestream")
    return heard.told(StreamStopped(**heard.place, at=heard.heard_at), is_timed=False)


def _redeemed(heard: _Heard) -> RewardOverheard:
    """That something was redeemed; without the redemption's id nothing can be made of the rest."""
    return RewardOverheard(**heard.place)


_READERS: Mapping[str, Callable[[_Heard], Happening]] = {
    "ChatMessageEvent": _chat,
    "SubscriptionEvent": _subscription,
    "GiftedSubscriptionsEvent": _gift,
    "LuckyUsersWhoGotGiftSubscriptionsEvent": _lucky,
    "SubscriptionGifted": _gift_of_the_bundle,
    "ChatMessageSentEvent": _chat_notice,
    "GiftsLeaderboardUpdated": _gift_board,
    "ChannelSubscriptionEvent": _subscribers,
    "KicksGifted": _kicks,
    "UserBannedEvent": _ban,
    "RewardRedeemedEvent": _redeemed,
    "StreamerIsLive": _live,
    "StopStreamBroadcast": _stopped,
}

IGNORED: Mapping[str, str] = {
    "NewSubscriberUpdatedEvent": "It repeats the name of a subscription that other frames tell in full.",
    "NewActivityFeedEvent": "It repeats what other frames tell in full.",
    "KicksLeaderboardUpdated": "Running totals; each gift is told by itself.",
    "UserUnbannedEvent": "Nothing follows an unban.",
    "MessageDeletedEvent": "Somebody was there to write it, whatever became of it.",
    "ChatroomUpdatedEvent": "Settings of the room.",
    "ChatSettingsChanged": "Settings of the room.",
    "PinnedMessageCreatedEvent": "Display only.",
    "PinnedMessageDeletedEvent": "Display only.",
    "PollUpdateEvent": "Polls of Kick's own.",
    "PollDeleteEvent": "Polls of Kick's own.",
    "PredictionCreated": "Predictions of Kick's own.",
    "PredictionUpdated": "Predictions of Kick's own.",
    "StreamHostEvent": "Another channel's viewers arrive; they count when they write.",
    "StreamHostedEvent": "Another channel's viewers arrive; they count when they write.",
    "ChatMoveToSupportedChannelEvent": "The streamer moves on to another channel.",
    "GoalProgressUpdateEvent": "A number that goes with follows, which webhooks tell.",
    "FollowersUpdated": "A number that goes with follows, which webhooks tell.",
}

KINDS = frozenset(_READERS)
"""The events that something is made of."""
