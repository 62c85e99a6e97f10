"""What a check of a draw finds, step by step, and what the draw is worth by all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Verdict = Literal[
    "verified",
    "late_commit",
    "not_independently_verifiable",
    "drawn_again",
    "key_changed",
    "not_drawn_yet",
    "void",
    "given_up_late",
    "failed",
]

VERDICTS: dict[Verdict, str] = {
    "verified": (
        "Verified: the winners follow from the list and from a beacon that nobody knew yet when the code was posted "
        "where the result says."
    ),
    "late_commit": (
        "Late commit: everything adds up, but the code was posted less than 60 seconds before the beacon's round. "
        "Do not take this for proof."
    ),
    "not_independently_verifiable": (
        "Not independently verifiable: everything adds up, but nothing shows that the code was posted anywhere else "
        "before the beacon's round, or the beacon is the one of a demo."
    ),
    "drawn_again": (
        "Drawn again: everything adds up, but the same was drawn more than once, and who was drawn before could be "
        "known. Do not take this for proof."
    ),
    "key_changed": (
        "Key changed: everything adds up, but the operator's key is not the same in all of the log, and anybody may "
        "have signed what came with another. Do not take this for proof before you know which key is the operator's."
    ),
    "not_drawn_yet": "Not drawn yet: what is promised is in order. The winners follow once the beacon's round is here.",
    "void": "Given up: this draw has no winners.",
    "given_up_late": (
        "Given up late: this draw has no winners, and was given up when it could be known who they were. "
        "Ask why, and for the round that it waited for."
    ),
    "failed": "Failed: this draw is not what it says. Look at the checks that failed.",
}
NAMED_MAX = 10


@dataclass(frozen=True, slots=True)
class Check:
    """One step: its name, the stable code of what is wrong or None, and a sentence.

    A fault that bears the name of a verdict breaks nothing, and leaves the draw without proof.
    """

    name: str
    fault: str | None
    sentence: str

    @property
    def mark(self) -> Literal["pass", "WEAK", "FAIL"]:
        """The word that stands before it."""
        return "pass" if self.fault is None else "WEAK" if self.fault in VERDICTS else "FAIL"


def listed(found: Sequence[str]) -> str:
    """The first of them in one line, and how many more there are."""
    more = len(found) - NAMED_MAX
    return ", ".join(found[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")
