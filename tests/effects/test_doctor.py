"""The doctor finds nothing where nothing is wrong, and each kind of damage by its name."""

import sqlite3
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import orjson
import pytest

from server.actions.credentials import store_new
from server.actions.watchtime import adjust
from server.auth.keys import MasterKey
from server.auth.sealing import Vault
from server.domain.happenings.values import Facts
from server.domain.raffle.rules import RaffleRules
from server.effects import doctor
from server.events.happening import Person
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.ports_platforms import Tokens
from server.store import health
from server.store.credentials import Owner
from server.store.database import sqlite_path
from server.system import SystemChance, SystemIds
from tests.database import START
from tests.running import Running

BROADCASTER = {"is_anonymous": False, "user_id": 100001, "username": "HouseStreamer", "is_verified": False}
BROADCASTER |= {"profile_picture": "", "channel_slug": "housestreamer", "identity": None}
MINUTE = timedelta(minutes=1)
STRANGER = "INSERT INTO account (platform, external_id, name, name_key, named_at) VALUES ('discord', '5', 'n', 'n', 0)"
NEW_MEMBER = "INSERT INTO viewer_account (community_id, account_id, viewer_id)"
YOUNGEST = "(SELECT max(id) FROM viewer WHERE community_id = 1)"
NEW_LINK = "INSERT INTO account_link (community_id, account_id, home_id, cause, actor, at)"
NEW_TALLY = "INSERT INTO watch_tally (community_id, stream_id, account_id, total_us, covered_until, last_at, recent) "
NEW_EVIDENCE = "INSERT INTO chat_evidence (account_id, channel_id, at, digest)"
RECOUNT = "id = (SELECT min(id) FROM job WHERE kind = 'watchtime.recount')"
TALLY_OF = "(SELECT min(account_id) FROM watch_tally)"
STREAM_OF = (
    "community_id = 1 AND stream_id = (SELECT min(stream_id) FROM watch_tally WHERE community_id = 1 "
    f"AND account_id = {TALLY_OF})"
)
VIEWER_OF = f"(SELECT viewer_id FROM viewer_account WHERE community_id = 1 AND account_id = {TALLY_OF})"


