"""/regulars: how the work goes, whether everything is set up, and who did what."""

from collections.abc import Sequence
from typing import Any

from clients.discord.asked.answering import SMALL
from clients.discord.asked.commands import Asked, Command, Family, Option, Type
from clients.discord.commands.staffing import MANAGE_GUILD, Staffing, moment
from clients.discord.graph.answers.health import CheckedCommunity, HealthCommunity, SetupCheck, Tally
from clients.discord.render.card import Card, Look, Tone
from clients.discord.render.limits import shown
from clients.discord.words.language import Words

TOP, TOP_MAX = 10, 25
TEXT_MAX = 200
ACTION_MAX = 60
MARKS = {"OK": Look.CHECK, "WARNING": Look.CAREFUL, "FAILED": Look.BAD}


class RegularsCommands:
    """The commands, with `others` of the same name; the server says who may see this."""

    def __init__(self, staffing: Staffing, others: Sequence[Command]) -> None:
        self._staffing = staffing
        self._others = others

    @property
    def family(self) -> Family:
        """The commands."""
        audit = [
            Option(name="member", type=Type.USER),
            Option(name="action", type=Type.TEXT, least=1, most=ACTION_MAX),
            Option(name="top", type=Type.WHOLE, least=1, most=TOP_MAX),
        ]
        commands = [
            Command(name="regulars health", run=self.health),
            Command(name="regulars check", run=self.check),
            Command(name="regulars audit", run=self.audit, options=audit),
            *self._others,
        ]
        return Family(name="regulars", commands=commands, permissions=MANAGE_GUILD)

    async def health(self, asked: Asked) -> Card:
        """What waits, what is wrong, and what was given up."""
        return health_card(asked.words, await self._staffing.read(asked, "community_health"))

    async def check(self, asked: Asked) -> Card:
        """Whether the channels are set up and listened to, and what to do where they are not."""
        return check_card(asked.words, await self._staffing.read(asked, "community_check"))

    async def audit(self, asked: Asked) -> Card:
        """Who did what, newest first."""
        words, member = asked.words, asked.text("member")
        where: dict[str, Any] = {"actor": f"bot:discord:{member}"} if member else {}
        where |= {"action": asked.text("action")} if asked.text("action") else {}
        told = await self._staffing.read(asked, "audit", first=asked.whole("top", TOP), where=where or None)
        lines = [
            f"{moment(one['at'], 'f')} **{shown(one['action'], ACTION_MAX)}** {_actor(one['actor'])}"
            + (f": {shown(one['reason'], TEXT_MAX)}" if one["reason"] else "")
            for one in told["auditEvents"]["nodes"]
        ]
        return Card(
            title=words("regulars.audit"),
            lines=lines or [words("regulars.nothing_done")],
            footer=words("regulars.lines", count=told["auditEvents"]["totalCount"]),
        )


def health_card(words: Words, found: HealthCommunity) -> Card:
    """How the work goes, first of all what is wrong."""
    health, alerts, dead = found["health"], found["alerts"], found["deadJobs"]
    is_well = not (alerts["totalCount"] or dead["totalCount"] or health["quarantined"] or health["openGaps"])
    lines = [
        f"{Look.CAREFUL}**{shown(one['title'], TEXT_MAX)}** ({moment(one['openedAt'], 'R')})\n"
        f"{shown(one['remedy'], TEXT_MAX)}"
        for one in alerts["nodes"]
    ]
    lines += [
        words(
            "regulars.dead",
            kind=shown(one["kind"]),
            count=one["attempts"],
            error=shown(one["error"] or "?", TEXT_MAX),
        )
        for one in dead["nodes"]
    ]
    waits = words("regulars.waiting", count=health["waiting"])
    lag = "" if health["lag"] is None else f" ({words.duration(health['lag'])})"
    news = [f"{shown(one['kind'])}: {moment(one['receivedAt'], 'R')}" for one in health["lastDeliveries"]]
    fields = {
        words("regulars.alerts"): words.number(alerts["totalCount"]),
        words("regulars.dead_jobs"): words.number(dead["totalCount"]),
        words("regulars.gaps"): words.number(health["openGaps"]),
        words("regulars.quarantine"): _tallies(words, health["quarantined"]),
        words("regulars.jobs"): _tallies(words, health["jobs"]),
        words("regulars.sockets"): _tallies(words, health["sockets"]),
        words("regulars.news"): "\n".join(news) or words("regulars.no_news"),
    }
    return Card(
        title=words("regulars.well" if is_well else "regulars.unwell"),
        lines=[*lines, waits + lag],
        fields=fields,
        tone=Tone.GOOD if is_well else Tone.CAREFUL,
        look=Look.CHECK if is_well else Look.CAREFUL,
    )


def check_card(words: Words, found: CheckedCommunity) -> Card:
    """What is not as it should be with what to do, and how many checks went well."""
    checks = found["kickSetup"]["checks"]
    wrong = [one for one in checks if one["state"] != "OK"]
    lines = [
        f"{MARKS.get(one['state'], Look.NONE)}**{words('check.' + one['name'])}** "
        f"({words('check_state.' + one['state'])}): {_told(words, one)}"
        for one in wrong
    ]
    heard = [
        f"{shown(one['channel']['name'])}: {words('listening.' + one['state'])}"
        + (f" ({words('regulars.late')})" if one["isLate"] else "")
        + (f"\n{shown(one['remedy'], TEXT_MAX)}" if one["remedy"] else "")
        for one in found["listening"]
    ]
    is_ready = found["kickSetup"]["isReady"]
    return Card(
        title=words("regulars.ready" if is_ready else "regulars.unready"),
        lines=[*lines, words("regulars.checked", well=len(checks) - len(wrong), count=len(checks))],
        fields={words("regulars.sockets"): "\n".join(heard)} if heard else {},
        tone=Tone.GOOD if is_ready else Tone.CAREFUL,
        look=Look.CHECK if is_ready else Look.CAREFUL,
    )


def _told(words: Words, one: SetupCheck) -> str:
    """What a check found, in the reader's language with the server's own words in small, or in those alone."""
    said = [shown(text, TEXT_MAX) for text in (one["detail"], one["remedy"]) if text]
    meant = words.meaning(f"check.{one['name']}.{one['state']}")
    return "\n".join(said) if meant is None else f"{meant}\n{SMALL}{' '.join(said)}"


def _tallies(words: Words, found: list[Tally]) -> str:
    return "\n".join(f"{shown(one['name'])}: {words.number(one['count'])}" for one in found) or words.number(0)


def _actor(actor: str) -> str:
    """Who did it: somebody of Discord as others see him there; naming him calls nobody."""
    kind, _, number = actor.rpartition(":")
    return f"<@{number}>" if kind.endswith("discord") and number.isdecimal() else shown(actor, 60)
