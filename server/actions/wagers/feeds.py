"""Affiliate feeds are set up and removed, and what their polls tell becomes gains."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.auth.sealing import Vault, place_of
from server.domain.audit import Audited
from server.domain.instants import MICROSECOND, micros
from server.domain.refusals import Refused
from server.domain.wagers import (
    DOUBTS_MAX,
    Provider,
    Rows,
    Series,
    Total,
    codes_of,
    is_plausible,
    pause_after,
    totals_of,
)
from server.events.raffle import RaffleChanged
from server.events.wagers import WagersGained
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities, credentials
from server.store.credentials import Owner, SealedTokens
from server.store.raffle import periods
from server.store.wagers import feeds, series
from server.store.wagers.feeds import FeedRecord
from server.store.wagers.series import GainRecord, NewSeries, SeriesRecord

IMPLAUSIBLE = "implausible"
FOR_EVER = timedelta(days=36_500)


def owner_of(community_id: int, provider: Provider) -> Owner:
    """Under what a feed's secret is kept."""
    return Owner(community_id=community_id, provider=provider.value, external_id="affiliate", purpose="feed")


async def set_feed(
    tx: Tx,
    scope: Scope,
    *,
    provider: Provider,
    secret: str | None,
    codes: Iterable[str],
    confirmed: bool,
    vault: Vault,
    actor: str,
) -> Done[FeedRecord]:
    """Switch a feed on; its next poll is where counting begins, so that nothing from before is ever paid.

    Without a secret the one that is kept stays. Refuses a feed without any, unusable codes, and one that nobody has
    confirmed to be allowed.
    """
    wanted = codes_of(codes)
    if wanted and provider is Provider.HOWL:
        raise Refused("wager_codes_unused", "Howl tells no campaign codes.", "Leave the codes out.")
    await communities.lock(tx, scope.community_id)
    before = await refuse_unconfirmed(tx, scope, provider=provider, confirmed=confirmed)
    owner = owner_of(scope.community_id, provider)
    if secret is not None:
        await keep_secret(tx, scope, vault, owner, secret)
    elif await credentials.of(tx, owner) is None:
        raise Refused("wager_feed_secret_missing", "The feed cannot be asked without its secret.", "Send it.")
    await feeds.put(tx, scope.community_id, provider, wanted, actor, scope.now)
    line = Audited(
        action="wagers.set_feed",
        target=("wager_feed", provider.value),
        before=None if before is None else {"is_on": str(before.is_on), "codes": sorted(before.codes)},
        after={"is_on": "True", "codes": sorted(wanted), "address": "kept" if secret is None else "new"},
    )
    return Done(await known(tx, scope, provider), audit=[line])


async def refuse_unconfirmed(tx: Tx, scope: Scope, *, provider: Provider, confirmed: bool) -> FeedRecord | None:
    """A feed as it stands, or None; refuses to switch one on of which nobody has confirmed that it is allowed."""
    before = await feeds.of(tx, scope.community_id, provider)
    if not confirmed and (before is None or not before.is_on):
        raise Refused(
            "wagers_unconfirmed",
            "Feeds are off until it is confirmed that the law and the platforms' rules allow them here.",
            "Read docs/wagers.md, and send `confirmsWagers: true`.",
        )
    return before


async def keep_secret(tx: Tx, scope: Scope, vault: Vault, owner: Owner, secret: str) -> None:
    """Seal what a feed is asked by."""
    key = await vault.sealing_key(tx, scope.now)
    sealed = SealedTokens(
        data_key_id=key.id,
        access=key.seal(place_of(owner, "access"), secret),
        refresh=None,
        expires_at=scope.now + FOR_EVER,
        refresh_at=None,
    )
    await credentials.put(tx, owner, "", sealed, scope.now)


async def remove_feed(tx: Tx, scope: Scope, *, provider: Provider, actor: str) -> Done[Provider]:
    """Ask a feed no more and forget its secret; what was counted stays. Refuses one that is not there."""
    await communities.lock(tx, scope.community_id)
    feed = await known(tx, scope, provider)
    await feeds.switch_off(tx, feed.id, actor, scope.now)
    await credentials.remove(tx, owner_of(scope.community_id, provider))
    line = Audited(
        action="wagers.remove_feed", target=("wager_feed", provider.value), before={"codes": sorted(feed.codes)}
    )
    return Done(provider, audit=[line])


async def known(tx: Tx, scope: Scope, provider: Provider) -> FeedRecord:
    """A feed that is on, or a refusal."""
    feed = await feeds.of(tx, scope.community_id, provider)
    if feed is None or not feed.is_on:
        raise Refused("wager_feed_unknown", f"There is no feed of {provider.title()} here.", "Set it up first.")
    return feed


async def begin(tx: Tx, scope: Scope, *, provider: Provider, jitter: float) -> Done[FeedRecord | None]:
    """Take a feed's turn; None where it is not its turn, or somebody else has it. No other turn comes too soon."""
    await communities.lock(tx, scope.community_id)
    feed = await feeds.of(tx, scope.community_id, provider)
    if feed is None or not feed.is_on or feed.next_at > scope.now:
        return Done(None)
    await feeds.begin(tx, feed.id, scope.now, later(scope.now, feed.failures, jitter))
    return Done(feed)


