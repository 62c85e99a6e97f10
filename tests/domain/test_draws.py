"""The draw's rules against the frozen vectors of RDP-1, and what they refuse."""

from collections.abc import Sequence
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from server.domain.draws.canon import canon
from server.domain.draws.entries import (
    Entrant,
    Entry,
    check_entries,
    entries_csv,
    entry_id,
    listed,
    read_entries,
)
from server.domain.draws.records import (
    Commit,
    is_signed,
    read_record,
    record_hash,
    same_code,
    short_code,
    sign,
    signed_bytes,
    written,
)
from server.domain.draws.selection import Stream, draw, seed_of
from server.domain.draws.snapshot import Ranges, Reading, Snapshot
from server.domain.draws.tree import leaf, start_of, tree_of
from server.domain.refusals import Refused
from tests.domain.drawing import END, VECTORS

FILE = Path(__file__).parents[1] / "payloads" / "rdp1" / "vectors.json"
CHI_LIMIT = 9.49
"""Chi-square with four degrees of freedom is above it in one of twenty fair runs."""


def digest(text: str) -> bytes:
    return sha256(text.encode()).digest()


def people(count: int) -> list[Entry]:
    return listed(Entrant(f"kick:{1000 + at}", digest(f"salt{at}"), at + 1, "") for at in range(count))


def read_in_pages(entries: Sequence[Entry], size: int) -> tuple[Snapshot, Ranges]:
    """What is known of a list that is read as it is published, so many rows at a time."""
    reading, ranges = Reading(), Ranges()
    for start in range(0, len(entries), size):
        page = entries_csv(entries[start : start + size]).decode()
        reading.take(page)
        ranges.take(page)
    closed = reading.done()
    assert closed is not None
    assert (closed.excluded_count, closed.excluded_sha256) == (0, sha256().hexdigest())
    return closed.list, ranges


def refusal(call: Any, *given: Any) -> str:
    with pytest.raises(Refused) as caught:
        call(*given)
    return caught.value.code


def test_the_vectors_are_the_frozen_ones() -> None:
    assert sha256(FILE.read_bytes()).hexdigest().startswith("228ef5f5266c82d27d4cdce0cfe43bbdfabd1e248a163de6")


@pytest.mark.parametrize("vector", VECTORS["entry_id"], ids=lambda one: one["subject"])
def test_an_entry_id_is_the_published_one(vector: dict[str, str]) -> None:
    assert entry_id(bytes.fromhex(vector["salt"]), vector["subject"]).hex() == vector["id"]


@pytest.mark.parametrize("vector", VECTORS["sum_tree"], ids=lambda one: str(one["n"]))
def test_a_sum_tree_is_the_published_one_and_every_entry_proves_its_range(vector: dict[str, Any]) -> None:
    entries = people(vector["n"])
    tree = tree_of(entries)
    assert (tree.root.hex(), tree.total, leaf(entries[0]).hex()) == (
        vector["root"],
        vector["total"],
        vector["first_leaf"],
    )
    start = 0
    for index, entry in enumerate(entries):
        path = tree.path(index)
        assert start_of(entry, path, tree.root, tree.total) == start
        assert start_of(entry._replace(weight=entry.weight + 1), path, tree.root, tree.total) is None
        start += entry.weight


@pytest.mark.parametrize("vector", VECTORS["sum_tree"], ids=lambda one: str(one["n"]))
def test_a_list_that_is_read_once_in_pages_has_the_published_root(vector: dict[str, Any]) -> None:
    entries = people(vector["n"])
    closed, ranges = read_in_pages(entries, 3)
    assert (closed.entries_root, closed.tickets_total) == (vector["root"], vector["total"])
    assert closed.entries_count == len(entries) == len(ranges.starts) - 1
    assert ranges.starts == list(accumulate((entry.weight for entry in entries), initial=0))
    assert [ranges.id_of(place) for place in range(len(entries))] == [entry.id.hex() for entry in entries]


def test_a_list_in_which_nobody_is_has_no_snapshot() -> None:
    assert Reading().done() is None


def test_the_stream_and_its_bounded_numbers_are_the_published_ones() -> None:
    seed = bytes.fromhex(VECTORS["prng"]["seed"])
    stream = Stream(seed)
    assert [stream.next() for _ in range(4)] == VECTORS["prng"]["u64"]
    for name in ("below", "rejection"):
        wanted, stream = VECTORS[name], Stream(seed)
        values = [int(value) for value in wanted["values"]]
        assert [stream.below(int(wanted["n"])) for _ in values] == values
        assert stream.used == wanted["blocks_used"]