def told(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"


class Town:
    """A community whose channel is live, with three people who chat."""

    def __init__(self, live: Running) -> None:
        self.live = live
        self.messages = 0

    async def hear(self, kind: str, body: dict[str, Any]) -> None:
        self.messages += 1
        message_id = f"01KYZ7QG18819K7NVB3SNEXC{self.messages:02d}"
        sent_at = told(self.live.clock.now() - timedelta(seconds=1))
        assert await self.live.deliver(kind, body, message_id=message_id, sent_at=sent_at) == 204

    async def start(self) -> None:
        body = {"broadcaster": BROADCASTER, "is_live": True, "title": "A title", "ended_at": None}
        await self.hear("livestream.status.updated", body | {"started_at": told(START - 5 * MINUTE)})

    async def say(self, person: int, at: datetime, text: str) -> None:
        name = f"viewer{person}"
        sender = BROADCASTER | {"user_id": person, "username": name, "channel_slug": name}
        sender["identity"] = {"username_color": "#fff", "badges": []}
        body = {
            "message_id": f"line-{self.messages}",
            "broadcaster": BROADCASTER,
            "sender": sender,
            "content": text,
            "emotes": None,
        }
        await self.hear("chat.message.sent", body | {"created_at": told(at)})

    async def evening(self) -> None:
        await self.start()
        for minute in range(3):
            for person in (11, 12, 13):
                await self.say(person, START + (minute + person - 12) * MINUTE, f"line {minute} of {person}")
        await self.live.settle()

    async def write(self, *statements: str) -> None:
        async def run(tx: Tx, _: Scope) -> Done[None]:
            for statement in statements:
                assert await tx.execute(statement), statement
            return Done(None)

        await self.live.server.units.run(0, run)

    async def bad(self) -> dict[str, str]:
        found = await doctor.examine(self.live.server.database, self.live.clock)
        assert all(bool(finding.remedy) != finding.ok and finding.detail for finding in found), found
        return {finding.check: finding.detail for finding in found if not finding.ok}


@pytest.fixture
async def town(live: Running) -> Town:
    await live.community("house")
    await live.community("guests")
    made = Town(live)
    await made.evening()
    [viewer] = await live.server.database.reader().fetch("SELECT min(id) AS id FROM viewer WHERE community_id = 1")
    correct = partial(adjust.adjust, viewer_id=viewer["id"], seconds=90, reason="was there", actor="t", source_key="a")
    await live.server.units.run(1, correct)
    return made


async def test_a_sound_installation_has_no_finding(town: Town) -> None:
    found = await doctor.examine(town.live.server.database, town.live.clock)
    assert [finding for finding in found if not finding.ok] == []
    assert [finding.check for finding in found] == [
        "schema",
        "file",
        "clock",
        "silence",
        "backlog",
        "quarantine",
        "orphans",
        "secrets",
        "credentials",
        "jobs dead",
        "jobs overdue",
        "strays",
        "tallies",
        "balances",
        "tickets",
        "amounts",
        "links",
        "feeds",
    ]


async def test_a_fresh_installation_has_no_finding(live: Running) -> None:
    assert await Town(live).bad() == {}


RAFFLE = (
    "INSERT INTO raffle_period (community_id, number, title, starts_at, ends_at, timezone, state, rules, rules_sha256, "
    "draw_at, opened_at, actor, open_for) VALUES (1, 1, '', 0, 1, 'UTC', 'open', $RULES, '', 1, 0, 'server', 1)"
).replace("$RULES", "'" + orjson.dumps(RaffleRules().stored()).decode() + "'")

GIFT = orjson.dumps(Facts(who=Person(id="11", name="viewer11"), at=1, total=5).stored()).decode()
DAMAGES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "a migration undone": ("schema", "0_2026", ("DELETE FROM aerich",)),
    "a slow clock": ("clock", "-59.0 s", ("UPDATE inbox SET received_at = received_at - 60000000",)),
    "a fast clock": ("clock", "601.0 s", ("UPDATE inbox SET received_at = received_at + 600000000",)),
    "a delivery in quarantine": (
        "quarantine",
        "wrong_shape: 1",
        ("UPDATE delivery SET state = 'quarantined', code = 'wrong_shape' WHERE id = 1",),
    ),
    "an orphan": ("orphans", "HouseStreamer: 1", ("UPDATE inbox SET orphan = TRUE WHERE id = 2",)),
    "a job that gave up": ("jobs dead", "watchtime.recount: 1", (f"UPDATE job SET state = 'dead' WHERE {RECOUNT}",)),
    "a job forgotten": (
        "jobs overdue",
        "watchtime.recount: 1",
        (f"UPDATE job SET state = 'ready', run_at = run_at - 3600000000 WHERE {RECOUNT}",),
    ),
    "a job whose holder died": (
        "jobs overdue",
        "watchtime.recount: 1",
        (f"UPDATE job SET state = 'leased', leased_until = 5 WHERE {RECOUNT}",),
    ),
    "a tally of nobody": (
        "strays",
        "1 of watch_tally name a missing account (account_id)",
        (f"{NEW_TALLY} SELECT 1, min(id), 9999, 0, 0, 0, '' FROM stream",),
    ),
    "a tally of no stream": (
        "strays",
        "1 of watch_tally name a missing stream (stream_id)",
        (f"{NEW_TALLY} SELECT 1, 9999, min(id), 0, 0, 0, '' FROM account",),
    ),
    "evidence of nobody": (
        "strays",
        "1 of chat_evidence name a missing account (account_id)",
        (f"{NEW_EVIDENCE} SELECT 9999, min(id), 1, 1 FROM channel",),
    ),
    "evidence of no channel": (
        "strays",
        "1 of chat_evidence name a missing channel (channel_id)",
        (f"{NEW_EVIDENCE} SELECT min(id), 9999, 1, 1 FROM account",),
    ),
    "a delivery of nothing": (
        "strays",
        "1 of delivery name a missing inbox (inbox_id)",
        ("INSERT INTO delivery (inbox_id, community_id, state, attempts) VALUES (9999, 1, 'applied', 1)",),
    ),
    "a link of an account alone": (
        "links",
        "house: the links of viewer 1 do not fit",
        (f"{NEW_LINK} SELECT 1, face, id, 'staff', 'a', 0 FROM viewer WHERE id = 1",),
    ),
    "an account that joined without a link": (
        "links",
        "do not fit his accounts",
        (
            STRANGER,
            f"{NEW_MEMBER} SELECT 1, max(id), 1 FROM account",
        ),
    ),
    "a viewer who is not the oldest": (
        "links",
        "do not fit his accounts",
        (
            STRANGER,
            f"{NEW_MEMBER} SELECT 1, max(id), {YOUNGEST} FROM account",
            f"{NEW_LINK} SELECT 1, account_id, 1, 'staff', 'a', 0 FROM viewer_account WHERE viewer_id = {YOUNGEST}",
        ),
    ),
    "a tally too great": (
        "tallies",
        "421 s, its evidence gives 420 s",
        (
            f"UPDATE watch_tally SET total_us = total_us + 1000000 WHERE community_id = 1 AND account_id = {TALLY_OF}",
            f"UPDATE viewer SET watch_us = watch_us + 1000000 WHERE id = {VIEWER_OF}",
            f"UPDATE watch_total SET total_us = total_us + 1000000 WHERE {STREAM_OF}",
        ),
    ),
    "a tally lost": (
        "tallies",
        "has 0 s, its evidence gives 420 s",
        (
            f"UPDATE viewer SET watch_us = watch_us - 420000000 WHERE id = {VIEWER_OF}",
            f"UPDATE watch_total SET total_us = total_us - 420000000 WHERE {STREAM_OF}",
            f"DELETE FROM watch_tally WHERE community_id = 1 AND account_id = {TALLY_OF}",
        ),
    ),
    "evidence never counted": (
        "tallies",
        "guests",
        (f"{NEW_EVIDENCE} SELECT account_id, channel_id, at + 7200000000, 77 FROM chat_evidence WHERE id = 1",),
    ),
    "a balance changed by hand": (
        "balances",
        "the sum is",
        ("UPDATE viewer SET watch_us = watch_us + 1 WHERE id = (SELECT min(id) FROM viewer)",),
    ),
    "a stream's sum changed by hand": (
        "balances",
        "house: stream",
        ("UPDATE watch_total SET total_us = total_us + 1 WHERE community_id = 1",),
    ),
    "a stream's sum lost": ("balances", "has 0 s, the sum is", ("DELETE FROM watch_total WHERE community_id = 1",)),
    "tickets without an entry": (
        "tickets",
        "house, raffle 1: account 1, gifted_sub has 15 tickets, the sum is 0",
        (
            RAFFLE,
            (
                "INSERT INTO ticket_tally (community_id, period_id, account_id, source, amount, basis) "
                "SELECT 1, id, 1, 'gifted_sub', 15, 0 FROM raffle_period"
            ),
            (
                "INSERT INTO ticket_standing (community_id, period_id, viewer_id, tickets) "
                "SELECT 1, p.id, v.viewer_id, 15 FROM raffle_period p CROSS JOIN viewer_account v "
                "WHERE v.community_id = 1 AND v.account_id = 1"
            ),
        ),
    ),
    "a place on the board that nobody earned": (
        "tickets",
        "raffle 1: viewer 1 has 9 tickets, the sum is 0",
        (
            RAFFLE,
            (
                "INSERT INTO ticket_standing (community_id, period_id, viewer_id, tickets) "
                "SELECT 1, id, 1, 9 FROM raffle_period"
            ),
        ),
    ),
    "a gift that counts for more than was told": (
        "amounts",
        "house: happening 1 counts 50, 5 is told of it",
        (
            (
                "INSERT INTO happening (community_id, channel_id, kind, group_key, at, state, is_pending, data, "
                f"told_at, amount) SELECT 1, min(id), 'gift', 'g', 1, 'told', FALSE, '{GIFT}', 1, 50 FROM channel"
            ),
        ),
    ),
    "a hole in the feed": (
        "feeds",
        "house: head 3, tail 0, but 2 entries from 2 to 3",
        ("DELETE FROM feed_entry WHERE cursor = 1 AND community_id = 1",),
    ),
    "a head too far": ("feeds", "house: head", ("UPDATE feed_head SET head = head + 1 WHERE community_id = 1",)),
    "a community without a feed": ("feeds", "house: head None", ("DELETE FROM feed_head WHERE community_id = 1",)),
}


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_damage_is_found_and_nothing_else(damage: str, town: Town) -> None:
    check, detail, statements = DAMAGES[damage]
    await town.write(*statements)
    bad = await town.bad()
    assert list(bad) == [check]
    assert detail in bad[check]