async def note_fault(
    tx: Tx, scope: Scope, *, feed: FeedRecord, code: str, retry_after_s: int | None, jitter: float
) -> Done[None]:
    """Note why a poll told nothing; nothing else changes, and the next one waits longer."""
    if await is_still(tx, scope, feed):
        asked = scope.now + timedelta(seconds=retry_after_s or 0)
        await feeds.fail(tx, feed.id, code, max(later(scope.now, feed.failures + 1, jitter), asked))
    return Done(None)


def later(now: datetime, failures: int, jitter: float) -> datetime:
    """When a feed is asked again."""
    return now + pause_after(failures, jitter) * MICROSECOND


async def is_still(tx: Tx, scope: Scope, feed: FeedRecord) -> bool:
    """Whether a feed is as it was when it was asked."""
    await communities.lock(tx, scope.community_id)
    current = await feeds.of(tx, scope.community_id, feed.provider)
    return current is not None and current.is_on and current.at == feed.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What became of an answer: how many names it told, or that it was not believed."""

    names: int
    is_believed: bool


async def note_rows(tx: Tx, scope: Scope, *, feed: FeedRecord, rows: Rows) -> Done[Heard]:
    """Count what a poll told; all of it or, where it cannot be the whole answer, nothing.

    After the third doubtful answer on end it is believed. The first poll of a feed gains nothing for anybody.
    """
    if not await is_still(tx, scope, feed):
        return Done(Heard(names=0, is_believed=False))
    totals = totals_of(rows.read, feed.codes)
    before = await series.among(tx, scope.community_id, feed.provider, list(totals))
    is_doubtful = await seems_partial(tx, scope, feed, totals, before)
    if is_doubtful and feed.doubts + 1 < DOUBTS_MAX:
        await feeds.doubt(tx, feed.id, IMPLAUSIBLE)
        return Done(Heard(names=len(totals), is_believed=False))
    if feed.good_at is None and feed.provider.begins_at_zero:
        await series.begin_at_zero(tx, scope.community_id, feed.provider)
    counted = {key: stepped(feed, total, before.get(key), micros(scope.now)) for key, total in totals.items()}
    new = {
        key: NewSeries(total=totals[key], baseline=baseline, series=after)
        for key, (baseline, after, _) in counted.items()
    }
    ids = await series.put(tx, scope.community_id, feed.provider, new, scope.now)
    gains = {ids[key]: gain for key, (_, _, gain) in counted.items() if gain}
    await series.add_gains(tx, scope.community_id, gains, scope.now)
    doubts = feed.doubts + 1 if is_doubtful else 0
    await feeds.succeed(tx, feed.id, scope.now, len(totals), rows.skipped, doubts)
    paid = await series.verified_gains(tx, scope.community_id, micros(scope.now))
    heard = Heard(names=len(totals), is_believed=True)
    return Done(heard, gained(one for one in paid if one.series_id in gains))


async def seems_partial(
    tx: Tx, scope: Scope, feed: FeedRecord, totals: Mapping[str, Total], before: Mapping[str, SeriesRecord]
) -> bool:
    """Whether an answer lost so much of the last one that it can hardly be whole."""
    if feed.good_at is None:
        return False
    last = micros(feed.good_at)
    still = {key: one.series.watermark for key, one in before.items() if one.seen_at == last}
    missing = await series.seen_at(tx, scope.community_id, feed.provider, feed.good_at) - len(still)
    return not is_plausible(still, missing, totals)


def stepped(feed: FeedRecord, total: Total, before: SeriesRecord | None, at: int) -> tuple[int, Series, int]:
    """A name's baseline, its series and its gain after a poll."""
    if feed.good_at is None or (before is None and not feed.provider.begins_at_zero):
        return total.micro_usd, Series(total.micro_usd), 0
    if before is None:
        return 0, Series(total.micro_usd), total.micro_usd
    after, gain = before.series.seen(total.micro_usd, at)
    return before.baseline, after, gain


def gained(gains: Iterable[GainRecord]) -> list[WagersGained]:
    """What is told of gains of verified accounts."""
    return [
        WagersGained(
            account_id=one.account_id,
            provider=one.provider.value,
            micro_usd=one.amount,
            cause=f"wagered:{one.id}",
            at=one.at,
        )
        for one in gains
    ]


async def after_raffle(tx: Tx, scope: Scope, changes: Sequence[RaffleChanged]) -> list[WagersGained]:
    """Tell anew what was gained since a period's start, for one that began before it was known; causes stay."""
    found: list[WagersGained] = []
    for change in changes:
        period = await periods.by_id(tx, scope.community_id, change.period_id)
        if change.state == "open" and period is not None and period.rules.wager:
            gains = await series.verified_gains(tx, scope.community_id, period.span.starts)
            found += gained(gains)
    return found
