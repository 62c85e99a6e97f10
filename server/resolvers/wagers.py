"""Wagers: feeds are set up and read, names are claimed, verified and rejected."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

import strawberry

from server.actions.wagers import claims as claiming
from server.actions.wagers import feeds as actions
from server.domain.refusals import Refused
from server.domain.staff import Capability
from server.domain.wagers import ClaimState, Provider
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import Context, Info
from server.resolvers.idempotency import Kept, once
from server.resolvers.proofs import person_in
from server.schema.ids import id_of, number_of
from server.schema.linking import Platform
from server.schema.pagination import Connection, Order, checked_first, page_of
from server.schema.policies import SIGNED_IN
from server.schema.scalars import printable
from server.schema.wagers import (
    LINKS,
    SETTINGS,
    ClaimWagerAccountInput,
    ClaimWagerAccountResult,
    RejectWagerAccountInput,
    RejectWagerAccountResult,
    RemoveWagerFeedInput,
    RemoveWagerFeedResult,
    SetWagerFeedInput,
    SetWagerFeedResult,
    VerifyWagerAccountInput,
    VerifyWagerAccountResult,
    WagerAccountClaimed,
    WagerAccountRejected,
    WagerAccountVerified,
    WagerClaim,
    WagerClaimStateKind,
    WagerFeed,
    WagerFeedRemoved,
    WagerFeedSet,
    WagerProviderKind,
)
from server.store.wagers import claims, feeds
from server.store.wagers.claims import ClaimRecord
from server.store.wagers.feeds import FeedRecord

NEWEST_CLAIM = Order("wager_claim", int)
CONFLICTS_MAX = 100
OWN_ORDER = ("kick", "twitch", "discord")


@dataclass(frozen=True, slots=True)
class WagerReads:
    """What a community is asked about wagers."""

    context: Context
    community_id: int

    async def feeds(self) -> list[WagerFeed]:
        """The feeds that are on."""
        return [self.feed(one) for one in await feeds.all_of(self.context.reader, self.community_id)]

    def feed(self, record: FeedRecord) -> WagerFeed:
        """A feed as the graph shows it, never with its secret."""
        age = None if record.good_at is None else self.context.services.clock.now() - record.good_at
        return WagerFeed(
            provider=WagerProviderKind(record.provider.value),
            codes=sorted(record.codes),
            good_at=record.good_at,
            age_seconds=None if age is None else max(int(age.total_seconds()), 0),
            asked_at=record.asked_at,
            next_at=record.next_at,
            problem=record.error,
            failures=record.failures,
            names=record.names,
            skipped=record.skipped,
        )

    async def claims(self, first: int, after: str | None, state: WagerClaimStateKind | None) -> Connection[WagerClaim]:
        """The claims, newest first."""
        await self.context.admit_in(self.community_id, Capability.LINKS_MANAGE)
        key, reader = NEWEST_CLAIM.key(after), self.context.reader
        wanted = None if state is None else ClaimState(state.value)
        before = 2**63 - 1 if key is None else key[0]
        rows = await claims.page(reader, self.community_id, checked_first(first) + 1, before=before, state=wanted)
        return page_of(
            rows,
            first,
            node=claim_noun,
            cursor=lambda row: NEWEST_CLAIM.cursor(row.id),
            count=partial(claims.count, reader, self.community_id, wanted),
        )

    async def conflicts(self) -> list[WagerClaim]:
        """Claims of names that several people claim."""
        await self.context.admit_in(self.community_id, Capability.LINKS_MANAGE)
        found = await claims.conflicts(self.context.reader, self.community_id, CONFLICTS_MAX)
        return list(map(claim_noun, found))


def claim_noun(record: ClaimRecord) -> WagerClaim:
    """A claim as the graph shows it."""
    return WagerClaim(
        id=id_of("wager_claim", record.id),
        provider=WagerProviderKind(record.provider.value),
        name=record.name,
        platform=Platform(record.platform),
        platform_id=record.external_id,
        state=WagerClaimStateKind(record.state.value),
        claimed_at=record.claimed_at,
        decided_at=record.decided_at,
        decided_by=record.actor,
        reason=record.reason,
    )


async def set_wager_feed(
    info: Info, given: Annotated[SetWagerFeedInput, strawberry.argument(name="input", description="Which feed.")]
) -> SetWagerFeedResult:
    """Switch a feed on."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.SETTINGS_EDIT)
    provider, services = Provider(given.provider.value), context.services

    async def change(tx: Tx, scope: Scope) -> Done[Kept]:
        # Whoever has not confirmed is told so before what he gives is looked at.
        await actions.refuse_unconfirmed(tx, scope, provider=provider, confirmed=given.confirms_wagers)
        done = await actions.set_feed(
            tx,
            scope,
            provider=provider,
            secret=None if given.secret is None else services.wagers[provider].secret_of(given.secret),
            codes=map(printable, given.codes),
            confirmed=given.confirms_wagers,
            vault=services.vault,
            actor=context.actor_name,
        )
        return done.giving({"provider": done.result.provider.value})

    await once(context, "setWagerFeed", place, given, change)
    record = await feeds.of(context.reader, place.community_id, provider)
    if record is None:
        raise LookupError("The feed is gone.")
    return WagerFeedSet(feed=WagerReads(context, place.community_id).feed(record))


