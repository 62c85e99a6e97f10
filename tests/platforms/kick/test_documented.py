"""What docs/kick-events.md says of each kind of event, against the kinds that are read and what is listened to."""

import re
from pathlib import Path

import pytest

from server.domain.happenings.sources import IngestSources
from server.platforms.kick import frames, parse, polled

DOCUMENT = (Path(__file__).parents[3] / "docs/kick-events.md").read_text()
LINES = [line for line in DOCUMENT.splitlines() if line.startswith("|")]
HEAD, *ROWS = ([cell.strip() for cell in line.strip("|").split(" | ")] for line in (LINES[0], *LINES[2:]))
WHAT = {row[0].strip(): row for row in ROWS}
# These say only whose a name is, which the sentence below the table tells.
NAMING = frozenset({"GiftsLeaderboardUpdated", "ChannelSubscriptionEvent"})
CHOSEN = {
    "chat message": "chat",
    "first subscription": "subs",
    "renewal": "subs",
    "gifted subscriptions": "gifts",
    "KICKs": "kicks",
    "ban, timeout": "bans",
    "stream begins, ends": "streams",
    "title, category": "streams",
}
"""What a community chooses whom to believe about."""


def test_every_kind_that_is_read_is_in_the_table_and_no_other() -> None:
    named = set(re.findall(r"`([^`]+)`", "\n".join(LINES)))
    asked = {polled.STATUS, polled.SEEN, polled.REDEMPTION}
    assert named == (parse.KINDS | frames.KINDS | asked) - NAMING
    for name in NAMING:
        assert f"`{name}`" in DOCUMENT
    assert not any(f"`{name}`" in DOCUMENT for name in frames.IGNORED)


def test_every_row_says_its_sources_its_key_and_what_happens_when_late_doubled_and_missing() -> None:
    assert [head.split()[0] for head in HEAD] == ["what", "told", "by", "what", "late", "doubled", "missing"]
    assert [(row[0], len(row), all(row)) for row in ROWS] == [(row[0], len(HEAD), True) for row in ROWS]


@pytest.mark.parametrize("what", sorted(WHAT))
def test_what_is_listened_to_by_default_is_what_the_table_says(what: str) -> None:
    chosen = CHOSEN.get(what)
    wanted = "webhook" if chosen is None else getattr(IngestSources(), chosen).value
    assert WHAT[what][2] == wanted


def test_every_choice_is_in_the_table() -> None:
    assert set(CHOSEN) <= set(WHAT)
    assert set(CHOSEN.values()) == set(IngestSources.__dataclass_fields__)
