"""What a person would have seen, line by line: who said what, with embeds and buttons as text."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from clients.simulator.discord.reading import read
from clients.simulator.discord.world import EPHEMERAL, Channel, Json, Message, World

LINES_MAX = 10_000
LINK_STYLE = 5
ROW, BUTTON, SECTION, TEXT, CONTAINER = 1, 2, 9, 10, 17
SELECTS = frozenset({3, 5, 6, 7, 8})


@dataclass(slots=True)
class Transcript:
    """The lines so far; of very many the oldest are let go."""

    world: World
    lines: list[str] = field(default_factory=list[str])
    written: int = 0

    def note(self, text: str) -> None:
        """Write down what happened."""
        self._write(f"{self.world.clock.now():%H:%M:%S}  {text}")

    def show(self, message: Message, did: str = "") -> None:
        """Write down a message as it can be seen now, and who wrote it where."""
        alone = " (only for the person who asked)" if message.flags & EPHEMERAL else ""
        self.note(f"{place(message.channel)} {message.author.name}{did}{alone}")
        for line in told(message.shown):
            self._write(f"          {read(line, self.world)}")

    def text(self) -> str:
        """Return everything, to be printed."""
        return "\n".join(self.lines)

    def _write(self, line: str) -> None:
        self.lines.append(line)
        self.written += 1
        del self.lines[:-LINES_MAX]


def place(channel: Channel) -> str:
    """Return how people call the channel."""
    return channel.name if channel.recipient is not None else f"#{channel.name}"


def told(shown: Json) -> Iterator[str]:
    """Yield the lines of what a body shows."""
    yield from str(shown.get("content") or "").splitlines()
    embeds: list[Json] = shown.get("embeds") or []
    for embed in embeds:
        yield from (f"| {line}" for line in _embed(embed))
    components: list[Json] = shown.get("components") or []
    for component in components:
        yield from _component(component)


def _embed(embed: Json) -> Iterator[str]:
    if embed.get("title"):
        yield f"** {embed['title']} **"
    yield from str(embed.get("description") or "").splitlines()
    fields: list[Json] = embed.get("fields") or []
    for one in fields:
        yield f"{one['name']}: {one['value']}"
    if embed.get("image"):
        yield f"(picture: {embed['image'].get('description') or embed['image'].get('url')})"
    if embed.get("footer"):
        yield f"-- {embed['footer']['text']}"


def _component(component: Json) -> Iterator[str]:
    inner: list[Json] = component.get("components") or []
    kind = component["type"]
    if kind == ROW:
        yield "  ".join(line for one in inner for line in _component(one))
    elif kind == BUTTON:
        yield _button(component)
    elif kind in SELECTS:
        yield f"[{component.get('placeholder') or 'choose'} v]"
    elif kind == TEXT:
        yield from str(component["content"]).splitlines()
    elif kind in {SECTION, CONTAINER}:
        for one in [*inner, *([component["accessory"]] if "accessory" in component else [])]:
            yield from (f"| {line}" for line in _component(one))


def _button(button: Json) -> str:
    emoji: Json = button.get("emoji") or {}
    label = " ".join(str(part) for part in (emoji.get("name"), button.get("label")) if part)
    link = f" -> {button['url']}" if button.get("style") == LINK_STYLE else ""
    return f"[{label}{link}]" if not button.get("disabled") else f"[{label}, disabled]"
