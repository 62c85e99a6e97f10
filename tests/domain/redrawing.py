"""Live draws of one raffle as their files, signed, with rules, postponed and drawn again, honestly and otherwise."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server.domain.draws.entries import read_entries
from server.domain.draws.records import AnyRecord, Commit, read_record, record_hash, sign, written
from server.domain.draws.rounds import QUICKNET, Beacon
from server.domain.draws.rules import rules_text
from server.domain.draws.selection import draw, seed_of
from tests.domain.drawing import COMMIT, END, POSTPONED, RESULT, ROUND_S, Bundle

KEY, OTHER_KEY = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2))
RULES = rules_text("raffle", {"title": "Märchen", "winners": 2, "alternates": 2, "beacon_round": END["round"]})
LIVE: dict[str, Any] = COMMIT | {
    "env": "live",
    "draw_id": "raffle-3-2",
    "rules_sha256": sha256(RULES.encode()).hexdigest(),
}
FIRST: dict[str, Any] = LIVE | {"draw_id": "raffle-3-1", "beacon_round": END["round"] - 100}
FIRST_S = ROUND_S - 300


def after(commit: Mapping[str, Any], kind: str, at: int, **content: Any) -> dict[str, Any]:
    """A record that belongs to a commit, whose hash is filled in where it stands in a log."""
    return {key: commit[key] for key in ("v", "env", "channel", "draw_id")} | {
        "kind": kind,
        "created_at": at,
        **content,
    }


def drawn(commit: Mapping[str, Any]) -> dict[str, Any]:
    """What is drawn from a commit; the rest follows where it stands in a log."""
    return after(
        commit,
        "result",
        ROUND_S + 6,
        beacon_round=commit["beacon_round"],
        beacon_signature=END["signature"],
        evidence=RESULT["evidence"],
    )


def postponed(commit: Mapping[str, Any], to: int) -> dict[str, Any]:
    """That a draw waits for another round than the one named before."""
    return {key: one for key, one in POSTPONED.items() if key != "commit"} | {
        "env": "live",
        "draw_id": commit["draw_id"],
        "beacon_round": to,
    }


def void(commit: Mapping[str, Any], at: int) -> dict[str, Any]:
    """That a draw is given up."""
    return after(commit, "void", at, reason="by_staff")


def filled(told: Mapping[str, Any], commit: Commit | None) -> Mapping[str, Any]:
    """A record with what follows from the commit of its draw."""
    if told["kind"] in {"commit", "postponed"} or commit is None:
        return told
    hashed = record_hash(commit)
    if told["kind"] != "result":
        return {**told, "commit": hashed.hex()}
    beacon = Beacon(told["beacon_round"], bytes.fromhex(told["beacon_signature"]))
    seed = seed_of(hashed, QUICKNET.hash, beacon.round, beacon.randomness)
    weights = [entry.weight for entry in read_entries(END["entries_csv"])]
    places = [list(place) for place in draw(seed, weights, commit.winners + commit.alternates, per_entry=True)]
    return {**told, "commit": hashed.hex(), "seed": seed.hex(), "drawn": places}


def log_of(*told: Mapping[str, Any]) -> list[AnyRecord]:
    """Records as a log."""
    log: list[AnyRecord] = []
    commits: dict[str, Commit] = {}
    for number, one in enumerate(told, 1):
        prev = record_hash(log[-1]).hex() if log else "00" * 32
        record = read_record({**filled(one, commits.get(one["draw_id"])), "seq": number, "prev": prev})
        log.append(record)
        if isinstance(record, Commit):
            commits[record.draw_id] = record
    return log


def live(*told: Mapping[str, Any], keys: Mapping[int, Ed25519PrivateKey] | None = None, **more: Any) -> Bundle:
    """The live draw as a bundle; signed where its commits name a key, record by record, with another from `keys`."""
    log = log_of(*(told or (LIVE, drawn(LIVE))))
    signatures = [sign((keys or {}).get(one.seq, KEY), one).hex() for one in log]
    signed = {"signatures": signatures} if any(getattr(one, "operator_key", None) for one in log) else {}
    return {
        "v": "rdp1",
        "kind": "bundle",
        "draw_id": LIVE["draw_id"],
        "log": [written(one) for one in log],
        "entries": END["entries_csv"],
        **signed,
        **more,
    }


def signed_by(key: Ed25519PrivateKey, commit: Mapping[str, Any]) -> dict[str, Any]:
    """A commit that names a key."""
    return {**commit, "operator_key": key.public_key().public_bytes_raw().hex()}


SIGNED, SIGNED_FIRST = signed_by(KEY, LIVE), signed_by(KEY, FIRST)
STRANGE: dict[str, Any] = LIVE | {"draw_id": "giveaway-1-1"}
SIGNED_STRANGE = signed_by(KEY, STRANGE)
KEYS = [key.public_key().public_bytes_raw().hex() for key in (KEY, OTHER_KEY)]
POINT = "01" + "00" * 31
"""A point of order one, under whose name `POINT` and a zero sign everything."""
HIGH_POINT = "ee" + "ff" * 30 + "7f"
"""The same point, its height written as one more than the field has numbers."""
JOINED = LIVE | {"title": "Fam \U0001f468\u200d\U0001f469 \U0001fae8\u3000\ue000"}
IN_TIME = void(FIRST, FIRST_S - 1)
NO_TERMS = json.dumps({"winners": 3}, indent=1)


def with_rules(text: str, **changes: Any) -> Bundle:
    """The draw with another text of rules, whose hash it promises."""
    commit = LIVE | {"rules_sha256": sha256(text.encode()).hexdigest()} | changes
    return live(commit, drawn(commit), rules=text)


def forged(at: int, *told: Mapping[str, Any]) -> Bundle:
    """A signed draw whose signature of one record is another's."""
    made = live(*told)
    made["signatures"][at] = made["signatures"][at - 1]
    return made


