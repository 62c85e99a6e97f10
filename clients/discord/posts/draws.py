"""Draws: the code before the round, and the winners after it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from clients.discord.carrying.kinds import Carried, Desk, Kind, gone
from clients.discord.graph.answers.jobs import DrawCommittedJob, DrawDoneJob, DrawWinner
from clients.discord.posts.posting import post
from clients.discord.render.card import Button, Card, Look, Tone
from clients.discord.render.limits import shown
from clients.discord.words.language import Words, at

DRAWS = "draws"
DISCORD = "DISCORD"
TOO_LATE = "The round was over before the code could be posted."


def kinds() -> Mapping[str, Kind]:
    """How jobs about draws are carried out, by their types."""
    return {"DrawCommittedJob": Kind(promise, DRAWS), "DrawDoneJob": Kind(reveal, DRAWS)}


async def promise(job: DrawCommittedJob, desk: Desk) -> Carried:
    """Post the code, and say at once under which id: that is evidence only before the round."""
    if desk.clock_s() >= datetime.fromisoformat(job["roundAt"]).timestamp():
        return gone(TOO_LATE)
    return replace(await post(desk, job, promise_card(desk.words, job)), urgent=True)


async def reveal(job: DrawDoneJob, desk: Desk) -> Carried:
    """Post the winners; those are called that are known by their Discord account."""
    pings = [one["platformId"] for one in job["winners"] if one["platform"] == DISCORD]
    return await post(desk, job, reveal_card(desk.words, job), pings)


def promise_card(words: Words, job: DrawCommittedJob) -> Card:
    """The code, and the round of the beacon that decides."""
    when = datetime.fromisoformat(job["roundAt"])
    lines = [
        *_of_a_test(words, is_test=job["isTest"]),
        words("told.draw.code", code=job["code"]),
        words("told.draw.round", round=job["round"], at=at(when, "F"), away=at(when, "R")),
        words("told.draw.list", tickets=words.number(int(job["tickets"])), count=job["entrants"]),
        "",
        words("told.draw.meaning"),
    ]
    title = words("told.draw.promise_title", title=shown(job["title"], 150))
    return Card(title=title, lines=lines, buttons=_check(words, job["fileUrl"]))


def reveal_card(words: Words, job: DrawDoneJob) -> Card:
    """Who won, what they must do, and how to check it."""
    winners = job["winners"]
    lines = [
        *_of_a_test(words, is_test=job["isTest"]),
        *(_winner(words, one) for one in winners),
        *([] if winners else [words("told.draw.nobody")]),
        *([words("told.draw.more", count=job["count"] - len(winners))] if job["count"] > len(winners) else []),
    ]
    if job["claimSeconds"] and winners:
        lines += ["", words("told.draw.claim", within=words.duration(job["claimSeconds"]))]
    lines += ["", words("told.draw.check")]
    title = words("told.draw.reveal_title", title=shown(job["title"], 150))
    look = Look.CAREFUL if job["isTest"] else Look.CHECK
    return Card(title=title, lines=lines, tone=Tone.GOOD, look=look, buttons=_check(words, job["fileUrl"]))


def _of_a_test(words: Words, *, is_test: bool) -> Sequence[str]:
    return [f"**{words('told.draw.test')}**", ""] if is_test else []


def _winner(words: Words, one: DrawWinner) -> str:
    name = f"<@{one['platformId']}>" if one["platform"] == DISCORD else shown(one["publicName"])
    return words("told.draw.winner", place=one["position"], name=name, ticket=words.number(int(one["ticket"])))


def _check(words: Words, url: str) -> Sequence[Sequence[Button]]:
    return [[Button(label=words("raffle.file"), url=url)]]
