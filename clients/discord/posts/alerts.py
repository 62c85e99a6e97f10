"""Trouble, and that it is over, for the staff."""

from collections.abc import Mapping
from datetime import datetime

from clients.discord.carrying.kinds import Carried, Desk, Kind
from clients.discord.graph.answers.jobs import StaffAlertJob
from clients.discord.posts.posting import post
from clients.discord.render.card import Card, Look, Tone
from clients.discord.render.limits import shown
from clients.discord.words.language import Words, at

TEXT_MAX = 1_500


def kinds() -> Mapping[str, Kind]:
    """How jobs about alerts are carried out, by their types."""
    return {"StaffAlertJob": Kind(alert)}


async def alert(job: StaffAlertJob, desk: Desk) -> Carried:
    """Post it; the end is written into the message that told of the trouble, which nobody needs to act on any more."""
    return await post(desk, job, card(desk.words, job), instead_of=job["messageId"])


def card(words: Words, job: StaffAlertJob) -> Card:
    """What is wrong, since when and what to do; or that it is over."""
    title, since = shown(job["title"], 200), at(datetime.fromisoformat(job["since"]))
    if job["isOver"]:
        ended = at(datetime.fromisoformat(job["createdAt"]))
        lines = [shown(job["detail"], TEXT_MAX), "", words("told.alert.over", since=since, ended=ended)]
        return Card(title=words("told.alert.over_title", title=title), lines=lines, tone=Tone.GOOD, look=Look.CHECK)
    lines = [
        shown(job["detail"], TEXT_MAX),
        "",
        f"**{words('told.alert.remedy')}** {shown(job['remedy'], TEXT_MAX)}",
        words("told.alert.since", since=since),
    ]
    return Card(title=title, lines=lines, tone=Tone.BAD, look=Look.CAREFUL)