def test_a_whole_draw_is_the_published_one() -> None:
    record = read_record(END["record"])
    assert sha256(canon(written(record))).hexdigest() == END["canonical_sha256"]
    commit = record_hash(record)
    assert (commit.hex(), short_code(commit)) == (END["commit"], END["short_code"])
    entries = read_entries(END["entries_csv"])
    assert entries_csv(entries).decode() == END["entries_csv"]
    names = ("alice", "bob", "carol", "dave", "erin")
    salted = [(f"kick:{501 + at}", digest(f"salt-{name}"), name) for at, name in enumerate(names)]
    weights: dict[str, int] = dict(zip(names, (120, 15, 400, 1, 64), strict=True))
    assert listed(Entrant(who, salt, weights[name], name) for who, salt, name in salted) == entries
    assert isinstance(record, Commit)
    assert entries_csv(entries).decode() == END["entries_csv"]
    closed, _ = read_in_pages(entries, 2)
    fixed = ("entries_root", "entries_count", "entries_sha256", "tickets_total")
    assert [getattr(closed, name) for name in fixed] == [getattr(record, name) for name in fixed]
    seed = seed_of(commit, bytes.fromhex(record.beacon_chain), END["round"], bytes.fromhex(END["randomness"]))
    assert seed.hex() == END["seed"]
    drawn = draw(seed, [entry.weight for entry in entries], 4)
    assert [[*place, entries[place.owner].label] for place in drawn] == [list(one.values()) for one in END["result"]]
    tree = tree_of(entries)
    path = tree.path(drawn[0].owner)
    assert [[side, one.hex(), many] for side, one, many in path] == END["winner_proof"]
    assert start_of(entries[drawn[0].owner], path, tree.root, tree.total) == END["winner_range_start"]


def test_a_draw_of_single_tickets_is_the_published_one() -> None:
    entries = read_entries(END["entries_csv"])
    drawn = draw(bytes.fromhex(VECTORS["per_ticket_mode"]["seed"]), [one.weight for one in entries], 6, per_entry=False)
    assert [[at, ticket, entries[who].label] for at, ticket, who in drawn] == VECTORS["per_ticket_mode"]["result"]


def test_a_draw_among_a_million_tickets_is_the_published_one() -> None:
    wanted = VECTORS["million"]
    entries = listed(
        Entrant(f"kick:{1000 + at}", digest(f"salt{at}"), 1 + int.from_bytes(digest(f"w{at}")[:4], "big") % 49, "")
        for at in range(wanted["entrants"])
    )
    tree = tree_of(entries)
    assert (tree.root.hex(), tree.total) == (wanted["root"], wanted["tickets_total"])
    drawn = draw(bytes.fromhex(wanted["seed"]), [entry.weight for entry in entries], 30)
    assert [[*place, entries[place.owner].id.hex()[:16]] for place in drawn[:10]] == wanted["first10"]
    assert len(tree.path(drawn[0].owner)) == wanted["path_len"]
    changed = END["record"] | {
        "entries_root": tree.root.hex(),
        "entries_count": len(entries),
        "tickets_total": tree.total,
        "winners": 10,
        "alternates": 20,
        "beacon_round": 1001,
        "seq": 2,
        "prev": END["commit"],
        "entries_sha256": sha256(entries_csv(entries)).hexdigest(),
    }
    assert record_hash(read_record(changed)).hex() == wanted["commit"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, "é\n\x1f\u2028"]}, '{"a":[true,"é\\n\\u001f\u2028"],"b":1}'),
        (2**53 - 1, "9007199254740991"),
        ({}, "{}"),
    ],
)
def test_canonical_text(value: object, text: str) -> None:
    assert canon(value).decode() == text


@pytest.mark.parametrize(
    "value", [None, 1.0, -1, 2**53, {"é": 1}, {1: 1}, "\ud800", [[[[[[[[[1]]]]]]]]], b"x"], ids=repr
)
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    assert refusal(canon, value) == "not_canonical"


