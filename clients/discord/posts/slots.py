"""Slots that viewers call."""

from collections.abc import Mapping

from clients.discord.carrying.kinds import Carried, Desk, Kind
from clients.discord.graph.answers.jobs import SlotCalledJob
from clients.discord.posts.posting import post
from clients.discord.render.card import Card
from clients.discord.render.limits import shown
from clients.discord.words.language import Words

SLOTS = "slots"


def kinds() -> Mapping[str, Kind]:
    """How jobs about slots are carried out, by their types."""
    return {"SlotCalledJob": Kind(call, SLOTS)}


async def call(job: SlotCalledJob, desk: Desk) -> Carried:
    """Post it."""
    return await post(desk, job, card(desk.words, job))


def card(words: Words, job: SlotCalledJob) -> Card:
    """What was called by whom, and how many calls wait."""
    caller = words("told.slot.by", name=shown(job["publicName"]), platform=job["callerPlatform"].capitalize())
    provider = [shown(job["slotProvider"], 100)] if job["slotProvider"] else []
    lines = [*provider, caller, words("told.slot.waiting", count=job["waiting"])]
    return Card(title=shown(job["title"], 200), lines=lines)
