"""What a command is, and how Discord is told of it."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from clients.discord.asked.interaction import SUBCOMMAND, Interaction
from clients.discord.render.card import Card
from clients.discord.render.form import Form
from clients.discord.words.language import ENGLISH, LANGUAGES, Words, catalogue

GUILD, BOT_DM = 0, 1
BUDGET = 8_000
"""Characters that a command may have in all, its names, descriptions and choices, of the longest language."""
NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
DISCORD_LOCALES: Mapping[str, Sequence[str]] = {"de": ("de",)}

Json = dict[str, Any]
Choice = tuple[str, str]
"""What is shown, and what is sent."""


class Type(IntEnum):
    """Discord's types of options."""

    TEXT = 3
    WHOLE = 4
    YES_NO = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question on its way: who asked what, and in which language he is answered."""

    interaction: Interaction
    words: Words

    def text(self, name: str, default: str = "") -> str:
        """An option that is a text or an id."""
        return str(self.interaction.options.get(name, default))

    def whole(self, name: str, default: int) -> int:
        """An option that is a whole number."""
        return int(self.interaction.options.get(name, default))

    def is_on(self, name: str, *, default: bool) -> bool:
        """An option that is yes or no."""
        return bool(self.interaction.options.get(name, default))


Run = Callable[[Asked], Awaitable[Card]]
Suggest = Callable[[Asked], Awaitable[Sequence[Choice]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """Something that is given to a command by name; its description lies in the catalogues."""

    name: str
    type: Type
    required: bool = False
    least: int | None = None
    most: int | None = None
    choices: Sequence[str] = ()
    """Values to choose from; what is shown of each lies in the catalogues."""
    suggest: Suggest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command by its whole name. Its answer is for the asker alone, unless it is public.

    A public one takes `private`, so that whoever wants can ask for himself.
    """

    name: str
    run: Run
    options: Sequence[Option] = ()
    is_public: bool = False

    def hides(self, asked: Asked) -> bool:
        """Whether this answer is for the asker alone."""
        return not self.is_public or asked.is_on("private", default=False)


PRIVATE = Option(name="private", type=Type.YES_NO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Commands under one first word: who sees it is said once for all, as Discord lets servers change it so."""

    name: str
    commands: Sequence[Command]
    permissions: int | None = None
    contexts: Sequence[int] = (GUILD,)

    def payload(self) -> Json:
        """What Discord is told. Zero permissions would be everybody for the library, and nobody for Discord."""
        if self.permissions == 0:
            raise ValueError(f"/{self.name}: ask for a permission, or for none with None")
        [first, *others] = self.commands
        told: Json = {"type": 1, "contexts": list(self.contexts), "integration_types": [0]}
        if self.permissions is not None:
            told["default_member_permissions"] = str(self.permissions)
        if first.name == self.name and not others:
            return told | _described(self.name, f"command.{self.name}") | {"options": _options(first)}
        inner = [
            {"type": SUBCOMMAND, **_described(one.name.split()[-1], f"command.{one.name}"), "options": _options(one)}
            for one in self.commands
        ]
        return told | _described(self.name, f"command.{self.name}") | {"options": inner}


@dataclass(frozen=True, slots=True)
class Opens:
    """Opens a form. Discord takes no form later, so it is made without waiting for anything.

    It is handed what stands in a button's id after its area and verb, or the id of what a menu was opened on.
    """

    form: Callable[[Asked, str], Form]


class Target(IntEnum):
    """What a menu is opened on, by Discord's types of commands."""

    USER = 2
    MESSAGE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """An entry under *Apps* in the menu of a member or a message, by the key of its name; answered for one alone."""

    name: str
    on: Target
    answer: Run | Opens
    permissions: int | None = None

    def payload(self) -> Json:
        """What Discord is told; an entry has a name and no description."""
        told: Json = {"type": self.on.value, "contexts": [GUILD], "integration_types": [0]}
        if self.permissions is not None:
            told["default_member_permissions"] = str(self.permissions)
        return told | _named(self.name)


@dataclass(slots=True)
class Commands:
    """Everything that can be asked by a command, or from a menu."""

    families: list[Family] = field(default_factory=list[Family])
    menus: Sequence[Menu] = ()

    def find(self, name: str) -> Command | None:
        """The command of a whole name."""
        return next((one for family in self.families for one in family.commands if one.name == name), None)

    def menu(self, name: str) -> Menu | None:
        """The entry of a name in English, which Discord sends whatever the reader's language is."""
        return next((one for one in self.menus if Words(ENGLISH)(one.name) == name), None)

    def payload(self) -> list[Json]:
        """What Discord is told of all of them, always in the same order."""
        families = [family.payload() for family in sorted(self.families, key=lambda one: one.name)]
        return [*families, *(menu.payload() for menu in sorted(self.menus, key=lambda one: one.name))]


def _options(command: Command) -> list[Json]:
    found = [*command.options, *([PRIVATE] if command.is_public else [])]
    return [_option(command, one) for one in sorted(found, key=lambda one: not one.required)]


def _option(command: Command, one: Option) -> Json:
    place = "option.private" if one is PRIVATE else f"option.{command.name}.{one.name}"
    told: Json = {"type": one.type.value, **_described(one.name, place), "required": one.required}
    if one.choices:
        told["choices"] = [_named(f"{place}.{value}") | {"value": value} for value in one.choices]
    if one.suggest is not None:
        told["autocomplete"] = True
    bounds = ("min_length", "max_length") if one.type is Type.TEXT else ("min_value", "max_value")
    return told | {name: at for name, at in zip(bounds, (one.least, one.most), strict=True) if at is not None}


def _described(name: str, key: str) -> Json:
    """A name, which stays English so that people can tell each other, and its description in every language."""
    if NAME.fullmatch(name) is None:
        raise ValueError(f"Discord takes no command or option {name!r}")
    return {"name": name, "description": Words(ENGLISH)(key), **_translated("description", key)}


def _named(key: str) -> Json:
    return {"name": Words(ENGLISH)(key), **_translated("name", key)}


def _translated(what: str, key: str) -> Json:
    found = {
        locale: Words(language)(key)
        for language in LANGUAGES
        if key in catalogue(language)
        for locale in DISCORD_LOCALES.get(language, ())
    }
    return {f"{what}_localizations": found} if found else {}
