"""Whether a community's Kick channel is set up: every check with its state, and what to do about it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from server.domain.gaps import is_late
from server.domain.linking import NUMERIC
from server.domain.refusals import Refused
from server.domain.subscriptions import SubscriptionState, explained

QUIET_AFTER = timedelta(hours=24)
CHAT = "chat.message.sent"
BY_SOCKET = "websocket."
"""How the kinds of what websockets told begin; the rest came by webhooks, or by asking."""
BY_ASKING = "poll."
TOLD_BY_BOTH = tuple(f"{BY_SOCKET}{event}" for event in ("ChatMessageEvent", "GiftedSubscriptionsEvent", "KicksGifted"))
WEBHOOKS_LATE_AFTER = timedelta(minutes=5)
UNREACHED = (
    "Look whether the address answers from outside: its certificate, the proxy, the URL in the Kick app. Kick tries a "
    "few times, and stops after a day."
)
Needed = Mapping[str, Sequence[str]]
"""The scopes that each feature needs."""

UNASKED = frozenset({"unavailable", "limited", "unauthorised", "unreadable"})
"""Why Kick could not be asked; what it sent before, it may still send."""

CONNECT = "Open the community's page and press Connect with Kick."
SUBSCRIBE = (
    "Wait a minute: the server asks Kick for the channel's events by itself. docs/kick-connection.md says what may "
    "stand in the way."
)
NOT_OFFERED = "Kick's official API does not tell it."
BY_HAND = "It may stay empty; only the websocket listener needs it, and it can be typed in by hand."


class CheckState(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNKNOWN = "unknown"


class CheckName(StrEnum):
    """What is checked."""

    APP = "app"
    ADDRESS = "address"
    CHANNEL = "channel"
    BROADCASTER_ID = "broadcaster_id"
    CHANNEL_ID = "channel_id"
    CHATROOM_ID = "chatroom_id"
    AUTHORISATION = "authorisation"
    SCOPES = "scopes"
    WEBHOOKS = "webhooks"
    CHAT_READ = "chat_read"
    SOCKET = "socket"
    CHAT_SEND = "chat_send"


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a channel, or of the server where there is no `platform_id`; `remedy` is empty if all is well."""

    name: CheckName
    state: CheckState
    detail: str
    remedy: str = ""
    platform_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorisation:
    """What a channel's owner allowed us, and whether Kick still accepts it."""

    scopes: frozenset[str]
    is_good: bool
    is_failing: bool


@dataclass(frozen=True, slots=True)
class Ordered:
    """How it stands with the events of one kind; `code` says what is wrong, if anything is."""

    state: SubscriptionState
    code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """How a channel's websocket is doing since when, when something came last, and what is wrong."""

    state: str
    since: datetime
    last_frame_at: datetime | None
    detail: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFacts:
    """What is known of an attached Kick channel."""

    platform_id: str
    name: str
    slug: str | None
    channel_ref: str | None
    chatroom_ref: str | None
    synced_at: datetime | None
    authorisation: Authorisation | None
    ordered: Mapping[str, Ordered]
    """How it stands with what Kick was asked to send, by kind."""
    told: Mapping[str, datetime]
    """When the newest of the community's latest deliveries arrived, by kind."""
    socket: Listening | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What the server itself is set up with."""

    has_app: bool
    public_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What Kick told of a channel when it was asked: each is None where it was not told, and `problems` say why."""

    slug: str | None
    channel_ref: str | None
    problems: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that syncing looks for: its value, or why there is none and what to do."""

    what: str
    value: str | None
    problem: str = ""
    remedy: str = ""


def all_checks(server: Installation, channels: Sequence[ChannelFacts], needed: Needed, now: datetime) -> list[Check]:
    """Every check: first of the server, then channel by channel."""
    found = [app(server), address(server)]
    if not channels:
        found.append(Check(CheckName.CHANNEL, CheckState.FAILED, "No Kick channel is attached.", CONNECT))
    for channel in channels:
        found += checks_of(channel, needed, now)
    return found


def app(server: Installation) -> Check:
    """Whether there is a Kick app."""
    if server.has_app:
        return Check(CheckName.APP, CheckState.OK, "The server knows your Kick app.")
    return Check(
        CheckName.APP,
        CheckState.FAILED,
        "The server knows no Kick app, so that nobody can sign in.",
        "Set REGULARS_KICK_CLIENT_ID and REGULARS_KICK_CLIENT_SECRET; docs/kick-app.md shows where they come from.",
    )


def address(server: Installation) -> Check:
    """Whether Kick can reach the server."""
    if urlsplit(server.public_url).scheme == "https":
        detail = f"Kick delivers to {server.public_url}/webhooks/kick."
        return Check(CheckName.ADDRESS, CheckState.OK, detail)
    return Check(
        CheckName.ADDRESS,
        CheckState.WARNING,
        f"{server.public_url} is no https address, so that Kick cannot deliver to it from outside.",
        "Put a proxy with a certificate in front and set REGULARS_PUBLIC_URL; docs/deploy.md shows how.",
    )


def checks_of(channel: ChannelFacts, needed: Needed, now: datetime) -> Iterator[Check]:
    """The checks of one channel."""
    number = channel.platform_id
    known = f"{channel.name} is attached" + (f" as kick.com/{channel.slug}." if channel.slug else ".")
    for check in (
        Check(CheckName.CHANNEL, CheckState.OK, known),
        Check(CheckName.BROADCASTER_ID, CheckState.OK, f"Kick knows its owner as {number}."),
        reference(CheckName.CHANNEL_ID, "channel id", channel.channel_ref),
        reference(CheckName.CHATROOM_ID, "chatroom id", channel.chatroom_ref),
        authorised(channel.authorisation),
        allowed(channel.authorisation, needed),
        webhooks(channel.told, channel.ordered, now),
        chat_read(channel.told, now),
        socket(channel),
        chat_send(channel.authorisation, needed),
    ):
        yield Check(check.name, check.state, check.detail, check.remedy, number)


def reference(name: CheckName, words: str, value: str | None) -> Check:
    """Whether one of Kick's inner ids is known."""
    if value is not None:
        return Check(name, CheckState.OK, f"The {words} is {value}.")
    return Check(name, CheckState.WARNING, f"The {words} is not known.", f"Press Sync from Kick. {BY_HAND}")


