"""The answers to the operations of communities."""

from typing import TypedDict


class CommunityKnown(TypedDict):
    """A community by its id, and the IANA time zone of its days."""

    id: str
    timezone: str


class Community(TypedDict):
    """The answer to `community`."""

    communityOfGuild: CommunityKnown | None
