"""Draws columns: a pure function from figures to a PNG.

The ground is dark and the same in every light of Discord, so that the contrast is, too. What a colour means is written
beside it, and everything that is drawn is in the words beside the picture as well.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from clients.discord.charts.columns import Columns, Part

WIDE, HIGH = 800, 400
"""Twice as large as Discord shows it; what the colours mean comes on top."""
GROUND, TEXT, LINE = "#232428", "#dbdee1", "#4e5058"
COLOURS = ("#8ea1ff", "#f5b942", "#4fd1a5", "#f28b82", "#c58af9", "#7cd4f7", "#e6e36b", "#c9ccd1")
"""Each at least 3 to 1 against the ground."""
LETTERS = 28
"""How high letters are: 14 points on a desk, 10 on a phone."""
EDGE, GAP = 24, 12
SHARE, COLUMN_MAX = 0.72, 60
"""How much of its room a column takes, and how wide it is at most."""


@cache
def letters() -> ImageFont.FreeTypeFont:
    """The letters: DejaVu Sans, as far as European languages need it."""
    return ImageFont.truetype(BytesIO((files(__package__ or "") / "DejaVuSans.ttf").read_bytes()), LETTERS)


def png(columns: Columns) -> bytes:
    """The picture."""
    font, named = letters(), list(_legend(columns.parts)) if columns.parts[0].name else []
    top = (named[-1][1] + LETTERS if named else 0) + EDGE + GAP
    size = (WIDE, HIGH + top - EDGE - GAP)
    image = Image.new("RGB", size, GROUND)
    draw = ImageDraw.Draw(image)
    for (x, y), part, colour in zip(named, columns.parts, COLOURS, strict=False):
        draw.rectangle((x, y, x + LETTERS, y + LETTERS), fill=colour)
        draw.text((x + LETTERS + GAP, y + LETTERS // 2), part.name, fill=TEXT, font=font, anchor="lm")
    left = EDGE + round(max((font.getlength(label) for _, label in columns.lines), default=0)) + GAP
    bottom, right = size[1] - EDGE - LETTERS - GAP, size[0] - EDGE
    for at, label in columns.lines:
        y = _height(at, columns.most, top, bottom)
        draw.line((left, y, right, y), fill=LINE, width=2)
        draw.text((left - GAP, y), label, fill=TEXT, font=font, anchor="rm")
    room = (right - left) / len(columns.labels)
    every = -(-(max(map(font.getlength, columns.labels)) + 2 * GAP) // room)
    half = min(room * SHARE, COLUMN_MAX) / 2
    for number, label in enumerate(columns.labels):
        middle = left + room * (number + 0.5)
        _column(draw, columns, number, (middle - half, middle + half), (top, bottom))
        if number % every == 0:
            aside = font.getlength(label) / 2 + GAP
            at = min(max(middle, aside), size[0] - aside)
            draw.text((at, bottom + GAP), label, fill=TEXT, font=font, anchor="ma")
    file = BytesIO()
    # Few colours take few bytes.
    image.quantize(64, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def _column(
    draw: ImageDraw.ImageDraw, columns: Columns, number: int, across: tuple[float, float], along: tuple[int, int]
) -> None:
    """Its parts from the ground up; each that there is can be seen, however small."""
    below = 0
    for part, colour in zip(columns.parts, COLOURS, strict=False):
        above = below + part.figures[number]
        if above > below:
            foot, head = (_height(at, columns.most, *along) for at in (below, above))
            draw.rectangle((round(across[0]), min(head, foot - 2), round(across[1]), foot - 1), fill=colour)
        below = above


def _height(figure: int, most: int, top: int, bottom: int) -> int:
    return bottom - round((bottom - top) * figure / most)


def _legend(parts: Sequence[Part]) -> Iterator[tuple[int, int]]:
    """Where it is said what each colour means, in as many lines as it takes."""
    x, y = EDGE, EDGE
    for part in parts:
        wide = LETTERS + GAP + round(letters().getlength(part.name)) + EDGE
        if x > EDGE and x + wide > WIDE:
            x, y = EDGE, y + LETTERS + GAP
        yield x, y
        x += wide
