"""What it takes to carry out a job of some kind, and how that may end."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from clients.discord.graph.answers.jobs import LeasedJob
from clients.discord.graph.asking import Graph
from clients.discord.library.refusals import Code, DiscordRefused
from clients.discord.library.rest import Rest
from clients.discord.words.language import Words

POSTS = "posts"
"""The lane of what is posted, where a kind names none of its own."""

NOTE_MAX = 300
NOT_FOUND = {
    Code.UNKNOWN_CHANNEL: "The Discord channel is not there any more; choose another.",
    Code.UNKNOWN_GUILD: "The Discord server is not there any more, or the bot left it.",
    Code.UNKNOWN_MEMBER: "The person is not in the Discord server.",
    Code.UNKNOWN_ROLE: "The role is not there any more; choose another.",
    Code.UNKNOWN_USER: "The person has no Discord account any more.",
    Code.CLOSED_TO_MESSAGES: "The person takes no direct messages.",
    Code.NO_SERVER_IN_COMMON: "The person is in no Discord server with the bot.",
}


class Outcome(StrEnum):
    """How a job ended."""

    DONE = "DONE"
    FAILED = "FAILED"
    GONE = "GONE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """How a job ended; `note` tells staff what stood in the way and names nobody, `reference` is the message's id.

    What is `urgent` is acknowledged at once, and not together with what ends in the same half second.
    """

    outcome: Outcome = Outcome.DONE
    note: str = ""
    reference: str = ""
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """What a job is carried out with: Discord, the server for what the job does not say itself, the time, and words."""

    rest: Rest
    graph: Graph
    clock_s: Callable[[], float]
    words: Words
    """In the language that the job's Discord server chose for itself."""


Carry = Callable[[Any, Desk], Awaitable[Carried]]
"""Carries a job of its kind out; may raise `DiscordRefused` and `DiscordAway`, which `refusal` and a later try answer.

It may be called twice for one job where the bot died in between: what it does bears the job's id as a nonce, or is the
same however often it is done.
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """How jobs of a kind are carried out: those of one Discord server in one lane, one after the other."""

    carry: Carry
    lane: str = POSTS


def gone(note: str) -> Carried:
    """There is nothing to do it to."""
    return Carried(outcome=Outcome.GONE, note=note)


def refusal(refused: DiscordRefused) -> Carried:
    """What Discord's refusal of a job means: over where nothing is left to do it to, otherwise to be tried again."""
    for code, note in NOT_FOUND.items():
        if refused.code == code:
            return gone(note)
    return Carried(outcome=Outcome.FAILED, note=f"Discord says no: {refused}"[:NOTE_MAX])


def guild_of(job: LeasedJob) -> str:
    """The Discord server that a job is of; empty for none."""
    community = job["community"]
    return "" if community is None else community["guildId"] or ""
