"""When the channel is live: stretches of the plan's seconds with pauses between them."""

from dataclasses import dataclass

LEAD_SHARE = 0.01
LEAD_S_MAX = 60.0
PAUSE_SHARE = 0.06
TAIL_SHARE = 0.03


@dataclass(frozen=True, slots=True)
class Live:
    """One stream in whole seconds since the plan began, `[starts_s, ends_s)`."""

    starts_s: int
    ends_s: int

    @property
    def length_s(self) -> int:
        """How long it lasts."""
        return self.ends_s - self.starts_s


def live_spans(duration_s: float, streams: int) -> tuple[Live, ...]:
    """`streams` equally long streams with a short lead-in, pauses and a tail; ValueError when they do not fit."""
    pause_s = duration_s * min(PAUSE_SHARE, 0.5 / streams)
    lead_s, tail_s = min(duration_s * LEAD_SHARE, LEAD_S_MAX), duration_s * TAIL_SHARE
    length_s = (duration_s - lead_s - tail_s - pause_s * (streams - 1)) / streams
    if length_s < 1:
        raise ValueError(f"{streams} streams do not fit into {duration_s:.0f} seconds; ask for fewer or a longer time.")
    starts = (lead_s + number * (length_s + pause_s) for number in range(streams))
    return tuple(Live(int(start_s), int(start_s + length_s)) for start_s in starts)
