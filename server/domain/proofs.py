"""How a Discord user proves that an account of another platform is his: one link, one browser, two confirmations."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from server.domain.refusals import Refused

OFFERED_MAX = 5
OFFERED_WITHIN = timedelta(minutes=10)
TRIES_MAX = 5
UNDO_WITHIN = timedelta(hours=24)
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without I, O, 0 and 1, which look alike: 32 letters, 5 bits each."""
CODE_LENGTH = 6

ASK_AGAIN = "Ask for a new link in Discord with /link."


class ProofState(StrEnum):
    """How far a person got."""

    OFFERED = "offered"
    PROVEN = "proven"
    CONFIRMED = "confirmed"
    LINKED = "linked"
    FAILED = "failed"
    SUPERSEDED = "superseded"


OPEN = frozenset({ProofState.OFFERED, ProofState.PROVEN, ProofState.CONFIRMED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A link that was handed out, as the rules look at it."""

    state: ProofState
    expires_at: datetime
    browser_digest: str | None
    tries: int


P = TypeVar("P", bound=Proof)


def check_open(proof: P | None, now: datetime) -> P:
    """The proof, or a refusal where there is none that can still be used."""
    if proof is None:
        raise Refused("link_unknown", "This link is not one of ours, or it was forgotten.", ASK_AGAIN)
    if proof.state is ProofState.LINKED:
        raise Refused("link_used", "This link was used already, and the accounts are linked.", "Nothing to do.")
    if proof.state is ProofState.SUPERSEDED:
        raise Refused("link_superseded", "You asked for a newer link; this one is good no more.", "Use the newest one.")
    if proof.state is ProofState.FAILED:
        raise Refused("link_failed", "This link did not lead to an end and is good no more.", ASK_AGAIN)
    if now >= proof.expires_at:
        raise Refused("link_expired", "This link has expired. Nothing was linked.", ASK_AGAIN)
    return proof


def check_browser(proof: Proof, browser_digest: str) -> None:
    """Refuse another browser than the one in which the account was proven."""
    if proof.browser_digest is not None and proof.browser_digest != browser_digest:
        raise Refused(
            "link_other_browser",
            "This link is in use in another browser. Nothing was linked.",
            f"Go on there. If that is not yours, somebody else has your link: {ASK_AGAIN.lower()}",
        )


def check_confirmable(proof: Proof) -> None:
    """Refuse to confirm what was not proven yet."""
    if proof.state is ProofState.OFFERED:
        raise Refused("link_not_proven", "No account was signed in with for this link yet.", "Open the link again.")


def check_code(proof: Proof, *, is_right: bool) -> None:
    """Refuse a code that is not the one the page showed, and every code after five wrong ones."""
    if proof.tries >= TRIES_MAX:
        raise Refused("link_code_exhausted", "The code was wrong too often. Nothing was linked.", ASK_AGAIN)
    if not is_right:
        raise Refused(
            "link_code_wrong",
            f"That is not the code that your browser shows. You have {TRIES_MAX - proof.tries - 1} tries left.",
            "Type the six letters and digits from the page.",
        )


def check_offers(recent: int) -> None:
    """Refuse a person who asks for one link after the other."""
    if recent >= OFFERED_MAX:
        raise Refused(
            "link_offers_limited",
            f"You asked for {OFFERED_MAX} links within {OFFERED_WITHIN.seconds // 60} minutes.",
            "Use the newest one, or wait a few minutes.",
        )


def code_of(digest: bytes) -> str:
    """The code that a page shows, from 4 bytes or more that nobody can guess."""
    number = int.from_bytes(digest[:4])
    return "".join(CODE_LETTERS[number >> 5 * place & 31] for place in range(CODE_LENGTH))


def typed_code(text: str) -> str:
    """What somebody typed, as a code is written: without spaces and hyphens, in capitals."""
    return text.replace(" ", "").replace("-", "").upper()
