"""The bundle: one JSON file with all that is needed to check a draw without asking anybody."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from server.domain.draws.entries import Entry, entries_csv, read_entries
from server.domain.draws.records import AnyRecord, Commit, Pass, Result, Void, read_record, written
from server.domain.draws.rounds import ROUND_MAX, SIGNATURE_BYTES, Beacon
from server.domain.refusals import Refused

LOG_MAX = 1_000_000
KEYS_NEEDED = frozenset({"v", "kind", "draw_id", "log", "entries"})
KEYS = KEYS_NEEDED | {"excluded", "signatures", "rules", "beacon"}

_SIGNATURE = re.compile(r"[0-9a-f]{128}")
_LEFT_OUT = re.compile(r"(?:[0-9a-f]{64},[a-z_]{1,64}\n)*")
_HALF = re.compile("[\\ud800-\\udfff]")
_POINT = re.compile(rf"[0-9a-f]{{{2 * SIGNATURE_BYTES}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A draw with its channel's log so far and its list.

    `signatures` are the operator's, one for each record; `rules` the text whose hash is promised; `beacon` is there
    where the log has no result yet.
    """

    draw_id: str
    log: Sequence[AnyRecord]
    entries: Sequence[Entry]
    excluded: str | None = None
    signatures: Sequence[str] | None = None
    rules: str | None = None
    beacon: Beacon | None = None

    @property
    def commit(self) -> Commit:
        """The draw's first commit; refuses `commit_missing`."""
        found = next((one for one in self._of_draw() if isinstance(one, Commit)), None)
        if found is None:
            raise Refused("commit_missing", "The log has no commit of this draw.", "Ask for the whole log.")
        return found

    @property
    def result(self) -> Result | None:
        """The draw's result, or None before it is drawn."""
        return next((one for one in self._of_draw() if isinstance(one, Result)), None)

    @property
    def passes(self) -> Sequence[Pass]:
        """Who was passed over, in the order in which it was told."""
        return [one for one in self._of_draw() if isinstance(one, Pass)]

    @property
    def void(self) -> Void | None:
        """That the draw was given up, where it was."""
        return next((one for one in self._of_draw() if isinstance(one, Void)), None)

    def _of_draw(self) -> Sequence[AnyRecord]:
        return [one for one in self.log if one.draw_id == self.draw_id]


def read_bundle(value: object) -> Bundle:
    """The bundle that a JSON value is. Refuses `bundle_unfit`, and what its records and rows refuse."""
    told = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    if (told.get("v"), told.get("kind")) != ("rdp1", "bundle"):
        raise _unfit("It is not one of rdp1.")
    if not KEYS_NEEDED <= told.keys() <= KEYS:
        raise _unfit("A key is missing, or there is one too many.")
    log, texts = told["log"], [told["draw_id"], told["entries"], told.get("excluded", ""), told.get("rules", "")]
    if not isinstance(log, list) or not all(map(_is_text, texts)):
        raise _unfit("The log is no list, or a list is no text.")
    records = cast("list[object]", log)
    if len(records) > LOG_MAX:
        raise _unfit(f"Its log has more than {LOG_MAX} records.")
    if not _LEFT_OUT.fullmatch(told.get("excluded", "")):
        raise _unfit("A row of those who were left out is none.")
    if "signatures" in told and not _are_signatures(told["signatures"], len(records)):
        raise _unfit("The signatures are not one for each record.")
    return Bundle(
        draw_id=told["draw_id"],
        log=[read_record(one) for one in records],
        entries=read_entries(told["entries"]),
        excluded=told.get("excluded"),
        signatures=told.get("signatures"),
        rules=told.get("rules"),
        beacon=_beacon(told["beacon"]) if "beacon" in told else None,
    )


def _is_text(value: object) -> bool:
    """Whether it is a text that can be written down: none with half of a character."""
    return isinstance(value, str) and not _HALF.search(value)


def _are_signatures(value: object, count: int) -> bool:
    told = cast("list[object]", value) if isinstance(value, list) else []
    return len(told) == count and all(isinstance(one, str) and _SIGNATURE.fullmatch(one) for one in told)


def _beacon(value: object) -> Beacon:
    told = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    number, signature = told.get("round"), told.get("signature")
    if type(number) is not int or not 1 <= number <= ROUND_MAX:
        raise _unfit("The beacon's round is none.")
    if not isinstance(signature, str) or not _POINT.fullmatch(signature):
        raise _unfit("The beacon's signature is none.")
    return Beacon(number, bytes.fromhex(signature))


def written_bundle(bundle: Bundle) -> Mapping[str, Any]:
    """The JSON object of a bundle."""
    told: dict[str, Any] = {
        "v": "rdp1",
        "kind": "bundle",
        "draw_id": bundle.draw_id,
        "log": [written(record) for record in bundle.log],
        "entries": entries_csv(bundle.entries).decode(),
    }
    if bundle.beacon is not None:
        told["beacon"] = {"round": bundle.beacon.round, "signature": bundle.beacon.signature.hex()}
    optional = {"excluded": bundle.excluded, "signatures": bundle.signatures, "rules": bundle.rules}
    return told | {key: one for key, one in optional.items() if one is not None}


def _unfit(why: str) -> Refused:
    return Refused("bundle_unfit", f"This is no bundle of a draw. {why}", "Take the file as it was published.")
