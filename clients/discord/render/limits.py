"""Discord's limits of what is shown (discord.com/developers/docs, Message and Embed), and names made harmless."""

import re
import unicodedata

TITLE_MAX = 256
DESCRIPTION_MAX = 4096
FIELDS_MAX = 25
FIELD_NAME_MAX = 256
FIELD_VALUE_MAX = 1024
FOOTER_MAX = 2048
EMBED_MAX = 6000
CONTENT_MAX = 2000
LABEL_MAX = 80
CUSTOM_ID_MAX = 100
CHOICES_MAX = 25
CHOICE_NAME_MAX = 100
BUTTONS_MAX = 5
ROWS_MAX = 5
ALT_MAX = 1024
NAME_MAX = 32

ELLIPSIS = "…"
# What Markdown of Discord gives a meaning, what mentions begin with, and what links are made of.
MEANT = re.compile(r"([\\*_~`|>#\[\]()@:<\-])")
# Marks that stack without end, directions that turn a line round, and characters that nobody sees.
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
MARKS_MAX = 2
# Joins the parts of one emoji, and says how it is drawn.
JOINERS = frozenset({"\N{ZERO WIDTH JOINER}", "\N{VARIATION SELECTOR-16}"})


def cut(text: str, most: int) -> str:
    """The text, shortened to so many characters with an ellipsis where it is longer."""
    return text if len(text) <= most else text[: most - 1].rstrip() + ELLIPSIS


def cut_lines(lines: list[str], most: int) -> str:
    """As many whole lines as fit, and an ellipsis for the others."""
    text = "\n".join(lines)
    while len(text) > most and len(lines) > 1:
        lines = lines[:-1]
        text = "\n".join([*lines, ELLIPSIS])
    return cut(text, most)


def plain(name: str, most: int = NAME_MAX) -> str:
    """A name that somebody chose, without what is invisible or turns a line round, at most so long."""
    kept: list[str] = []
    marks = 0
    for letter in unicodedata.normalize("NFC", name):
        category = unicodedata.category(letter)
        marks = marks + 1 if category.startswith("M") else 0
        if (category in HIDDEN and letter not in JOINERS) or (marks > MARKS_MAX):
            continue
        kept.append(letter)
    return cut("".join(kept).strip(), most) or "?"


def shown(name: str, most: int = NAME_MAX) -> str:
    """A name as it may stand in a text: nothing in it is Markdown, a mention or a link."""
    return MEANT.sub(r"\\\1", plain(name, most))