def test_a_list_that_is_not_in_order_is_refused_by_name() -> None:
    one, two, three = people(3)
    assert check_entries([one, two, three]) == 6
    assert refusal(check_entries, []) == "entries_none"
    assert refusal(check_entries, [one, one, two]) == "entry_doubled"
    assert refusal(check_entries, [two, one, three]) == "entries_reordered"
    assert refusal(check_entries, [one, two._replace(weight=0)]) == "weight_unfit"
    assert refusal(check_entries, [one, two._replace(label="<b>")]) == "label_unfit"
    assert refusal(check_entries, [one._replace(weight=2**53 - 1), two]) == "tickets_too_many"
    assert refusal(entry_id, b"short", "kick:1") == "salt_unfit"
    assert refusal(entry_id, bytes(32), "kick:alice") == "subject_unfit"


@pytest.mark.parametrize("row", ["", "a,1,\n", "{},0,\n", "{},01,\n", "{},1\n", "{},1,x", "{},1,é\n", "{},1,\r\n"])
def test_a_row_that_is_none_is_refused(row: str) -> None:
    text = row.format("ab" * 32)
    if text:
        assert refusal(read_entries, text) == "row_unreadable"
    else:
        assert read_entries(text) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"surprise": 1}, "record_unfit"),
        ({"v": "rdp2"}, "record_unfit"),
        ({"kind": "poem"}, "record_unfit"),
        ({"title": None}, "record_unfit"),
        ({"winners": True}, "record_unfit"),
        ({"winners": 0}, "record_unfit"),
        ({"winners": 999, "alternates": 2}, "record_unfit"),
        ({"entries_root": "BD" * 32}, "record_unfit"),
        ({"beacon_chain": "00" * 32}, "wrong_chain"),
    ],
    ids=str,
)
def test_a_record_that_is_none_is_refused(change: dict[str, Any], code: str) -> None:
    assert refusal(read_record, END["record"] | change) == code
    without = {key: one for key, one in END["record"].items() if key != "seq"}
    assert refusal(read_record, without) == "record_unfit"


def test_a_commit_is_signed_over_the_bytes_that_are_hashed() -> None:
    record, other = read_record(END["record"]), read_record(END["record"] | {"seq": 2})
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public = key.public_key().public_bytes_raw()
    assert sha256(signed_bytes(record)).hexdigest() == END["commit"]
    assert is_signed(public, record, sign(key, record))
    assert not is_signed(public, other, sign(key, record))
    assert not is_signed(bytes(31), record, b"")


def test_a_code_is_known_again_however_it_is_typed() -> None:
    assert same_code(" 2hvj w8m3-71ps-q8q7\n", END["short_code"])
    assert same_code("2HVJ-W8M3-7lPS-Q8Q7", END["short_code"])
    assert not same_code("2HVJ-W8M3-71PS-Q8Q6", END["short_code"])
    assert not same_code("", END["short_code"])


@given(st.binary(min_size=32, max_size=32), st.lists(st.integers(1, 50), min_size=1, max_size=20), st.integers(0, 30))
def test_nobody_is_drawn_twice_and_no_ticket_is_somebody_elses(seed: bytes, weights: list[int], count: int) -> None:
    drawn = draw(seed, weights, count)
    assert len({place.owner for place in drawn}) == len(drawn) == min(count, len(weights))
    single = draw(seed, weights, count, per_entry=False)
    assert len({place.ticket for place in single}) == len(single) == min(count, sum(weights))
    for _, ticket, index in (*drawn, *single):
        assert 0 <= ticket - sum(weights[:index]) < weights[index]
    assert draw(seed, weights, 0) == []


def test_more_places_than_the_limit_are_refused() -> None:
    with pytest.raises(ValueError, match="1000 places"):
        draw(bytes(32), [1], 1001)


def test_chi_square_over_200000_draws_is_within_the_limit_of_5_percent() -> None:
    weights, many = (120, 15, 400, 1, 64), 200_000
    total = sum(weights)
    first, second = [0] * 5, [0] * 5
    for number in range(many):
        seed = sha256(b"even" + number.to_bytes(8, "big")).digest()
        one, two = draw(seed, weights, 2)
        first[one.owner] += 1
        second[two.owner] += 1
    others = [sum(weights[j] / total * weights[i] / (total - weights[j]) for j in range(5) if j != i) for i in range(5)]
    assert chi_square(first, [weight / total for weight in weights], many) < CHI_LIMIT
    assert chi_square(second, others, many) < CHI_LIMIT


def chi_square(seen: list[int], shares: list[float], many: int) -> float:
    return sum((count - many * share) ** 2 / (many * share) for count, share in zip(seen, shares, strict=True))
