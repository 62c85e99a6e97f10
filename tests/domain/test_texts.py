"""Texts of a community: how they are kept and how they are laid out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.refusals import Refused
from server.domain.texts import BODY_LENGTH_MAX, STANDARD, TextKind, blocks, tidied


@pytest.mark.parametrize("kind", TextKind)
def test_the_standard_texts_are_laid_out_without_a_trace_of_how_they_are_written(kind: TextKind) -> None:
    laid = blocks(STANDARD[kind])
    assert {block.kind for block in laid} == {"heading", "paragraph", "list"}
    for block in laid:
        assert block.lines
        for line in block.lines:
            assert not line.startswith(("#", "-"))
            assert "\n" not in line
    assert tidied(STANDARD[kind]) == STANDARD[kind]


@pytest.mark.parametrize("kind", TextKind)
def test_whoever_edits_a_standard_text_finds_each_paragraph_on_one_line(kind: TextKind) -> None:
    pieces = [piece for piece in STANDARD[kind].split("\n") if piece]
    assert pieces == [
        {"heading": "## ", "list": "- "}.get(block.kind, "") + line
        for block in blocks(STANDARD[kind])
        for line in block.lines
    ]


def test_headings_lists_and_paragraphs() -> None:
    laid = blocks("## One\nand on\nthe same.\n\n- a\n  more\n- b\n\nLast.")
    assert [(block.kind, list(block.lines)) for block in laid] == [
        ("heading", ["One"]),
        ("paragraph", ["and on the same."]),
        ("list", ["a more", "b"]),
        ("paragraph", ["Last."]),
    ]


@given(st.text(max_size=300))
def test_no_word_is_lost_whatever_the_text(text: str) -> None:
    try:
        kept = tidied(text)
    except Refused:
        assert not text.strip()
        return
    words = {word for block in blocks(kept) for line in block.lines for word in line.split()}
    assert {word for word in kept.split() if word not in {"##", "-"}} <= words | {"##", "-"}
    assert tidied(kept) == kept


def test_an_empty_text_and_a_very_long_one_are_refused() -> None:
    for text in ("", " \r\n ", "x" * (BODY_LENGTH_MAX + 1)):
        with pytest.raises(Refused, match="1 to 20,000 characters"):
            tidied(text)
    assert len(tidied("x" * BODY_LENGTH_MAX)) == BODY_LENGTH_MAX
