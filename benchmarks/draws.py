"""A draw's arithmetic over 100,000 entrants with a million tickets, against nothing but its hashing in the same run."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from time import process_time

from benchmarks.engines import Engine
from benchmarks.harness import Result, at_least, at_most
from server.domain.draws.entries import Entrant, Entry, listed
from server.domain.draws.selection import draw
from server.domain.draws.snapshot import frozen
from server.domain.draws.tree import growing

TICKETS_EACH = 10
PLACES = 30
SEED = sha256(b"benchmark").digest()


def entrants_of(many: int) -> list[Entrant]:
    """So many people with ten tickets each."""
    return [Entrant(f"kick:{at}", sha256(b"salt%d" % at).digest(), TICKETS_EACH, f"viewer{at}") for at in range(many)]


def ours(entrants: Sequence[Entrant]) -> bytes:
    """Ids, order, list, tree and winners, as a draw needs them; the root."""
    closed = frozen(entrants)
    assert len(draw(SEED, [entry.weight for entry in closed.entries], PLACES)) == PLACES
    return bytes.fromhex(closed.entries_root)


def raw(entrants: Sequence[Entrant]) -> bytes:
    """The hashes that RDP-1 wants of this list, and nothing that checks, keeps or sorts more than they need; the root.

    Every weight is the same here, so that sums are known without adding.
    """
    each = TICKETS_EACH.to_bytes(8, "big")
    rows: list[tuple[bytes, bytes]] = []
    for subject, salt, _, label in entrants:
        name, shown = subject.encode(), label.encode()
        identity = sha256(b"rdp1/entry\n" + salt + len(name).to_bytes(2, "big") + name).digest()
        rows.append((identity, len(shown).to_bytes(2, "big") + shown))
    rows.sort()
    level = [(sha256(b"\0" + identity + each + label).digest(), TICKETS_EACH) for identity, label in rows]
    while len(level) > 1:
        above = [
            (sha256(b"\1" + one + a.to_bytes(8, "big") + two + b.to_bytes(8, "big")).digest(), a + b)
            for (one, a), (two, b) in zip(level[::2], level[1::2], strict=False)
        ]
        level = above + level[len(level) & ~1 :]
    sha256(b"".join(b"%s,10,%s\n" % (identity.hex().encode(), label[2:]) for identity, label in rows)).digest()
    for count in range(PLACES):
        sha256(b"rdp1/prng\n" + SEED + count.to_bytes(8, "big")).digest()
    return level[0][0]


def timed(work: Callable[[Sequence[Entrant]], bytes], entrants: Sequence[Entrant]) -> tuple[float, bytes]:
    """Entrants a second of processor time, and the root."""
    started = process_time()
    root = work(entrants)
    return len(entrants) / (process_time() - started), root


def longest_step_s(entries: Sequence[Entry]) -> float:
    """The processor time of the longest step between two pauses while the tree grows."""
    longest, growth = 0.0, growing(entries)
    while True:
        started = process_time()
        ended = next(growth, True)
        longest = max(longest, process_time() - started)
        if ended:
            return longest


async def measure(engine: Engine, folder: Path, *, quick: bool) -> list[Result]:
    """In turns, by processor time. No database has a part in it, so that one engine is enough."""
    del folder
    if engine.name != "SQLite":
        return []
    many, rounds = (20_000, 3) if quick else (100_000, 5)
    entrants = entrants_of(many)
    rates: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        (mine, root), (bare, same) = timed(ours, entrants), timed(raw, entrants)
        assert root == same, "the same root"
        rates[0].append(mine)
        rates[1].append(bare)
    step_s = longest_step_s(listed(entrants))
    name = f"draw of {many:,} entrants, {many * TICKETS_EACH:,} tickets"
    return [
        at_least(name, "/s", *rates, share_min=0.5),
        at_most("  processor time of all of it", "s", many / max(rates[0]), 1),
        at_most("  longest step of growing the tree", "ms", step_s * 1000, 20),
    ]
