"""The watch time law read word by word and computed cell by cell, slowly: the model the real one must equal."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from server.domain.instants import MINUTE, SECOND
from server.domain.watchtime.evidence import Ignored
from server.domain.watchtime.law import Lost
from server.domain.watchtime.values import Live, Message, Rules
from tests.domain.watchtime_worlds import World


@dataclass
class BruteWatch:
    cells: dict[int, tuple[int, int]] = field(default_factory=dict)
    ignored: Counter[tuple[int | None, Ignored]] = field(default_factory=Counter)
    lost: Counter[tuple[int, Lost]] = field(default_factory=Counter)


def brute_watch(world: World, accounts: Iterable[int]) -> BruteWatch:
    result = BruteWatch()
    everybody = [piece for account in world.accounts for piece in brute_evidence(world, account, Counter())]
    viewer = [piece for account in accounts for piece in brute_evidence(world, account, result.ignored)]
    used: Counter[datetime] = Counter()
    for cell in range(world.begins, world.ends, world.step):
        covering = [
            (message.at, message.account, stream, message.digest)
            for starts, ends, message, stream in viewer
            if starts <= cell < ends
        ]
        if not covering:
            continue
        _, account, stream, _ = min(covering)
        minute = cell // MINUTE * MINUTE
        active = {m.account for starts, ends, m, _ in everybody if starts < minute + MINUTE and ends > minute}
        midnight = _midnight(world, cell)
        cap = brute_rules(world, int(midnight.timestamp()) * SECOND).daily_cap
        if len(active) < brute_rules(world, minute).quorum:
            result.lost[stream, Lost.QUORUM] += world.step
        elif cap is not None and used[midnight] >= cap:
            result.lost[stream, Lost.CAP] += world.step
        else:
            used[midnight] += world.step
            result.cells[cell] = (account, stream)
    return result


def brute_evidence(
    world: World, account: int, ignored: Counter[tuple[int | None, Ignored]]
) -> list[tuple[int, int, Message, int]]:
    found: list[tuple[int, int, Message, int]] = []
    messages = {message for message in world.messages if message.account == account}
    outside = set(messages)
    for live in world.lives:
        ends = brute_end(world, live)
        if ends <= live.starts:
            continue
        scope = sorted((m.at, m.digest, m) for m in messages if _touches(world, m, live, ends))
        for position, (at, digest, message) in enumerate(scope):
            outside.discard(message)
            rules = brute_rules(world, at)
            previous = [scope[p][1] for p in range(position) if p >= position - rules.repeats]
            if account in rules.excluded:
                ignored[live.stream, Ignored.EXCLUDED] += 1
            elif not rules.tracking:
                ignored[live.stream, Ignored.TRACKING_OFF] += 1
            elif digest in previous:
                ignored[live.stream, Ignored.REPEAT] += 1
            else:
                found.append((max(at, live.starts), min(at + rules.window, ends), message, live.stream))
    ignored[None, Ignored.OUTSIDE_STREAM] += len(outside)
    return found


def brute_rules(world: World, at: int) -> Rules:
    in_force = [rules for effective_from, rules in world.book.versions if effective_from <= at]
    return in_force[-1] if in_force else world.book.versions[0][1]


def brute_end(world: World, live: Live) -> int:
    following = [
        other.starts
        for other in world.lives
        if other.channel == live.channel and (other.starts, other.stream) > (live.starts, live.stream)
    ]
    return min([*following, world.ends if live.ends is None else live.ends])


def _touches(world: World, message: Message, live: Live, ends: int) -> bool:
    window = brute_rules(world, message.at).window
    return message.channel == live.channel and live.starts - window < message.at < ends


def _midnight(world: World, cell: int) -> datetime:
    local = datetime.fromtimestamp(cell // SECOND, world.zone)
    return local.replace(hour=0, minute=0, second=0).astimezone(UTC)
