"""Where in an evening somebody is killed: before Discord does what the bot asks, after, or when the server was told."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from clients.simulator.discord.faults import Faults
from clients.simulator.discord.refusals import Refusal
from clients.simulator.discord.stage import Inspect
from tests.clients.discord.evening.victims import Victim

Moment = Literal["before", "told", "asked", "done"]
"""Before anything, once the server took it, when Discord is asked for it, or when Discord did it and nobody heard."""

OUTAGE = Refusal(500, 0, "500: Internal Server Error")


@dataclass
class Trap:
    """Kills somebody once, at a moment; `request` is METHOD and path of what the bot asks of Discord."""

    victim: Victim = field(repr=False)
    moment: Moment
    request: str
    is_sprung: bool = False

    def spring(self, moment: Moment, request: str | None = None) -> bool:
        """Kill, if it is time; whether it was."""
        is_time = moment == self.moment and (request is None or re.fullmatch(self.request, request) is not None)
        if self.is_sprung or not is_time:
            return False
        self.is_sprung = True
        self.victim.kill()
        return True


@dataclass(slots=True)
class Traps(Faults):
    """The traps of an evening, as something that goes wrong on Discord; one is set at a time."""

    set: Trap | None = None

    def strike(self, method: str, path: str) -> Refusal | None:
        """Kill before Discord does it, which fails then, whoever it is that was killed."""
        if self.set is not None and self.set.spring("asked", f"{method} {path}"):
            return OUTAGE
        return super(Traps, self).strike(method, path)

    def inspecting(self, inspect: Inspect) -> Inspect:
        """Look at what was done, and kill whom that concerns, before the bot hears of it."""

        def look(method: str, path: str, body: object) -> Iterable[str]:
            if self.set is not None:
                self.set.spring("done", f"{method} {path}")
            return inspect(method, path, body)

        return look
