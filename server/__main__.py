"""The command line: regulars --help."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import orjson
from cyclopts import App, Parameter

from server import demo as demonstration
from server.app import EVERYTHING, VERSION, Role, serve
from server.auth.tokens import CommunityScope, TokenSigner
from server.effects.doctor import Finding, examine
from server.logs import configure_logs
from server.resolvers.root import build_schema, sdl
from server.settings import InvalidSettingsError, Settings, describe, load_settings
from server.store import communities
from server.store.database import UnfitDatabase, open_database
from server.store.migrations import OutdatedSchema, migrate, pending
from server.system import SystemClock, SystemIds
from server.web.graphql.documents import MANIFEST, UnfitDocument, current, graph_of, manifest_with, registered

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


class Trouble(Exception):
    """Something the person at the command line must hear, in one sentence."""


TROUBLES = (Trouble, InvalidSettingsError, UnfitDatabase, UnfitDocument, OutdatedSchema, demonstration.Failed)


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


@app.command
def token(
    *,
    role: Annotated[Literal["admin"], Parameter(help="What the token allows.")] = "admin",
    community: Annotated[str | None, Parameter(help="Slug: an owner of it instead of the operator.")] = None,
    days: Annotated[int, Parameter(help="How long it lives.")] = 30,
) -> None:
    """Print one signed token and nothing else."""
    settings = load_settings()
    signer = TokenSigner(settings.secret_key.get_secret_value(), SystemClock(), SystemIds())
    scope = asyncio.run(_scope(settings, community)) if community is not None else None
    try:
        print(signer.mint(role, scope, timedelta(days=days)))
    except ValueError as error:
        raise Trouble(f"The token was not made: {error}.") from error


@app.command
def demo(
    *,
    json: Annotated[bool, Parameter(negative="", help="Print one JSON object of URLs and tokens, then run.")] = False,
) -> None:
    """Run a server and a simulated Kick stream on this machine; opens nothing, ends with Ctrl-C."""
    settings = load_settings(secret_key_required=False)
    _run(demonstration.run(settings, as_json=json))


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
    findings = asyncio.run(_examine(settings))
    if json:
        print(orjson.dumps(findings, option=orjson.OPT_INDENT_2).decode())
    else:
        print("\n".join(_finding(finding) for finding in findings))
    return 0 if all(finding.ok for finding in findings) else 1


def _finding(finding: Finding) -> str:
    line = f"{'ok  ' if finding.ok else 'BAD '} {finding.check:<12} {finding.detail}"
    return line if finding.ok else f"{line}\n     {'':<12} What to do: {finding.remedy}"


async def _examine(settings: Settings) -> list[Finding]:
    database = await open_database(settings.database_url, shared=True)
    try:
        return await examine(database, SystemClock())
    finally:
        await database.close()


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
    _run(serve(settings, roles=roles))


def _configure_logs(settings: Settings) -> None:
    configure_logs(
        level=settings.log_level, layout=settings.log_format, stream=sys.stderr, secrets=settings.secret_values()
    )


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run until it ends or a signal asks it to; the way out is part of the work."""

    async def until_signal() -> None:
        task = asyncio.ensure_future(work)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            if not task.cancelled():
                raise

    asyncio.run(until_signal())


async def _scope(settings: Settings, slug: str) -> CommunityScope:
    if await pending(settings.database_url):
        raise OutdatedSchema("The database lacks migrations. Run: regulars migrate")
    database = await open_database(settings.database_url, shared=True)
    try:
        found = await communities.by_slug(database.reader(), slug)
    finally:
        await database.close()
    if found is None:
        raise Trouble(f"There is no community {slug!r}. Make it first, with the mutation createCommunity.")
    return CommunityScope(id=found.id, slug=found.slug)


if __name__ == "__main__":
    main()
