"""Has what cannot be taken back be confirmed: it says what will happen, and does it once, for whoever asked.

What is to be done waits in memory, for two minutes. A restart forgets it; whoever clicks then is told to ask again.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from clients.discord.asked.answering import Click, custom_id, failure, refusal
from clients.discord.asked.commands import Asked, Run
from clients.discord.asked.interaction import Interaction
from clients.discord.graph.asking import ServerAway, ServerRefused
from clients.discord.render.card import Button, Card, Look, Style, Tone
from clients.discord.words.language import Words, at

LIFETIME_S = 120.0
WAITING_MAX = 1_000
AREA = "confirm"


@dataclass(slots=True, kw_only=True)
class Waiting:
    """Something that waits to be confirmed by whoever asked for it, where he asked, and what came of it."""

    asked: Interaction
    run: Run
    label: str
    until_s: float
    running: asyncio.Task[Card] | None = None
    told: Card | None = None


class Confirming:
    """Everything that waits to be confirmed; of too much the oldest is forgotten."""

    def __init__(self, clock_s: Callable[[], float]) -> None:
        self._clock_s = clock_s
        self._waiting: dict[str, Waiting] = {}

    @property
    def clicks(self) -> Mapping[str, Click]:
        """Who answers the two buttons."""
        return {
            f"{AREA}:yes": Click(run=self._yes, refuses=self._refused),
            f"{AREA}:no": Click(run=self._no, refuses=self._refused),
        }

    def card(self, asked: Asked, *, title: str, lines: Sequence[str], label: str, run: Run) -> Card:
        """What will happen, in `lines`, with a button `label` that does it and one that does not.

        `run` does it. It is handed the click's person, roles and permissions with the id of what was asked at first:
        sent as the idempotency key, it has the server do it once however often it is tried.
        """
        until_s = self._clock_s() + LIFETIME_S
        while len(self._waiting) >= WAITING_MAX:
            del self._waiting[next(iter(self._waiting))]
        waiting = Waiting(asked=asked.interaction, run=run, label=label, until_s=until_s)
        self._waiting[asked.interaction.id] = waiting
        return Card(
            title=title,
            lines=[*lines, "", asked.words("confirm.until", until=_moment(until_s))],
            tone=Tone.CAREFUL,
            look=Look.CAREFUL,
            buttons=_buttons(asked.words, waiting),
        )

    def _refused(self, asked: Asked, more: str) -> Card | None:
        """What somebody is told who may not click here."""
        waiting, words, by = self._waiting.get(more), asked.words, asked.interaction
        if waiting is None or (waiting.asked.user, waiting.asked.guild) == (by.user, by.guild):
            return None
        return Card(title=words("refused.title"), lines=[words("confirm.other")], tone=Tone.CAREFUL, look=Look.CAREFUL)

    async def _yes(self, asked: Asked, more: str) -> Card:
        """Do it, once; whoever clicks again is told what came of it."""
        waiting = self._waiting.get(more)
        if waiting is None:
            return _again(asked.words, "confirm.forgotten")
        if waiting.told is not None:
            return waiting.told
        if waiting.running is None:
            if self._clock_s() > waiting.until_s:
                return _again(asked.words, "confirm.late")
            waiting.running = asyncio.create_task(self._done(asked, waiting))
        return await asyncio.shield(waiting.running)

    async def _done(self, asked: Asked, waiting: Waiting) -> Card:
        confirmed = replace(asked, interaction=_confirmed(waiting.asked, asked.interaction))
        try:
            waiting.told = await waiting.run(confirmed)
        except ServerRefused as refused:
            waiting.told = refusal(asked.words, refused)
        except ServerAway:
            # Nobody knows whether it was done. Asked again with the same key, it is done once.
            waiting.running, waiting.until_s = None, self._clock_s() + LIFETIME_S
            lines = asked.words("confirm.unknown"), asked.words("confirm.until", until=_moment(waiting.until_s))
            card = failure(asked.words, "")
            return replace(card, lines=lines, buttons=_buttons(asked.words, waiting))
        return waiting.told

    async def _no(self, asked: Asked, more: str) -> Card:
        """Do nothing, unless it was done already: then that is told."""
        waiting = self._waiting.get(more)
        if waiting is None:
            return _again(asked.words, "confirm.forgotten")
        if waiting.running is not None:
            return await asyncio.shield(waiting.running)
        if waiting.told is None:
            waiting.told = Card(title=asked.words("confirm.canceled_title"), lines=[asked.words("confirm.canceled")])
        return waiting.told


def _confirmed(asked: Interaction, click: Interaction) -> Interaction:
    """What was asked, in the name of who clicked, as he is now."""
    return replace(asked, roles=click.roles, permissions=click.permissions, locale=click.locale)


def _buttons(words: Words, waiting: Waiting) -> Any:
    yes, no = custom_id(AREA, "yes", waiting.asked.id), custom_id(AREA, "no", waiting.asked.id)
    return [
        [
            Button(label=waiting.label, custom_id=yes, style=Style.DANGER),
            Button(label=words("confirm.cancel"), custom_id=no),
        ]
    ]


def _again(words: Words, key: str) -> Card:
    return Card(title=words("confirm.again_title"), lines=[words(key)], tone=Tone.CAREFUL, look=Look.CAREFUL)


def _moment(at_s: float) -> str:
    return at(datetime.fromtimestamp(at_s, UTC), "R")
