"""Charts show their figures: what is drawn is measured, at any figures, in any language."""

import asyncio
import subprocess
import sys
import threading
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageColor

from clients.discord.charts import drawing
from clients.discord.charts.columns import COLUMNS_MAX, Columns, Part
from clients.discord.charts.drawing import Drawing
from clients.discord.charts.painting import COLOURS, COLUMN_MAX, GROUND, HIGH, TEXT, WIDE, letters, png
from clients.discord.charts.scale import HOUR_S, LINES_MAX, lines, of_counts, of_time
from clients.discord.words.language import LANGUAGES, catalogue

NEAR, LEGEND = 12, 60
ROOT = Path(__file__).parents[4]


def drawn(columns: Columns) -> Image.Image:
    image = Image.open(BytesIO(png(columns)))
    assert (image.format, image.width) == ("PNG", WIDE)
    assert HIGH <= image.height <= 2 * HIGH
    return image.convert("RGB")


def heights(image: Image.Image, colour: str, top: int = 0) -> list[int]:
    """How many points of a colour lie above each other below `top`, for each place from left to right."""
    apart: Any = ImageChops.difference(image, Image.new("RGB", image.size, colour)).convert("L")
    below: Any = apart.crop((0, top, image.width, image.height)).point([255] * NEAR + [0] * (256 - NEAR)).convert("F")
    means: Any = below.resize((image.width, 1), Image.Resampling.BOX)
    return [round(mean / 255 * below.height) for mean in means.get_flattened_data()]


def runs(found: list[int]) -> list[int]:
    """The heights of the columns that stand apart, from left to right."""
    told, before = list[int](), 0
    for height in [*found, 0]:
        if height and not before:
            told.append(height)
        before = height
    return told


def one_part(figures: list[int]) -> Columns:
    labels = [f"{number}. Nov." for number in range(len(figures))]
    return Columns(labels=labels, parts=[Part(name="", figures=figures)], lines=lines(max(figures), of_counts, str))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=31).filter(any))
def test_each_figure_has_a_column_of_its_height(figures: list[int]) -> None:
    columns = one_part(figures)
    found = runs(heights(drawn(columns), COLOURS[0]))
    there = [one for one in figures if one]
    assert len(found) == len(there)
    scale = max(found) / max(there)
    for height, figure in zip(found, there, strict=True):
        assert abs(height - figure * scale) <= 2, "what is nearly nothing can be seen, too"


def test_parts_lie_upon_each_other_and_each_has_its_name() -> None:
    parts = [Part(name="One", figures=[10, 0]), Part(name="Two", figures=[30, 20])]
    image = drawn(Columns(labels=["a", "b"], parts=parts, lines=lines(40, of_counts, str)))
    [first] = runs(heights(image, COLOURS[0], LEGEND))
    upper, alone = runs(heights(image, COLOURS[1], LEGEND))
    assert abs(upper - 3 * first) <= 3
    assert abs(alone - 2 * first) <= 3
    for colour in COLOURS[:2]:
        assert max(heights(image.crop((0, 0, WIDE, LEGEND)), colour)) > 10


@pytest.mark.parametrize("colour", [*COLOURS, TEXT])
def test_everything_stands_out_from_the_ground(colour: str) -> None:
    """By the contrast of the Web Content Accessibility Guidelines: 3 for shapes, 4.5 for letters."""

    def light(name: str) -> float:
        parts = [one / 255 for one in ImageColor.getrgb(name)[:3]]
        red, green, blue = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    assert (light(colour) + 0.05) / (light(GROUND) + 0.05) >= (4.5 if colour == TEXT else 3)


@given(most=st.integers(0, 10**12))
def test_lines_stand_at_round_figures_and_are_few(most: int) -> None:
    for steps in (of_time, of_counts):
        found = [at for at, _ in lines(most, steps, str)]
        assert found[0] == 0
        assert found[-1] >= most
        assert len(found) <= LINES_MAX + 1
        assert len({one - before for before, one in pairwise(found)}) <= 1
    assert [at // HOUR_S for at, _ in lines(5 * HOUR_S, of_time, str)] == [0, 2, 4, 6]


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_is_a_letter_for_everything_that_is_written(language: str) -> None:
    font: Any = letters()
    lacking = bytes(font.getmask("\uffff"))
    keys = ("source.", "duration.")
    said = "".join(str(text) for key, text in catalogue(language).items() if key.startswith(keys))
    assert [one for one in sorted(set(said) - {" "}) if bytes(font.getmask(one)) == lacking] == []


@pytest.mark.parametrize("count", [0, COLUMNS_MAX + 1])
def test_what_nobody_could_read_is_not_drawn(count: int) -> None:
    with pytest.raises(ValueError, match="columns"):
        Columns(labels=["x"] * count, parts=[Part(name="", figures=[1] * count)], lines=[])
    with pytest.raises(ValueError, match="below nothing"):
        Columns(labels=["x"], parts=[Part(name="", figures=[-1])], lines=[])


async def test_one_is_drawn_at_a_time_beside_the_loop_and_few_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "WAITING_MAX", 3)
    busy, most, threads = 0, 0, set[int]()
    lock, gate = threading.Lock(), threading.Event()

    def slowly(columns: Columns) -> bytes:
        nonlocal busy, most
        with lock:
            busy, most = busy + 1, max(most, busy + 1)
        threads.add(threading.get_ident())
        gate.wait(20)
        with lock:
            busy -= 1
        return png(columns)

    monkeypatch.setattr(drawing, "png", slowly)
    one, columns = Drawing(), one_part([1, 2])
    asked = [asyncio.create_task(one.picture(columns, "x" * 2_000)) for _ in range(5)]
    done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
    assert all(task.result() is None for task in done)
    gate.set()
    pictures = [found for found in await asyncio.gather(*asked) if found is not None]
    assert len(pictures) == 3
    assert most == drawing.AT_ONCE
    assert threading.get_ident() not in threads
    assert {len(found.alt) for found in pictures} == {1_024}
    assert await one.picture(columns, "Again") is not None, "there is room again"


async def test_a_chart_that_cannot_be_drawn_takes_no_answer_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Columns) -> bytes:
        raise OSError("no room")

    monkeypatch.setattr(drawing, "png", broken)
    assert await Drawing().picture(one_part([1]), "One") is None


def test_pillow_is_loaded_for_the_first_chart_and_not_before() -> None:
    asked = "import sys, clients.discord.app as _; print('PIL' in sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    )
    assert told.stdout == "False\n"


def test_few_columns_are_not_wide() -> None:
    found = heights(drawn(one_part([5])), COLOURS[0])
    assert 0 < sum(map(bool, found)) <= COLUMN_MAX + 1
