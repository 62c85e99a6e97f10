"""The chart of /raffle tickets: on which days somebody's tickets came, and from what."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from clients.discord.charts.columns import Columns, Part
from clients.discord.charts.drawing import Drawing
from clients.discord.charts.scale import lines, of_counts
from clients.discord.graph.answers.raffle import DayOfRaffle
from clients.discord.render.card import Card
from clients.discord.render.limits import ALT_MAX
from clients.discord.words.language import Words


async def drawn(words: Words, plain: Card, days: Sequence[DayOfRaffle], drawing: Drawing) -> Card:
    """The card with a chart of the days; as it is where nothing came on any of them.

    What was taken back is no column: of a source a day shows what was left of what it gave.
    """
    given = [{one["source"]: max(0, int(one["tickets"])) for one in day["bySource"]} for day in days]
    totals: Counter[str] = Counter()
    for day in given:
        totals.update(day)
    sources = [source for source, total in totals.most_common() if total]
    if not sources:
        return plain
    labels = [words.day(date.fromisoformat(day["day"])) for day in days]
    columns = Columns(
        labels=labels,
        parts=[
            Part(
                name=f"{words('source.' + source)}: {words.number(totals[source])}",
                figures=[day.get(source, 0) for day in given],
            )
            for source in sources
        ],
        lines=lines(max(sum(day.values()) for day in given), of_counts, words.number),
    )
    picture = await drawing.picture(columns, alt(words, labels, given, columns.parts))
    return replace(plain, picture=picture)


def alt(words: Words, labels: Sequence[str], given: Sequence[Mapping[str, int]], parts: Sequence[Part]) -> str:
    """The same in words: of each source, and of each day from what; only how many where that would be too long."""
    sources = ", ".join(part.name for part in parts)
    summary = words("raffle.chart", count=len(labels), sources=sources)
    there = [(label, day) for label, day in zip(labels, given, strict=True) if any(day.values())]
    whole = "; ".join(f"{label}: {_sources(words, day)}" for label, day in there)
    short = "; ".join(f"{label}: {words.number(sum(day.values()))}" for label, day in there)
    told = f"{summary} ({whole})"
    return told if len(told) <= ALT_MAX else f"{summary} ({short})"


def _sources(words: Words, day: Mapping[str, int]) -> str:
    return ", ".join(f"{words('source.' + source)} {words.number(many)}" for source, many in day.items() if many)
