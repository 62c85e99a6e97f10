"""The audit log as a file: whole, in order, in bounded batches, and harmless to a spreadsheet."""

import csv
import io
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from server.domain.audit import Audited, Author
from server.effects import exports
from server.effects.exports import Layout, export_audit, written
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.schema.ids import id_of
from server.store import audit, communities
from server.store.audit import Wanted
from server.store.communities import CommunityRecord
from tests.actions.pipeline import Pipeline, pipeline_on
from tests.database import START, FrozenClock

SOMEONE = Author(kind="owner", name="owner:someone", request_id="r-1", cause="c-1")
ODD = 'Said "hello, 你好";\nthen left'


@pytest.fixture
async def pipeline(database_url: str, clock: FrozenClock) -> Any:
    async with pipeline_on(database_url, clock) as ready:
        yield ready


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 2)
    monkeypatch.setattr(exports, "TOLD_EVERY", 1)


async def told(pipeline: Pipeline, community: int, reasons: Sequence[str | None]) -> None:
    """Lines of one community, a minute apart, the first of which is from the start."""

    async def append(tx: Tx, _: Scope) -> Done[None]:
        for number, reason in enumerate(reasons):
            line = Audited(
                action="watchtime.adjust",
                target=("viewer", number + 1),
                before={"seconds": number, "names": ["a", "b"]},
                after={"seconds": None},
                reason=reason,
            )
            await audit.append(tx, community, SOMEONE, [line], START + timedelta(minutes=number))
        return Done(None)

    await pipeline.server.units.run(community, append)


async def record(pipeline: Pipeline, community: int) -> CommunityRecord:
    found = await communities.by_id(pipeline.server.database.reader(), community)
    assert found is not None
    return found


async def exported(
    pipeline: Pipeline, community: CommunityRecord | None, layout: Layout = "jsonl", **wanted: Any
) -> tuple[str, list[int]]:
    """What is written, and what is told of how far it is."""
    pieces: list[str] = []
    progress: list[int] = []
    count = await export_audit(
        pipeline.server.database,
        community,
        Wanted(**wanted),
        layout=layout,
        write=pieces.append,
        progress=progress.append,
    )
    assert count == (progress[-1] if progress else 0)
    return "".join(pieces), progress


async def test_json_lines_hold_everything_that_was_kept(pipeline: Pipeline) -> None:
    house, den = await pipeline.community(), await pipeline.community()
    await told(pipeline, house, [ODD, None, "x", "y", "z"])
    await told(pipeline, den, ["another's"])
    text, progress = await exported(pipeline, await record(pipeline, house))
    lines = [orjson.loads(line) for line in text.splitlines()]
    assert progress == [2, 4, 5], "in batches"
    assert lines[0] == {
        "id": id_of("audit_event", 1),
        "at": "2026-08-01T18:00:00Z",
        "community": (await record(pipeline, house)).slug,
        "actorKind": "owner",
        "actor": "owner:someone",
        "action": "watchtime.adjust",
        "targetKind": "viewer",
        "targetId": id_of("viewer", 1),
        "before": {"names": ["a", "b"], "seconds": 0},
        "after": {"seconds": None},
        "reason": ODD,
        "requestId": "r-1",
        "cause": "c-1",
    }
    assert [line["reason"] for line in lines] == [ODD, None, "x", "y", "z"]
    assert await exported(pipeline, None) == ("", []), "the installation has a log of its own"


async def test_a_table_is_read_back_and_holds_no_formula(pipeline: Pipeline) -> None:
    house = await pipeline.community()
    await told(pipeline, house, [ODD, None, "=1+1", "-5", "@SUM(A1)"])
    text, _ = await exported(pipeline, await record(pipeline, house), "csv")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["reason"] for row in rows] == [ODD, "", "'=1+1", "'-5", "'@SUM(A1)"]
    assert tuple(rows[0]) == exports.COLUMNS
    assert orjson.loads(rows[4]["before"]) == {"seconds": 4, "names": ["a", "b"]}


async def test_only_the_time_that_is_asked_for_is_written(pipeline: Pipeline) -> None:
    house = await pipeline.community()
    await told(pipeline, house, ["a", "b", "c", "d"])
    since, until = START + timedelta(minutes=1), START + timedelta(minutes=3)
    text, _ = await exported(pipeline, await record(pipeline, house), since=since, until=until)
    assert [orjson.loads(line)["reason"] for line in text.splitlines()] == ["b", "c"]


async def test_what_is_appended_meanwhile_does_not_make_it_endless(pipeline: Pipeline) -> None:
    house = await pipeline.community()
    await told(pipeline, house, ["a", "b", "c"])
    found = await record(pipeline, house)
    batch, batches = audit.batch, 0

    async def growing(*given: Any) -> Any:
        nonlocal batches
        batches += 1
        assert batches < 10
        await told(pipeline, house, ["later"])
        return await batch(*given)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(audit, "batch", growing)
        text, _ = await exported(pipeline, found)
    assert [orjson.loads(line)["reason"] for line in text.splitlines()] == ["a", "b", "c"]


def test_a_file_is_there_when_it_is_whole_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text("old")

    def half() -> None:
        with written(path) as write:
            write("half")
            raise ValueError("cut off")

    with pytest.raises(ValueError, match="cut off"):
        half()
    assert [file.read_text() for file in tmp_path.iterdir()] == ["old"]
    with written(path) as write:
        write("new ü\r\n")
    assert [file.read_bytes() for file in tmp_path.iterdir()] == ["new ü\r\n".encode()]
    assert path.stat().st_mode & 0o777 == 0o600
