"""The command line, as a person meets it."""

import asyncio
import contextlib
import csv
import re
import signal
import sqlite3
import sys
from datetime import timedelta
from pathlib import Path

import aiohttp
import jwt
import orjson
import pytest

from server.__main__ import SCHEMA_FILE, settings_page
from server.domain.audit import Audited
from server.jobs.unit import Done, Scope, Units
from server.ports import Tx
from server.resolvers.root import sdl
from server.store import audit, communities
from server.store.database import Database
from tests.database import POSTGRES_URL, START, FrozenClock
from tests.programs import environment, free_port, run, serving

DOCS = Path(__file__).parents[1] / "docs"


async def test_serve_names_the_command_when_the_schema_is_out_of_date(tmp_path: Path) -> None:
    code, _, complaint = await run("serve", REGULARS_DATABASE_URL=f"sqlite://{tmp_path}/new.sqlite3")
    assert code == 2
    assert "Run: regulars migrate" in complaint
    assert "Traceback" not in complaint


async def test_migrate_twice_is_no_harm(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/new.sqlite3"
    assert (await run("migrate", REGULARS_DATABASE_URL=url))[1].startswith("applied 0_")
    assert (await run("migrate", REGULARS_DATABASE_URL=url))[:2] == (0, "The database is up to date.\n")


async def test_migrate_backs_up_what_was_there_and_no_file_that_it_made_itself(tmp_path: Path) -> None:
    kept, fresh = tmp_path / "kept.sqlite3", tmp_path / "fresh.sqlite3"
    with contextlib.closing(sqlite3.connect(kept)) as older:
        older.execute("CREATE TABLE letters (id INTEGER PRIMARY KEY)")
    for path in (kept, fresh):
        assert (await run("migrate", REGULARS_DATABASE_URL=f"sqlite://{path}"))[0] == 0
    assert [path.name.partition(".before-")[0] for path in tmp_path.glob("*.before-*")] == ["kept"]


async def test_the_doctor_names_the_command_where_there_is_no_database_and_makes_none(tmp_path: Path) -> None:
    path = tmp_path / "data" / "regulars.sqlite3"
    code, _, complaint = await run("doctor", REGULARS_DATABASE_URL=f"sqlite://{path}")
    assert (code, complaint) == (2, "There is no database yet. Run: regulars migrate\n")
    assert not path.parent.exists()


@pytest.mark.parametrize("command", ["migrate", "doctor"])
async def test_a_database_that_cannot_be_reached_is_told_in_one_sentence_without_its_password(command: str) -> None:
    url = f"postgres://nobody:sw0rdfish@127.0.0.1:{free_port()}/regulars"
    code, _, complaint = await run(command, REGULARS_DATABASE_URL=url)
    assert code == 2
    assert complaint.startswith("PostgreSQL at 127.0.0.1:")
    assert complaint.count("\n") == 1
    assert "sw0rdfish" not in complaint


async def test_everything_wrong_with_the_settings_is_told_at_once() -> None:
    code, _, complaint = await run("serve", REGULARS_SECRET_KEY="short", REGULARS_PORT="99999", REGULARS_HOSTT="x")
    assert code == 2
    assert all(name in complaint for name in ("REGULARS_SECRET_KEY", "REGULARS_PORT", "REGULARS_HOST"))
    assert "short" not in complaint.replace("shorter", "")


async def test_a_new_server_tells_once_how_to_begin_and_commands_make_more_codes(tmp_path: Path) -> None:
    url, log = f"sqlite://{tmp_path}/one.sqlite3", tmp_path / "log"
    await run("migrate", REGULARS_DATABASE_URL=url)
    for _ in range(2):
        async with serving(log, free_port(), REGULARS_DATABASE_URL=url):
            for _ in range(100):
                if "type this code" in log.read_text():
                    break
                await asyncio.sleep(0.05)
            code, first, complaint = await run("setup-code", REGULARS_DATABASE_URL=url)
            assert code == 0, complaint
    told = log.read_text()
    assert told.count("type this code") == 1
    assert f"/start{chr(10)}" in told
    assert re.fullmatch(r"([A-Z2-9]{4}-){2}[A-Z2-9]{4}\n", first)
    assert "Good once, for 24 hours, at http://127.0.0.1:8080/start" in complaint
    _, second, complaint = await run("invite", "--kick-id", "123", "--days", "2", REGULARS_DATABASE_URL=url)
    assert "for 48 hours" in complaint
    assert first.strip() not in {second.strip(), *told.split()}
    code, nothing, complaint = await run("invite", "--days", "31", REGULARS_DATABASE_URL=url)
    assert (code, nothing) == (2, "")
    assert complaint == "An invitation is good for 1 to 30 days. Choose a number of days between.\n"


async def test_a_second_process_on_one_sqlite_file_is_refused_with_the_reason(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/one.sqlite3"
    await run("migrate", REGULARS_DATABASE_URL=url)
    async with serving(tmp_path / "log", free_port(), REGULARS_DATABASE_URL=url):
        code, _, complaint = await run("serve", REGULARS_DATABASE_URL=url, REGULARS_PORT=str(free_port()))
    assert code == 2
    assert "Another process uses" in complaint
    assert "PostgreSQL" in complaint


async def test_a_port_that_is_taken_is_told_in_one_sentence(database_url: str) -> None:
    port = free_port()
    server = await asyncio.start_server(lambda _, __: None, "127.0.0.1", port)
    async with server:
        code, _, complaint = await run("serve", REGULARS_DATABASE_URL=database_url, REGULARS_PORT=str(port))
    assert code == 2
    assert str(port) in complaint
    assert "Traceback" not in complaint


async def test_token_prints_one_token_and_nothing_else(database_url: str) -> None:
    code, out, complaint = await run("token", "--role", "admin", REGULARS_DATABASE_URL=database_url)
    assert (code, complaint) == (0, "")
    assert jwt.decode(out.strip(), options={"verify_signature": False})["role"] == "admin"
    assert out.count("\n") == 1


async def test_a_token_for_an_unknown_community_says_so(database_url: str) -> None:
    code, out, complaint = await run("token", "--community", "nobody", REGULARS_DATABASE_URL=database_url)
    assert (code, out) == (2, "")
    assert "There is no community 'nobody'" in complaint


async def test_the_audit_log_is_exported_as_a_file_or_to_the_output(database: Database, tmp_path: Path) -> None:
    async def arrange(tx: Tx, scope: Scope) -> Done[None]:
        made = await communities.create(tx, "house", "House", "UTC", scope.now)
        assert made is not None
        lines = [Audited(action="watchtime.adjust", target=("viewer", 1), reason=reason) for reason in ("ä", "b")]
        for line, age in zip(lines, (timedelta(days=2), timedelta(0)), strict=True):
            await audit.append(tx, made, scope.by, [line], START - age)
        return Done(None)

    units = Units(database, reactions={}, announcements={}, wake=lambda _: None, clock=FrozenClock())
    await units.run(0, arrange)
    command, place = ("export", "audit", "--community", "house"), {"REGULARS_DATABASE_URL": database.url}
    code, out, told = await run(*command, **place)
    assert (code, told) == (0, "2 lines in all\n")
    assert [orjson.loads(line)["reason"] for line in out.splitlines()] == ["ä", "b"]
    output = tmp_path / "log.csv"
    given = ("--since", "2026-07-31", "--until", "2026-08-01T18:00:01", "--format", "csv", "--output", str(output))
    assert (await run(*command, *given, **place))[:2] == (0, "")
    with output.open(newline="", encoding="utf-8") as file:
        assert [row["reason"] for row in csv.DictReader(file)] == ["b"]
    assert (await run("export", "audit", **place))[1] == "", "the installation has a log of its own"
    code, out, told = await run("export", "audit", "--community", "nowhere", "--output", str(output), **place)
    assert (code, out) == (2, "")
    assert "There is no community 'nowhere'" in told
    assert output.read_text(encoding="utf-8").startswith("id,at,community")


async def test_sigterm_ends_the_server_cleanly(database_url: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with serving(log, free_port(), REGULARS_DATABASE_URL=database_url) as process:
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 15) == 0, log.read_text()
    assert "Traceback" not in log.read_text()


if POSTGRES_URL is not None:

    async def test_a_worker_tells_how_it_is_and_answers_nothing_else(database_url: str, tmp_path: Path) -> None:
        port = free_port()
        log = tmp_path / "log"
        async with (
            serving(log, port, "worker", REGULARS_DATABASE_URL=database_url),
            aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session,
        ):
            for path, status in (("/healthz", 200), ("/readyz", 200), ("/metrics", 200), ("/graphql", 404)):
                async with session.get(path) as answer:
                    assert answer.status == status, path
            async with session.post("/webhooks/kick", data=b"{}") as answer:
                assert answer.status == 404


@pytest.mark.timeout(120)
async def test_the_demo_prints_urls_and_tokens_and_its_leaderboard_moves(tmp_path: Path) -> None:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", "demo", "--json"),
        env=environment(REGULARS_PORT=str(port), PYTHONPATH=str(Path(__file__).parents[1])),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        told = orjson.loads(await asyncio.wait_for(process.stdout.readline(), 60))
        await kick_is_played(told, port)
        boards = [await leaderboard(told)]
        for _ in range(200):
            await asyncio.sleep(0.1)
            boards.append(await leaderboard(told))
            if boards[-1] and boards[-1] != boards[0]:
                break
        assert boards[-1]
        assert boards[-1] != boards[0]
    finally:
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 30) == 0


async def kick_is_played(told: dict[str, dict[str, str]], port: int) -> None:
    """The simulated Kick sends people back to this demo, and to no other place."""
    asked = {
        "client_id": "regulars-demo",
        "response_type": "code",
        "scope": "user:read",
        "state": "s",
        "code_challenge": "x" * 43,
        "code_challenge_method": "S256",
        # The page writes localhost over the first 127.0.0.1, as Kick's does.
        "redirect": "127.0.0.1",
    }
    async with aiohttp.ClientSession() as session:
        for at, status in ((port, 200), (port - 1, 400)):
            back = {"redirect_uri": f"http://127.0.0.1:{at}/oauth/kick/callback"}
            url = told["urls"]["kick"].replace("/progress", "/oauth/authorize")
            async with session.get(url, params=asked | back) as answer:
                assert answer.status == status


async def leaderboard(told: dict[str, dict[str, str]]) -> object:
    query = "query Board($slug: String!) { community(slug: $slug) { leaderboard(first: 5) { nodes { seconds } } } }"
    headers = {"Authorization": f"Bearer {told['tokens']['owner']}"}
    body = {"query": query, "variables": {"slug": told["community"]}}
    async with (
        aiohttp.ClientSession() as session,
        session.post(told["urls"]["graphql"], json=body, headers=headers) as answer,
    ):
        reply = await answer.json(content_type=None)
    assert "errors" not in reply, reply
    return reply["data"]["community"]["leaderboard"]["nodes"]


def test_the_committed_schema_is_that_of_the_code() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == sdl(), "Run: make schema"


def test_the_settings_page_is_that_of_the_code() -> None:
    assert (DOCS / "settings.md").read_text(encoding="utf-8") == settings_page() + "\n", (
        "Run: .venv/bin/regulars settings > docs/settings.md"
    )


async def test_a_list_of_slots_is_imported_and_replaced(database: Database, tmp_path: Path) -> None:
    async def arrange(tx: Tx, scope: Scope) -> Done[None]:
        assert await communities.create(tx, "house", "House", "UTC", scope.now) is not None
        return Done(None)

    units = Units(database, reactions={}, announcements={}, wake=lambda _: None, clock=FrozenClock())
    await units.run(0, arrange)
    listed, place = tmp_path / "slots.csv", {"REGULARS_DATABASE_URL": database.url}
    listed.write_text("title\n" + "".join(f"Slot {number}\n" for number in range(1_201)))
    command = ("slots", "import", "house", str(listed))
    assert (await run(*command, **place))[::2] == (0, "1201 slots listed, 1201 of them new\n")
    assert (await run(*command, **place))[::2] == (0, "1201 slots listed, 0 of them new\n")
    other = tmp_path / "other.JSON"
    other.write_text('["Only one"]')
    assert (await run("slots", "import", "house", str(other), "--replace", **place))[0] == 0
    [row] = await database.reader().fetch("SELECT count(*) AS many FROM slot")
    assert row["many"] == 1
    code, _, told = await run("slots", "import", "nowhere", str(other), **place)
    assert (code, "no community 'nowhere'" in told) == (2, True)
    other.write_bytes(b"\xff\xfe")
    code, _, told = await run("slots", "import", "house", str(other), **place)
    assert (code, "not UTF-8" in told, "Traceback" in told) == (2, True, False)