async def test_a_live_community_that_hears_nothing_is_found(town: Town) -> None:
    town.live.clock.pass_time(minutes=29)
    assert await town.bad() == {}
    town.live.clock.pass_time(minutes=2)
    bad = await town.bad()
    assert list(bad) == ["silence"]
    assert "house is live; last heard: chat.message.sent 31 min, livestream.status.updated 31 min" in bad["silence"]


async def test_deliveries_that_wait_for_long_are_found(town: Town) -> None:
    await town.say(14, START, "late")
    town.live.clock.pass_time(seconds=50)
    assert await town.bad() == {}
    town.live.clock.pass_time(seconds=20)
    assert await town.bad() == {"backlog": "2 deliveries wait, the oldest for 1 min."}


async def test_a_difference_is_no_finding_while_its_cause_is_still_to_be_applied(town: Town) -> None:
    await town.say(14, START, "still to be applied")
    await town.write(*DAMAGES["evidence never counted"][2])
    assert await town.bad() == {}
    await town.live.settle()
    assert list(await town.bad()) == ["tallies"]


async def test_a_broken_reference_in_the_file_is_found_on_sqlite(town: Town) -> None:
    """PostgreSQL refuses the same row: it holds its references even against us."""
    database = town.live.server.database
    statement = "INSERT INTO attachment (community_id, channel_id, attached_at) VALUES (9999, 9999, 0)"
    if database.dialect == "postgres":
        with pytest.raises(Exception, match="foreign key"):
            await town.write(statement)
        return
    beside = sqlite3.connect(sqlite_path(database.url))
    beside.execute(statement)
    beside.commit()
    beside.close()
    assert await town.bad() == {"file": "attachment names a missing channel; attachment names a missing community"}


