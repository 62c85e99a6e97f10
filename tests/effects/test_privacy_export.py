"""Somebody takes along all that is held about him, and nothing about anybody else."""

from collections import defaultdict
from typing import Any

import orjson

from server.domain.privacy import EVERYWHERE, Identity
from server.store.privacy import forgetting, sections
from server.store.privacy.rules import TABLES, Holds
from server.store.privacy.sections import NOT_SHOWN, SECTIONS
from server.store.privacy.shapes import Held
from tests.actions.pipeline import Pipeline
from tests.effects import test_privacy as known
from tests.effects.test_privacy import HERON, OTTER, VIOLET, world

blade, pipeline = known.blade, known.pipeline
ME = [Identity("kick", str(OTTER))]


async def held(pipeline: Pipeline, community: int = EVERYWHERE) -> Held:
    return Held(await forgetting.mine(pipeline.server.database.reader(), ME, community), community)


async def exported(pipeline: Pipeline, community: int = EVERYWHERE) -> dict[str, list[dict[str, Any]]]:
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    reader = pipeline.server.database.reader()
    async for name, records in sections.records(reader, await held(pipeline, community)):
        found[name] += records
    return dict(found)


async def looked_at(pipeline: Pipeline, community: int) -> None:
    await pipeline.write(
        "INSERT INTO personal_read (community_id, account_id, what, reader_kind, reader, hour) "
        "SELECT $1, id, 'viewer', 'person', 'person:kick:44', 0 FROM account WHERE external_id = $2 RETURNING id",
        community,
        str(OTTER),
    )


MORE = (
    (
        "INSERT INTO watch_adjustment (community_id, account_id, amount_us, reason, actor, source_key, at) "
        "VALUES ($1, $2, 0, 'with kick:7200102', 'person:kick:44', 'k2', 0) RETURNING id"
    ),
    (
        "INSERT INTO slot_call (community_id, account_id, title, key, source, source_key, state, called_at) "
        "VALUES ($1, $2, 'Book', 'book', 'chat', 's', 'waiting', 0) RETURNING id"
    ),
    (
        "INSERT INTO redemption (community_id, account_id, channel_id, external_id, reward_ref, title, cost, "
        "user_input, redeemed_at, first_at, told, heard, deed, tries) "
        "VALUES ($1, $2, 1, 'r', 'w', 'Song', 100, 'mine', 0, 0, 'pending', 'pending', 'foreign', 0) RETURNING id"
    ),
    (
        "INSERT INTO raffle_period (community_id, number, title, starts_at, ends_at, timezone, state, rules, "
        "rules_sha256, draw_at, opened_at, actor) SELECT $1, CAST($2 AS BIGINT) * 0 + 1, '', 0, 1, 'UTC', "
        "'drawn', '{}', '', 1, 0, 'server' RETURNING id"
    ),
    (
        "INSERT INTO ticket_entry (community_id, account_id, period_id, source, cause, nth, amount, basis, at, "
        "recorded_at, reason, actor) VALUES ($1, $2, 1, 'staff', 'x', 0, 1, 0, 0, 0, 'with kick:7200102', "
        "'person:kick:44') RETURNING id"
    ),
    (
        "INSERT INTO draw (community_id, subject_id, number, env, state, beacon_round, planned_for, is_manual, "
        "actor, made_at) SELECT $1, 1, CAST($2 AS BIGINT) * 0 + 1, 'live', 'drawn', 1, 0, FALSE, 'server', 0 "
        "RETURNING id"
    ),
    (
        "INSERT INTO draw_entrant (community_id, account_id, draw_id, viewer_id, entry_id, salt, weight) "
        "VALUES ($1, $2, 1, 1, 'e', 's', 5) RETURNING id"
    ),
    (
        "INSERT INTO giveaway (community_id, number, title, state, rules, rules_sha256, claim_s, opened_at, actor) "
        "SELECT $1, CAST($2 AS BIGINT) * 0 + 1, 'Mug', 'open', '{}', '', 0, 0, 'server' RETURNING id"
    ),
    (
        "INSERT INTO giveaway_entry (community_id, account_id, giveaway_id, is_subscriber, at) "
        "VALUES ($1, $2, 1, FALSE, 0) RETURNING id"
    ),
    (
        "INSERT INTO role_reward (community_id, guild, role, name, minutes, is_on, actor, at) "
        "SELECT $1, '7', '5', 'Fan', CAST($2 AS BIGINT) * 0 + 60, TRUE, 'x', 0 RETURNING id"
    ),
    (
        "INSERT INTO role_given (community_id, account_id, reward_id, is_given, state, nth, at) "
        "VALUES ($1, $2, 1, TRUE, 'done', 1, 0) RETURNING id"
    ),
    (
        "INSERT INTO giveaway_exclusion (community_id, account_id, giveaway_id, code, reason, actor, at) "
        "VALUES ($1, $2, 1, 'bot', 'with kick:7200102', 'person:kick:44', 0) RETURNING id"
    ),
    (
        "INSERT INTO draw_exclusion (community_id, account_id, period_id, code, reason, actor, at) "
        "VALUES ($1, $2, 1, 'bot', 'with kick:7200102', 'person:kick:44', 0) RETURNING id"
    ),
    "INSERT INTO first_follow (community_id, account_id, broadcaster_id, at) VALUES ($1, $2, '5', 0) RETURNING id",
    "INSERT INTO free_claim (community_id, account_id, period_id, at) VALUES ($1, $2, 1, 0) RETURNING id",
    (
        "INSERT INTO wager_claim (community_id, provider, name_key, name, platform, external_id, state, "
        "claimed_at) SELECT $1, 'shuffle', 'otter', 'Otter', platform, external_id, 'claimed', 0 FROM account "
        "WHERE id = $2 RETURNING id"
    ),
    (
        "INSERT INTO wager_series (community_id, provider, key, name_key, name, baseline, watermark, lower_polls, "
        "seen_at) SELECT $1, platform, external_id, 'otter', 'Otter', 0, 5, 0, 0 FROM account WHERE id = $2 "
        "RETURNING id"
    ),
    (
        "INSERT INTO api_token (community_id, holder_kind, external_id, name, ceiling, token_digest, created_at, "
        "expires_at) SELECT $1, platform, external_id, 'mine', '', 'x', 0, 1 FROM account WHERE id = $2 "
        "RETURNING id"
    ),
    (
        "INSERT INTO invitation (kind, salt, holder_kind, external_id, made_by, made_at, expires_at, community_id) "
        "SELECT 'community', 's', platform, external_id, 'operator:x', 0, 1, $1 FROM account WHERE id = $2 "
        "RETURNING id"
    ),
)


