"""What a chart of columns shows, one for each day, with parts that lie upon each other."""

from collections.abc import Sequence
from dataclasses import dataclass

COLUMNS_MAX, PARTS_MAX = 92, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one colour stands for, and its figure in each column; `name` may be empty where there is only one."""

    name: str
    figures: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Columns from left to right by their labels, and the lines behind them: at which figure, and what stands there."""

    labels: Sequence[str]
    parts: Sequence[Part]
    lines: Sequence[tuple[int, str]]

    def __post_init__(self) -> None:
        if not 1 <= len(self.labels) <= COLUMNS_MAX or not 1 <= len(self.parts) <= PARTS_MAX:
            raise ValueError(f"{len(self.labels)} columns of {len(self.parts)} parts cannot be read by anybody")
        if any(len(part.figures) != len(self.labels) or min(part.figures) < 0 for part in self.parts):
            raise ValueError("each part needs a figure for each column, none below nothing")

    @property
    def most(self) -> int:
        """What stands at the top: the highest line, or column where that is higher."""
        heights = [sum(figures) for figures in zip(*(part.figures for part in self.parts), strict=True)]
        return max(1, *heights, *(at for at, _ in self.lines))