def authorised(given: Authorisation | None) -> Check:
    """Whether the channel's owner has connected it."""
    name = CheckName.AUTHORISATION
    if given is None:
        return Check(name, CheckState.FAILED, "The channel's owner has not connected it yet.", CONNECT)
    if not given.is_good:
        return Check(name, CheckState.FAILED, "Kick no longer accepts what the owner allowed.", CONNECT)
    if given.is_failing:
        detail = "Kick did not renew the authorisation at the last try."
        return Check(name, CheckState.WARNING, detail, "Wait: it is tried again by itself.")
    return Check(name, CheckState.OK, "The owner has connected the channel.")


def missing(given: Authorisation | None, needed: Collection[str]) -> list[str]:
    """The scopes that are needed and were not allowed."""
    return [scope for scope in needed if given is None or scope not in given.scopes]


def allowed(given: Authorisation | None, needed: Needed) -> Check:
    """Whether following the channel is allowed; what other features lack is told beside it."""
    name = CheckName.SCOPES
    if given is None:
        return Check(name, CheckState.UNKNOWN, "Nothing has been allowed yet.", CONNECT)
    lacking = missing(given, needed["channels"])
    if lacking:
        detail = f"Following the channel lacks: {', '.join(lacking)}."
        return Check(name, CheckState.FAILED, detail, "Press Connect with Kick again and allow all of it.")
    others = {name: missing(given, scopes) for name, scopes in needed.items()}
    off = ", ".join(name for name, scopes in others.items() if scopes)
    more = f" Not allowed, and not needed unless you want it: {off}." if off else ""
    return Check(name, CheckState.OK, f"Following the channel is allowed.{more}")


def webhooks(told: Mapping[str, datetime], ordered: Mapping[str, Ordered], now: datetime) -> Check:
    """Whether Kick delivers the channel's events: what it says of itself first, then what arrives."""
    name = CheckName.WEBHOOKS
    for state, outcome, verb in (
        (SubscriptionState.FAILED, CheckState.FAILED, "does not send"),
        (SubscriptionState.SILENT, CheckState.WARNING, "says that it sends, and nothing arrives of,"),
    ):
        lacking = {kind: one for kind, one in ordered.items() if one.state is state}
        if lacking:
            code = next((one.code for one in lacking.values() if one.code is not None), "")
            why, remedy = explained(code)
            return Check(name, outcome, f"Kick {verb} {', '.join(sorted(lacking))}. {why}", remedy)
    unasked = next((one.code for one in ordered.values() if one.code in UNASKED), None)
    if unasked is not None:
        why, remedy = explained(unasked)
        return Check(name, CheckState.WARNING, f"Kick could not be asked of late what it sends. {why}", remedy)
    hooks = {kind: at for kind, at in told.items() if not kind.startswith((BY_SOCKET, BY_ASKING))}
    newest = max(hooks.values(), default=None)
    heard = max((told[kind] for kind in TOLD_BY_BOTH if kind in told), default=None)
    if heard is not None and (newest is None or heard - newest > WEBHOOKS_LATE_AFTER):
        last = "none came by webhook" if newest is None else f"the last webhook came {newest:%Y-%m-%d %H:%M} UTC"
        detail = f"The websocket told of something {heard:%Y-%m-%d %H:%M} UTC; {last}."
        return Check(name, CheckState.WARNING, detail, UNREACHED)
    if newest is None:
        asked = f" Kick was asked to send {len(ordered)} kinds of events." if ordered else ""
        return Check(
            name,
            CheckState.UNKNOWN,
            f"Nothing has arrived from Kick for this channel yet.{asked}",
            "Write a line in the channel's chat and look again in a minute." if ordered else SUBSCRIBE,
        )
    if now - newest > QUIET_AFTER:
        detail = f"The last event arrived {newest:%Y-%m-%d %H:%M} UTC."
        return Check(
            name, CheckState.WARNING, detail, f"That is fine while the channel is offline. Otherwise: {SUBSCRIBE}"
        )
    return Check(name, CheckState.OK, f"Events arrive, the last one {newest:%Y-%m-%d %H:%M} UTC.")


