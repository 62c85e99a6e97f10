"""Watch time kept up to date message by message, where that is the same as computing it anew."""

from dataclasses import dataclass

from server.domain.watchtime.evidence import reason_to_ignore, remember
from server.domain.watchtime.values import Live, Message, Micros, RuleBook


@dataclass(frozen=True, slots=True)
class Tally:
    """One account's watch time in one stream so far.

    `total` is the watch time, `covered_until` the end of its last evidence, `last_at` the instant of the last message
    taken in, `recent` the digests of the last messages, newest first.
    """

    total: Micros = 0
    covered_until: Micros = 0
    last_at: Micros = -1
    recent: tuple[int, ...] = ()


def can_resume(tally: Tally, message: Message) -> bool:
    """Whether `message` is later than all that was taken in, so that it cannot be a repetition or out of order."""
    return message.at > tally.last_at


def resume(tally: Tally, message: Message, live: Live, book: RuleBook) -> Tally:
    """Return the tally of an account in a settled stream after one more of its messages there.

    Taking in an account's messages in the order of (at, digest), each once, gives what `watch` gives for a viewer with
    one account and one channel, under a book without quorum and cap. A message that does not touch the stream changes
    nothing. One earlier than the last raises ValueError: ask `can_resume`, and compute anew if it says no.
    """
    at = message.at
    if at < tally.last_at:
        raise ValueError("A message earlier than the last one cannot be taken in; compute the watch time anew.")
    rules = book.at(at)
    ends = at + rules.window
    until = live.ends
    if ends <= live.starts or (until is not None and at >= until):
        return tally
    recent = remember(message, tally.recent)
    if reason_to_ignore(message, rules, tally.recent) is not None:
        return Tally(tally.total, tally.covered_until, at, recent)
    if until is not None and ends > until:
        ends = until
    # The window may have become shorter since the last message, so this one may end inside what is covered.
    covered_until = tally.covered_until
    if ends <= covered_until:
        return Tally(tally.total, covered_until, at, recent)
    gained = ends - max(at, live.starts, covered_until)
    return Tally(tally.total + gained, ends, at, recent)
