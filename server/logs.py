"""How log lines look: one pipe for our own lines and the libraries', as JSON or for people, without secrets."""

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Literal, TextIO, cast
from uuid import UUID

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["json", "console"]

REDACTED = "[redacted]"
TEXT_LENGTH_MAX = 20_000
DEPTH_MAX = 6
ITEMS_MAX = 100
# Shorter ones are ordinary words, which would blacken half of a page.
SECRET_LENGTH_MIN = 10
# These libraries write statements with their values, or whole frames, when asked for details.
TALKATIVE = ("tortoise", "aiosqlite", "asyncpg", "aiohttp", "websockets")

SENSITIVE = r"(?:token|secret|passw|authori[sz]ation|signature|cookie|credential|dsn|jwt|api[_-]?key)"
SECRET_FIELD = re.compile(rf"{SENSITIVE}|(?:^|[_-])keys?$", re.IGNORECASE)
# They name things and open nothing.
HARMLESS_FIELDS = frozenset({"source_key", "idempotency_key", "token_id"})

# Each of these looks at a character a bounded number of times, however hostile the text.
PEM = re.compile(r"-----BEGIN [^-]{1,40}-----.*?(?:-----END [^-]{1,40}-----|\Z)", re.DOTALL)
JWT = re.compile(r"(?<![\w-])eyJ[\w-]++\.[\w-]+(?:\.[\w-]*)?")
URL_USER = re.compile(r"(\b[a-zA-Z][a-zA-Z0-9+.-]{1,20}://)[^\s/?#]*@")
AUTHORIZATION = re.compile(r"\b(bearer|basic)\s+[^\s\"',;]+", re.IGNORECASE)
ASSIGNMENT = re.compile(
    rf"((?:{SENSITIVE}|(?:secret|private|signing|access)[_-]?key)[\w-]{{0,40}}"
    r"[\"']?\s{0,3}[=:]\s{0,3})(\"[^\"]*\"?|'[^']*'?|[^\s\"',;&)}\]]+)",
    re.IGNORECASE,
)
HANDED_OUT = re.compile(r"\brg[ops]_[A-Za-z0-9_.-]{20,200}")
# What a platform sends a browser back with: whoever has it before us may end somebody's sign-in.
RETURNED = re.compile(r"([?&](?:code|state)=)[^\s&#\"']+", re.IGNORECASE)
LONG_HEX = re.compile(r"\b[0-9a-fA-F]{32,}\b")
LONG_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{32,}={0,2}")
# Of 32 characters of chance, all but one in thousands hold this many capitals and small letters.
MIXED_MIN = 4
SHAPES = (
    (PEM, REDACTED),
    (JWT, REDACTED),
    (HANDED_OUT, REDACTED),
    (URL_USER, rf"\1{REDACTED}@"),
    (AUTHORIZATION, rf"\1 {REDACTED}"),
    (ASSIGNMENT, rf"\1{REDACTED}"),
    (RETURNED, rf"\1{REDACTED}"),
    (LONG_HEX, REDACTED),
)


class Redactor:
    """Takes out of a log line what looks like a secret, and the given `secrets` wherever they stand."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        long_enough = {secret for secret in secrets if len(secret) >= SECRET_LENGTH_MIN}
        # The longest first, lest a part of a secret be taken out and the rest be left.
        alternatives = "|".join(re.escape(secret) for secret in sorted(long_enough, key=len, reverse=True))
        self._known = re.compile(alternatives) if alternatives else None

    def __call__(self, _logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
        """Return the line that may be written; one of structlog's processors."""
        return {name: self._field(name, value, DEPTH_MAX) for name, value in line.items()}

    def text(self, text: str) -> str:
        """Return `text`, cut to 20,000 characters, without secrets."""
        text = text[:TEXT_LENGTH_MAX]
        if self._known is not None:
            text = self._known.sub(REDACTED, text)
        for shape, replacement in SHAPES:
            text = shape.sub(replacement, text)
        return LONG_BASE64.sub(_unless_words, text)

    def _field(self, name: str, value: object, depth: int) -> object:
        if SECRET_FIELD.search(name) and name.lower() not in HARMLESS_FIELDS and not isinstance(value, bool | None):
            return REDACTED
        return self._value(value, depth)

    def _value(self, value: object, depth: int) -> object:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bytes | bytearray):
            return f"[{len(value)} bytes]"
        if isinstance(value, Mapping | Sequence | set | frozenset):
            return self._nested(cast("Mapping[object, object] | Iterable[object]", value), depth - 1)
        if isinstance(value, date | timedelta | Decimal | Enum | PurePath | UUID | BaseException):
            return self.text(str(value))
        # What an unknown object would say of itself is anybody's guess.
        return f"<{type(value).__name__}>"

    def _nested(self, value: Mapping[object, object] | Iterable[object], depth: int) -> object:
        if depth <= 0:
            return "[nested too deeply]"
        if isinstance(value, Mapping):
            pairs = list(cast("Mapping[object, object]", value).items())[:ITEMS_MAX]
            return {self.text(str(name)): self._field(str(name), inner, depth) for name, inner in pairs}
        return [self._value(inner, depth) for inner in list(value)[:ITEMS_MAX]]


def configure_logs(*, level: LogLevel, layout: LogFormat, stream: TextIO, secrets: Iterable[str] = ()) -> None:
    """Send our own and all libraries' lines of at least `level` to `stream`; `secrets` never appear in them.

    Every line has timestamp (UTC), level and event, and whatever is bound to structlog's context: the community's slug.
    """
    shared: tuple[Processor, ...] = (
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=(structlog.stdlib.add_logger_name, *shared),
            processors=(
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                Redactor(secrets),
                _renderer(layout, colors=stream.isatty()),
            ),
        )
    )
    logging.basicConfig(handlers=(handler,), level=level.upper(), force=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.getLogger().level, logging.INFO))


def _renderer(layout: LogFormat, *, colors: bool) -> Processor:
    if layout == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)


def _unless_words(found: re.Match[str]) -> str:
    # Paths and names of functions are long too, but hardly ever mix capitals, small letters and digits.
    text = found[0]
    capitals, small, digits = (sum(map(test, text)) for test in (str.isupper, str.islower, str.isdigit))
    mixed = min(capitals, small) >= MIXED_MIN and digits > 0
    return REDACTED if mixed else text
