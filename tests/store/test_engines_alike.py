"""What holds on one engine only is not used: no sums in fractions, no statement of one dialect, no caught conflict."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import watchtime
from server.store.database import open_database
from tests.actions.pipeline import Pipeline
from tests.store.test_migrations import schema_of

ROOT = Path(__file__).parents[2]
WHOLE = re.compile(r"(BIG)?INT(EGER)?|BIGSERIAL|SMALLINT|BOOL(EAN)?|CHARACTER VARYING.*|VARCHAR.*|TEXT|BLOB|BYTEA")
OF_AERICH = {"content"}
ONE_ENGINE = re.compile(
    r"->>?|\bjson_\w+\(|\bjsonb\b|\bILIKE\b|@>|\biexact\b|\bicontains\b|\b(lower|upper)\(", re.IGNORECASE
)
CONFLICTS = re.compile(r"IntegrityError|UniqueViolation|ForeignKeyViolation|IntegrityConstraint")
TASKS = frozenset({"create_task", "gather", "TaskGroup", "ensure_future"})
IN_TRANSACTIONS = ("server/actions", "server/store")
LARGE = (2**53 + 1, 2**53 + 1, 1)


def python(*places: str) -> Iterator[tuple[str, ast.Module]]:
    for place in places:
        path = ROOT / place
        for one in [path] if path.is_file() else sorted(path.rglob("*.py")):
            yield str(one.relative_to(ROOT)), ast.parse(one.read_text(encoding="utf-8"))


async def test_every_column_holds_whole_numbers_text_or_bytes(database_url: str) -> None:
    """SQLite adds up decimals in doubles."""
    database = await open_database(database_url)
    found = {
        f"{table}.{column}": kind
        for table, shape in (await schema_of(database)).items()
        for column, (kind, _) in shape.columns.items()
        if not (table == "aerich" and column in OF_AERICH)
    }
    await database.close()
    assert len(found) > 80
    assert {place: kind for place, kind in found.items() if not WHOLE.fullmatch(kind.upper())} == {}


async def test_a_sum_beyond_what_doubles_hold_is_exact(pipeline: Pipeline) -> None:
    community = await pipeline.community()
    for nth, amount in enumerate(LARGE):
        await pipeline.write(
            "INSERT INTO watch_adjustment (community_id, account_id, amount_us, reason, actor, source_key, at) "
            "VALUES ($1, 1, $2, 'r', 'a', $3, 0) RETURNING id",
            community,
            amount,
            str(nth),
        )

    async def add_up(tx: Tx, scope: Scope) -> Done[dict[int, int]]:
        return Done(await watchtime.worth_of(tx, scope.community_id, [1]))

    found = await pipeline.server.units.run(community, add_up)
    assert (found, type(found[1])) == ({1: 2**54 + 3}, int)


BOTH_SPELLINGS = {"server/store/privacy/striking.py"}
"""It looks for the small letters of either engine, and judges what it finds in Python."""


def test_no_statement_is_written_for_one_engine_only() -> None:
    texts = [
        (place, node.value)
        for place, tree in python("server/store")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert len(texts) > 300
    found = {place for place, text in texts if ONE_ENGINE.search(text)}
    assert found <= BOTH_SPELLINGS, found


def test_no_conflict_is_caught_inside_a_transaction() -> None:
    """PostgreSQL gives the whole transaction up at the first; conflicts are told by ON CONFLICT instead."""
    handlers = [
        (place, ast.unparse(node.type))
        for place, tree in python("server")
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and node.type is not None
    ]
    assert len(handlers) > 30
    assert [(place, caught) for place, caught in handlers if CONFLICTS.search(caught)] == []


def test_nothing_runs_at_once_inside_a_transaction() -> None:
    """A task begun there would write after the end, or meet another one on the same connection."""
    calls = [
        (place, name)
        for place, tree in python(*IN_TRANSACTIONS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (name := node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", ""))
    ]
    assert len(calls) > 500
    assert [(place, name) for place, name in calls if name in TASKS] == []
