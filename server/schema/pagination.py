"""Pages of lists that grow. A cursor names the item a page begins after, so a list that moves is not torn."""

from base64 import urlsafe_b64decode
from binascii import Error, b2a_base64
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

import orjson
import strawberry
from graphql import GraphQLError

from server.schema.policies import PUBLIC

T = TypeVar("T")
R = TypeVar("R")

FIRST_MAX = 100
CURSOR_LENGTH_MAX = 200
URL_SAFE = bytes.maketrans(b"+/", b"-_")
INT64_MAX = 2**63 - 1

First = Annotated[int, strawberry.argument(description="How many items at most: 1 to 100, where not said otherwise.")]
After = Annotated[
    str | None, strawberry.argument(description="The endCursor of the page before; nothing for the first page.")
]


class UnusablePage(GraphQLError):
    """A page that cannot be asked for like this."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(message, extensions={"code": code, "remedy": remedy})


def checked_first(first: int, limit: int = FIRST_MAX) -> int:
    """`first`, or `UnusablePage` when it is not between 1 and `limit`."""
    if not 1 <= first <= limit:
        raise UnusablePage("page_size_invalid", f"A page has 1 to {limit} items.", "Ask for that many, then for more.")
    return first


class Order:
    """By what a list is ordered: makes its cursors, and reads back only those it could have made."""

    __slots__ = ("_name", "_shape")

    def __init__(self, name: str, *shape: type[int] | type[str]) -> None:
        self._name = name
        self._shape = shape

    def cursor(self, *key: int | str) -> str:
        """The cursor of the item with this key."""
        text = b2a_base64(orjson.dumps((self._name, *key)), newline=False)
        return text.translate(URL_SAFE).rstrip(b"=").decode()

    def key(self, cursor: str | None) -> tuple[Any, ...] | None:
        """The key in a cursor, None for none; `UnusablePage` for anything that is no cursor of this list."""
        if cursor is None:
            return None
        try:
            name, *key = orjson.loads(
                urlsafe_b64decode(cursor[:CURSOR_LENGTH_MAX].encode() + b"=" * (-len(cursor) % 4))
            )
        except (Error, ValueError, TypeError) as error:
            raise self._unusable() from error
        if name != self._name or not self._fits(key) or self.cursor(*key) != cursor:
            raise self._unusable()
        return tuple(key)

    def _unusable(self) -> UnusablePage:
        return UnusablePage(
            "cursor_invalid", "This is no cursor of this list.", "Use the endCursor of a page, exactly as given."
        )

    def _fits(self, key: Sequence[Any]) -> bool:
        return [type(part) for part in key] == list(self._shape) and all(
            abs(part) <= INT64_MAX for part in key if type(part) is int
        )


@strawberry.type(description="Where a page ends, and whether more follows.")
class PageInfo:
    """The end of a page."""

    has_next_page: bool = strawberry.field(description="Whether more items follow.", metadata=PUBLIC)
    end_cursor: str | None = strawberry.field(
        description="Give this as `after` to get the next page; null when the page is empty.", metadata=PUBLIC
    )


@strawberry.type(description="An item with its place in the list.")
class Edge(Generic[T]):
    """An item of a page."""

    cursor: str = strawberry.field(description="The place of this item.", metadata=PUBLIC)
    node: T = strawberry.field(description="The item.", metadata=PUBLIC)


@strawberry.type(description="One page of a list.")
class Connection(Generic[T]):
    """One page of a list."""

    edges: list[Edge[T]] = strawberry.field(description="The items with their places, in order.", metadata=PUBLIC)
    page_info: PageInfo = strawberry.field(description="Where the page ends.", metadata=PUBLIC)
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field(description="The items, in order.", metadata=PUBLIC)
    def nodes(self) -> list[T]:
        """The items without their places."""
        return [edge.node for edge in self.edges]

    @strawberry.field(description="How many items the whole list has; counted only when asked for.", metadata=PUBLIC)
    async def total_count(self) -> int:
        """The length of the list."""
        return await self.count()


def page_of(
    rows: Sequence[R],
    first: int,
    *,
    node: Callable[[R], T],
    cursor: Callable[[R], str],
    count: Callable[[], Awaitable[int]],
) -> Connection[T]:
    """The page that `rows` make; they were asked for with a limit of `first` + 1, so as to know whether more follow."""
    edges = [Edge(cursor=cursor(row), node=node(row)) for row in rows[:first]]
    end = edges[-1].cursor if edges else None
    return Connection(edges=edges, page_info=PageInfo(has_next_page=len(rows) > first, end_cursor=end), count=count)
