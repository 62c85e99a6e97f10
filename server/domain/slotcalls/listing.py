"""A list of slots, read from CSV or JSON; what is wrong with it is told with its place."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from server.domain.refusals import Refused
from server.domain.slotcalls.rules import slot_key, slot_title

PROVIDER_LENGTH_MAX = 80
TITLE_NAMES = ("title", "name", "slot", "game")
PROVIDER_NAMES = ("provider", "studio", "vendor")
REMEDY = "CSV has a head line with the columns title and, if known, provider; JSON is a list of objects like that."


class ListLayout(StrEnum):
    """How a list is written."""

    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Listed:
    """A slot of a list; `provider` is empty where it is not known."""

    title: str
    key: str
    provider: str
    provider_key: str


def listed_slots(content: str, layout: ListLayout, *, limit: int) -> list[Listed]:
    """The slots of a list, each once, in its order; refuses a list that cannot be read, or is longer than `limit`."""
    rows = csv_rows(content) if layout is ListLayout.CSV else json_rows(content)
    found: dict[tuple[str, str], Listed] = {}
    for number, (title, provider) in enumerate(rows, 1):
        if number > limit:
            raise unreadable(f"It has more than {limit} slots.", "Send it in parts.")
        slot = listed(number, title, provider)
        found.setdefault((slot.key, slot.provider_key), slot)
    if not found:
        raise unreadable("It holds no slot.", REMEDY)
    return list(found.values())


def listed(number: int, title: str, provider: str) -> Listed:
    """One slot of a list, or a refusal that names its place."""
    try:
        made, maker = slot_title(title), slot_title(provider) if provider.strip() else None
    except Refused as refused:
        raise unreadable(f"Slot {number} has no usable title or provider. {refused.message}", REMEDY) from refused
    return Listed(made.text, made.key, maker.text if maker else "", slot_key(maker.text) if maker else "")


def csv_rows(content: str) -> Iterator[tuple[str, str]]:
    """Title and provider of each line of CSV with a head line; commas, semicolons or tabs."""
    text = content.removeprefix("\ufeff")
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        columns = {(name or "").strip().casefold(): name for name in reader.fieldnames or ()}
        title, provider = column(columns, TITLE_NAMES), column(columns, PROVIDER_NAMES)
        if title is None:
            raise unreadable("Its head line names no column for the title.", REMEDY)
        for row in reader:
            if any(row.values()):
                yield row.get(title) or "", (row.get(provider) or "") if provider else ""
    except csv.Error as error:
        raise unreadable(f"Line {reader.line_num} is no CSV.", REMEDY) from error


def column(columns: Mapping[str, str], names: Iterable[str]) -> str | None:
    """The column that goes by one of some names, or None."""
    return next((columns[name] for name in names if name in columns), None)


def json_rows(content: str) -> Iterator[tuple[str, str]]:
    """Title and provider of each object of a JSON list; a text alone is a title."""
    try:
        read: Any = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise unreadable("It is no JSON.", REMEDY) from error
    if not isinstance(read, list):
        raise unreadable("It is no JSON list.", REMEDY)
    for number, item in enumerate(cast("Sequence[Any]", read), 1):
        if isinstance(item, str):
            yield item, ""
            continue
        fields: Mapping[str, Any] = cast("Mapping[str, Any]", item) if isinstance(item, dict) else {}
        title, provider = value(fields, TITLE_NAMES), value(fields, PROVIDER_NAMES)
        if not isinstance(title, str) or not isinstance(provider or "", str):
            raise unreadable(f"Slot {number} has no title, or one that is no text.", REMEDY)
        yield title, provider or ""


def value(fields: Mapping[str, Any], names: Iterable[str]) -> Any:
    """The value that goes by one of some names, or None."""
    return next((fields[name] for name in names if name in fields), None)


def unreadable(message: str, remedy: str) -> Refused:
    """The refusal of a list."""
    return Refused("slot_list_unreadable", f"The list cannot be imported. {message}", remedy)
