"""Faults: turns the plan into deliveries, some of them late, twice, forged or never; pure and repeatable."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum

from clients.simulator.happenings import Happening
from clients.simulator.identifiers import ulid
from clients.simulator.system import Chance, chance_for

LATENCY_S = (0.1, 1.5)
DELAY_S = (3600.0, 6 * 3600.0)
LATE_COPY_S = (1800.0, 6 * 3600.0)
SOON_S = 3.0
REORDER_WINDOW_S = 60.0
FRACTION_SHARE = 0.2
BODY_CUT_SHARE = 0.3
LATE_SHARE = 0.5


class Form(Enum):
    """What kind of request a delivery is; everything but `GENUINE` must be answered 401."""

    GENUINE = "genuine"
    FORGED = "forged"
    MOVED_IN_STAMP = "moved_in_stamp"
    MOVED_INTO_BODY = "moved_into_body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """How often each fault strikes a happening, 0 to 1."""

    duplicates: float = 0.0
    doubled: float = 0.0
    reorder: float = 0.0
    delay: float = 0.0
    drop: float = 0.0
    bad_signature: float = 0.0
    resplit: float = 0.0


NO_FAULTS = Faults()
ALL_FAULTS = Faults(duplicates=0.1, doubled=0.1, reorder=0.2, delay=0.03, drop=0.02, bad_signature=0.02, resplit=0.02)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One request to come: the happening it tells, when it is sent (event time) and under which ids."""

    happening: Happening
    send_at: datetime
    message_id: str
    subscription_id: str
    timestamp: str
    form: Form = Form.GENUINE


STRIKES = ("reorder", "delay", "drop", "duplicates", "doubled", "bad_signature", "resplit")


@dataclass(slots=True)
class _Postbox:
    """Writes the deliveries of one run; whether a fault strikes is drawn apart from all else."""

    faults: Faults
    seed: int
    end: datetime
    ids: Chance
    amounts: Chance
    strikes: dict[str, Chance]
    subscriptions: dict[tuple[str, bool], str] = field(default_factory=dict[tuple[str, bool], str])

    def letters(self, happening: Happening) -> Iterator[Delivery]:
        """Write every delivery of one happening; none at all when it is dropped."""
        struck = {name for name in STRIKES if self.strikes[name].random() < getattr(self.faults, name)}
        if "drop" in struck:
            return
        first = self._letter(happening, self._sent_at(happening, struck), has_fraction="resplit" in struck)
        yield first
        if "duplicates" in struck:
            yield self._copy(first)
        if "doubled" in struck:
            yield self._letter(happening, self._copied_at(first), is_second=True)
        if "bad_signature" in struck:
            yield replace(self._letter(happening, first.send_at), form=Form.FORGED)
        if "resplit" in struck:
            into_body = self.amounts.random() < BODY_CUT_SHARE
            yield replace(first, form=Form.MOVED_INTO_BODY if into_body else Form.MOVED_IN_STAMP)

    def _sent_at(self, happening: Happening, struck: set[str]) -> datetime:
        wait_s = self.amounts.uniform(*LATENCY_S)
        if "reorder" in struck:
            wait_s += self.amounts.uniform(0, REORDER_WINDOW_S)
        if "delay" in struck:
            wait_s += self.amounts.uniform(*DELAY_S)
        return self._by_the_end(happening.at, wait_s)

    def _by_the_end(self, at: datetime, wait_s: float) -> datetime:
        """Whatever is held back comes at the end of the plan at the latest, and never before it happened."""
        return max(at, min(self.end, at + timedelta(seconds=wait_s)))

    def _copied_at(self, first: Delivery) -> datetime:
        bounds_s = LATE_COPY_S if self.amounts.random() < LATE_SHARE else (0.0, SOON_S)
        return self._by_the_end(first.send_at, self.amounts.uniform(*bounds_s))

    def _copy(self, first: Delivery) -> Delivery:
        """Write the same message id again; a late one is stamped anew, since the stamp says when it was sent."""
        send_at = self._copied_at(first)
        is_soon = send_at - first.send_at <= timedelta(seconds=SOON_S)
        return replace(first, send_at=send_at, timestamp=first.timestamp if is_soon else self._stamp(send_at))

    def _letter(
        self, happening: Happening, send_at: datetime, *, is_second: bool = False, has_fraction: bool = False
    ) -> Delivery:
        return Delivery(
            happening=happening,
            send_at=send_at,
            message_id=ulid(send_at, self.ids),
            subscription_id=self._subscription(happening.fact.kind, is_second=is_second),
            timestamp=self._stamp(send_at, has_fraction=has_fraction),
        )

    def _subscription(self, kind: str, *, is_second: bool) -> str:
        if (kind, is_second) not in self.subscriptions:
            self.subscriptions[kind, is_second] = ulid(self.end, chance_for(self.seed, "subscription", kind, is_second))
        return self.subscriptions[kind, is_second]

    def _stamp(self, send_at: datetime, *, has_fraction: bool = False) -> str:
        """Write the time of sending as the header has it: whole seconds, now and then with a fraction."""
        utc = send_at.astimezone(UTC)
        with_fraction = self.amounts.random() < FRACTION_SHARE or has_fraction
        fraction = f".{utc.microsecond // 1000:03d}" if with_fraction else ""
        return f"{utc:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def deliveries(
    happenings: Sequence[Happening], *, end: datetime, faults: Faults = NO_FAULTS, seed: int = 1
) -> list[Delivery]:
    """Write every delivery of a plan that lasts until `end`, in the order of sending.

    The same arguments give the same deliveries, and which happenings a fault strikes does not depend on the others.
    """
    postbox = _Postbox(
        faults=faults,
        seed=seed,
        end=end,
        ids=chance_for(seed, end.astimezone(UTC).isoformat(), "message ids"),
        amounts=chance_for(seed, "amounts"),
        strikes={name: chance_for(seed, "fault", name) for name in STRIKES},
    )
    written = [letter for happening in happenings for letter in postbox.letters(happening)]
    return sorted(written, key=lambda letter: letter.send_at)
