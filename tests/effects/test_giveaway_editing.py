"""Staff changes an open giveaway: nothing is taken from whoever is in, and every hash that was shown is found again."""

import json
from collections.abc import AsyncGenerator, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from server.actions.giveaways import edit, run
from server.domain.giveaways import GiveawayEdit, GiveawayState
from server.domain.refusals import Refused
from server.store.giveaways import giveaways
from server.store.giveaways.giveaways import GiveawayRow
from tests.actions.pipeline import pipeline_on
from tests.database import FrozenClock
from tests.effects.drawing import COMES, Relay, keeper_on
from tests.effects.giving import ASKED, OPENS, Giving
from tests.effects.test_giveaways import housed
from tests.programs import run as run_program


@pytest.fixture
async def giving(database_url: str) -> AsyncGenerator[Giving, None]:
    async with pipeline_on(database_url, FrozenClock(OPENS)) as pipeline:
        relay = Relay()
        yield Giving(await housed(pipeline), relay, keeper_on(pipeline.server, relay))


async def changed(giving: Giving, giveaway: int, **wanted: Any) -> GiveawayRow:
    return await giving.do(edit.edit, giveaway_id=giveaway, wanted=GiveawayEdit(**wanted), reason="It broke.")


async def row_of(giving: Giving, giveaway: int) -> GiveawayRow:
    row = await giveaways.by_id(giving.house.pipeline.server.database.reader(), giving.house.community, giveaway)
    assert row is not None
    return row


async def stored(giving: Giving) -> list[tuple[Any, ...]]:
    """Everything that a refusal leaves as it is."""
    rows = await giving.house.pipeline.read("SELECT * FROM giveaway ORDER BY id")
    return [*map(tuple, rows), *((text,) for text in await giving.lines())]


def hashes(text: str) -> Iterator[str]:
    """The hash of a text and of every text before it, as docs/giveaways.md says that anybody can find them."""
    while True:
        yield sha256(text.encode()).hexdigest()
        told = json.loads(text)
        if "changes" not in told:
            return
        *before, last = told.pop("changes")
        told |= last["was"] | ({"changes": before} if before else {})
        told = {name: value for name, value in told.items() if name != "ends_at" or value}
        text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert sha256(text.encode()).hexdigest() == last["rules_sha256"]


async def test_a_changed_giveaway_is_drawn_and_every_hash_that_was_shown_is_in_its_file(
    giving: Giving, tmp_path: Path
) -> None:
    giveaway = await giving.opened(prize="A mug")
    shown = [(await row_of(giving, giveaway)).rules_sha256]
    await giving.says(1)
    for wanted in (
        {"title": "A *cup*", "prize": "A cup\nwith an owl"},
        {"ends": COMES + timedelta(hours=1), "winners": 2},
        {"ends": COMES + timedelta(hours=2), "alternates": 7, "claim_s": 600},
    ):
        shown.append((await changed(giving, giveaway, **wanted)).rules_sha256)
        await giving.says(len(shown))
    await giving.drawn(giveaway)
    bundle = await giving.bundle(giveaway)
    assert list(hashes(bundle["rules"])) == shown[::-1]
    assert (await row_of(giving, giveaway)).rules_sha256 == shown[-1]
    report = await giving.report(giveaway)
    assert (report.verdict, [one.wins for one in report.winners]) == ("verified", [True, True, False, False])
    file = tmp_path / "giveaway.json"
    file.write_text(json.dumps(bundle), encoding="utf-8")
    code, told, _ = await run_program("verify", str(file), cwd=tmp_path)
    assert (code, "\nVerified: " in told) == (0, True)


async def test_chat_is_told_what_is_different_and_staff_has_it_on_record(giving: Giving) -> None:
    giveaway = await giving.opened(prize="A mug")
    row = await changed(giving, giveaway, prize="A  cup\nwith an owl", winners=3)
    assert (await giving.lines())[-1] == (
        f"Giveaway A mug changed. The prize: A cup with an owl. Winners: 3. Rules {row.rules_sha256[:12]}."
    )
    again = await changed(giving, giveaway, ends=COMES, title="A cup")
    assert (await giving.lines())[-1].startswith("Giveaway A mug changed. It is called A cup now. Until 20")
    assert again.rules_sha256[:12] in (await giving.lines())[-1]
    kept = "SELECT * FROM audit_event WHERE action = 'giveaways.update' ORDER BY id"
    [first, _] = await giving.house.pipeline.read(kept)
    assert json.loads(first["before"]) == {"prize": "A mug", "winners": 1}
    assert json.loads(first["after"]) == {"prize": "A  cup\nwith an owl", "winners": 3}
    assert first["reason"] == "It broke."