def passed(commit: Mapping[str, Any], position: int) -> dict[str, Any]:
    """That somebody who was drawn is passed over."""
    return after(commit, "pass", ROUND_S - 200, position=position, reason="unclaimed")


def supplementing(earlier: Mapping[str, Any], *, out: int, **changes: Any) -> dict[str, Any]:
    """The live draw as one that adds a winner to an earlier one, whose list had those in it who are out of this."""
    return LIVE | {"winners": 1, "supplement_of": earlier["draw_id"], "excluded_count": out, **changes}


LARGER: dict[str, Any] = FIRST | {"entries_count": 9, "tickets_total": 700, "excluded_count": 0}
"""An earlier draw over a list in which four more were."""
SPENT = (LARGER, drawn(LARGER), *(passed(LARGER, position) for position in (1, 2, 3)))
"""It, and that it has one winner left for its two prizes, and no alternate."""
MORE = supplementing(LARGER, out=4)
LARGEST = LARGER | {"entries_count": 10}
AGAIN = supplementing(LARGER, out=4, draw_id="raffle-3-3", alternates=0, entries_count=6, tickets_total=650)
AFTER_AGAIN = supplementing(AGAIN, out=5)
ADDED = supplementing(LIVE, out=4, draw_id="raffle-3-3", entries_count=1, tickets_total=64)
THIRD: dict[str, Any] = LIVE | {"draw_id": "raffle-3-3"}

