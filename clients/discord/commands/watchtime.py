"""/watchtime: how long somebody watched, on which days, which place that is, and why it does or does not go on."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import cast

from clients.discord.asked.commands import Asked, Command, Family, Option, Type
from clients.discord.charts.columns import Columns, Part
from clients.discord.charts.drawing import Drawing
from clients.discord.charts.scale import lines, of_time
from clients.discord.graph.answers.watchtime import WatchedDay, Watchtime
from clients.discord.graph.asking import Graph, ServerRefused
from clients.discord.graph.documents import document
from clients.discord.render.card import Card, Tone
from clients.discord.render.limits import shown
from clients.discord.words.language import Words

DAYS, DAYS_LEAST, DAYS_MOST = 30, 7, 31
"""So many days can be told in the words beside a picture, too."""


MayKnow = Callable[[Asked, str], Awaitable[object]]
"""Refuses whoever may not know of another member: who knows how long somebody watched finds him on a masked board."""


def family(graph: Graph, drawing: Drawing, may_know: MayKnow) -> Family:
    """The command, asked of a server."""

    async def run(asked: Asked) -> Card:
        user = asked.text("member", asked.interaction.user)
        if user != asked.interaction.user:
            await may_know(asked, user)
        told = cast(
            "Watchtime",
            await graph.ask(
                document("watchtime"),
                {"guild": asked.interaction.guild, "user": user, "days": asked.whole("days", DAYS)},
            ),
        )
        return await drawn(asked.words, card(asked, told, user), days_of(told), drawing)

    options = [
        Option(name="member", type=Type.USER),
        Option(name="days", type=Type.WHOLE, least=DAYS_LEAST, most=DAYS_MOST),
    ]
    return Family(name="watchtime", commands=[Command(name="watchtime", run=run, options=options)])


def days_of(told: Watchtime) -> Sequence[WatchedDay]:
    """The days of whoever is asked about; none where there is nobody."""
    viewer = None if told["communityOfGuild"] is None else told["communityOfGuild"]["viewerOfAccount"]
    return () if viewer is None else viewer["watchTime"]["days"]


async def drawn(words: Words, plain: Card, days: Sequence[WatchedDay], drawing: Drawing) -> Card:
    """The card with a chart of the days; with a sentence where there is nothing to draw."""
    total = sum(one["seconds"] for one in days)
    if not days:
        return plain
    if not total:
        return replace(plain, lines=[*plain.lines, "", words("watchtime.no_days", count=len(days))])
    told = [(words.day(date.fromisoformat(one["day"])), one["seconds"]) for one in days]
    columns = Columns(
        labels=[day for day, _ in told],
        parts=[Part(name="", figures=[seconds for _, seconds in told])],
        lines=lines(max(seconds for _, seconds in told), of_time, words.duration),
    )
    summary = words("watchtime.days", count=len(days), total=words.duration(total))
    figures = [f"{day}: {words.duration(seconds)}" for day, seconds in told if seconds]
    picture = await drawing.picture(columns, f"{summary} ({', '.join(figures)})")
    return replace(plain, lines=[*plain.lines, "", summary], picture=picture)


def card(asked: Asked, told: Watchtime, user: str) -> Card:
    """The watch time of a Discord user."""
    words, community = asked.words, told["communityOfGuild"]
    if community is None:
        raise ServerRefused("guild_unbound", words("failed.unbound"))
    is_own = user == asked.interaction.user
    name = shown(asked.interaction.user_name if is_own else asked.interaction.names.get(user, "?"))
    viewer = community["viewerOfAccount"]
    if viewer is None:
        key = "watchtime.unlinked_own" if is_own else "watchtime.unlinked"
        return Card(title=words("watchtime.title", name=name), lines=[words(key, name=name)], tone=Tone.CAREFUL)
    lines = [f"**{words.duration(viewer['watchTime']['seconds'])}**"]
    if viewer["rank"] is not None:
        lines.append(words("watchtime.rank", rank=viewer["rank"]))
    others = [
        f"{one['platform'].capitalize()}: {shown(one['name'])}"
        for one in viewer["accounts"]
        if one["platform"] != "DISCORD"
    ]
    return Card(
        title=words("watchtime.title", name=name),
        lines=[*lines, "", words(f"earning.{community['earningStatus']['code']}")],
        fields={words("watchtime.accounts"): "\n".join(others)} if others else {},
        footer=community["name"],
    )
