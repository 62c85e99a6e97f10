"""The command line: regulars --help."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any, cast

import orjson
from cyclopts import App, Parameter

from server.actions import invitations
from server.actions.privacy import note_read
from server.app import VERSION, serve
from server.demo import play as demonstration
from server.demo.processes import Failed
from server.domain.audit import Author
from server.domain.invitations import INVITATION_DAYS, SETUP_LIFETIME, check_lifetime
from server.domain.refusals import Refused
from server.domain.staff import HolderKind, holder_of
from server.effects.exports import Layout, export_audit, written
from server.effects.findings import Finding, ago
from server.effects.keys import Rotation, rotate
from server.environment import InvalidSettingsError, describe, load_settings
from server.importing import slots
from server.issuing import Trouble, check_up_to_date, community_named, service_key, token
from server.jobs.unit import Action
from server.logs import configure_logs
from server.parts.outside import public_url
from server.parts.secrets import codes_for, vault_for
from server.parts.work import beside
from server.resolvers.root import build_schema, sdl
from server.routines import examined
from server.running import EVERYTHING, Role
from server.settings import Settings
from server.store import credentials
from server.store import keys as data_keys
from server.store.audit import INSTALLATION, Wanted
from server.store.database import UnfitDatabase, open_database
from server.store.migrations import BrokenReferences, OutdatedSchema, migrate
from server.store.privacy.reads import NOBODY
from server.system import SystemClock, SystemIds
from server.verifying import verify
from server.web.graphql.documents import MANIFEST, UnfitDocument, current, graph_of, manifest_with, registered
from server.web.pages.start import START

SETTINGS_HEAD = (
    "# Settings",
    "",
    "Every setting is an environment variable; an `.env` file in the working directory works too.",
    "What is wrong is told all at once when a command starts.",
    "",
    "| name | default | meaning |",
    "|---|---|---|",
)
SCHEMA_FILE = Path(__file__).parent / "schema" / "schema.graphql"

app = App(name="regulars", help="The loyalty backend for live-streaming communities on Kick and Twitch.")
keys = App(name="keys", help="The keys under which tokens of channels and bots are stored.")
export = App(name="export", help="Write what is kept here as a file, also beside a running server.")
app.command(keys)
app.command(token)
app.command(service_key)
app.command(export)
app.command(slots)
app.command(verify)


TROUBLES = (
    Trouble,
    InvalidSettingsError,
    UnfitDatabase,
    UnfitDocument,
    OutdatedSchema,
    BrokenReferences,
    Failed,
)
COMMAND_LINE = Author(kind="operator", name="operator:command-line")


def main() -> None:
    """Run the command line; what is wrong with the set-up is told in sentences, with exit code 2."""
    try:
        code = app()
    except Exception as error:
        trouble = _plain(error)
        if trouble is None:
            raise
        print(trouble, file=sys.stderr)
        sys.exit(2)
    sys.exit(code if isinstance(code, int) else 0)


def _plain(error: Exception) -> str | None:
    """The sentence a person can act on, or None for what is a bug; a group is unpacked while it holds just one."""
    while isinstance(error, ExceptionGroup):
        inner: list[Exception] = list(cast("ExceptionGroup[Exception]", error).exceptions)
        if len(inner) > 1:
            return None
        error = inner[0]
    if isinstance(error, Refused):
        return f"{error.message} {error.remedy}"
    if isinstance(error, TROUBLES):
        return str(error)
    return error.strerror or str(error) if isinstance(error, OSError) else None


@app.command(name="serve")
def serve_all() -> None:
    """Answer HTTP and apply what arrives, until stopped (SIGTERM or Ctrl-C)."""
    _serve(EVERYTHING)


@app.command
def web() -> None:
    """Only answer HTTP; run `regulars worker` beside it. Needs PostgreSQL."""
    _serve(frozenset({"web"}))


@app.command
def worker() -> None:
    """Only apply what arrived and run jobs, and answer /healthz, /readyz and /metrics; run `regulars web` beside it.

    Needs PostgreSQL, and a port of its own on a machine that it shares with `regulars web`.
    """
    _serve(frozenset({"worker"}))


@app.command(name="migrate")
def bring_up_to_date() -> None:
    """Bring the database up to date; an existing SQLite file is copied first."""
    settings = load_settings(secret_key_required=False)
    done = asyncio.run(migrate(settings.database_url, SystemClock().now()))
    print("\n".join(f"applied {name}" for name in done) or "The database is up to date.")


@app.command(name="setup-code")
def setup_code() -> None:
    """Print another one-time code that makes the first community, and the page where it is typed."""
    settings = load_settings()
    salt = SystemIds().token()
    asyncio.run(_code(settings, salt, SETUP_LIFETIME, partial(invitations.prepare, salt=salt)))


@app.command
def invite(
    *,
    kick_id: Annotated[str | None, Parameter(help="Kick user id: the only account that may use it.")] = None,
    days: Annotated[int, Parameter(help="How long it is good.")] = INVITATION_DAYS,
) -> None:
    """Print a one-time code that makes one more community, and the page where it is typed."""
    settings = load_settings()
    holder = None if kick_id is None else holder_of(HolderKind.KICK, kick_id)
    lifetime = check_lifetime(days)
    salt = SystemIds().token()
    make = partial(invitations.invite, salt=salt, holder=holder, lifetime=lifetime)
    asyncio.run(_code(settings, salt, lifetime, make))


async def _code(settings: Settings, salt: str, lifetime: timedelta, make: Action[int]) -> None:
    await check_up_to_date(settings)
    async with beside(settings) as units:
        await units.run(0, make, by=COMMAND_LINE)
    print(codes_for(settings).code("invitation", salt))
    print(f"Good once, for {lifetime // timedelta(hours=1)} hours, at {public_url(settings)}{START}", file=sys.stderr)


@app.command
def demo(
    *,
    json: Annotated[bool, Parameter(negative="", help="Print one JSON object of URLs and tokens, then run.")] = False,
) -> None:
    """Run a server, a simulated Kick stream and a bot in a simulated Discord on this machine, until Ctrl-C."""
    settings = load_settings(secret_key_required=False)
    # Its other processes would outlive a terminal that is closed.
    _run(demonstration.run(settings, as_json=json), signal.SIGHUP)


@app.command
def schema(
    *, check: Annotated[bool, Parameter(negative="", help="Write nothing; fail if the file differs.")] = False
) -> int:
    """Write the GraphQL schema of the code to its committed file."""
    text = sdl()
    if check:
        same = SCHEMA_FILE.exists() and SCHEMA_FILE.read_text(encoding="utf-8") == text
        print("The schema file is in step with the code." if same else "The schema file differs. Run: regulars schema")
        return 0 if same else 1
    SCHEMA_FILE.write_text(text, encoding="utf-8")
    print(f"wrote {SCHEMA_FILE.name}")
    return 0


@app.command
def documents(
    *,
    keep: Annotated[bool, Parameter(negative="", help="Keep today's for good, as those of this release.")] = False,
) -> None:
    """Print id, name and file of every GraphQL document that is answered without a token and sent by its id."""
    schema = build_schema()
    if keep:
        MANIFEST.write_bytes(manifest_with(VERSION, current(graph_of(schema))))
    print("\n".join(f"{one.id} {one.name} {one.file}" for one in registered(schema)))


@app.command
def doctor(*, json: Annotated[bool, Parameter(negative="", help="Print the findings as JSON.")] = False) -> int:
    """Look for what is broken, down to every balance, and say what to do; exit code 1 when something is."""
    settings = load_settings(secret_key_required=False)
    findings = asyncio.run(examined(settings))
    if json:
        print(orjson.dumps(findings, option=orjson.OPT_INDENT_2).decode())
    else:
        print("\n".join(_finding(finding) for finding in findings))
    return 0 if all(finding.ok for finding in findings) else 1


def _finding(finding: Finding) -> str:
    line = f"{'ok  ' if finding.ok else 'BAD '} {finding.check:<12} {finding.detail}"
    return line if finding.ok else f"{line}\n     {'':<12} What to do: {finding.remedy}"


@keys.command(name="rotate")
def rotate_keys() -> int:
    """Seal all stored tokens with a new data key under the first master key; servers go on working meanwhile.

    May be stopped and run again. Exit code 1 when some tokens do not open with the master keys of the settings.
    """
    settings = load_settings()
    done = asyncio.run(_rotate(settings))
    print(f"sealed {done.resealed} credential(s) with the new data key {done.key_id}")
    print(f"moved {done.rewrapped} data key(s) to the first master key, deleted {len(done.dropped)}")
    if done.unopened:
        print(f"{done.unopened} credential(s) do not open and stay as they are; `regulars doctor` says what to do")
    return 1 if done.unopened else 0


async def _rotate(settings: Settings) -> Rotation:
    vault = vault_for(settings, SystemIds())
    await check_up_to_date(settings)
    async with beside(settings) as units:
        return await rotate(units, vault=vault, tell=lambda many: print(f"... {many}", file=sys.stderr))


@keys.command(name="list")
def list_keys() -> None:
    """Print id, state, age, master key and number of sealed texts of every data key; never a key."""
    print("\n".join(asyncio.run(_keys(load_settings(secret_key_required=False)))) or "There is no data key yet.")


async def _keys(settings: Settings) -> list[str]:
    await check_up_to_date(settings)
    database = await open_database(settings.database_url, shared=True)
    try:
        many = await credentials.texts_by_key(database.reader())
        found = await data_keys.everyone(database.reader())
    finally:
        await database.close()
    now = SystemClock().now()
    return [
        f"{key.id} {key.state:<8} {ago(now - key.made_at)} old, under {key.master_id}, {many.get(key.id, 0)} texts"
        for key in found
    ]


@export.command(name="audit")
def audit_log(
    *,
    community: Annotated[str | None, Parameter(help="Slug: its log instead of the installation's.")] = None,
    since: Annotated[datetime | None, Parameter(help="Only what was done then or later; UTC if not said.")] = None,
    until: Annotated[datetime | None, Parameter(help="Only what was done before; UTC if not said.")] = None,
    layout: Annotated[Layout, Parameter(name="format", help="jsonl for programs, csv for spreadsheets.")] = "jsonl",
    output: Annotated[Path | None, Parameter(help="A file instead of the standard output.")] = None,
) -> None:
    """Write the audit log, oldest line first; how far it is goes to the standard error."""
    wanted = Wanted(since=_in_utc(since), until=_in_utc(until))
    settings = load_settings(secret_key_required=False)
    asyncio.run(_export_audit(settings, community, wanted, layout, output))


def _in_utc(instant: datetime | None) -> datetime | None:
    return instant.replace(tzinfo=UTC) if instant is not None and instant.tzinfo is None else instant


async def _export_audit(
    settings: Settings, slug: str | None, wanted: Wanted, layout: Layout, output: Path | None
) -> None:
    await check_up_to_date(settings)
    database = await open_database(settings.database_url, shared=True)
    try:
        found = None if slug is None else await community_named(database, slug)
        noted = INSTALLATION if found is None else found.id
        with written(output) as write:
            count = await export_audit(database, found, wanted, layout=layout, write=write, progress=_tell_progress)
    finally:
        await database.close()
    async with beside(settings) as units:
        await units.run(noted, partial(note_read, account_id=NOBODY, what="export"), by=COMMAND_LINE)
    print(f"{count} lines in all", file=sys.stderr)


def _tell_progress(count: int) -> None:
    print(f"{count} lines so far", file=sys.stderr)


@app.command
def settings() -> None:
    """Print every setting with its default and meaning, as the table of docs/settings.md."""
    print(settings_page())


def settings_page() -> str:
    """The page docs/settings.md, without its last line break."""
    rows = (f"| `{one.name}` | {f'`{one.default}`' if one.default else ''} | {one.meaning} |" for one in describe())
    return "\n".join((*SETTINGS_HEAD, *rows))


def _serve(roles: frozenset[Role]) -> None:
    settings = load_settings()
    if roles != EVERYTHING and settings.database_url.startswith("sqlite"):
        raise Trouble("SQLite serves one process: run `regulars serve`, or set REGULARS_DATABASE_URL to PostgreSQL.")
    _configure_logs(settings)
    _run(serve(settings, roles=roles, tell=partial(print, flush=True)))


def _configure_logs(settings: Settings) -> None:
    configure_logs(
        level=settings.log_level, layout=settings.log_format, stream=sys.stderr, secrets=settings.secret_values()
    )


def _run(work: Coroutine[Any, Any, None], *more: signal.Signals) -> None:
    """Run until it ends or a signal asks it to; the way out is part of the work."""

    async def until_signal() -> None:
        task = asyncio.ensure_future(work)
        for number in (signal.SIGINT, signal.SIGTERM, *more):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            if not task.cancelled():
                raise

    asyncio.run(until_signal())


if __name__ == "__main__":
    main()
