"""The rules of watch time, and whether anybody earns by them right now."""

from dataclasses import dataclass
from functools import partial

from server.actions.watchtime.recount import book_of
from server.domain.instants import MINUTE, instant_of, micros
from server.domain.watchtime.earning import earning_status
from server.domain.watchtime.evidence import gather
from server.domain.watchtime.settings import WatchSettings, restored
from server.domain.watchtime.values import Message
from server.resolvers.context import Context
from server.schema.pagination import Connection, Order, checked_first, page_of
from server.schema.scalars import Duration
from server.schema.watchtime import Earning, EarningStatus, WatchTimeSettings
from server.store import channels, communities, watchtime
from server.store.communities import SettingVersionRecord

NEWEST_RULES = Order("rules", int)
ACTIVE_MAX = 300
MESSAGES_EACH = 10
"""Enough of the newest messages to tell whether the last ones repeat those before."""


@dataclass(frozen=True, slots=True)
class RulesReads:
    """What a community is asked about the rules of watch time."""

    context: Context
    community_id: int

    async def settings(self) -> WatchTimeSettings:
        """The rules in force."""
        versions = await communities.setting_versions(self.context.reader, self.community_id, "watchtime")
        return settings_noun(self.context, versions[-1] if versions else None)

    async def history(self, first: int, after: str | None) -> Connection[WatchTimeSettings]:
        """Every version of the rules, newest first."""
        key = NEWEST_RULES.key(after)
        versions = await communities.setting_versions(self.context.reader, self.community_id, "watchtime")
        newest = [version for version in reversed(versions) if key is None or version.effective_from < key[0]]

        async def count() -> int:
            return len(versions)

        return page_of(
            newest[: checked_first(first) + 1],
            first,
            node=partial(settings_noun, self.context),
            cursor=lambda version: NEWEST_RULES.cursor(version.effective_from),
            count=count,
        )

    async def earning(self) -> EarningStatus:
        """Whether anybody earns right now, from the newest messages of those who are active."""
        reader, at = self.context.reader, self.context.services.clock.now()
        now = micros(at)
        book = await book_of(reader, self.community_id)
        counted = await channels.counted(reader, self.community_id)
        active_since = now - now % MINUTE - book.longest_window
        lives = await channels.lives_between(reader, counted, active_since, now + 1)
        messages: list[Message] = []
        for live in lives:
            messages += await watchtime.newest_evidence(
                reader,
                live.channel,
                live.starts - book.longest_window,
                active_since,
                now,
                accounts=ACTIVE_MAX,
                each=MESSAGES_EACH,
            )
        status = earning_status(now, lives, book, gather(messages, lives, book).evidence)
        return EarningStatus(code=Earning(status.code.value), explanation=status.sentence, at=at)


def settings_noun(context: Context, version: SettingVersionRecord | None) -> WatchTimeSettings:
    """A version of the rules as the graph shows it; None stands for the defaults."""
    settings = WatchSettings() if version is None else restored(version.data)
    return WatchTimeSettings(
        window=Duration(settings.window_s),
        repeats=settings.repeats,
        quorum=settings.quorum,
        daily_cap=None if settings.daily_cap_s is None else Duration(settings.daily_cap_s),
        tracking=settings.tracking,
        exclude_hosts=settings.exclude_hosts,
        effective_from=None if version is None else instant_of(version.effective_from),
        actor=None if version is None else version.actor,
        created_at=None if version is None else version.created_at,
        find_excluded=partial(context.accounts.load_many, sorted(settings.excluded)),
    )