async def remove_wager_feed(
    info: Info, given: Annotated[RemoveWagerFeedInput, strawberry.argument(name="input", description="Which feed.")]
) -> RemoveWagerFeedResult:
    """Switch a feed off."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.SETTINGS_EDIT)

    async def remove(tx: Tx, scope: Scope) -> Done[Kept]:
        provider = Provider(given.provider.value)
        done = await actions.remove_feed(tx, scope, provider=provider, actor=context.actor_name)
        return done.giving({"provider": done.result.value})

    kept = await once(context, "removeWagerFeed", place, given, remove)
    return WagerFeedRemoved(provider=WagerProviderKind(kept["provider"]))


async def claim_wager_account(
    info: Info, given: Annotated[ClaimWagerAccountInput, strawberry.argument(name="input", description="Which name.")]
) -> ClaimWagerAccountResult:
    """Say that a name in a feed is one's own."""
    context = info.context
    own = await person_in(context, given.community_id)
    claimant = claimant_of(context)

    async def claim(tx: Tx, scope: Scope) -> Done[Kept]:
        provider = Provider(given.provider.value)
        done = await claiming.claim(tx, scope, provider=provider, name=printable(given.name), claimant=claimant)
        return done.giving({"claim": done.result.id, "name": done.result.name})

    kept = await once(context, "claimWagerAccount", own, given, claim)
    record = await known(context, own.community_id, kept["claim"])
    state = WagerClaimStateKind(record.state.value)
    return WagerAccountClaimed(claim_id=id_of("wager_claim", record.id), name=record.name, state=state)


def claimant_of(context: Context) -> tuple[str, str]:
    """By which of his own accounts somebody claims a name; refuses whoever has not signed in with one."""
    mine = [holder for holder in context.signed_in.holders if holder[0] in OWN_ORDER]
    if not mine:
        raise Refused("wager_claim_person_needed", "A claim is a person's.", "Sign in, or claim it in Discord.")
    return min(mine, key=lambda holder: (OWN_ORDER.index(holder[0]), holder[1]))


async def verify_wager_account(
    info: Info,
    given: Annotated[VerifyWagerAccountInput, strawberry.argument(name="input", description="Which claim.")],
) -> VerifyWagerAccountResult:
    """Hold a claim for true."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.LINKS_MANAGE)
    claim_id = number_of("wager_claim", given.claim_id)

    async def verify(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await claiming.verify(
            tx, scope, claim_id=claim_id, actor=context.actor_name, reason=printable(given.reason)
        )
        return done.giving({"claim": done.result.id})

    kept = await once(context, "verifyWagerAccount", place, given, verify)
    return WagerAccountVerified(claim=claim_noun(await known(context, place.community_id, kept["claim"])))


async def reject_wager_account(
    info: Info,
    given: Annotated[RejectWagerAccountInput, strawberry.argument(name="input", description="Which claim.")],
) -> RejectWagerAccountResult:
    """Hold a claim for wrong."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.LINKS_MANAGE)
    claim_id = number_of("wager_claim", given.claim_id)

    async def reject(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await claiming.reject(
            tx, scope, claim_id=claim_id, actor=context.actor_name, reason=printable(given.reason)
        )
        return done.giving({"claim": done.result.id})

    kept = await once(context, "rejectWagerAccount", place, given, reject)
    return WagerAccountRejected(claim=claim_noun(await known(context, place.community_id, kept["claim"])))


async def known(context: Context, community_id: int, claim_id: int) -> ClaimRecord:
    """A claim that is there."""
    record = await claims.by_id(context.reader, community_id, claim_id)
    if record is None:
        raise LookupError(f"The claim {claim_id} is gone.")
    return record


@strawberry.type
class WagerMutations:
    """Changes to feeds and claims."""

    set_wager_feed: SetWagerFeedResult = strawberry.field(
        resolver=set_wager_feed, description="Switch an affiliate feed on, or ask it otherwise.", metadata=SETTINGS
    )
    remove_wager_feed: RemoveWagerFeedResult = strawberry.field(
        resolver=remove_wager_feed, description="Switch an affiliate feed off.", metadata=SETTINGS
    )
    claim_wager_account: ClaimWagerAccountResult = strawberry.field(
        resolver=claim_wager_account, description="Say that a name in a feed is yours.", metadata=SIGNED_IN
    )
    verify_wager_account: VerifyWagerAccountResult = strawberry.field(
        resolver=verify_wager_account, description="Hold a claim for true.", metadata=LINKS
    )
    reject_wager_account: RejectWagerAccountResult = strawberry.field(
        resolver=reject_wager_account, description="Hold a claim for wrong.", metadata=LINKS
    )