async def test_guards_and_linked_accounts_are_recounted_by_the_whole_law(live: Running) -> None:
    community = await live.community("house")
    town = Town(live)
    for person in (11, 12):
        await town.say(person, START - 60 * MINUTE, "before the stream")
    await live.settle()
    await town.write(
        "INSERT INTO viewer (community_id, face, watch_us) SELECT 1, min(id), 0 FROM account",
        "INSERT INTO viewer_account (community_id, account_id, viewer_id) "
        "SELECT 1, a.id, v.id FROM account a CROSS JOIN viewer v",
    )
    changes = {"quorum": 2, "daily_cap_s": 400}
    change = partial(adjust.change_settings, changes=changes, effective_from=START - 20 * 60 * MINUTE, actor="t")
    await live.server.units.run(community, change)
    await town.evening()
    live.clock.pass_time(seconds=60)
    await live.settle()
    rows = await live.server.database.reader().fetch("SELECT watch_us FROM viewer ORDER BY id")
    assert [row["watch_us"] for row in rows] == [400_000_000, 360_000_000]
    await town.write(
        "INSERT INTO account_link (community_id, account_id, home_id, cause, actor, at) "
        "SELECT 1, account_id, viewer_id, 'staff', 'a', 0 FROM viewer_account WHERE viewer_id = 1"
    )
    assert await town.bad() == {}
    await town.write(
        "UPDATE watch_tally SET total_us = total_us - 1 WHERE id = (SELECT max(id) FROM watch_tally)",
        "UPDATE watch_total SET total_us = total_us - 1 WHERE stream_id = (SELECT stream_id FROM watch_tally "
        "WHERE id = (SELECT max(id) FROM watch_tally))",
        "UPDATE viewer SET watch_us = watch_us - 1 WHERE id = (SELECT v.viewer_id FROM viewer_account v "
        "JOIN watch_tally t ON t.account_id = v.account_id WHERE t.id = (SELECT max(id) FROM watch_tally))",
    )
    assert list(await town.bad()) == ["tallies"]


