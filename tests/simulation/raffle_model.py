"""What a raffle must come to, by brute force from all that really happened: the model the real one must equal."""

import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

HOUR_US = 3_600_000_000
WINDOW_US = 300_000_000
ENTERS_BY = ("kick", "twitch")

Key = tuple[str, str]
"""Platform, and the platform's own id."""


@dataclass(frozen=True)
class Fact:
    """Something that really happened, once: `amount` subscriptions, KICKs, dollars, tickets or a line's number."""

    kind: str
    who: Key
    amount: int
    at: int


@dataclass(frozen=True)
class Terms:
    """The rules, each as tickets for what it says."""

    sub_gifted: int
    sub_own: int
    hour: int
    hundred_kicks: int
    thousand_dollars: int
    free: int
    cap_of_gifts: int
    winners: int
    alternates: int


@dataclass
class Model:
    """Everything that happened, who is whom in the end, and when the channel was live."""

    terms: Terms
    starts: int
    ends: int
    facts: list[Fact] = field(default_factory=list)
    lives: list[tuple[int, int]] = field(default_factory=list)
    groups: list[frozenset[Key]] = field(default_factory=list)

    def group(self, one: Key) -> frozenset[Key]:
        return next(group for group in self.groups if one in group)

    def join(self, one: Key, other: Key) -> None:
        both = self.group(one) | self.group(other)
        self.groups = [group for group in self.groups if not group & both] + [both]

    def part(self, one: Key) -> None:
        rest = self.group(one) - {one}
        self.groups = [group for group in self.groups if one not in group] + [rest, frozenset({one})]

    def watched(self, group: frozenset[Key], starts: int, ends: int) -> int:
        """Microseconds in which a line of one of them stands, while the channel was live."""
        marks = sorted(
            (max(fact.at, live[0], starts), min(fact.at + WINDOW_US, live[1], ends))
            for fact in self.facts
            for live in self.lives
            if fact.kind == "line" and fact.who in group
        )
        total, until = 0, 0
        for begins, over in marks:
            total += max(0, over - max(begins, until))
            until = max(until, over)
        return total

    def sources(self, group: frozenset[Key], starts: int, ends: int) -> dict[str, int]:
        """Tickets of a person by source, for what happened in a span."""
        told: Counter[str] = Counter()
        for fact in self.facts:
            if fact.who in group and starts <= fact.at < ends:
                told[fact.kind] += fact.amount
        terms = self.terms
        tickets = {
            "gifted_sub": told["gift"] * terms.sub_gifted,
            "own_sub": told["sub"] * terms.sub_own,
            "kicks": told["kicks"] * terms.hundred_kicks // 100,
            "watch_time": self.watched(group, starts, ends) * terms.hour // HOUR_US,
            "wager": told["wager"] * terms.thousand_dollars // 1_000,
            "free_entry": terms.free if told["free"] else 0,
            "staff": told["staff"],
        }
        return {source: many for source, many in tickets.items() if many}

    def tickets(self) -> dict[frozenset[Key], dict[str, int]]:
        """Everybody's tickets of the raffle by source."""
        return self._between(self.starts, self.ends)

    def tickets_after(self) -> dict[frozenset[Key], dict[str, int]]:
        """Everybody's tickets of the next raffle by source."""
        return self._between(self.ends, 2 * self.ends)

    def _between(self, starts: int, ends: int) -> dict[frozenset[Key], dict[str, int]]:
        found = {group: self.sources(group, starts, ends) for group in self.groups}
        return {group: sources for group, sources in found.items() if sources}

    def weights(self) -> tuple[dict[str, int], int]:
        """What each brings into the draw by the account he is in by; how many are left out."""
        inside: dict[str, int] = {}
        left_out = 0
        for group, sources in self.tickets().items():
            capped = sources | {"gifted_sub": min(sources.get("gifted_sub", 0), self.terms.cap_of_gifts)}
            weight = sum(capped.values())
            names = sorted((ENTERS_BY.index(one[0]), ":".join(one)) for one in group if one[0] in ENTERS_BY)
            if weight > 0 and names:
                inside[names[0][1]] = weight
            left_out += weight > 0 and not names
        return inside, left_out


def by_source(rows: list[Any], group_of: Any) -> dict[frozenset[Key], dict[str, int]]:
    """Rows of (platform, id, source, tickets) as the model tells them."""
    found: defaultdict[frozenset[Key], Counter[str]] = defaultdict(Counter)
    for platform, external_id, source, tickets in rows:
        found[group_of((platform, external_id))][source] += tickets
    cleared = {group: {source: many for source, many in told.items() if many} for group, told in found.items()}
    return {group: told for group, told in cleared.items() if told}


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def entry_of(salt: str, subject: str) -> str:
    """The id of somebody in a list, as the procedure says."""
    return sha(b"rdp1/entry\n" + bytes.fromhex(salt) + len(subject).to_bytes(2, "big") + subject.encode()).hex()


def drawn_from(bundle: dict[str, Any]) -> list[tuple[int, str]]:
    """Position and entry of everybody who is drawn, by the procedure and from the file alone."""
    commit = next(one for one in bundle["log"] if one["kind"] == "commit" and one["draw_id"] == bundle["draw_id"])
    written = json.dumps(commit, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    number = commit["beacon_round"].to_bytes(8, "big")
    beacon = sha(bytes.fromhex(bundle["beacon"]["signature"]))
    seed = sha(
        b"rdp1/seed\n" + sha(b"rdp1/commit\n" + written) + bytes.fromhex(commit["beacon_chain"]) + number + beacon
    )
    blocks = (int.from_bytes(sha(b"rdp1/prng\n" + seed + n.to_bytes(8, "big"))[:8], "big") for n in range(2**32))
    # One slot for each ticket, so that what is already drawn is simply taken away.
    slots = [row.split(",")[0] for row in bundle["entries"].splitlines() for _ in range(int(row.split(",")[1]))]
    drawn: list[tuple[int, str]] = []
    while slots and len(drawn) < commit["winners"] + commit["alternates"]:
        fit = 2**64 // len(slots) * len(slots)
        owner = slots[next(block for block in blocks if block < fit) % len(slots)]
        drawn.append((len(drawn) + 1, owner))
        slots = [one for one in slots if one != owner]
    return drawn