async def test_what_would_be_the_same_changes_and_says_nothing(giving: Giving) -> None:
    giveaway = await giving.opened(ends=COMES, prize="A mug")
    before = await stored(giving)
    await changed(giving, giveaway, title=" A mug ", prize="A mug", winners=1, ends=COMES)
    await changed(giving, giveaway)
    assert await stored(giving) == before


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"winners": 1}, "giveaway_lessened"),
        ({"alternates": 4}, "giveaway_lessened"),
        ({"claim_s": 299}, "giveaway_lessened"),
        ({"prize": ""}, "giveaway_lessened"),
        ({"winners": 101}, "giveaway_winners"),
        ({"title": "x" * 101}, "giveaway_title"),
        ({"ends": OPENS}, "giveaway_end"),
        ({"ends": OPENS + timedelta(days=31, seconds=1)}, "giveaway_end"),
    ],
    ids=str,
)
async def test_what_takes_something_from_whoever_is_in_is_refused(
    giving: Giving, wanted: dict[str, Any], code: str
) -> None:
    giveaway = await giving.opened(prize="A mug", winners=2)
    before = await stored(giving)
    with pytest.raises(Refused) as refused:
        await changed(giving, giveaway, **wanted)
    assert refused.value.code == code
    assert await stored(giving) == before


async def test_a_time_to_claim_without_limit_is_the_longest(giving: Giving) -> None:
    giveaway = await giving.opened()
    assert (await changed(giving, giveaway, claim_s=0)).rules.claim_s == 0
    with pytest.raises(Refused):
        await changed(giving, giveaway, claim_s=86_400)
    [row] = await giving.house.pipeline.read("SELECT claim_s FROM giveaway")
    assert row["claim_s"] == 0, "the column by which winners are passed over"


@pytest.mark.parametrize("over", ["closed", "canceled", "ended"])
async def test_nothing_changes_once_nobody_can_enter(giving: Giving, over: str) -> None:
    giveaway = await giving.opened(ends=ASKED)
    if over == "closed":
        await giving.do(run.close, giveaway_id=giveaway)
    elif over == "canceled":
        await giving.do(run.cancel, giveaway_id=giveaway, reason="x")
    else:
        giving.at(ASKED)
    before = await stored(giving)
    with pytest.raises(Refused) as refused:
        await changed(giving, giveaway, winners=2)
    assert refused.value.code == "giveaway_not_open"
    assert await stored(giving) == before


async def test_a_later_end_lets_people_in_until_then_and_draws_then(giving: Giving) -> None:
    first, later = OPENS + timedelta(minutes=1), ASKED
    giveaway = await giving.opened(ends=first)
    await giving.says(1)
    await changed(giving, giveaway, ends=later)
    giving.at(first + timedelta(seconds=1))
    await giving.look()
    assert await giving.state(giveaway) is GiveawayState.OPEN
    await giving.says(2)
    giving.at(later)
    await giving.look()
    assert await giving.state(giveaway) is not GiveawayState.OPEN
    assert set(await giving.listed()) == {"1", "2"}


async def test_a_giveaway_does_not_go_on_and_on_nor_change_without_end(giving: Giving) -> None:
    giveaway = await giving.opened()
    giving.at(OPENS + timedelta(days=20))
    last: datetime = OPENS + timedelta(days=31)
    assert (await changed(giving, giveaway, ends=last)).ends_at == last
    with pytest.raises(Refused, match="31 days of its opening"):
        await changed(giving, giveaway, ends=last + timedelta(seconds=1))
    for number in range(edit.CHANGES_MAX - 1):
        await changed(giving, giveaway, title=f"Mug {number}")
    with pytest.raises(Refused) as refused:
        await changed(giving, giveaway, title="One more")
    assert refused.value.code == "giveaway_changes_full"
    assert (await row_of(giving, giveaway)).title == f"Mug {edit.CHANGES_MAX - 2}"


async def test_a_giveaway_whose_text_was_not_kept_stays_as_it_is(giving: Giving) -> None:
    giveaway = await giving.opened()
    await giving.house.pipeline.write("UPDATE giveaway SET rules_text = NULL RETURNING id")
    with pytest.raises(Refused) as refused:
        await changed(giving, giveaway, winners=2)
    assert refused.value.code == "giveaway_text_lacking"
