"""What became of links: told to the person, and written into the log of his community."""

from collections.abc import Mapping
from datetime import datetime

from clients.discord.carrying.kinds import Carried, Desk, Kind
from clients.discord.graph.answers.jobs import LinkLoggedJob, LinkToldJob
from clients.discord.posts.posting import post
from clients.discord.render.card import Card, Look, Tone
from clients.discord.render.limits import shown
from clients.discord.words.language import Words, at

LINKED = "LINKED"
DIRECT = "direct"
PROBLEMS = {
    "account_linked_elsewhere": "told.link.problem.account_linked_elsewhere",
    "already_linked": "told.link.problem.already_linked",
    "link_code_exhausted": "told.link.problem.link_code_exhausted",
    "link_cooling_down": "told.link.problem.link_cooling_down",
    "link_expired": "told.link.problem.link_expired",
    "same_platform": "told.link.problem.same_platform",
}


def kinds() -> Mapping[str, Kind]:
    """How jobs about links are carried out, by their types."""
    return {"LinkToldJob": Kind(tell, DIRECT), "LinkLoggedJob": Kind(note)}


async def tell(job: LinkToldJob, desk: Desk) -> Carried:
    """Write to the person, who has asked for it."""
    message = await desk.rest.write_to(job["discordId"], told_card(desk.words, job).payload(), nonce=job["id"])
    return Carried(reference=str(message["id"]))


async def note(job: LinkLoggedJob, desk: Desk) -> Carried:
    """Write it into the log."""
    return await post(desk, job, logged_card(desk.words, job))


def logged_card(words: Words, job: LinkLoggedJob) -> Card:
    """What became of somebody's link, for staff; the mention calls nobody."""
    person = f"<@{job['discordId']}>"
    if job["outcome"] == LINKED:
        line = words("told.log.linked", person=person, account=account(words, job))
        return Card(title=words("told.link.linked_title"), lines=[line], tone=Tone.GOOD, look=Look.CHECK)
    line = words("told.log.failed", person=person, account=account(words, job))
    lines = [line, why(words, job["problem"])]
    return Card(title=words("told.link.failed_title"), lines=lines, tone=Tone.CAREFUL, look=Look.CAREFUL)


def told_card(words: Words, job: LinkToldJob) -> Card:
    """What became of his link, for the person himself."""
    community = job["community"]
    name = shown(community["name"], 100) if community else ""
    if job["outcome"] == LINKED:
        lines = [words("told.link.linked", account=account(words, job))]
        if job["undoUntil"]:
            lines += ["", words("told.link.undo", until=at(datetime.fromisoformat(job["undoUntil"])))]
        return Card(title=words("told.link.linked_title"), lines=lines, footer=name, tone=Tone.GOOD, look=Look.CHECK)
    lines = [why(words, job["problem"]), "", words("told.link.again")]
    return Card(title=words("told.link.failed_title"), lines=lines, footer=name, tone=Tone.CAREFUL, look=Look.CAREFUL)


def account(words: Words, job: LinkToldJob | LinkLoggedJob) -> str:
    """The other account, as far as it is known."""
    if job["accountPlatform"] is None:
        return words("told.link.account")
    platform = job["accountPlatform"].capitalize()
    return f"{platform}: {shown(job['accountName'])}" if job["accountName"] else platform


def why(words: Words, problem: str | None) -> str:
    """Why a link failed, in a sentence."""
    key = PROBLEMS.get(problem or "")
    return words("told.link.problem.other", problem=shown(problem or "?", 60)) if key is None else words(key)
