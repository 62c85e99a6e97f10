"""Hands what a person asks to whoever knows the answer, answers in time, and says plainly what did not work."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from clients.discord.asked.commands import Asked, Command, Commands, Opens
from clients.discord.asked.interaction import Kind, read
from clients.discord.graph.asking import UNBOUND, ServerAway, ServerFailed, ServerRefused
from clients.discord.library.pictures import Picture
from clients.discord.library.refusals import Code, DiscordAway, DiscordRefused
from clients.discord.library.rest import Rest
from clients.discord.render import limits
from clients.discord.render.card import EPHEMERAL, Card, Look, Tone
from clients.discord.words.language import Words

REPLY, REPLY_LATER, UPDATE_LATER, CHOICES, FORM = 4, 5, 6, 8, 9
PREFIX = "rg1"
SMALL = "-# "

Clicked = Callable[[Asked, str], Awaitable[Card]]
"""Answers a click, by what stands in the button's id after its area and verb; the message changes into the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """A click that needs more than an answer in place of its message.

    One `is_apart` is answered by a message of its own, for the clicker alone. What `refuses` gives is told to whoever
    may not click at all, and the message stays as it is; it must not wait for anything.
    """

    run: Clicked
    is_apart: bool = False
    refuses: Callable[[Asked, str], Card | None] | None = None


Clicks = Mapping[str, Clicked | Click | Opens]
"""Who answers a click, or a form that was sent, by its place: `area:verb` of its id."""

log = structlog.get_logger("regulars.discord")


class Answering:
    """The commands and buttons of the bot, and how they are answered.

    The id of a button is `rg1:area:verb` or `rg1:area:verb:more`, at most 100 bytes; nothing else is remembered of a
    message, so that old ones work after a restart.
    """

    def __init__(self, rest: Rest, commands: Commands, clicks: Clicks) -> None:
        self._rest = rest
        self._commands = commands
        self._clicks = clicks

    async def __call__(self, told: Mapping[str, Any]) -> None:
        """Answer what the gateway told of; never raises for what a person or the server did."""
        interaction = read(told)
        if interaction is None:
            return
        asked = Asked(interaction=interaction, words=Words.of(interaction.locale))
        try:
            await self._answer(asked)
        except DiscordRefused as refused:
            # Whoever was answered too late, or twice, is not helped by another answer.
            level = log.info if refused.code in {Code.UNKNOWN_INTERACTION, Code.ALREADY_ANSWERED} else log.warning
            level("answer_refused", command=interaction.command, code=refused.code, status=refused.status)
        except DiscordAway as away:
            log.warning("answer_lost", command=interaction.command, reason=str(away))

    async def _answer(self, asked: Asked) -> None:
        try:
            await self._hand_on(asked)
        except (DiscordRefused, DiscordAway):
            raise
        except Exception:  # nobody was answered yet: what follows an answer is minded by `_finish`
            log.exception("answer_failed", command=asked.interaction.command, interaction=asked.interaction.id)
            await self._say(asked, fault(asked))

    async def _hand_on(self, asked: Asked) -> None:
        match asked.interaction.kind:
            case Kind.COMMAND:
                await self._command(asked)
            case Kind.SUGGESTIONS:
                await self._suggest(asked)
            case Kind.COMPONENT | Kind.FORM:
                await self._click(asked)
            case Kind.PING:
                return

    async def _command(self, asked: Asked) -> None:
        if asked.interaction.target is not None:
            await self._menu(asked, asked.interaction.target)
            return
        command = self._commands.find(asked.interaction.command)
        if command is None:
            await self._say(asked, unknown(asked.words))
            return
        await self._later(asked, is_hidden=command.hides(asked))
        await self._finish(asked, command.run(asked))

    async def _menu(self, asked: Asked, target: str) -> None:
        menu = self._commands.menu(asked.interaction.command)
        if menu is None:
            await self._say(asked, unknown(asked.words))
        elif isinstance(menu.answer, Opens):
            await self._open(asked, menu.answer, target)
        else:
            await self._later(asked, is_hidden=True)
            await self._finish(asked, menu.answer(asked))

    async def _open(self, asked: Asked, opens: Opens, more: str) -> None:
        form = opens.form(asked, more).payload()
        await self._rest.answer(asked.interaction.id, asked.interaction.token, FORM, form)

    async def _click(self, asked: Asked) -> None:
        place, _, more = _parts(asked.interaction.custom_id)
        clicked = self._clicks.get(place)
        if clicked is None:
            await self._say(asked, unknown(asked.words))
            return
        if isinstance(clicked, Opens):
            await self._open(asked, clicked, more)
            return
        click = clicked if isinstance(clicked, Click) else Click(run=clicked)
        refused = None if click.refuses is None else click.refuses(asked, more)
        if refused is not None:
            await self._say(asked, refused)
            return
        if click.is_apart:
            await self._later(asked, is_hidden=True)
        else:
            await self._rest.answer(asked.interaction.id, asked.interaction.token, UPDATE_LATER)
        await self._finish(asked, click.run(asked, more))

    async def _later(self, asked: Asked, *, is_hidden: bool) -> None:
        flags = EPHEMERAL if is_hidden else 0
        await self._rest.answer(asked.interaction.id, asked.interaction.token, REPLY_LATER, {"flags": flags})

    async def _suggest(self, asked: Asked) -> None:
        """Suggestions cannot be put off: nothing is suggested where the server is too slow, says no, or all fails."""
        command = self._commands.find(asked.interaction.command)
        suggest = None if command is None else _suggesting(command, asked.interaction.focused)
        found: list[dict[str, str]] = []
        if suggest is not None:
            try:
                found = [
                    {"name": limits.cut(shown, limits.CHOICE_NAME_MAX), "value": value}
                    for shown, value in (await suggest(asked))[: limits.CHOICES_MAX]
                ]
            except (ServerAway, ServerRefused, ServerFailed) as no:
                log.info("nothing_suggested", command=asked.interaction.command, reason=type(no).__name__)
            except Exception:  # an answer of any other kind is refused by Discord
                log.exception("answer_failed", command=asked.interaction.command, interaction=asked.interaction.id)
        await self._rest.answer(asked.interaction.id, asked.interaction.token, CHOICES, {"choices": found})

    async def _finish(self, asked: Asked, answer: Awaitable[Card]) -> None:
        told, pictures = await self._told(asked, answer)
        await self._rest.edit_answer(asked.interaction.application, asked.interaction.token, told, pictures)

    async def _told(self, asked: Asked, answer: Awaitable[Card]) -> tuple[dict[str, Any], list[Picture]]:
        """What Discord shows, with the pictures of it: the answer, or why there is none."""
        try:
            card = await answer
            return card.payload(), [one for one in (card.picture, card.file) if one is not None]
        except ServerRefused as refused:
            card = refusal(asked.words, refused)
        except ServerAway:
            card = failure(asked.words, asked.words("failed.away"))
        except ServerFailed as failed:
            card = failure(asked.words, asked.words("failed.failed", id=failed.id))
        except Exception:  # whatever broke, the asker is told a code, and the log the rest
            log.exception("answer_failed", command=asked.interaction.command, interaction=asked.interaction.id)
            card = fault(asked)
        return card.payload(), []

    async def _say(self, asked: Asked, card: Card) -> None:
        """Answer at once, for the asker alone."""
        told = card.payload() | {"flags": EPHEMERAL}
        await self._rest.answer(asked.interaction.id, asked.interaction.token, REPLY, told)


def custom_id(area: str, verb: str, more: str = "") -> str:
    """The id of a button."""
    return ":".join([PREFIX, area, verb, *([more] if more else [])])


def _parts(name: str) -> tuple[str, str, str]:
    """The place of a custom id, its verb, and what follows it."""
    prefix, area, verb, more, *_ = [*name.split(":", 3), "", "", "", ""]
    return (f"{area}:{verb}", verb, more) if prefix == PREFIX else ("", "", "")


def _suggesting(command: Command, focused: str | None) -> Any:
    return next((one.suggest for one in command.options if one.name == focused), None)


def refusal(words: Words, refused: ServerRefused) -> Card:
    """What the server's rules said, and what to do."""
    told = [limits.shown(text, limits.CONTENT_MAX) for text in (refused.message, refused.remedy) if text]
    meant = words.refusal(refused.code)
    if meant is not None:
        # The server's own words stay, in small: they have the figures, and whoever helps may know only them.
        told = [meant, f"{SMALL}{' '.join(told)}"]
    return Card(
        title=words("refused.title"),
        lines=[words("failed.unbound")] if refused.code == UNBOUND else told,
        tone=Tone.CAREFUL,
        look=Look.CAREFUL,
    )


def failure(words: Words, sentence: str) -> Card:
    """Something did not work that is nobody's fault who asked."""
    return Card(title=words("failed.title"), lines=[sentence], tone=Tone.BAD, look=Look.BAD)


def fault(asked: Asked) -> Card:
    """A fault of the bot, with the code under which its log has the rest."""
    return failure(asked.words, asked.words("failed.failed", id=asked.interaction.id))


def unknown(words: Words) -> Card:
    """A button of another version, or a command that was taken away."""
    return failure(words, words("failed.unknown"))
