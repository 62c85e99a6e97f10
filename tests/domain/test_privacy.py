"""What named somebody names him no more; everything else stays as it was."""

from collections.abc import Iterator
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from server.domain.privacy import (
    Struck,
    struck_group,
    struck_happening,
    struck_ids,
    struck_json,
    struck_mentions,
    struck_prose,
)

OTTER = Struck("kick", "7200101", ("River Otter", "river_otter", "ab"), "gone-x", 5)
SHORT = Struck("discord", "77", ("Ann",), "gone-y", None)
BOTH = [OTTER, SHORT]

PIECES = (
    *("kick:7200101", "7200101", "River Otter", "RIVER_OTTER", "discord:77", "Ann", "ann", "Annabel", "77 times"),
    *("kick:72001011", "17200101", "rivers", "ab", ":", ",", "x", "person:kick:7200101", "é", "177"),
)
IDS = {"kick:7200101", "7200101", "discord:77", "person:kick:7200101"}
NAMES = {"river_otter", "ann"}
texts = st.lists(st.sampled_from(PIECES), max_size=6).map(" ".join)
values = st.recursive(
    st.one_of(
        texts,
        st.sampled_from(["77", "7200101"]),
        st.integers(-(2**53), 2**53),
        st.just(7_200_101),
        st.none(),
        st.booleans(),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "name"]), inner, max_size=2),
    max_leaves=8,
)


def leaves(value: Any, called: str = "") -> Iterator[tuple[str, Any]]:
    """Every plain value of JSON with what it is called."""
    if isinstance(value, dict):
        for name, one in sorted(value.items()):
            yield from leaves(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one, called)
    else:
        yield called, value


def has_id(text: str) -> bool:
    return text in {"77", "7200101"} or bool(IDS & {*text.split()})


def has_name(text: str) -> bool:
    return "river otter" in text.lower() or bool(NAMES & {*text.lower().split()})


@given(texts)
def test_prose_about_somebody_names_him_no_more_and_other_prose_loses_no_word(text: str) -> None:
    after = struck_prose(text, BOTH)
    assert not has_id(after)
    assert not has_name(after)
    assert struck_prose(after, BOTH) == after
    if not has_id(text):
        assert struck_ids(text, BOTH) == text
        assert has_name(text) or after == text


@given(values)
def test_json_keeps_its_shape_and_all_that_is_not_about_him(value: Any) -> None:
    after = orjson.loads(struck_json(orjson.dumps(value).decode(), BOTH))
    for (called, old), (same, new) in zip(leaves(value), leaves(after), strict=True):
        assert called == same
        if isinstance(old, str):
            assert not has_id(new)
            is_name = called == "name" and old.lower() in {"river otter", "river_otter", "ann", "ab"}
            assert (new == "(forgotten)") == is_name
            assert has_id(old) or is_name or new == old
        else:
            assert new == old


def test_what_the_log_names_stands_under_the_opaque_id() -> None:
    assert struck_ids("person:kick:7200101", BOTH) == "person:kick:gone-x"
    assert struck_ids("77", BOTH) == "gone-y"
    assert struck_prose("Ann (77) wrote 77 lines", BOTH) == "(forgotten) (77) wrote 77 lines"
    assert struck_prose("kick:72001011 and 17200101 and Annabel", BOTH) == "kick:72001011 and 17200101 and Annabel"
    assert struck_json('{"id": 7200101, "who": ["kick:7200101", "77"], "role": "ann"}', BOTH) == (
        '{"id":7200101,"role":"ann","who":["kick:gone-x","gone-y"]}'
    )


def test_somebody_elses_text_loses_only_what_addresses_him() -> None:
    told = "@River_Otter and ann, @Ann! @Annabel, kick:7200101 was late"
    assert struck_mentions(told, BOTH) == "@(forgotten) and ann, @(forgotten)! @Annabel, kick:gone-x was late"


@given(texts)
def test_every_text_that_names_somebody_holds_a_term_to_search_for(text: str) -> None:
    if struck_prose(text, BOTH) != text:
        assert any(term in text.lower() for one in BOTH for term in one.terms)


def test_an_account_is_found_in_the_bytes_of_a_notification() -> None:
    for told in (
        b'{"user_id":7200101}',
        b'{"id": "7200101"}',
        b'"{\\"id\\":7200101,\\"n\\":\\"x\\"}"',
        b'{"username":"River_Otter"}',
        b'"{\\"gifted_usernames\\":[\\"somebody\\",\\"river_otter\\"]}"',
    ):
        assert OTTER.raw.search(told), told
    for told in (b'{"user_id":72001011}', b'{"content":"7200101"}', b'{"slug":"river_otters"}', b'{"content":"ab"}'):
        assert not OTTER.raw.search(told), told


def test_an_account_is_the_same_after_it_was_stored() -> None:
    assert [Struck.restored(orjson.loads(orjson.dumps(one.stored()))) for one in BOTH] == BOTH


def test_a_happening_stays_one_without_whom_it_is_about_and_what_he_wrote() -> None:
    otter, other = ["7200101", "River_Otter", "river-otter", "https://x/1.png"], ["5", "ab ", "ab", None]
    facts = {"who": otter, "at": 7200101, "others": [other, [None, "RIVER_OTTER", None, None]], "number": 3}
    told = {"facts": {**facts, "words": {"message": "hi, otter here", "name": "Rocket"}}, "correlation": "c"}
    after = orjson.loads(struck_happening(orjson.dumps(told).decode(), BOTH))
    assert after == {
        "facts": {
            "who": ["gone-x", "gone-x", None, None],
            "at": 7200101,
            "others": [other, [None, "gone-x", None, None]],
            "number": 3,
            "words": {"message": "", "name": "Rocket"},
        },
        "correlation": "c",
    }
    by_other = {**facts, "who": other, "words": {"message": "hi"}}
    kept = orjson.loads(struck_happening(orjson.dumps(by_other).decode(), BOTH))
    assert (kept["who"], kept["words"]) == (other, {"message": "hi"})
    assert orjson.loads(struck_happening('{"id":"77","name":"Ann"}', BOTH)) == {"id": "gone-y", "name": "gone-y"}
    keys = ["7200101:5:rocket:1", "river_otter", "77:ever", "72001011:5", "other:7200101", ""]
    assert [struck_group(key, BOTH) for key in keys] == [
        *("gone-x:5:rocket:1", "gone-x", "gone-y:ever", "72001011:5", "other:7200101", "")
    ]
