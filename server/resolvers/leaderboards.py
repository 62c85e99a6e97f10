"""The watch-time leaderboard, asked for and live."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated

import strawberry

from server.domain.instants import SECOND
from server.domain.staff import Capability
from server.publish import topics
from server.resolvers.context import Context, Info
from server.resolvers.names import Naming, naming, naming_to_all
from server.schema.ids import id_of, number_of
from server.schema.leaderboards import LeaderboardChange, Standing
from server.schema.linking import Account, Platform
from server.schema.pagination import Connection, Edge, Order, PageInfo, UnusablePage, checked_first
from server.schema.policies import READ
from server.schema.scalars import BigInt, Duration
from server.store import feed, leaderboards, linking
from server.store.leaderboards import Standing as Record

PLATFORMS: Mapping[str, Platform] = {one.key: one for one in Platform}
BEST_FIRST = Order("standing", int, int)
AROUND_MAX = 50
PAUSE_S = 0.25
"""Between two changes told to one subscriber; what happens meanwhile is in the next one."""


@dataclass(frozen=True, slots=True)
class LeaderboardReads:
    """What a community is asked about its leaderboard."""

    context: Context
    community_id: int

    async def page(self, first: int, after: str | None) -> Connection[Standing]:
        """The board from the top, or after a place."""
        key = BEST_FIRST.key(after)
        place = None if key is None else (key[0], key[1])
        reader = self.context.reader
        rank, rows = await leaderboards.page(reader, self.community_id, place, checked_first(first) + 1)
        shown = ranked(rows[:first], rank, await naming(self.context, self.community_id))
        edges = [
            Edge(cursor=BEST_FIRST.cursor(row.watch_us, row.viewer_id), node=node)
            for row, node in zip(rows, shown, strict=False)
        ]
        end = edges[-1].cursor if edges else None
        return Connection(
            edges=edges,
            page_info=PageInfo(has_next_page=len(rows) > first, end_cursor=end),
            count=lambda: leaderboards.size(reader, self.community_id),
        )

    async def around(self, viewer_id: str, before: int, after: int) -> list[Standing] | None:
        """A viewer's place with its neighbours, or None when he has none."""
        if not (0 <= before <= AROUND_MAX and 0 <= after <= AROUND_MAX):
            raise UnusablePage(
                "page_size_invalid", f"At most {AROUND_MAX} on either side.", f"Ask for 0 to {AROUND_MAX}."
            )
        reader, number = self.context.reader, number_of("viewer", viewer_id)
        found = await linking.resolve(reader, self.community_id, number)
        mine = None if found is None else await leaderboards.standing_of(reader, self.community_id, found)
        if mine is None or mine.watch_us <= 0:
            return None
        ahead = await leaderboards.above(reader, self.community_id, mine.place, before)
        behind = await leaderboards.below(reader, self.community_id, mine.place, after)
        rows = [*ahead, mine, *behind]
        first_rank = await leaderboards.rank_of(reader, self.community_id, rows[0].place)
        return ranked(rows, first_rank, await naming(self.context, self.community_id))


def ranked(rows: Sequence[Record], first_rank: int, names: Naming) -> list[Standing]:
    """Neighbouring places as the graph shows them, the first of which has a known rank."""
    return [
        Standing(
            rank=rank,
            seconds=Duration(watch_us // SECOND),
            viewer_id=id_of("viewer", viewer_id),
            account=Account(
                id=id_of("account", account_id), platform=PLATFORMS[platform], platform_id=external_id, name=name
            ),
            public_name=names.of(platform, external_id, name),
        )
        for rank, (viewer_id, watch_us, account_id, platform, external_id, name) in enumerate(rows, first_rank)
    ]


async def leaderboard_changed(
    info: Info,
    community_id: Annotated[strawberry.ID, strawberry.argument(description="Whose leaderboard.")],
    first: Annotated[int, strawberry.argument(description="How many places from the top, 1 to 100.")],
) -> AsyncGenerator[LeaderboardChange, None]:
    """Tell the top of a leaderboard now, and again whenever it is another."""
    place = await info.context.admit_to(community_id, Capability.COMMUNITY_READ)
    return changes(info.context, place.community_id, checked_first(first))


async def changes(context: Context, community_id: int, first: int) -> AsyncGenerator[LeaderboardChange, None]:
    """The top now and after every change of it, at most four times a second."""
    last: list[Standing] | None = None
    seen: int | None = None
    async with aclosing(context.services.bus.listen(topics.feed(community_id))) as wakes:
        async for _ in wakes:
            # The head first: the board read after it is at least as new, so nobody drops a change as already known.
            head = await feed.head(context.reader, community_id)
            if head == seen:
                continue
            seen = head
            names = await naming_to_all(context.reader, community_id)
            top = ranked(await leaderboards.below(context.reader, community_id, None, first), 1, names)
            if top != last:
                last = top
                yield LeaderboardChange(sequence=BigInt(head), at=context.services.clock.now(), standings=top)
                await asyncio.sleep(PAUSE_S)


@strawberry.type
class LeaderboardSubscriptions:
    """What can be listened to about leaderboards."""

    leaderboard_changed: AsyncGenerator[LeaderboardChange, None] = strawberry.subscription(
        resolver=leaderboard_changed,
        description="The top of a leaderboard: at once, then whenever it is another, at most four times a second.",
        metadata=READ,
    )
