"""Messages as Discord draws them, as a page of HTML: for looking at what the bot says, in both lights and any width."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from clients.simulator.discord.world import Json

BUTTON, LINK = 2, 5
STYLES = {1: "primary", 2: "secondary", 3: "success", 4: "danger", LINK: "link"}
UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
MARKS = re.compile(
    r"\\(?P<plain>[\\*_~`|>#\[\]()@:<\-])"
    r"|`(?P<code>[^`\n]+)`"
    r"|\*\*(?P<strong>(?:\\.|[^*\\])+)\*\*"
    r"|<t:(?P<time>\d+):(?P<style>[a-zA-Z])>"
    r"|<@&?!?(?P<who>\d+)>"
    r"|\[(?P<text>[^\]]+)\]\(<?(?P<url>https?://[^)>\s]+)>?\)",
    re.DOTALL,
)
LOOK = """
:root { color-scheme: light dark; --ground: #fff; --text: #313338; --faint: #5c5e66; --card: #f2f3f5; --code: #e3e5e8;
  --link: #006ce7; --secondary: #e0e1e5; --mention: #5865f220 }
@media (prefers-color-scheme: dark) { :root { --ground: #313338; --text: #dbdee1; --faint: #949ba4; --card: #2b2d31;
  --code: #1e1f22; --link: #00a8fc; --secondary: #4e5058; --mention: #5865f24d } }
body { margin: 0; padding: 12px; background: var(--ground); color: var(--text); font: 15px/1.35 "gg sans", "Noto Sans",
  "Helvetica Neue", Helvetica, Arial, sans-serif; overflow-wrap: anywhere }
main { columns: 540px; column-gap: 24px }
section { break-inside: avoid; padding-bottom: 18px }
h2 { font-size: 12px; color: var(--faint); margin: 0 0 4px }
article { display: flex; gap: 12px }
.face { flex: none; width: 36px; height: 36px; border-radius: 50%; background: #5865f2; color: #fff; display: grid;
  place-items: center; font-weight: 600 }
.message { min-width: 0; flex: 1 }
.author { font-weight: 600 } .app { background: #5865f2; color: #fff; border-radius: 4px; font-size: 10px;
  padding: 1px 4px }
.embed { max-width: 516px; box-sizing: border-box; background: var(--card); border-left: 4px solid; border-radius: 4px;
  padding: 10px 14px; margin-top: 4px }
.title { font-weight: 600; margin-bottom: 6px } .description { white-space: pre-wrap; font-size: 14px }
.fields { display: flex; flex-wrap: wrap; gap: 8px 24px; margin-top: 8px; font-size: 14px }
.fields dt { font-weight: 600 } .fields dd { margin: 0; white-space: pre-wrap }
.footer { font-size: 12px; margin-top: 8px } .embed img { max-width: 100%; border-radius: 4px; margin-top: 10px }
.row { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 8px }
button { font: 500 14px/1.2 inherit; font-family: inherit; border: 0; border-radius: 4px; min-height: 32px;
  padding: 6px 14px; color: #fff; background: #5865f2 }
button.secondary, button.link { background: var(--secondary); color: var(--text) }
button.success { background: #248046 } button.danger { background: #da373c } button:disabled { opacity: .5 }
code { background: var(--code); border-radius: 3px; padding: 1px 4px; font-size: 13px }
a { color: var(--link); text-decoration: none } time { background: var(--code); border-radius: 3px; padding: 0 2px }
.who { background: var(--mention); color: var(--link); border-radius: 3px; padding: 0 2px }
.only { font-size: 12px; color: var(--faint); margin-top: 4px }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message under a caption; `pictures` holds addresses of its attachments by name."""

    caption: str
    payload: Json
    is_private: bool = False
    pictures: dict[str, str] | None = None


def page(messages: Sequence[Shown], now: datetime) -> str:
    """The messages one below the other; relative times are told from `now` on."""
    drawn = "".join(_message(one, now) for one in messages)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Discord</title>'
        f'<meta name="viewport" content="width=device-width"><style>{LOOK}</style><main>{drawn}</main></html>'
    )


def _message(one: Shown, now: datetime) -> str:
    content = one.payload.get("content") or ""
    parts = [
        f'<div class="description">{marked(content, now)}</div>' if content else "",
        *(_embed(embed, one.pictures or {}, now) for embed in one.payload.get("embeds") or ()),
        *(_row(row) for row in one.payload.get("components") or ()),
        '<div class="only">Only you can see this</div>' if one.is_private else "",
    ]
    head = '<span class="author">Regulars</span> <span class="app">APP</span>'
    inner = f'<div class="face">R</div><div class="message">{head}{"".join(parts)}</div>'
    return f"<section><h2>{escape(one.caption)}</h2><article>{inner}</article></section>"


def _embed(embed: Json, pictures: dict[str, str], now: datetime) -> str:
    fields = "".join(
        f"<dl><dt>{marked(one['name'], now)}</dt><dd>{marked(one['value'], now)}</dd></dl>"
        for one in embed.get("fields") or ()
    )
    image: Json = embed.get("image") or {}
    place, alt = str(image.get("url", "")).removeprefix("attachment://"), str(image.get("description") or "")
    parts = [
        f'<div class="title">{marked(embed["title"], now)}</div>' if embed.get("title") else "",
        f'<div class="description">{marked(embed["description"], now)}</div>' if embed.get("description") else "",
        f'<div class="fields">{fields}</div>' if fields else "",
        f'<img src="{escape(pictures[place])}" alt="{escape(alt)}">' if place in pictures else "",
        f'<div class="footer">{escape(embed["footer"]["text"])}</div>' if embed.get("footer") else "",
    ]
    return f'<div class="embed" style="border-color: #{embed.get("color") or 0:06x}">{"".join(parts)}</div>'


def _row(row: Json) -> str:
    return f'<div class="row">{"".join(_button(one) for one in row["components"] if one["type"] == BUTTON)}</div>'


def _button(one: Json) -> str:
    arrow = " \N{NORTH EAST ARROW}" if one["style"] == LINK else ""
    state = " disabled" if one.get("disabled") else ""
    return f'<button class="{STYLES[one["style"]]}"{state}>{escape(one["label"])}{arrow}</button>'


def marked(text: str, now: datetime) -> str:
    """Discord's Markdown as HTML, as far as cards use it."""
    return "".join(_marked(text, now))


def _marked(text: str, now: datetime) -> Iterator[str]:
    at = 0
    for found in MARKS.finditer(text):
        yield escape(text[at : found.start()])
        at = found.end()
        match found.lastgroup:
            case "plain":
                yield escape(found["plain"])
            case "code":
                yield f"<code>{escape(found['code'])}</code>"
            case "strong":
                yield f"<strong>{marked(found['strong'], now)}</strong>"
            case "style":
                yield f"<time>{_time(int(found['time']), found['style'], now)}</time>"
            case "who":
                yield f'<span class="who">@member {found["who"][-4:]}</span>'
            case _:
                yield f'<a href="{escape(found["url"])}">{escape(found["text"])}</a>'
    yield escape(text[at:])


def _time(seconds: int, style: str, now: datetime) -> str:
    """An instant as a reader in England sees it."""
    instant = datetime.fromtimestamp(seconds, now.tzinfo)
    if style == "R":
        away = seconds - int(now.timestamp())
        size, unit = next((one for one in UNITS if abs(away) >= one[0]), UNITS[-1])
        many = abs(away) // size
        said = f"{many} {unit}{'' if many == 1 else 's'}"
        return f"in {said}" if away >= 0 else f"{said} ago"
    return instant.strftime({"d": "%d/%m/%Y", "D": "%d %B %Y", "t": "%H:%M"}.get(style, "%d %B %Y %H:%M"))