HISTORIES: Mapping[str, tuple[Bundle, str, set[str]]] = {
    "drawn once": (live(), "verified", set()),
    "given up in time, then drawn": (live(FIRST, IN_TIME, LIVE, drawn(LIVE)), "verified", set()),
    "given up when its round was out, then drawn": (
        live(FIRST, void(FIRST, FIRST_S), LIVE, drawn(LIVE)),
        "drawn_again",
        {"drawn_again"},
    ),
    "given up when its round was out, then promised": (
        live(FIRST, void(FIRST, FIRST_S + 700_000), LIVE),
        "drawn_again",
        {"drawn_again"},
    ),
    "left undrawn, then drawn": (live(FIRST, LIVE, drawn(LIVE)), "drawn_again", {"drawn_again"}),
    "drawn, then drawn again": (
        live(FIRST, drawn(FIRST), LIVE, drawn(LIVE)),
        "drawn_again",
        {"drawn_again"},
    ),
    "drawn again later": (
        live(LIVE, drawn(LIVE), LIVE | {"draw_id": "raffle-3-3"}),
        "drawn_again",
        {"drawn_again"},
    ),
    "drawn, then more drawn for a prize that nobody was left to have": (
        live(*SPENT, MORE, drawn(MORE), rules=RULES),
        "verified",
        set(),
    ),
    "drawn, then more drawn while a winner stands": (
        live(*SPENT[:-1], MORE, drawn(MORE)),
        "failed",
        {"supplement_unneeded"},
    ),
    "drawn, then more drawn than prizes were left": (
        live(*SPENT, MORE | {"winners": 2}, drawn(MORE | {"winners": 2})),
        "failed",
        {"supplement_unneeded"},
    ),
    "drawn, then more drawn while others are on their way": (
        live(*SPENT, THIRD | {"winners": 1, "supplement_of": "raffle-3-1"}, MORE, drawn(MORE)),
        "failed",
        {"supplement_unneeded", "drawn_again"},
    ),
    "more drawn for a draw that the log does not have": (
        live(FIRST | {"draw_id": "raffle-4-1"}, MORE, drawn(MORE)),
        "failed",
        {"supplement_of_nothing"},
    ),
    "more drawn for a draw that was given up": (
        live(LARGER, void(LARGER, FIRST_S - 1), MORE, drawn(MORE)),
        "failed",
        {"supplement_of_nothing"},
    ),
    "more drawn from a list with those in it who were drawn before": (
        live(*SPENT, MORE | {"excluded_count": 3}, drawn(MORE)),
        "failed",
        {"supplement_list_differs"},
    ),
    "more drawn from a list that lacks somebody": (
        live(LARGEST, *SPENT[1:], MORE | {"excluded_count": 5}, drawn(MORE)),
        "verified",
        set(),
    ),
    "drawn, then added to": (
        live(
            LIVE,
            drawn(LIVE),
            *(passed(LIVE, position) for position in (1, 2, 3)),
            ADDED,
        ),
        "verified",
        set(),
    ),
    "drawn, then added to while both winners stood": (
        live(LIVE, drawn(LIVE), THIRD | {"winners": 1, "supplement_of": "raffle-3-2"}),
        "drawn_again",
        {"drawn_again"},
    ),
    "more drawn for a draw that drew more itself, of which nobody is left either": (
        live(LARGEST, *SPENT[1:], AGAIN, drawn(AGAIN), passed(AGAIN, 1), AFTER_AGAIN, drawn(AFTER_AGAIN)),
        "verified",
        set(),
    ),
    "twelve given up late, and late itself": (
        live(
            *(FIRST | {"draw_id": f"raffle-3-{number}"} for number in range(10, 22)),
            LIVE,
            drawn(LIVE) | {"evidence": []},
        ),
        "not_independently_verifiable",
        {"drawn_again", "not_independently_verifiable"},
    ),
    "another raffle was drawn before": (
        live(FIRST | {"draw_id": "raffle-33-1"}, LIVE, drawn(LIVE)),
        "verified",
        set(),
    ),
    "given up in time": (live(LIVE, void(LIVE, ROUND_S - 1)), "void", set()),
    "given up late": (live(LIVE, void(LIVE, ROUND_S)), "given_up_late", {"given_up_late"}),
    "with its rules": (live(rules=RULES), "verified", set()),
    "with rules that nobody can read": (with_rules(NO_TERMS), "verified", set()),
    "with other rules": (live(rules=RULES.replace("Märchen", "Sage")), "failed", {"rules_differ"}),
    "with more winners than the rules have": (
        with_rules(RULES.replace('"winners":2', '"winners":1')),
        "failed",
        {"rules_broken"},
    ),
    "with another round than the rules have": (
        with_rules(RULES.replace(":1000", ":1200")),
        "failed",
        {"round_unannounced"},
    ),
    "postponed on record": (
        live(postponed(LIVE, 990), postponed(LIVE, 1000), LIVE, drawn(LIVE), rules=RULES),
        "verified",
        set(),
    ),
    "postponed on record to another round": (
        live(postponed(LIVE, 1000), postponed(LIVE, 990), LIVE, drawn(LIVE), rules=RULES),
        "failed",
        {"round_unannounced"},
    ),
    "with an emoji of many": (live(JOINED, drawn(JOINED)), "verified", set()),
    "with rules that hold half of a character": (with_rules('{"beacon_round":5,"x":"\\ud800"}'), "verified", set()),
    "signed": (live(SIGNED, drawn(LIVE)), "verified", set()),
    "signed, and so is all that was before": (
        live(postponed(FIRST, 900), SIGNED_FIRST, IN_TIME, postponed(LIVE, 1000), SIGNED, drawn(LIVE)),
        "verified",
        set(),
    ),
    "a result that the operator did not sign": (
        forged(1, SIGNED, drawn(LIVE)),
        "failed",
        {"operator_signature_wrong"},
    ),
    "an earlier end that the operator did not sign": (
        forged(1, SIGNED_FIRST, IN_TIME, SIGNED, drawn(LIVE)),
        "failed",
        {"operator_signature_wrong"},
    ),
    "another signature although a key is named": (
        live(SIGNED, drawn(LIVE), signatures=["00" * 64] * 2),
        "failed",
        {"operator_signature_wrong"},
    ),
    "no signatures although a key is named": (
        {key: one for key, one in live(SIGNED, drawn(LIVE)).items() if key != "signatures"},
        "failed",
        {"operator_signature_missing"},
    ),
    "a signature too few": (live(SIGNED, drawn(LIVE), signatures=["00" * 64]), "failed", {"bundle_unfit"}),
    "signatures that are none": (live(SIGNED, signatures=["00"]), "failed", {"bundle_unfit"}),
    "rules that are no text": (live(rules={}), "failed", {"bundle_unfit"}),
    "another key between two draws": (
        live(SIGNED_FIRST, IN_TIME, signed_by(OTHER_KEY, LIVE), drawn(LIVE), keys={3: OTHER_KEY, 4: OTHER_KEY}),
        "key_changed",
        {"key_changed"},
    ),
    "another key once it was drawn": (
        live(SIGNED, drawn(LIVE), signed_by(OTHER_KEY, STRANGE), keys={3: OTHER_KEY}),
        "key_changed",
        {"key_changed"},
    ),
    "another key before the draw was postponed": (
        live(
            signed_by(OTHER_KEY, STRANGE), postponed(LIVE, 1000), SIGNED, drawn(LIVE), keys={1: OTHER_KEY, 2: OTHER_KEY}
        ),
        "key_changed",
        {"key_changed"},
    ),
    "another key before the earlier draw was given up": (
        live(SIGNED_FIRST, signed_by(OTHER_KEY, LIVE), IN_TIME, keys={2: OTHER_KEY, 3: OTHER_KEY}),
        "failed",
        {"operator_signature_wrong"},
    ),
    "somebody passed over with the key of a stranger's draw": (
        live(SIGNED, drawn(LIVE), signed_by(OTHER_KEY, STRANGE), passed(LIVE, 1), keys={3: OTHER_KEY, 4: OTHER_KEY}),
        "failed",
        {"operator_signature_wrong"},
    ),
    "given up with the key of a stranger's draw": (
        live(SIGNED, signed_by(OTHER_KEY, STRANGE), void(LIVE, ROUND_S - 9), keys={2: OTHER_KEY, 3: OTHER_KEY}),
        "failed",
        {"operator_signature_wrong"},
    ),
    "a stranger's draw with the key of somebody else": (
        live(SIGNED, drawn(LIVE), SIGNED_STRANGE, keys={3: OTHER_KEY}),
        "failed",
        {"operator_signature_wrong"},
    ),
    "a draw of another without a key": (
        live(SIGNED, drawn(LIVE), STRANGE),
        "failed",
        {"operator_signature_missing"},
    ),
    "a key of small order": (
        live(LIVE | {"operator_key": POINT}, drawn(LIVE), signatures=[POINT + "00" * 32] * 2),
        "failed",
        {"operator_signature_wrong"},
    ),
    "a key that is written in another way": (
        live(LIVE | {"operator_key": HIGH_POINT}, drawn(LIVE), signatures=[POINT + "00" * 32] * 2),
        "failed",
        {"operator_signature_wrong"},
    ),
}

KNOWN: Mapping[str, tuple[Bundle, str, str, set[str]]] = {
    "the key that is known": (live(SIGNED, drawn(LIVE)), KEYS[0], "verified", set()),
    "another than the one that is known": (live(SIGNED, drawn(LIVE)), KEYS[1], "failed", {"key_differs"}),
    "no key where one is known": (live(), KEYS[0], "failed", {"key_differs"}),
    "the key that is known, after another's": (
        live(signed_by(OTHER_KEY, STRANGE), SIGNED, drawn(LIVE), keys={1: OTHER_KEY}),
        KEYS[0],
        "verified",
        set(),
    ),
    "the key that is known, and an earlier draw of the same with another": (
        live(signed_by(OTHER_KEY, FIRST), IN_TIME, SIGNED, drawn(LIVE), keys={1: OTHER_KEY, 2: OTHER_KEY}),
        KEYS[0],
        "key_changed",
        {"key_changed"},
    ),
}
"""Signed draws, and the operator's key that a viewer knows."""
