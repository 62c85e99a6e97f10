"""Recognisable secrets, the forms in which they could come out, and the places where they could.

To watch over one more secret, plant it and add it to the canaries of tests/web/test_canaries.py; to watch one more
place, put what is to be seen there into its places.
"""

import base64
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

from server.ports import Reader
from server.store.database import sqlite_path

FORM_LENGTH_MIN = 8


def canary(kind: str) -> str:
    """A secret of its own, with characters that change their look in a URL and in JSON."""
    return f'{kind}/{secrets.token_hex(4)}+"{secrets.token_urlsafe(18)}'


def forms(secret: str | bytes) -> set[bytes]:
    """How a secret may look from outside: plain, URL-encoded, escaped, in hex, and in base64 wherever it begins."""
    raw = secret.encode() if isinstance(secret, str) else secret
    found = {raw, raw.hex().encode(), raw.hex().upper().encode(), repr(raw)[2:-1].encode()}
    found |= {quote(raw, safe="").encode(), quote_plus(raw).encode(), quote(raw).encode()}
    found |= {raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"')}
    for before in range(3):
        # The characters that the secret alone decides, whatever stands before and behind it.
        first, last = -(-before * 8 // 6), (before + len(raw)) * 8 // 6
        encoded = base64.b64encode(b"\0" * before + raw)[first:last]
        found |= {encoded, encoded.replace(b"+", b"-").replace(b"/", b"_"), quote(encoded, safe="").encode()}
    return {form for form in found if len(form) >= FORM_LENGTH_MIN}


def seen(canaries: Mapping[str, str | bytes], places: Mapping[str, bytes]) -> list[str]:
    """Which canary is to be seen in which place."""
    return [
        f"{name} in {place}"
        for name, secret in canaries.items()
        for place, content in places.items()
        if any(form in content for form in forms(secret))
    ]


async def database_dump(reader: Reader, url: str) -> bytes:
    """Everything a stolen database would show: SQLite's files, or every column of every table of PostgreSQL."""
    if reader.dialect == "sqlite":
        path = sqlite_path(url)
        return b"\n".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))
    tables = await reader.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    found: list[bytes] = []
    for (table,) in map(tuple, tables):
        for row in await reader.fetch(f'SELECT * FROM "{table}"'):
            found += [value if isinstance(value, bytes) else str(value).encode() for value in tuple(row)]
    return b"\n".join(found)


def arguments_of_processes() -> Iterator[bytes]:
    """What anybody on this machine sees of every process that runs."""
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield file.read_bytes()
        except OSError:
            continue
