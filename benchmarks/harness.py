"""What a measurement is: ours, the raw limit of the same run, and whether the target was met."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

WIDTHS = (46, 14, 14, 9, 26)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One line of the table; `limit` is None where nothing raw compares, `target` is empty where none is set."""

    name: str
    unit: str
    ours: float
    limit: float | None = None
    target: str = ""
    met: bool = True

    @property
    def ratio(self) -> float | None:
        """Ours as a share of the limit."""
        return self.ours / self.limit if self.limit else None


def at_least(name: str, unit: str, ours: Sequence[float], limit: Sequence[float], *, share_min: float) -> Result:
    """The medians of rates measured in turns; the target is a share of the limit."""
    mine, most = median(ours), median(limit)
    return Result(
        name=name, unit=unit, ours=mine, limit=most, target=f"ratio >= {share_min:.2f}", met=mine >= share_min * most
    )


def at_most(name: str, unit: str, ours: float, most: float, *, limit: float | None = None) -> Result:
    """A duration or size with an absolute target."""
    return Result(name=name, unit=unit, ours=ours, limit=limit, target=f"<= {most:g} {unit}", met=ours <= most)


def no_less(name: str, unit: str, ours: float, least: float) -> Result:
    """A rate with an absolute target."""
    return Result(name=name, unit=unit, ours=ours, target=f">= {least:,g} {unit}", met=ours >= least)


def at_most_above(name: str, unit: str, ours: float, limit: float, *, excess_max: float) -> Result:
    """A duration whose target is what it may take longer than the limit."""
    target = f"<= limit + {excess_max:g} {unit}"
    return Result(name=name, unit=unit, ours=ours, limit=limit, target=target, met=ours <= limit + excess_max)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of `values` do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def headings() -> str:
    """The table's first line."""
    return row("measurement", "ours", "raw limit", "ratio", "target")


def line(result: Result) -> str:
    """One result as a line of the table."""
    return row(
        result.name,
        f"{figure(result.ours)} {result.unit}",
        "" if result.limit is None else f"{figure(result.limit)} {result.unit}",
        "" if result.ratio is None else f"{result.ratio:.2f}",
        f"{result.target} {'met' if result.met else 'MISSED'}" if result.target else "",
    )


def row(*cells: str) -> str:
    """Cells in columns, the first and the last to the left, figures to the right."""
    first, *figures, last = cells
    middle = "".join(cell.rjust(width) for cell, width in zip(figures, WIDTHS[1:], strict=False))
    return f"{first.ljust(WIDTHS[0])}{middle}   {last}".rstrip()


def figure(value: float) -> str:
    """A number with about three digits that matter."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
