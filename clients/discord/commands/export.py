"""/regulars export: the audit log, watch times or tickets as a table, for the asker alone."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from clients.discord.asked.commands import Asked, Command, Option, Type
from clients.discord.commands.staffing import Staffing
from clients.discord.library.pictures import Picture
from clients.discord.render.card import Card, Look, Tone

PAGES_MAX = 50
AT_ONCE = 100
SIZE_MAX = 8 * 2**20
"""Bytes; Discord takes 10 MiB beside a message."""
DAYS_MAX = 366
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a cell for a program; such a cell gets an apostrophe in front."""

Row = Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What can be taken along: how it is asked for, where its pages lie in the answer, and a row of it.

    `about` is what a page is about; the next one must be about the same.
    """

    document: str
    page: Callable[[Any], Any]
    columns: Row
    row: Callable[[Any], Row]
    about: Callable[[Any], str | None] = lambda _: None


def _audit_row(one: Mapping[str, Any]) -> Row:
    return [str(one[name] or "") for name in AUDIT]


def _place_row(what: str) -> Callable[[Mapping[str, Any]], Row]:
    def row(one: Mapping[str, Any]) -> Row:
        account = one["account"]
        told = (one["rank"], one[what], one["viewerId"], account["platform"], account["platformId"], account["name"])
        return [str(value) for value in told]

    return row


def _tickets(community: Any) -> Any:
    """A page of the board of the raffle that runs; None where none does."""
    current = community["raffles"]["current"]
    return None if current is None else current["board"]


def _raffle(community: Any) -> str | None:
    """The raffle that runs, by its id."""
    current = community["raffles"]["current"]
    return None if current is None else current["id"]


AUDIT = (
    *("id", "at", "actor", "action", "targetKind", "targetId"),
    *("before", "after", "reason", "requestId", "cause"),
)
WHO = ("viewerId", "platform", "platformId", "name")
TABLES: Mapping[str, Table] = {
    "AUDIT": Table(
        document="export_audit", page=lambda community: community["auditEvents"], columns=AUDIT, row=_audit_row
    ),
    "WATCH_TIME": Table(
        document="export_watch_time",
        page=lambda community: community["leaderboard"],
        columns=("rank", "seconds", *WHO),
        row=_place_row("seconds"),
    ),
    "TICKETS": Table(
        document="export_tickets",
        page=_tickets,
        columns=("rank", "tickets", *WHO),
        row=_place_row("tickets"),
        about=_raffle,
    ),
}


class Export:
    """The command; the server says who may see what it reads."""

    def __init__(self, staffing: Staffing) -> None:
        self._staffing = staffing

    @property
    def commands(self) -> Sequence[Command]:
        """The command."""
        options = [
            Option(name="what", type=Type.TEXT, required=True, choices=tuple(TABLES)),
            Option(name="days", type=Type.WHOLE, least=1, most=DAYS_MAX),
        ]
        return [Command(name="regulars export", run=self.export, options=options)]

    async def export(self, asked: Asked) -> Card:
        """A file with what was asked for, as much of it as fits."""
        words, what = asked.words, asked.text("what")
        table = TABLES[what]
        given: dict[str, Any] = {}
        if what == "AUDIT" and asked.whole("days", 0):
            since = datetime.fromtimestamp(self._staffing.clock_s(), UTC) - timedelta(days=asked.whole("days", 0))
            given["where"] = {"since": since.isoformat()}
        content, count, lack = await self._read(asked, table, given)
        title = words(f"option.regulars export.what.{what}")
        if not count:
            return Card(title=title, lines=[words("regulars.nothing_to_export")])
        lines = [words("regulars.exported", count=count)]
        if lack is not None:
            lines.append(words(lack))
        name = f"{what.lower().replace('_', '-')}.csv"
        return Card(
            title=title,
            lines=lines,
            tone=Tone.GOOD if lack is None else Tone.CAREFUL,
            look=Look.CHECK if lack is None else Look.CAREFUL,
            file=Picture(name=name, content=content, alt=title, kind="text/csv"),
        )

    async def _read(self, asked: Asked, table: Table, given: Mapping[str, Any]) -> tuple[bytes, int, str | None]:
        """The table, how many rows it has, and why that is not all there is, by its words."""
        file, count, after, seen = io.StringIO(), 0, None, None
        write = csv.writer(file).writerow
        write(table.columns)
        for _ in range(PAGES_MAX):
            community = await self._staffing.read(asked, table.document, first=AT_ONCE, after=after, **given)
            page = table.page(community)
            about = table.about(community)
            if after is not None and about != seen:
                return file.getvalue().encode(), count, "regulars.export_over"
            for one in page["nodes"] if page else ():
                write([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in table.row(one)])
                count += 1
            if not page or not page["pageInfo"]["hasNextPage"]:
                return file.getvalue().encode(), count, None
            # A letter takes at most four bytes.
            if 4 * file.tell() > SIZE_MAX:
                break
            after, seen = page["pageInfo"]["endCursor"], about
        return file.getvalue().encode(), count, "regulars.export_cut"