def chat_read(told: Mapping[str, datetime], now: datetime) -> Check:
    """Whether chat arrives, without which nobody earns watch time."""
    name = CheckName.CHAT_READ
    if CHAT in told:
        quiet = now - told[CHAT] > QUIET_AFTER
        detail = f"The last message arrived {told[CHAT]:%Y-%m-%d %H:%M} UTC."
        return Check(name, CheckState.WARNING, detail, SUBSCRIBE) if quiet else Check(name, CheckState.OK, detail)
    if told:
        detail = "Events arrive, but no chat message is among the latest."
        return Check(name, CheckState.WARNING, detail, f"Write a line in the chat. If nothing changes: {SUBSCRIBE}")
    return Check(name, CheckState.UNKNOWN, "No chat message has arrived yet.", SUBSCRIBE)


def socket(channel: ChannelFacts) -> Check:
    """Whether the channel's websocket listens, which fills in what webhooks miss; nothing depends on it alone."""
    name, one = CheckName.SOCKET, channel.socket
    if channel.channel_ref is None and channel.chatroom_ref is None:
        detail = "Nobody listens to the websocket: Kick's inner ids of the channel are not known."
        return Check(name, CheckState.UNKNOWN, detail, f"Press Sync from Kick. {BY_HAND}")
    if one is None or one.state == "stopped":
        detail = "No server listens to the channel's websocket just now."
        return Check(name, CheckState.UNKNOWN, detail, "Wait a minute. If it lasts, look at REGULARS_KICK_SOCKETS.")
    if one.state != "listening":
        why = f" {one.detail}" if one.detail else ""
        detail = f"The websocket is down since {one.since:%Y-%m-%d %H:%M} UTC.{why}"
        remedy = "Nothing: it connects again by itself within a minute or two. If it lasts, look at the log."
        if one.state == "refused":
            remedy = "Check REGULARS_KICK_PUSHER_URL, then restart the server."
        return Check(name, CheckState.WARNING, detail, remedy)
    last = "nothing came yet" if one.last_frame_at is None else f"the last frame came {one.last_frame_at:%H:%M} UTC"
    detail = f"The websocket listens since {one.since:%Y-%m-%d %H:%M} UTC, {last}."
    if is_late(since=one.since, last_frame_at=one.last_frame_at, told_at=channel.told.get(CHAT)):
        remedy = (
            "Chat arrives by webhook meanwhile. Press Sync from Kick: perhaps the channel's inner ids are others now."
        )
        return Check(name, CheckState.WARNING, f"{detail} It is late.", remedy)
    return Check(name, CheckState.OK, detail)


def chat_send(given: Authorisation | None, needed: Needed) -> Check:
    """Whether the server may write in the chat."""
    name = CheckName.CHAT_SEND
    if given is not None and given.is_good and not missing(given, needed["chat"]):
        return Check(name, CheckState.OK, "The server may write in the chat.")
    detail = "The server may not write in the chat."
    return Check(
        name, CheckState.WARNING, detail, "If you want it to, tick Write in the chat and press Connect with Kick."
    )


def check_reference(text: str | None) -> str | None:
    """One of Kick's inner ids as somebody typed it, or a refusal; None and an empty text name none."""
    if not text:
        return None
    if not NUMERIC.fullmatch(text):
        raise Refused(
            "kick_id_invalid",
            f"{text[:50]!r} cannot be an id of Kick.",
            "An id of Kick is a whole number; leave it empty if you do not know it.",
        )
    return text


def findings(channel: ChannelFacts, learned: Learned) -> list[Finding]:
    """What is stored after a sync, and of what is not there why."""
    return [
        Finding("broadcaster_id", channel.platform_id),
        found("slug", channel.slug, learned),
        found("channel_id", channel.channel_ref, learned),
        found("chatroom_id", channel.chatroom_ref, learned),
    ]


def found(what: str, value: str | None, learned: Learned) -> Finding:
    """One finding; what was known before stays, with what stood in the way of learning it anew."""
    problem = learned.problems.get(what, "")
    remedies = {"chatroom_id": BY_HAND, "channel_id": f"Sync again while the channel is live. {BY_HAND}"}
    return Finding(what, value, problem, "" if value else remedies.get(what, "Try again in a minute."))
