"""Count new messages: set the tallies they touch to what the evidence gives, and the balances with them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from server.actions.watchtime.recount import (
    LONGEST_DAY,
    book_of,
    folded,
    recount_stream,
    save,
    seen_elsewhere,
    simple,
    until_of,
)
from server.domain.instants import SECOND, micros
from server.domain.watchtime.settings import during
from server.domain.watchtime.tally import Tally, can_resume
from server.domain.watchtime.values import Live, Message, RuleBook
from server.events.watchtime import RecountNeeded, WatchTimeChanged
from server.jobs.unit import Scope
from server.ports import Tx
from server.store import channels, linking, watchtime
from server.store.watchtime import TallyKey

Counted = WatchTimeChanged | RecountNeeded

QUORUM_PERIOD = 10 * SECOND
QUORUM_SETTLE_S = 45
"""Longer than a period and the longest statement together: every unit of the period has ended when it is counted."""


async def count(tx: Tx, scope: Scope, messages: Sequence[Message]) -> list[Counted]:
    """Count new messages, already kept as evidence, in the streams they touch.

    The fold of an account's tally is resumed where that equals the law; whoever came out of order, has company or
    falls under a guard that looks at others is counted anew from the evidence.
    """
    if not messages:
        return []
    book = await book_of(tx, scope.community_id)
    since = min(message.at for message in messages)
    until = max(message.at for message in messages) + book.longest_window
    lives = await channels.lives_between(tx, await channels.counted(tx, scope.community_id), since, until)
    touched = touching(messages, lives, book)
    if not touched:
        return []
    by_id = {live.stream: live for live in lives}
    # A message out of order may turn a later one into a repeat, so the rules of the rest of its stream matter too.
    rules = during(book, since - LONGEST_DAY, max(until, *(until_of(by_id[stream]) for stream, _ in touched)))
    if rules.asks_quorum:
        return [later(scope, stream) for stream in sorted({stream for stream, _ in touched})]
    viewers = await linking.viewers_of(tx, scope.community_id, {account for _, account in touched})
    old = await watchtime.tallies(tx, scope.community_id, list(touched))
    alone = await without_company(tx, scope, viewers, lives, book, (since, until)) if simple(rules) else {}
    new: dict[TallyKey, Tally] = {}
    anew: defaultdict[int, list[int]] = defaultdict(list)
    for key, theirs in touched.items():
        tally = old.get(key, Tally())
        if key[1] in alone.get(key[0], ()) and can_resume(tally, theirs[0]):
            new[key] = folded(tally, theirs, by_id[key[0]], book)
        else:
            anew[key[0]].append(key[1])
    changed = await save(tx, scope, viewers, old, new)
    for stream, accounts in sorted(anew.items()):
        changed |= await recount_stream(tx, scope, by_id[stream], accounts, book)
    earliest = min([since, *(by_id[stream].starts for stream in anew)])
    return [WatchTimeChanged(balances=changed, since=earliest)] if changed else []


def later(scope: Scope, stream_id: int) -> RecountNeeded:
    """Ask for a recount of the whole stream, at most one a period.

    Under a quorum one message may change everybody's watch time, so counting each at once would not pay.
    """
    return RecountNeeded(
        stream_id=stream_id, cause=f"quorum:{micros(scope.now) // QUORUM_PERIOD}", settle_s=QUORUM_SETTLE_S
    )


def touching(messages: Sequence[Message], lives: Sequence[Live], book: RuleBook) -> dict[TallyKey, list[Message]]:
    """The messages by (stream, account) whose window touches the stream, in order and each once."""
    touched: defaultdict[TallyKey, list[Message]] = defaultdict(list)
    by_channel: defaultdict[int, list[Live]] = defaultdict(list)
    for live in lives:
        by_channel[live.channel].append(live)
    for message in sorted(set(messages), key=lambda item: (item.at, item.digest)):
        for live in by_channel[message.channel]:
            if message.at < live.until and message.at + book.at(message.at).window > live.starts:
                touched[live.stream, message.account].append(message)
    return dict(touched)


async def without_company(
    tx: Tx, scope: Scope, viewers: Mapping[int, int], lives: Sequence[Live], book: RuleBook, span: tuple[int, int]
) -> dict[int, frozenset[int]]:
    """By stream, the accounts that are their viewer's only one and wrote in no other channel live in a span of time."""
    companions = await linking.companions(tx, scope.community_id, viewers.values())
    single = frozenset(account for account, viewer in viewers.items() if companions[viewer] == [account])
    if len({live.channel for live in lives}) == 1:
        return {live.stream: single for live in lives}
    return {
        live.stream: single - await seen_elsewhere(tx, scope.community_id, live, sorted(single), span, book)
        for live in lives
    }