async def more_of_his(pipeline: Pipeline, community: int) -> None:
    """What nothing else in these tests makes."""
    [row] = await pipeline.read("SELECT id FROM account WHERE external_id = $1", str(OTTER))
    for sql in MORE:
        await pipeline.write(sql, community, row["id"])


async def told_of_gifts(pipeline: Pipeline, community: int) -> None:
    for giver, receiver in ((OTTER, HERON), (HERON, OTTER), (HERON, 44)):
        people = [[str(one), f"viewer{one}", None, None] for one in (giver, receiver)]
        facts = {"who": people[0], "others": people[1:], "at": 1, "number": 1, "total": 1, "words": {"message": "hi"}}
        await pipeline.write(
            "INSERT INTO happening (community_id, channel_id, kind, group_key, at, state, is_pending, data, told_at, "
            "amount) VALUES ($1, 1, 'gift', $2, 1, 'told', FALSE, $3, 1, 1) RETURNING id",
            community,
            f"viewer{giver}",
            orjson.dumps(facts).decode(),
        )


async def test_every_section_holds_what_is_his_and_nobody_elses(pipeline: Pipeline) -> None:
    community = await world(pipeline)
    await looked_at(pipeline, community)
    await told_of_gifts(pipeline, community)
    await more_of_his(pipeline, community)
    await known.ask(pipeline, community)
    found = await exported(pipeline)
    assert [section.name for section in SECTIONS] == list(found)
    assert [name for name, records in found.items() if not records] == []
    told = orjson.dumps(found).decode()
    assert str(HERON) not in told
    assert "44" not in told.replace("7200101", "")
    assert {(one["platform"], one["id"]) for one in found["accounts"]} == {("kick", str(OTTER)), ("discord", VIOLET)}
    assert found["adjustments"][0]["reason"] == "with (somebody else)"
    assert found["lookedAt"] == [
        {"community": "community-1", "by": "person", "what": "viewer", "inTheHourFrom": "1970-01-01T00:00:00Z"}
    ]
    assert [(one["part"], one["words"]) for one in found["happenings"]] == [
        ("did", {"message": "hi"}),
        ("received", {}),
    ]
    assert len(found["messages"]) == 7
    assert sum(one["seconds"] for one in found["watchTime"]) == found["communities"][0]["watchSeconds"]


async def test_what_one_community_holds_is_told_alone(pipeline: Pipeline) -> None:
    one, other = await world(pipeline), await pipeline.community()
    assert (await exported(pipeline, one))["watchTime"]
    found = await exported(pipeline, other)
    alone = {name for name, records in found.items() if records}
    assert alone == {"accounts", "signIns"}


async def test_an_export_in_parts_is_the_export(pipeline: Pipeline, monkeypatch: Any) -> None:
    community = await world(pipeline)
    await known.ask(pipeline, community)
    whole = await exported(pipeline)
    monkeypatch.setattr(sections, "AT_ONCE", 2)
    assert await exported(pipeline) == whole
    place: tuple[int, int] | None = (0, 0)
    parts: defaultdict[str, list[Any]] = defaultdict(list)
    reader = pipeline.server.database.reader()
    while place is not None:
        place, found = await sections.part(reader, await held(pipeline), place)
        assert len(found) <= 2
        for one in found:
            parts[one["section"]].append(one["record"])
    assert dict(parts) == {name: records for name, records in whole.items() if records}


def test_every_table_with_people_is_shown_or_said_to_be_left_out() -> None:
    about = {Holds.STRUCK, Holds.NUMBER, Holds.KEYED, Holds.WORDS, Holds.PROSE, Holds.JSON, Holds.FACTS, Holds.GROUP}
    about |= {Holds.NAMING, Holds.BODY}
    with_people = {table for table, held in TABLES.items() if about & {*held.values()}}
    shown = frozenset[str]().union(*(section.tables for section in SECTIONS))
    assert with_people - shown == NOT_SHOWN.keys()
