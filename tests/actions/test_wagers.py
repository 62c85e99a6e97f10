"""Wagers of verified accounts give tickets by what they come to, once, and never for what was before the raffle."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from server.actions import linking
from server.actions.wagers import claims, feeds
from server.auth.keys import master_keys
from server.auth.sealing import Vault
from server.domain.instants import DAY, HOUR
from server.domain.linking import Cause
from server.domain.raffle.rules import MICRO_USD
from server.domain.refusals import Refused
from server.domain.wagers import Provider, Rows
from server.platforms.shuffle.parse import parse
from server.store.wagers import feeds as stored
from server.store.wagers import series
from server.system import SystemChance, SystemIds
from tests.actions.pipeline import Pipeline
from tests.actions.test_raffle import NOW, House
from tests.running import SECRET

SHUFFLE = Path(__file__).parents[1] / "payloads" / "shuffle"
SERIES = [orjson.dumps(told) for told in orjson.loads((SHUFFLE / "series.json").read_bytes())]
KEY = "0b7f2f6e-1111-4222-8333-0123456789ab"


class Den(House):
    """A community with a raffle and a feed of Shuffle."""

    async def set_feed(self, *codes: str, **more: Any) -> None:
        vault = Vault(master_keys("", SECRET), SystemIds(), SystemChance())
        given = {"provider": Provider.SHUFFLE, "secret": KEY, "confirmed": True, "vault": vault, "actor": "staff"}
        await self.do(feeds.set_feed, codes=codes, **(given | more))

    async def poll(self, *rows: tuple[str, Any], wait_s: int = 120) -> feeds.Heard:
        told = [{"username": name, "campaignCode": "HOUSE", "wagerAmount": amount} for name, amount in rows]
        return await self.poll_body(orjson.dumps(told), wait_s=wait_s)

    async def poll_body(self, body: bytes, *, wait_s: int = 120) -> feeds.Heard:
        """One poll, some time after the last one."""
        self.pipeline.clock.pass_time(seconds=wait_s)
        told = parse(body)
        assert isinstance(told, Rows)
        feed = await stored.of(self.pipeline.server.database.reader(), self.community, Provider.SHUFFLE)
        return await self.do(feeds.note_rows, feed=feed, rows=told)

    async def claim(self, name: str, by: int) -> int:
        given = {"provider": Provider.SHUFFLE, "name": name, "claimant": ("kick", str(by))}
        return (await self.do(claims.claim, **given)).id

    async def verify(self, name: str, by: int) -> None:
        number = await self.claim(name, by)
        await self.do(claims.verify, claim_id=number, actor="staff", reason="")

    async def roles(self) -> list[tuple[str, str, bool]]:
        rows = await self.pipeline.read("SELECT payload FROM job WHERE kind = 'wager.role' ORDER BY id")
        told = [orjson.loads(row["payload"]) for row in rows]
        return [(one["discordId"], one["role"], one["given"]) for one in told]

    async def link(self, one: tuple[str, str], other: tuple[str, str]) -> None:
        await self.do(linking.link, one=one, other=other, cause=Cause.STAFF, actor="staff", reason="known")

    async def unlink(self, account: tuple[str, str]) -> None:
        await self.do(linking.unlink, account=account, cause=Cause.STAFF, actor="staff", reason="wrong")

    async def state(self) -> list[tuple[Any, ...]]:
        """What polls have counted."""
        sql = "SELECT key, name, baseline, watermark, lower_polls FROM wager_series ORDER BY key"
        gains = "SELECT series_id, amount FROM wager_gain ORDER BY id"
        return [tuple(row) for row in (*await self.pipeline.read(sql), *await self.pipeline.read(gains))]


@pytest.fixture
async def den(pipeline: Pipeline) -> Den:
    made = Den(pipeline, await pipeline.community())
    await made.rules(wager=20, watch_time=0)
    await made.set_feed("house")
    return made


async def shown(den: Den, period: int) -> dict[str, int]:
    await den.look()
    return await den.tickets(period)


async def test_gains_are_read_to_the_last_however_many_there_are(den: Den, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "GAINS_AT_ONCE", 2)
    await den.poll(("ada", 0), ("bob", 0))
    await den.verify("ada", 1)
    for total in (50, 100, 150, 200):
        await den.poll(("ada", total), ("bob", 10))
    reader = den.pipeline.server.database.reader()
    [first, *_] = found = await series.verified_gains(reader, den.community, 0)
    assert [one.amount for one in found] == [50 * MICRO_USD] * 4
    assert await series.verified_gains(reader, den.community, first.at) == found, "from that instant on"
    assert await series.verified_gains(reader, den.community, first.at + 1, first.series_id) == found[1:]


async def test_the_shuffle_series_gives_21_23_and_20_tickets(den: Den) -> None:
    period = await den.start()
    await den.poll_body(SERIES[0])
    for nth, name in ((1, "ALFA"), (2, "Beta")):
        await den.verify(name, nth)
    await den.poll_body(SERIES[1])
    await den.verify("gamma", 3)
    for told in SERIES[2:]:
        await den.poll_body(told)
    assert await shown(den, period) == {"1": 21, "2": 23, "3": 20}


async def test_whoever_is_verified_at_the_end_has_the_same_and_nothing_of_his_life_before(den: Den) -> None:
    await den.poll(("alfa", 1), ("beta", 1), wait_s=60)
    await den.poll(("alfa", 50_000), ("beta", 1), wait_s=60)
    period = await den.start()
    for told in SERIES:
        await den.poll_body(told)
    for nth, name in enumerate(("beta", "gamma"), 2):
        await den.verify(name, nth)
    tickets = await shown(den, period)
    # Beta's first poll of the raffle told 408.86 more than the last one before it.
    assert tickets == {"2": int((408.86 + 1190.14) * 20 / 1000), "3": 20}


async def test_9800_dollars_in_200_polls_of_49_give_196_tickets(den: Den) -> None:
    period = await den.start()
    await den.poll(("alfa", 1_000))
    await den.verify("alfa", 1)
    for poll in range(1, 201):
        await den.poll(("alfa", 1_000 + 49 * poll))
    assert await shown(den, period) == {"1": 196}


async def test_an_empty_or_a_partial_answer_changes_nothing_until_it_lasts(den: Den) -> None:
    await den.start()
    await den.poll(("a", 10), ("b", 10), ("c", 10))
    before = await den.state()
    assert not (await den.poll()).is_believed
    assert not (await den.poll(("a", 5), ("b", 4))).is_believed
    assert await den.state() == before
    assert (await den.poll(("a", 10), ("b", 10), ("c", 12))).is_believed
    [row] = await den.pipeline.read("SELECT doubts, error FROM wager_feed")
    assert (row["doubts"], row["error"]) == (0, None)
    for believed in (False, False, True):
        assert (await den.poll()).is_believed is believed


async def test_a_dip_changes_no_ticket_and_a_correction_takes_them_but_never_more_than_he_has(den: Den) -> None:
    period = await den.start()
    others = (("x", 1), ("y", 1), ("z", 1))
    await den.poll(("alfa", 90_000), *others)
    await den.verify("alfa", 1)
    await den.poll(("alfa", 91_000), *others)
    await den.poll(("alfa", 90_500), *others)
    await den.poll(("alfa", 91_000), *others)
    assert await shown(den, period) == {"1": 20}
    for _ in range(3):
        await den.poll(("alfa", 90_500), *others, wait_s=600)
    assert await shown(den, period) == {"1": 10}
    for _ in range(3):
        await den.poll(("alfa", 5), *others, wait_s=600)
    assert await shown(den, period) == {}
    await den.poll(("alfa", 1_005), *others)
    assert await shown(den, period) == {"1": 20}


async def test_a_raffle_that_begins_in_the_past_counts_what_was_gained_since(den: Den) -> None:
    await den.poll(("alfa", 100))
    await den.verify("alfa", 1)
    await den.poll(("alfa", 1_100), wait_s=3600)
    await den.poll(("alfa", 3_100), wait_s=3600)
    period = await den.start(starts=NOW + HOUR + 30 * 60 * 1_000_000)
    assert await shown(den, period) == {"1": 40}


async def test_a_feed_that_is_set_anew_begins_anew(den: Den) -> None:
    period = await den.start()
    await den.poll(("alfa", 100))
    await den.verify("alfa", 1)
    await den.do(feeds.remove_feed, provider=Provider.SHUFFLE, actor="staff")
    assert await den.pipeline.read("SELECT id FROM credential") == []
    await den.set_feed("house")
    await den.poll(("alfa", 90_100))
    await den.poll(("alfa", 91_100))
    assert await shown(den, period) == {"1": 20}


async def test_an_answer_to_what_was_asked_before_the_feed_changed_is_not_counted(den: Den) -> None:
    feed = await stored.of(den.pipeline.server.database.reader(), den.community, Provider.SHUFFLE)
    den.pipeline.clock.pass_time(seconds=1)
    await den.set_feed("other")
    told = await den.do(feeds.note_rows, feed=feed, rows=parse(SERIES[0]))
    assert not told.is_believed
    assert await den.state() == []


async def test_a_feed_is_off_until_somebody_confirms_it_and_needs_its_secret(den: Den) -> None:
    await den.do(feeds.remove_feed, provider=Provider.SHUFFLE, actor="staff")
    for more, code in (
        ({"confirmed": False}, "wagers_unconfirmed"),
        ({"secret": None}, "wager_feed_secret_missing"),
        ({"provider": Provider.HOWL}, "wager_codes_unused"),
    ):
        with pytest.raises(Refused) as refused:
            await den.set_feed("house", **more)
        assert refused.value.code == code


async def test_the_secret_is_sealed(den: Den) -> None:
    [row] = await den.pipeline.read("SELECT access_sealed, provider, purpose FROM credential")
    assert (row["provider"], row["purpose"]) == ("shuffle", "feed")
    assert row["access_sealed"].startswith("v1.")
    audit = await den.pipeline.read("SELECT before, after FROM audit_event")
    assert KEY not in str([tuple(one) for one in audit]) + row["access_sealed"]


async def test_a_turn_is_taken_once_and_not_before_its_time(den: Den) -> None:
    begin = {"provider": Provider.SHUFFLE, "jitter": 0.5}
    assert await den.do(feeds.begin, **begin) is not None
    assert await den.do(feeds.begin, **begin) is None
    den.pipeline.clock.pass_time(seconds=119)
    assert await den.do(feeds.begin, **begin) is None
    den.pipeline.clock.pass_time(seconds=26)
    feed = await den.do(feeds.begin, **begin)
    await den.do(feeds.note_fault, feed=feed, code="limited", retry_after_s=1800, jitter=0.0)
    den.pipeline.clock.pass_time(seconds=1799)
    assert await den.do(feeds.begin, **begin) is None
    den.pipeline.clock.pass_time(seconds=1)
    assert (await den.do(feeds.begin, **begin)).failures == 1


async def test_a_name_is_verified_for_one_person_only_and_only_once_the_feed_has_told_it(den: Den) -> None:
    await den.poll(("alfa", 5))
    first, second, unseen = await den.claim("Alfa", 1), await den.claim("alfa", 2), await den.claim("nobody", 3)
    assert await den.claim(" ALFA ", 1) == first
    await den.do(claims.verify, claim_id=first, actor="staff", reason="")
    for number, code in (
        (second, "wager_account_taken"),
        (unseen, "wager_name_unseen"),
        (first, "wager_claim_unknown"),
    ):
        with pytest.raises(Refused) as refused:
            await den.do(claims.verify, claim_id=number, actor="staff", reason="")
        assert refused.value.code == code
    assert (await den.do(claims.reject, claim_id=second, actor="staff", reason="Not his.")).state == "rejected"


async def test_somebody_who_has_another_account_there_is_not_verified_for_a_second_one(den: Den) -> None:
    await den.poll(("alfa", 5), ("beta", 5))
    await den.verify("alfa", 1)
    with pytest.raises(Refused) as refused:
        await den.verify("beta", 1)
    assert refused.value.code in {"same_platform", "account_linked_elsewhere"}
    rows = await den.pipeline.read("SELECT state FROM wager_claim ORDER BY id")
    assert [row["state"] for row in rows] == ["verified", "claimed"]


async def test_the_role_is_given_with_the_account_and_taken_with_it(den: Den) -> None:
    await den.link(("kick", "1"), ("discord", "90"))
    await den.poll(("alfa", 5), ("beta", 5))
    await den.verify("alfa", 1)
    assert await den.roles() == [("90", "Shuffle Code User", True)]
    await den.verify("beta", 2)
    assert len(await den.roles()) == 1
    den.pipeline.clock.pass_time(seconds=5)
    await den.link(("kick", "2"), ("discord", "91"))
    await den.unlink(("discord", "91"))
    assert [one for one in await den.roles() if one[0] == "91"] == [
        ("91", "Shuffle Code User", True),
        ("91", "Shuffle Code User", False),
    ]
    await den.unlink(("shuffle", "alfa"))
    assert (await den.roles())[-1] == ("90", "Shuffle Code User", False)
    rows = await den.pipeline.read("SELECT name, state FROM wager_claim ORDER BY id")
    assert [tuple(row) for row in rows] == [("alfa", "ended"), ("beta", "verified")]


async def test_an_account_that_was_unlinked_gains_nothing_until_it_is_verified_again(den: Den) -> None:
    period = await den.start()
    await den.poll(("alfa", 0))
    await den.verify("alfa", 1)
    await den.poll(("alfa", 1_000))
    await den.unlink(("shuffle", "alfa"))
    await den.poll(("alfa", 2_000))
    assert sum((await shown(den, period)).values()) == 20
    await den.verify("alfa", 2)
    assert await shown(den, period) == {"alfa": 40}  # his account is the older one


async def test_gains_that_no_raffle_can_ask_for_are_deleted(den: Den) -> None:
    from server.store.wagers import series  # noqa: PLC0415 - only here

    await den.poll(("alfa", 0))
    await den.poll(("alfa", 5))
    den.pipeline.clock.pass_time(seconds=DAY // 1_000_000)

    async def forget(tx: Any, scope: Any) -> Any:
        return feeds.Done(await series.forget_before(tx, scope.now - timedelta(hours=1), 10))

    assert await den.do(forget) == 1
