"""Role rewards as the graph shows them: what there is, who has what, and what a sync would do."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import partial

from server.actions.roles import give
from server.actions.roles.give import Due
from server.domain.roles import Change, Reward
from server.domain.staff import Capability
from server.resolvers.context import Context
from server.resolvers.privacy import note_read
from server.schema.ids import id_of, number_of
from server.schema.pagination import Connection, Edge, Order, PageInfo, checked_first, page_of
from server.schema.roles import (
    RoleChange,
    RoleChangeReason,
    RoleGivenState,
    RoleMember,
    RolePreview,
    RolePreviewCounts,
    RoleReward,
    RoleRewardMode,
)
from server.store import roles

BY_ACCOUNT = Order("role_member", int)
PREVIEW = Order("role_preview", int)
LOOKED_AT_MAX = 2_000
"""So many people are looked at for one page of a preview."""

COUNTED_MAX = 50_000


@dataclass(frozen=True, slots=True)
class RoleMemberReads:
    """What a role reward is asked about its members."""

    context: Context
    community_id: int
    reward_id: int

    async def page(self, first: int, after: str | None) -> Connection[RoleMember]:
        """Who has the role by what we know, by account."""
        await self.context.admit_in(self.community_id, Capability.SETTINGS_EDIT)
        await note_read(self.context, self.community_id, "roles")
        reader, key = self.context.reader, BY_ACCOUNT.key(after)
        limit, place = checked_first(first) + 1, 0 if key is None else key[0]
        rows = await roles.holders(reader, self.community_id, self.reward_id, place, limit)
        numbers = [row.account_id for row in rows]
        accounts = dict(zip(numbers, await self.context.accounts.load_many(numbers), strict=True))
        return page_of(
            rows,
            first,
            node=lambda row: RoleMember(
                account=accounts[row.account_id], state=RoleGivenState(row.state), since=row.at
            ),
            cursor=lambda row: BY_ACCOUNT.cursor(row.account_id),
            count=partial(roles.holders_count, reader, self.community_id, self.reward_id),
        )


@dataclass(frozen=True, slots=True)
class RoleReads:
    """What a community is asked about role rewards."""

    context: Context
    community_id: int

    async def mode(self) -> RoleRewardMode:
        """How many of the roles that somebody reached he has."""
        rules = await roles.rules_of(self.context.reader, self.community_id)
        return RoleRewardMode.HIGHEST if rules.is_highest_only else RoleRewardMode.STACK

    async def removes_unreached(self) -> bool:
        """Whether roles are taken that are not reached any more."""
        return (await roles.rules_of(self.context.reader, self.community_id)).removes_unreached

    async def all(self) -> list[RoleReward]:
        """All of them."""
        return [self.noun(one) for one in await roles.all_of(self.context.reader, self.community_id)]

    async def one(self, reward_id: str) -> RoleReward | None:
        """The one with an id, or None."""
        number = number_of("role_reward", reward_id)
        found = await roles.by_id(self.context.reader, self.community_id, number)
        return None if found is None else self.noun(found)

    def noun(self, reward: Reward) -> RoleReward:
        """A role reward as the graph shows it."""
        return RoleReward(
            id=id_of("role_reward", reward.id),
            role_id=reward.role,
            name=reward.name,
            minutes=reward.minutes,
            is_on=reward.is_on,
            loader=RoleMemberReads(self.context, self.community_id, reward.id),
        )

    async def preview(self, first: int, after: str | None) -> Connection[RolePreview]:
        """Whose roles a sync would change, by account."""
        await self.context.admit_in(self.community_id, Capability.SETTINGS_EDIT)
        await note_read(self.context, self.community_id, "roles")
        key, limit = PREVIEW.key(after), checked_first(first)
        place, looked_at, is_more, found = 0 if key is None else key[0], 0, False, list[Due]()
        async for page, wanted in self._looked_at(place):
            found += wanted
            looked_at, place = looked_at + len(page), page[-1]
            is_more = len(page) == give.PEOPLE_AT_ONCE
            if len(found) >= limit or looked_at >= LOOKED_AT_MAX:
                break
        if len(found) > limit:
            found, is_more = found[:limit], True
            place = found[-1].member.account_id
        numbers = [one.member.account_id for one in found]
        accounts = dict(zip(numbers, await self.context.accounts.load_many(numbers), strict=True))
        edges = [
            Edge(
                cursor=PREVIEW.cursor(one.member.account_id),
                node=RolePreview(account=accounts[one.member.account_id], changes=list(map(change_noun, one.changes))),
            )
            for one in found
        ]
        end = PREVIEW.cursor(place) if place else None
        return Connection(edges=edges, page_info=PageInfo(has_next_page=is_more, end_cursor=end), count=self._people)

    async def _people(self) -> int:
        """How many people's roles a sync would change."""
        return (await self.counts()).people

    async def counts(self) -> RolePreviewCounts:
        """How many roles a sync would change, of a bounded number of people."""
        await self.context.admit_in(self.community_id, Capability.SETTINGS_EDIT)
        counts = RolePreviewCounts(people=0, given=0, taken=0, looked_at=0, is_whole=True)
        async for page, wanted in self._looked_at(0):
            if counts.looked_at >= COUNTED_MAX:
                counts.is_whole = False
                break
            counts.looked_at += len(page)
            counts.people += len(wanted)
            counts.given += sum(change.is_given for one in wanted for change in one.changes)
            counts.taken += sum(not change.is_given for one in wanted for change in one.changes)
        return counts

    async def _looked_at(self, after: int) -> AsyncGenerator[tuple[list[int], list[Due]]]:
        """People after an account, some at a time, and what a sync would do about them."""
        reader = self.context.reader
        house = await give.house_of(reader, self.community_id)
        while house is not None:
            page = await roles.accounts_page(reader, self.community_id, after, give.PEOPLE_AT_ONCE)
            if page:
                yield page, await give.due(reader, self.community_id, house, page, again=True)
                await asyncio.sleep(0)
                after = page[-1]
            if len(page) < give.PEOPLE_AT_ONCE:
                return


def change_noun(change: Change) -> RoleChange:
    """A role to give or take as the graph shows it."""
    return RoleChange(
        role_id=change.reward.role,
        name=change.reward.name,
        is_given=change.is_given,
        reason=RoleChangeReason(change.reason.value),
    )
