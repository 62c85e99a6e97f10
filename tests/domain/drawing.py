"""A draw as its bundle, made of the frozen vectors, and what somebody might do to it."""

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from server.domain.draws.records import read_record, record_hash

Bundle = dict[str, Any]
VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "payloads" / "rdp1" / "vectors.json").read_text(encoding="utf-8")
)
END: dict[str, Any] = VECTORS["end_to_end"]
ROUND_S = 1_692_806_364
COMMIT: dict[str, Any] = END["record"]
HEAD = {key: COMMIT[key] for key in ("v", "env", "channel", "draw_id")} | {
    "created_at": ROUND_S + 6,
    "commit": END["commit"],
}
RESULT: dict[str, Any] = HEAD | {
    "kind": "result",
    "beacon_round": END["round"],
    "beacon_signature": END["signature"],
    "seed": END["seed"],
    "drawn": [[one["position"], one["ticket"], one["index"]] for one in END["result"]],
    "evidence": [{"place": "kick_chat", "reference": "m-1", "at": ROUND_S - 263}],
}
PASS: dict[str, Any] = HEAD | {"kind": "pass", "position": 1, "reason": "unclaimed"}
VOID: dict[str, Any] = HEAD | {"kind": "void", "reason": "no_beacon"}
POSTPONED: dict[str, Any] = {key: one for key, one in HEAD.items() if key != "commit"} | {
    "kind": "postponed",
    "from_round": 900,
    "beacon_round": END["round"],
    "reason": "not_frozen_in_time",
}
ALICE = {"code": "2hvj w8m3 71ps q8q7", "subject": "kick:501", "salt": sha256(b"salt-alice").hexdigest()}


