"""The answers to the operations that several commands of staff use."""

from typing import TypedDict


class ViewerId(TypedDict):
    """A viewer by his id."""

    id: str


class MemberCommunity(TypedDict):
    """A community with the viewer that a Discord user is, if he is one."""

    viewerOfAccount: ViewerId | None


class ViewerOfMember(TypedDict):
    """The answer to `viewer_of_member`."""

    communityOfGuild: MemberCommunity | None
