"""Channels that go live."""

from collections.abc import Mapping
from datetime import datetime

from clients.discord.carrying.kinds import Carried, Desk, Kind
from clients.discord.graph.answers.jobs import StreamLiveJob
from clients.discord.posts.posting import post
from clients.discord.render.card import Button, Card, Tone
from clients.discord.render.limits import shown
from clients.discord.words.language import Words, at

ANNOUNCEMENTS = "announcements"
TITLE_MAX = 500


def kinds() -> Mapping[str, Kind]:
    """How jobs about streams are carried out, by their types."""
    return {"StreamLiveJob": Kind(announce, ANNOUNCEMENTS)}


async def announce(job: StreamLiveJob, desk: Desk) -> Carried:
    """Post it."""
    return await post(desk, job, card(desk.words, job))


def card(words: Words, job: StreamLiveJob) -> Card:
    """Who is live, with what, since when and where."""
    lines = [
        *([f"**{shown(job['title'], TITLE_MAX)}**"] if job["title"] else []),
        *([shown(job["category"], 100)] if job["category"] else []),
        words("told.live.since", since=at(datetime.fromisoformat(job["startedAt"]), "R")),
    ]
    watch = [[Button(label=words("told.live.watch"), url=job["url"])]] if job["url"] else []
    name, platform = shown(job["channelName"], 100), job["platform"].capitalize()
    title = words("told.live.title", name=name, platform=platform)
    return Card(title=title, lines=lines, tone=Tone.GOOD, buttons=watch)
