"""Parts of answers that several operations share."""

from typing import TypedDict


class Account(TypedDict):
    """Somebody on a platform."""

    name: str


class PageInfo(TypedDict):
    """Whether more follows, and from where."""

    endCursor: str | None
    hasNextPage: bool


class PlatformAccount(TypedDict):
    """Somebody on a platform, which is named."""

    platform: str
    name: str


class WatchTime(TypedDict):
    """Seconds of watch time."""

    seconds: int