def linked(*told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Records as a log: each with its number and the hash of the one before."""
    log: list[dict[str, Any]] = []
    before = "00" * 32
    for number, one in enumerate(told, 1):
        log.append({**one, "seq": number, "prev": before})
        before = record_hash(read_record(log[-1])).hex()
    return log


def bundle(*told: Mapping[str, Any], **more: Any) -> Bundle:
    """The vectors' draw as a bundle; with other records than commit and result where some are named."""
    log = linked(*(told or (COMMIT, RESULT)))
    return {
        "v": "rdp1",
        "kind": "bundle",
        "draw_id": COMMIT["draw_id"],
        "log": log,
        "entries": END["entries_csv"],
    } | more


def rows_changed(change: Callable[[list[str]], list[str]]) -> Bundle:
    """The bundle with its list tampered with."""
    return bundle() | {"entries": "".join(change(END["entries_csv"].splitlines(keepends=True)))}


def result_with(**changes: Any) -> Bundle:
    """The bundle with another result."""
    return bundle(COMMIT, RESULT | changes)


def renamed(**changes: Any) -> Bundle:
    """The bundle of a commit that was changed before its result was hung onto it; the result still names the old."""
    return bundle() | {"log": [COMMIT | changes, *bundle()["log"][1:]]}


SECOND = {"place": "discord", "reference": "1", "at": ROUND_S - 59}
OTHER_SIGNATURE = "b33bf3667cbd5a82de3a24b4e0e9fe5513cc1a0e840368c6e31f5fcfa79bea03f73896b25883abf2853d10337fb8fa41"
MADE_S = max(COMMIT["created_at"], COMMIT["closes_at"])
UNPROVED = "not_independently_verifiable"
WHOLE: Mapping[str, tuple[Bundle, str]] = {
    "as drawn": (bundle(), "verified"),
    "passed over": (bundle(COMMIT, RESULT, PASS), "verified"),
    "not drawn yet": (bundle(COMMIT), "not_drawn_yet"),
    "the beacon is there, the result is not": (
        bundle(COMMIT, beacon={"round": 1000, "signature": END["signature"]}),
        "not_drawn_yet",
    ),
    "given up": (bundle(COMMIT, VOID), "void"),
    "posted nowhere": (result_with(evidence=[]), "not_independently_verifiable"),
    "posted 59 seconds before": (result_with(evidence=[SECOND]), "late_commit"),
    "posted 60 seconds before": (result_with(evidence=[SECOND | {"at": ROUND_S - 60}]), "verified"),
    "posted afterwards": (result_with(evidence=[SECOND | {"at": ROUND_S + 1}]), "late_commit"),
    "posted in two places": (result_with(evidence=[SECOND, *RESULT["evidence"]]), "verified"),
    "posted before the list was closed": (result_with(evidence=[SECOND | {"at": MADE_S - 1}]), UNPROVED),
    "posted when the list was closed": (result_with(evidence=[SECOND | {"at": MADE_S}]), "verified"),
    "posted too early and too late": (result_with(evidence=[SECOND | {"at": 0}, SECOND]), "late_commit"),
    "nobody left out": (bundle(excluded=""), "verified"),
}
BROKEN: Mapping[str, tuple[Any, set[str]]] = {
    "an entrant removed": (
        rows_changed(lambda rows: rows[1:]),
        {"entrant_removed", "tickets_changed", "list_changed", "root_differs"},
    ),
    "an entrant added": (
        rows_changed(lambda rows: [*rows, f"{'ff' * 32},1,\n"]),
        {"entrant_added", "tickets_changed", "list_changed", "root_differs"},
    ),
    "an entrant doubled": (rows_changed(lambda rows: [rows[0], *rows]), {"entry_doubled"}),
    "entrants reordered": (rows_changed(lambda rows: rows[::-1]), {"entries_reordered"}),
    "a weight changed": (
        rows_changed(lambda rows: [rows[0].replace(",15,", ",16,"), *rows[1:]]),
        {"tickets_changed", "list_changed", "root_differs"},
    ),
    "tickets moved to a friend": (
        rows_changed(lambda rows: [rows[0].replace(",15,", ",16,"), rows[1].replace(",64,", ",63,"), *rows[2:]]),
        {"list_changed", "root_differs"},
    ),
    "a label changed": (
        rows_changed(lambda rows: [rows[0].replace("bob", "bert"), *rows[1:]]),
        {"list_changed", "root_differs"},
    ),
    "a row that is none": (rows_changed(lambda rows: [*rows, "x"]), {"row_unreadable"}),
    "an empty list": (rows_changed(lambda _: []), {"entries_none"}),
    "another round": (result_with(beacon_round=1001, beacon_signature=OTHER_SIGNATURE), {"round_differs"}),
    "the signature of another round": (result_with(beacon_signature=OTHER_SIGNATURE), {"signature_wrong"}),
    "no signature at all": (result_with(beacon_signature="00" * 48), {"signature_unfit"}),
    "two signatures": (
        bundle(beacon={"round": 1000, "signature": OTHER_SIGNATURE}),
        {"signature_differs"},
    ),
    "another seed": (result_with(seed="00" * 32), {"seed_differs"}),
    "another winner": (result_with(drawn=[[1, 13, 0], *RESULT["drawn"][1:]]), {"winners_differ"}),
    "a winner less": (result_with(drawn=RESULT["drawn"][1:]), {"winners_differ"}),
    "passed over twice": (bundle(COMMIT, RESULT, PASS, PASS), {"passes_odd"}),
    "passed over without having been drawn": (bundle(COMMIT, RESULT, PASS | {"position": 5}), {"passes_odd"}),
    "a second commit": (bundle(COMMIT, COMMIT | {"title": "A better one"}, RESULT), {"second_commit"}),
    "postponed afterwards": (bundle(COMMIT, POSTPONED, RESULT), {"postponed_late"}),
    "a second result": (bundle(COMMIT, RESULT, RESULT), {"second_result"}),
    "another promise": (renamed(winners=1), {"log_broken"}),
    "a record missing": (bundle() | {"log": linked(COMMIT | {"draw_id": "old"}, COMMIT, RESULT)[1:]}, {"log_gap"}),
    "a log without the draw": (bundle() | {"draw_id": "another"}, {"commit_missing"}),
    "another chain": (renamed(beacon_chain="00" * 32), {"wrong_chain"}),
    "an unknown key": (bundle(surprise=1), {"bundle_unfit"}),
    **{
        f"a title with {ord(odd):x}": (renamed(title=f"Draw {odd}"), {"record_unfit"})
        for odd in "\n\x7f\x85\u2028\u202e\u2066\ufeff\ufdd0\uffff\U0010fffe"
    },
    "a kind in a list": (renamed(kind=["commit"]), {"record_unfit"}),
    "a number that is not written as a whole one": (renamed(winners=2.0), {"record_unfit"}),
    "the first number in another way": (bundle(beacon={"round": 1e3, "signature": END["signature"]}), {"bundle_unfit"}),
    "an unknown key in a record": (renamed(surprise=1), {"record_unfit"}),
    "no bundle": ([], {"bundle_unfit"}),
    "somebody left out in silence": (bundle(excluded=f"{'ff' * 32},banned\n"), {"excluded_changed"}),
    "a row of those left out that is none": (bundle(excluded="x"), {"bundle_unfit"}),
    "signed by somebody else": (
        bundle(COMMIT | {"operator_key": "11" * 32}, signatures=["00" * 64]),
        {"operator_signature_wrong"},
    ),
}
OTHER_SALT = sha256(b"salt-another").hexdigest()
TYPED: Mapping[str, tuple[dict[str, str], set[tuple[str, str]]]] = {
    "all well": (ALICE, set()),
    "a code alone": ({"code": ALICE["code"]}, set()),
    "a short code": (ALICE | {"code": "A3NR"}, {("code", "code_unfit")}),
    "a code of other letters": (ALICE | {"code": "2HVJ-W8M3-71PS-Q8QU"}, {("code", "code_unfit")}),
    "no code but dashes": ({"code": " - "}, set()),
    "a name for an account": (ALICE | {"subject": "alice"}, {("account", "subject_unfit")}),
    "a short key": (ALICE | {"key": "00"}, {("key", "key_unfit")}),
    "a short salt": (ALICE | {"salt": "00"}, {("salt", "salt_unfit")}),
    "a salt of other letters": (ALICE | {"salt": "x" * 64}, {("salt", "salt_unfit")}),
    "an account without a salt": ({"subject": ALICE["subject"]}, {("salt", "salt_missing")}),
    "a salt without an account": ({"salt": ALICE["salt"]}, {("account", "subject_missing")}),
    "the account of another": (ALICE | {"subject": "kick:502"}, {("salt", "own_missing")}),
    "the salt of another": (ALICE | {"salt": OTHER_SALT}, {("salt", "own_missing")}),
    "all wrong": (
        {"code": "x", "subject": "x", "salt": "x"},
        {("code", "code_unfit"), ("account", "subject_unfit"), ("salt", "salt_unfit")},
    ),
}
"""What a viewer may type beside the vectors' draw, and what is wrong with it: never a fault of the draw."""
