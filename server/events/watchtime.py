"""Watch time, as our own rules see it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchTimeChanged:
    """Viewers' watch time is now another; balances in microseconds by viewer id.

    Nothing before `since` (microseconds) changed.
    """

    balances: Mapping[int, int]
    since: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRulesChanged:
    """The watch time settings have a new version, in force from `effective_from` (microseconds) on."""

    version_id: int
    effective_from: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamChanged:
    """What is known of a stream changed: it appeared, or its end did; every community that attached it must recount.

    `cause` names what made it so, and is unique for the stream. `covered_since`: only accounts whose counted evidence
    reaches beyond this instant (microseconds) are concerned; None means everybody. `until_before`: how far the stream
    was thought to reach until now, so that what it no longer shares time with is counted too.
    """

    stream_id: int
    cause: str
    covered_since: int | None = None
    until_before: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecountNeeded:
    """A community must count a stream anew, after waiting `settle_s` seconds; `cause` is unique for the stream.

    With `accounts` only these are concerned, without them everybody.
    """

    stream_id: int
    cause: str
    settle_s: int = 0
    accounts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCaughtUp:
    """Whatever was told of a newly attached channel is on its way to the community."""

    attachment_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelAttached:
    """A community attached a channel."""

    attachment_id: int
    channel_id: int
    platform: str
    external_id: str
