"""The one look of every answer: a coloured card with a title, lines, fields, a footer, and buttons below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

from clients.discord.library.pictures import Picture
from clients.discord.render import limits

EPHEMERAL = 1 << 6


class Tone(IntEnum):
    """What a card is about, as its colour; the words say it, too."""

    PLAIN = 0x5865F2
    GOOD = 0x248046
    CAREFUL = 0xC27C0E
    BAD = 0xDA373C


class Style(IntEnum):
    """Discord's styles of buttons."""

    PRIMARY = 1
    SECONDARY = 2
    SUCCESS = 3
    DANGER = 4
    LINK = 5


class Look(StrEnum):
    """What stands before a title, beside the words."""

    NONE = ""
    CHECK = "\N{WHITE HEAVY CHECK MARK} "
    CAREFUL = "\N{WARNING SIGN}\N{VARIATION SELECTOR-16} "
    BAD = "\N{CROSS MARK} "


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button: what it does when it is clicked, or where it leads."""

    label: str
    custom_id: str = ""
    url: str = ""
    style: Style = Style.SECONDARY
    disabled: bool = False

    def payload(self) -> dict[str, Any]:
        """It as Discord wants it; refuses an id that Discord would refuse."""
        told: dict[str, Any] = {"type": 2, "label": limits.cut(self.label, limits.LABEL_MAX)}
        if self.url:
            return told | {"style": Style.LINK.value, "url": self.url}
        if not 1 <= len(self.custom_id.encode()) <= limits.CUSTOM_ID_MAX:
            raise ValueError(f"unfit custom_id of the button {self.label!r}: {self.custom_id!r}")
        return told | {"style": self.style.value, "custom_id": self.custom_id, "disabled": self.disabled}


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """An answer. Texts are Markdown: what people chose goes through `limits.shown` first."""

    title: str
    lines: Sequence[str] = ()
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    footer: str = ""
    tone: Tone = Tone.PLAIN
    look: Look = Look.NONE
    buttons: Sequence[Sequence[Button]] = ()
    picture: Picture | None = None
    """A picture that is sent with it."""
    file: Picture | None = None
    """Another file that is sent with it, to be taken along."""

    def payload(self) -> dict[str, Any]:
        """It as Discord wants it, cut where it is too long; a card that replaces another takes its buttons away."""
        return {"content": "", "embeds": [self._embed()], "components": [_row(row) for row in self.buttons if row]}

    def _embed(self) -> dict[str, Any]:
        left = limits.EMBED_MAX
        title = limits.cut(f"{self.look}{self.title}", limits.TITLE_MAX)
        footer = limits.cut(self.footer, limits.FOOTER_MAX)
        left -= len(title) + len(footer)
        told: dict[str, Any] = {"title": title, "color": self.tone.value}
        fields: list[dict[str, Any]] = []
        for name, value in list(self.fields.items())[: limits.FIELDS_MAX]:
            head, body = limits.cut(name, limits.FIELD_NAME_MAX), limits.cut(value, limits.FIELD_VALUE_MAX)
            if len(head) + len(body) > left:
                break
            left -= len(head) + len(body)
            fields.append({"name": head, "value": body, "inline": True})
        if self.lines:
            told["description"] = limits.cut_lines(list(self.lines), min(limits.DESCRIPTION_MAX, max(1, left)))
        if fields:
            told["fields"] = fields
        if footer:
            told["footer"] = {"text": footer}
        if self.picture:
            told["image"] = {"url": f"attachment://{self.picture.name}", "description": self.picture.alt}
        return told


def _row(buttons: Sequence[Button]) -> dict[str, Any]:
    if len(buttons) > limits.BUTTONS_MAX:
        raise ValueError(f"{len(buttons)} buttons in a row")
    return {"type": 1, "components": [one.payload() for one in buttons]}
