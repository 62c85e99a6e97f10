"""What the audit log remembers: in whose name what was done to what, and how it was before and after."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

Plain = str | int | None | Sequence[str] | Sequence[int]
Values = Mapping[str, Plain]

# Whatever such a name holds stays out of the log, whoever forgets it.
SECRET = re.compile(
    r"token|secret|passw|authori[sz]ation|signature|cookie|credential|dsn|jwt|api_?key|private_?key", re.IGNORECASE
)
ACTION = re.compile(r"[a-z]+\.[a-z_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """In whose name a unit of work runs, and what asked for it.

    `name` is what entries remember; `cause` the digest of an idempotency key, or the job that is carried out.
    """

    kind: str
    name: str
    request_id: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """One line for the log: a stable dotted action, what it was done to, and the values that it changed.

    Raises `TypeError` for a value that is not plain, and `ValueError` for a name that sounds like a secret.
    """

    action: str
    target: tuple[str, int | str]
    before: Values | None = None
    after: Values | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        """Let nothing through that is not plain."""
        if not ACTION.fullmatch(self.action):
            raise ValueError(f"{self.action!r} is no action of the audit log.")
        for values in (self.before, self.after):
            for name, value in (values or {}).items():
                check_plain(name, value)


def system(what: str, cause: str | None = None) -> Author:
    """The server itself, when it does `what` on its own."""
    return Author(kind="system", name=f"system:{what}", cause=cause)


def changed(before: Values, after: Values) -> tuple[Values, Values]:
    """What differs between two states with the same names, as it was and as it is."""
    differing = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in differing}, {name: after[name] for name in differing}


def check_plain(name: str, value: object) -> None:
    """Return if a value may stand in the log under a name; `TypeError` or `ValueError` says why not."""
    if SECRET.search(name):
        raise ValueError(f"{name!r} may hold a secret and stays out of the audit log.")
    parts: Sequence[object] = cast("Sequence[object]", value) if isinstance(value, list | tuple) else [value]
    for part in parts:
        if not isinstance(part, str | int | None):
            raise TypeError(f"{name!r} holds a {type(part).__name__}; the audit log takes plain values only.")
