"""Lines on their way into a chat: made fit to be posted, split where they are too long, each in a state."""

import re
import unicodedata
from datetime import timedelta
from enum import StrEnum

LINE_LENGTH_MAX = 500
PARTS_MAX = 4
COMMAND_SIGNS = "!/.\\"
ANGLES = str.maketrans({"<": "‹", ">": "›"})  # noqa: RUF001 - they look like what platforms take out of chat
EMPTY = "…"

REPLY_LIFETIME = timedelta(seconds=60)
LINE_LIFETIME = timedelta(minutes=10)
ACTED_ON_WITHIN = timedelta(seconds=30)
"""A command older than this counts as chat and is not acted on: whoever wrote it has stopped waiting."""

ATTEMPTS_MAX = 3
QUEUE_MAX = 50
"""So many lines of a channel wait at most."""


class LineState(StrEnum):
    """Where a line stands. `unknown`: we asked and got no answer, so that it may have been posted or not."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DROPPED = "dropped"


class LineKind(StrEnum):
    """What a line is for."""

    REPLY = "reply"
    TIMER = "timer"
    STAFF = "staff"
    NOTICE = "notice"


def visible(text: str) -> str:
    """`text` in one line, without what cannot be seen; angle brackets as look-alikes, since platforms take them out."""
    seen = (char if unicodedata.category(char)[0] not in {"C", "Z"} or char in "\u200d\u200c" else " " for char in text)
    return " ".join("".join(seen).translate(ANGLES).split())


def echoed(text: str) -> str:
    """What somebody wrote, fit to be repeated: visible, and no command at its beginning."""
    return visible(text).lstrip(COMMAND_SIGNS + " ")


def postable(text: str) -> str:
    """A line that can be posted: visible, never a command of the platform or of a bot, never empty."""
    return echoed(text) or EMPTY


def split(text: str, *, limit: int = LINE_LENGTH_MAX) -> list[str]:
    """A text as lines of at most `limit` characters, cut between words where it can be; at most four of them.

    What does not fit into four ends with an ellipsis. No line begins a command.
    """
    rest, parts = postable(text), list[str]()
    while rest and len(parts) < PARTS_MAX:
        part, rest = cut(rest, limit)
        rest = echoed(rest)
        if rest and len(parts) == PARTS_MAX - 1:
            part, rest = f"{part[: limit - 1].rstrip()}{EMPTY}", ""
        parts.append(part)
    return parts


def cut(text: str, limit: int) -> tuple[str, str]:
    """The first line of a text and what is left of it; a word that is longer than a line is cut within."""
    if len(text) <= limit:
        return text, ""
    end = text.rfind(" ", 0, limit + 1)
    if end <= 0:
        return text[:limit], text[limit:]
    return text[:end].rstrip(), text[end:].lstrip()


PLACEHOLDER = re.compile(r"\{([a-z_]{1,20})\}")
