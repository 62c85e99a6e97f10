"""What channels and bots allowed is renewed in time, never lost, and never spent twice."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from server.actions import credentials as verbs
from server.actions.credentials import Claim, pause_after
from server.app import assembled
from server.auth.sealing import Unsealable
from server.domain.refusals import Refused
from server.ports_platforms import OAuthFault
from server.settings import Settings
from tests.authorising import LIFETIME, Platform, Trouble, platform
from tests.database import FrozenClock
from tests.effects.keeping import Keeping, keeping_on, owner_of
from tests.running import SECRET

ALMOST = LIFETIME * 0.8
INVALID = OAuthFault(kind="invalid_grant", message="Not any more.")


@pytest.fixture
async def played() -> AsyncGenerator[Platform, None]:
    async with platform() as one:
        yield one


@pytest.fixture
async def keeping(database_url: str, clock: FrozenClock, played: Platform) -> AsyncGenerator[Keeping, None]:
    async with keeping_on(database_url, clock, played) as one:
        yield one


async def claim(keeping: Keeping, token: str) -> Claim:
    """Begin to renew as a server does, without asking the platform yet."""
    credential = await keeping.record(owner_of())
    take = partial(verbs.claim, vault=keeping.vault, credential=credential, token=token)
    taken = await keeping.units.run(1, take)
    assert taken is not None
    return taken


async def refusal(keeping: Keeping) -> str:
    with pytest.raises(Refused) as caught:
        await keeping.server().access_token(owner_of())
    return caught.value.code


async def test_tokens_are_renewed_when_a_fifth_of_their_lifetime_is_left(keeping: Keeping) -> None:
    owner, server = await keeping.connect(), keeping.server()
    first = await keeping.tokens(owner)
    keeping.clock.at += ALMOST - LIFETIME / 100
    assert await server.sweep() == {}
    keeping.clock.at += LIFETIME / 100
    assert await server.sweep() == {"renewed": 1}
    second = await keeping.tokens(owner)
    assert second.access == keeping.platform.access["100001"] != first.access
    assert second.credential.generation == 2
    assert keeping.platform.good == {second.refresh: "100001"}
    assert await server.sweep() == {}


async def test_two_servers_that_race_spend_each_refresh_token_once(keeping: Keeping) -> None:
    owners = [await keeping.connect(owner_of(str(number), 1 + number % 3)) for number in range(50)]
    keeping.platform.pause_s = 0.02
    for _ in range(2):
        keeping.clock.at += LIFETIME
        servers = [keeping.server(), keeping.server()]
        asked = [server.access_token(owner) for owner in owners[::5] for server in servers]
        await asyncio.gather(*(server.sweep() for server in servers), *asked)
    assert set(keeping.platform.seen.values()) == {1}
    assert len(keeping.platform.seen) == 100
    for owner in owners:
        tokens = await keeping.tokens(owner)
        assert (tokens.access, tokens.credential.generation) == (keeping.platform.access[owner.external_id], 3)
        assert keeping.platform.good[str(tokens.refresh)] == owner.external_id


async def test_an_access_token_that_has_ended_is_renewed_before_it_is_handed_out(keeping: Keeping) -> None:
    owner, server = await keeping.connect(), keeping.server()
    assert await server.access_token(owner) == keeping.platform.access["100001"]
    assert not keeping.platform.seen
    keeping.clock.at += LIFETIME
    assert await server.access_token(owner) == keeping.platform.access["100001"]
    assert keeping.platform.seen.total() == 1


@pytest.mark.parametrize("trouble", ["500", "silence", "rubbish"])
async def test_what_fails_for_any_other_reason_is_tried_again_and_nothing_is_dropped(
    keeping: Keeping, trouble: Trouble
) -> None:
    owner, server = await keeping.connect(), keeping.server()
    before = await keeping.tokens(owner)
    keeping.clock.at += ALMOST
    keeping.platform.troubles = [trouble] * 2
    if trouble == "silence":
        keeping.platform.forgiving = True  # what came too late was given all the same
    for failures in (1, 2):
        keeping.clock.pass_time(minutes=2)
        assert await server.sweep() == {"later": 1}
        assert await server.sweep() == {}, "only after a pause"
        after = await keeping.tokens(owner)
        assert (after.access, after.refresh) == (before.access, before.refresh)
        assert (after.credential.state, after.credential.failures) == ("good", failures)
        assert after.credential.last_error == ("unreadable" if trouble == "rubbish" else "unavailable")
        assert await server.access_token(owner) == before.access, "it is still good"
    keeping.clock.pass_time(minutes=2)
    assert await server.sweep() == {"renewed": 1}
    cured = await keeping.record(owner)
    assert (cured.failures, cured.failed_since, cured.last_error) == (0, None, None)


@pytest.mark.parametrize("trouble", ["500 after renewing", "silence after renewing"])
async def test_an_answer_lost_after_the_platform_renewed_ends_in_a_clear_reason(
    keeping: Keeping, trouble: Trouble
) -> None:
    owner, server = await keeping.connect(), keeping.server()
    before = await keeping.tokens(owner)
    keeping.clock.at += ALMOST
    keeping.platform.troubles = [trouble]
    assert await server.sweep() == {"later": 1}
    assert (await keeping.record(owner)).state == "good"
    keeping.clock.pass_time(minutes=2)
    assert await server.sweep() == {"reauthorise": 1}
    lost = await keeping.record(owner)
    assert (lost.state, lost.last_error) == ("reauthorise", "reply_lost")
    kept = await verbs.opened(keeping.database.reader(), lost, vault=keeping.vault)
    assert (kept.access, kept.refresh) == (before.access, before.refresh), "nothing is dropped"


async def test_a_permission_taken_back_asks_for_a_new_one_and_a_new_one_cures_it(keeping: Keeping) -> None:
    owner, server = await keeping.connect(), keeping.server()
    keeping.platform.revoke("100001")
    keeping.clock.at += ALMOST
    assert await server.sweep() == {"reauthorise": 1}
    assert (await keeping.record(owner)).last_error == "invalid_grant"
    assert await refusal(keeping) == "credential_reauthorise"
    keeping.clock.pass_time(days=1)
    assert await server.sweep() == {}
    assert keeping.platform.refusals == 1
    await keeping.connect()
    assert await server.access_token(owner) == keeping.platform.access["100001"]
    assert (await keeping.record(owner)).last_error is None


async def lines(keeping: Keeping) -> list[tuple[Any, ...]]:
    return [
        tuple(row)
        for row in await keeping.database.reader().fetch(
            "SELECT community_id, actor, action, target_kind, target_id, reason FROM audit_event ORDER BY id"
        )
    ]


async def test_a_permission_that_is_given_or_lost_leaves_a_line_in_the_audit_log_and_a_renewal_none(
    keeping: Keeping,
) -> None:
    await keeping.connect()
    given = [(1, "system:server", "credential.allow", "credential", "kick:100001", None)]
    assert await lines(keeping) == given
    keeping.clock.at += ALMOST
    keeping.platform.troubles = ["500"]
    for outcome in ("later", "renewed"):
        assert await keeping.server().sweep() == {outcome: 1}
        keeping.clock.pass_time(minutes=2)
    assert await lines(keeping) == given
    keeping.clock.at += ALMOST
    slow = await claim(keeping, "slow")
    await keeping.end_claims()
    second = await claim(keeping, "second")
    refused = partial(verbs.not_renewed, fault=INVALID, jitter=0.5)
    await keeping.units.run(1, partial(refused, claim=slow))
    assert await lines(keeping) == given, "that answer came too late to mean anything"
    await keeping.units.run(1, partial(refused, claim=second))
    target = ("credential.reauthorise", "credential", "kick:100001")
    assert (await lines(keeping))[1:] == [(1, "system:server", *target, "reply_lost")]
    await keeping.connect(owner_of("2", 2))
    keeping.platform.revoke("2")
    keeping.clock.at += ALMOST
    assert await keeping.server().sweep() == {"reauthorise": 1}
    assert (await lines(keeping))[3:] == [(2, "system:credentials", *target[:2], "kick:2", "invalid_grant")]


@pytest.mark.parametrize(("asked_s", "waits_s"), [(None, 7.5), (1, 7.5), (600, 600), (10**6, 3600)])
async def test_a_platform_that_says_when_to_come_again_is_heard_within_reason(
    keeping: Keeping, asked_s: int | None, waits_s: float
) -> None:
    await keeping.connect()
    keeping.clock.at += ALMOST
    fault = OAuthFault(kind="unavailable", message="Busy.", retry_after_s=asked_s)
    taken = await claim(keeping, "mine")
    await keeping.units.run(1, partial(verbs.not_renewed, claim=taken, fault=fault, jitter=0.0))
    noted = await keeping.record(owner_of())
    assert noted.tokens.refresh_at == keeping.clock.now() + timedelta(seconds=waits_s)


async def test_a_server_with_an_app_at_kick_renews_there(
    database_url: str, clock: FrozenClock, played: Platform
) -> None:
    settings = Settings(
        database_url=database_url,
        secret_key=SecretStr(SECRET),
        kick_auth_url=played.url,
        kick_client_id="01HZ",
        kick_client_secret=SecretStr("the app's secret"),
    )
    async with assembled(settings, clock=clock) as server:
        store = partial(verbs.store_new, vault=server.renewals.vault, owner=owner_of(), granted=played.grant("100001"))
        await server.units.run(1, store)
        clock.at += ALMOST
        assert await server.renewals.sweep() == {"renewed": 1}
        assert await server.renewals.access_token(owner_of()) == played.access["100001"]


async def test_what_was_never_allowed_and_what_cannot_be_had_now_are_refused(keeping: Keeping) -> None:
    assert await refusal(keeping) == "credential_missing"
    await keeping.connect()
    keeping.clock.at += LIFETIME
    keeping.platform.troubles = ["500"]
    assert await refusal(keeping) == "credential_unavailable"
    assert await refusal(keeping) == "credential_unavailable"
    assert keeping.platform.seen.total() == 1, "the platform is not pressed"


async def test_while_one_asks_no_other_does_until_the_claim_ends_by_itself(keeping: Keeping) -> None:
    owner, server = await keeping.connect(), keeping.server()
    keeping.clock.at += ALMOST
    await claim(keeping, "died")
    assert await server.sweep() == {}
    assert await server.renew(await keeping.record(owner)) == "busy"
    assert not keeping.platform.seen
    await keeping.end_claims()
    assert await server.sweep() == {"renewed": 1}


async def test_an_answer_that_comes_after_a_newer_one_changes_nothing(keeping: Keeping) -> None:
    owner = await keeping.connect()
    keeping.clock.at += ALMOST
    slow = await claim(keeping, "slow")
    await keeping.end_claims()
    await keeping.server().sweep()
    newer = await keeping.tokens(owner)
    late = keeping.platform.grant("100001")
    keep = partial(verbs.renewed, vault=keeping.vault, claim=slow, refreshed=late)
    assert not await keeping.units.run(1, keep)
    await keeping.units.run(1, partial(verbs.not_renewed, claim=slow, fault=INVALID, jitter=0.5))
    assert await keeping.tokens(owner) == newer


async def test_an_answer_that_comes_while_somebody_else_asks_is_kept_and_his_refusal_is_not(keeping: Keeping) -> None:
    owner = await keeping.connect()
    keeping.clock.at += ALMOST
    slow = await claim(keeping, "slow")
    await keeping.end_claims()
    second = await claim(keeping, "second")
    given = keeping.platform.grant("100001")
    keep = partial(verbs.renewed, vault=keeping.vault, claim=slow, refreshed=given)
    assert await keeping.units.run(1, keep)
    await keeping.units.run(1, partial(verbs.not_renewed, claim=second, fault=INVALID, jitter=0.5))
    tokens = await keeping.tokens(owner)
    assert (tokens.access, tokens.refresh) == (given.access_token, given.refresh_token)


async def test_a_new_permission_wins_over_a_renewal_under_way(keeping: Keeping) -> None:
    owner = await keeping.connect()
    keeping.clock.at += ALMOST
    keeping.platform.pause_s = 0.1
    renewing = asyncio.create_task(keeping.server().sweep())
    while not keeping.platform.seen:
        await asyncio.sleep(0.005)
    await keeping.connect()
    allowed = await keeping.tokens(owner)
    assert await renewing == {"busy": 1}
    assert await keeping.tokens(owner) == allowed


async def test_a_renewal_that_has_begun_ends_even_when_whoever_wanted_it_has_gone(keeping: Keeping) -> None:
    owner, server = await keeping.connect(), keeping.server()
    keeping.clock.at += ALMOST
    keeping.platform.pause_s = 0.1
    sweeping = asyncio.create_task(server.sweep())
    while not keeping.platform.seen:
        await asyncio.sleep(0.005)
    sweeping.cancel()
    await server.close()
    assert (await keeping.tokens(owner)).access == keeping.platform.access["100001"]
    assert (await keeping.record(owner)).generation == 2


async def test_the_same_account_in_two_communities_has_two_permissions(keeping: Keeping) -> None:
    house, guests = await keeping.connect(owner_of()), await keeping.connect(owner_of(community_id=2))
    before = await keeping.tokens(guests)
    keeping.clock.at += ALMOST
    await keeping.server().renew(await keeping.record(house))
    assert await keeping.tokens(guests) == before
    assert (await keeping.tokens(house)).access != before.access


SWAPS = {
    "from another row": "access_sealed = (SELECT access_sealed FROM credential WHERE external_id = '2')",
    "from another column": "access_sealed = refresh_sealed",
    "from another community": "access_sealed = (SELECT access_sealed FROM credential WHERE community_id = 2)",
    "from another purpose": "purpose = 'bot'",
    "from another platform": "provider = 'twitch'",
}


@pytest.mark.parametrize("swap", SWAPS)
async def test_a_token_that_was_moved_does_not_open(keeping: Keeping, swap: str) -> None:
    await keeping.connect()
    await keeping.connect(owner_of("2"))
    await keeping.connect(owner_of(community_id=2))
    await keeping.write(f"UPDATE credential SET {SWAPS[swap]} WHERE community_id = 1 AND external_id = '100001'")
    [row] = await keeping.database.reader().fetch(
        "SELECT provider, purpose FROM credential WHERE community_id = 1 AND external_id = '100001'"
    )
    moved = replace(owner_of(), provider=row[0], purpose=row[1])
    with pytest.raises(Unsealable, match="moved from another place"):
        await keeping.tokens(moved)
    assert (await keeping.tokens(owner_of("2"))).access == keeping.platform.access["2"]


async def test_tokens_that_do_not_open_hold_up_no_others(keeping: Keeping) -> None:
    await keeping.connect()
    await keeping.connect(owner_of("2"))
    await keeping.write("UPDATE credential SET refresh_sealed = access_sealed WHERE external_id = '100001'")
    keeping.clock.at += ALMOST
    assert await keeping.server().sweep() == {"busy": 1, "renewed": 1}
    broken = await keeping.record(owner_of())
    assert (broken.state, broken.last_error, broken.claimed) == ("good", "unsealable", False)
    assert await keeping.server().sweep() == {}, "it has its pause"


@given(failures=st.integers(0, 10_000), jitter=st.floats(0, 1))
def test_a_pause_grows_up_to_a_quarter_of_an_hour(failures: int, jitter: float) -> None:
    pause = pause_after(failures, jitter).total_seconds()
    assert min(7.5 * 2 ** min(failures, 10), 450) <= pause <= min(15 * 2 ** min(failures, 10), 900)