async def test_damage_beyond_the_first_piece_is_found(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "IDS_AT_ONCE", 2)
    monkeypatch.setattr(health, "VIEWERS_AT_ONCE", 1)
    monkeypatch.setattr("server.actions.watchtime.verify.ACCOUNTS_AT_ONCE", 1)
    monkeypatch.setattr(doctor, "COMMUNITIES_AT_ONCE", 1)
    assert await town.bad() == {}
    await town.write(
        "UPDATE viewer SET watch_us = watch_us + 1 WHERE id = (SELECT max(id) FROM viewer)",
        "UPDATE watch_tally SET total_us = total_us + 1 WHERE id = (SELECT max(id) FROM watch_tally)",
        "UPDATE watch_total SET total_us = total_us + 1 WHERE stream_id = (SELECT stream_id FROM watch_tally "
        "WHERE id = (SELECT max(id) FROM watch_tally)) AND community_id = (SELECT community_id FROM watch_tally "
        "WHERE id = (SELECT max(id) FROM watch_tally))",
        *DAMAGES["evidence of nobody"][2],
    )
    assert list(await town.bad()) == ["strays", "tallies"]


async def connect(town: Town) -> None:
    """Two channels whose owners allowed us something."""
    server = town.live.server
    granted = Tokens(
        access_token="an access token", refresh_token="a refresh token", expires_in_s=60, scopes=frozenset()
    )
    for account in ("1", "2"):
        owner = Owner(community_id=1, provider="kick", external_id=account, purpose="channel")
        store = partial(store_new, vault=server.renewals.vault, owner=owner, granted=granted)
        await server.units.run(1, store)


async def secrets_of(town: Town, vault: Vault | None) -> doctor.Finding:
    [found] = [
        finding
        for finding in await doctor.examine(town.live.server.database, town.live.clock, vault)
        if finding.check == "secrets"
    ]
    assert "token" not in found.detail.replace("tokens", "")
    return found


async def test_tokens_that_do_not_open_are_found(town: Town) -> None:
    vault = town.live.server.renewals.vault
    assert (await secrets_of(town, None)).detail == "No tokens are stored."
    await connect(town)
    assert (await secrets_of(town, vault)).detail == "All tokens of 2 channels and bots open."
    stranger = Vault([MasterKey("stranger", bytes(32))], SystemIds(), SystemChance())
    for keys, reason in ((None, "No key is set"), (stranger, "The master key that sealed")):
        lost = await secrets_of(town, keys)
        assert (lost.ok, lost.detail.count(reason)) == (False, 2)
        assert "REGULARS_MASTER_KEYS" in lost.remedy
    await town.write("UPDATE credential SET refresh_sealed = access_sealed WHERE external_id = '2'")
    moved = await secrets_of(town, vault)
    assert not moved.ok
    assert moved.detail.startswith("channel 2: This text was altered, moved")


async def test_what_must_be_allowed_anew_is_found_with_its_reason(town: Town) -> None:
    await connect(town)
    await town.write("UPDATE credential SET state = 'reauthorise', last_error = 'reply_lost' WHERE external_id = '2'")
    assert (await town.bad())["credentials"] == "kick reply_lost: 1"
