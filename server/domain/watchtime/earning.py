"""Whether anybody earns watch time right now, and if not, why not."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from server.domain.instants import MINUTE
from server.domain.watchtime.evidence import Evidence
from server.domain.watchtime.quorum import quorum_minutes
from server.domain.watchtime.values import Live, Micros, RuleBook, Rules, settle_lives


class Earning(StrEnum):
    """Whether watch time is being earned, or the first thing in the way."""

    EARNING = "earning"
    NOT_LIVE = "not_live"
    TRACKING_OFF = "tracking_off"
    NO_CHAT_IN_WINDOW = "no_chat_in_window"
    BELOW_QUORUM = "below_quorum"


@dataclass(frozen=True, slots=True)
class EarningStatus:
    """What is the case, and a sentence that says what to do."""

    code: Earning
    sentence: str


def earning_status(now: Micros, lives: Iterable[Live], book: RuleBook, evidence: Iterable[Evidence]) -> EarningStatus:
    """Say why nobody earns at `now`, or that somebody does.

    `evidence` is everybody's, over all attached channels; all that touches the minute of `now` is enough. A daily cap
    concerns single viewers and is not looked at.
    """
    pieces = tuple(evidence)
    rules = book.at(now)
    covered = any(piece.starts <= now < piece.ends for piece in pieces)
    if covered and any(quorum_minutes(pieces, book).met_during(now, now + 1)):
        return EarningStatus(Earning.EARNING, "Watch time is being earned; there is nothing to do.")
    if not any(live.starts <= now < live.until for live in settle_lives(lives)):
        return EarningStatus(
            Earning.NOT_LIVE,
            "No attached channel is live. Start a stream; if one is running, check that the channel is attached and"
            " that its events arrive.",
        )
    if not rules.tracking:
        return EarningStatus(Earning.TRACKING_OFF, "Tracking is off. Turn it on in the watch time settings.")
    if not covered:
        return EarningStatus(Earning.NO_CHAT_IN_WINDOW, _no_chat(rules))
    return EarningStatus(Earning.BELOW_QUORUM, _below_quorum(now, book, pieces))


def _below_quorum(now: Micros, book: RuleBook, pieces: tuple[Evidence, ...]) -> str:
    minute = now - now % MINUTE
    active = {piece.message.account for piece in pieces if piece.starts < minute + MINUTE and piece.ends > minute}
    return (
        f"A minute counts with {book.at(minute).quorum} active accounts, and this one has {len(active)}."
        " Get more people to chat, or lower the quorum in the watch time settings."
    )


def _no_chat(rules: Rules) -> str:
    return (
        f"Nobody wrote anything that counts in the last {rules.window / MINUTE:g} minutes."
        " Write something new in chat: repeated lines and excluded accounts earn nothing."
    )
