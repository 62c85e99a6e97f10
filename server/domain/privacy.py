"""Who is forgotten, when, and how texts look that named him."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any, cast

import orjson

from server.domain.refusals import Refused

EVERYWHERE = 0
"""The `community_id` of what is asked for in all communities."""

FORGOTTEN_NAME = "Forgotten viewer"
OPAQUE_PREFIX = "gone-"
STRUCK_NAME = "(forgotten)"
NAME_LENGTH_MIN = 3
"""Shorter names are left in texts: they are parts of too many other words."""

PROSE_ID_LENGTH_MIN = 5
"""Shorter ids are struck where they stand alone or beside their platform, and not among other words."""

NAMING = ("name", "names", "slug")
"""Ends of what JSON calls a name."""

REMEMBERED = timedelta(days=100)
"""For so long news from before a forgetting are turned away; nothing that old is kept that could bring them."""

TRY_AGAIN = timedelta(days=1)


class ForgettingState(StrEnum):
    """How far it is."""

    ASKED = "asked"
    KEPT = "kept"
    STRIKING = "striking"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Identity:
    """An account by its platform's own id."""

    platform: str
    external_id: str

    def __str__(self) -> str:
        """As the audit log names it."""
        return f"{self.platform}:{self.external_id}"


@dataclass(frozen=True)
class Struck:
    """An account that is being struck: what it was called, and the opaque id that stands for it from now on."""

    platform: str
    external_id: str
    names: tuple[str, ...]
    opaque: str
    account_id: int | None = None

    @cached_property
    def _ids(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        one = re.escape(self.external_id)
        found = [(rf"(?<![\w-]){re.escape(self.platform)}:{one}(?![\w-])", f"{self.platform}:{self.opaque}")]
        if len(self.external_id) >= PROSE_ID_LENGTH_MIN:
            found.append((rf"(?<![\w-]){one}(?![\w-])", self.opaque))
        return tuple((re.compile(pattern), put) for pattern, put in found)

    @cached_property
    def _words(self) -> re.Pattern[str] | None:
        names = "|".join(map(re.escape, self.long_names))
        return re.compile(rf"(?<!\w)(?:{names})(?!\w)", re.IGNORECASE) if names else None

    @cached_property
    def _mentions(self) -> re.Pattern[str] | None:
        names = "|".join(re.escape(name) for name in sorted(self.names, key=len, reverse=True))
        return re.compile(rf"(?<!\w)@(?:{names})(?!\w)", re.IGNORECASE) if names else None

    @cached_property
    def _folded(self) -> frozenset[str]:
        return frozenset(name.casefold() for name in self.names)

    @property
    def long_names(self) -> tuple[str, ...]:
        """The names that are struck among other words, the longest first."""
        return tuple(sorted({name for name in self.names if len(name) >= NAME_LENGTH_MIN}, key=lambda n: (-len(n), n)))

    @property
    def terms(self) -> tuple[str, ...]:
        """Texts of which each that names the account holds one, in small letters.

        Names stand among them twice, since SQLite knows small letters of ASCII only, and as JSON writes them.
        """
        names = {told for name in self.names for told in (name, orjson.dumps(name).decode()[1:-1])}
        spellings = {spelt for name in names for spelt in (name.lower(), small(name))}
        return tuple(sorted({self.external_id.lower(), *spellings}))

    def strike_id(self, text: str) -> str:
        """`text` with the opaque id in place of the account's."""
        if text == self.external_id:
            return self.opaque
        for pattern, put in self._ids:
            text = pattern.sub(put, text)
        return text

    def strike_names(self, text: str) -> str:
        """`text` with no name of the account among its words."""
        return text if self._words is None else self._words.sub(STRUCK_NAME, text)

    def strike_mentions(self, text: str) -> str:
        """`text` in which the account is not addressed: @name."""
        return text if self._mentions is None else self._mentions.sub(f"@{STRUCK_NAME}", text)

    def is_called(self, text: str) -> bool:
        """Whether a text is one of the account's names."""
        return text.casefold() in self._folded

    @cached_property
    def raw(self) -> re.Pattern[bytes]:
        """What finds the account in the JSON of a notification, also in JSON that is a text of JSON.

        Its id under a name that ends with id; its names under a name like username or slug, or as one of a list.
        """
        parts = [rf'id\\*"\s*:\s*\\*"?{re.escape(self.external_id)}(?![0-9])']
        for name in self.names:
            one = rf'\\*"{re.escape(name)}\\*"'
            parts += [rf'(?:name|slug)\\*"\s*:\s*{one}', rf"[\[,]\s*{one}\s*[\],]"]
        return re.compile("|".join(parts).encode(), re.IGNORECASE)

    def stored(self) -> dict[str, Any]:
        """The account as JSON values."""
        return {
            "platform": self.platform,
            "external_id": self.external_id,
            "names": list(self.names),
            "opaque": self.opaque,
            "account_id": self.account_id,
        }

    @classmethod
    def restored(cls, data: Mapping[str, Any]) -> "Struck":
        """An account from `stored`."""
        return cls(
            platform=data["platform"],
            external_id=data["external_id"],
            names=tuple(data["names"]),
            opaque=data["opaque"],
            account_id=data["account_id"],
        )


def small(text: str) -> str:
    """A text with the capitals of ASCII as small letters, and the rest as it is."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def struck_ids(text: str, people: Sequence[Struck]) -> str:
    """A text without the ids of `people`."""
    for one in people:
        text = one.strike_id(text)
    return text


def struck_mentions(text: str, people: Sequence[Struck]) -> str:
    """A text of somebody else in which `people` are neither addressed nor named by their ids."""
    for one in people:
        text = one.strike_mentions(one.strike_id(text))
    return text


def struck_prose(text: str, people: Sequence[Struck]) -> str:
    """A text that is about `people`, without their ids and names.

    Only for what is known to be about them: a name may be any word, and other people's texts must not lose it.
    """
    for one in people:
        text = one.strike_names(one.strike_id(text))
    return text


def struck_json(text: str, people: Sequence[Struck]) -> str:
    """A JSON text without the ids of `people`, and without their names where something is called a name.

    Its numbers are ours and stay.
    """
    told = orjson.loads(text)
    after = _struck(told, people, called="")
    return text if after == told else orjson.dumps(after, option=orjson.OPT_SORT_KEYS).decode()


def _struck(value: Any, people: Sequence[Struck], *, called: str) -> Any:
    if isinstance(value, str):
        is_name = called.lower().endswith(NAMING) and any(one.is_called(value) for one in people)
        return STRUCK_NAME if is_name else struck_ids(value, people)
    if isinstance(value, list):
        return [_struck(one, people, called=called) for one in cast("list[Any]", value)]
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {name: _struck(one, people, called=name) for name, one in members.items()}
    return value


PERSON_PARTS = 4
TOLD = ("message", "reason")
"""What a happening's words call what somebody wrote, or what was written about him."""


def struck_happening(text: str, people: Sequence[Struck]) -> str:
    """The JSON of a happening, or of a copy of it, without `people` and without what they wrote to it.

    A person stands there as his id, name, name in addresses and picture.
    """
    told = orjson.loads(text)
    after = _struck_facts(told, people)
    return text if after == told else orjson.dumps(after).decode()


def struck_group(text: str, people: Sequence[Struck]) -> str:
    """A key that begins with whoever something is about, by his id or his name, without `people`."""
    first, colon, rest = text.partition(":")
    return f"{_stand_in(first, first, people) or first}{colon}{rest}"


def _stand_in(external_id: object, name: object, people: Sequence[Struck]) -> str | None:
    """What stands for somebody with this id or, where nobody knows his id, this name; None for who stays."""
    for one in people:
        is_named = isinstance(name, str) and external_id in {None, name} and one.is_called(name)
        if external_id == one.external_id or is_named:
            return one.opaque
    return None


def _struck_facts(value: Any, people: Sequence[Struck]) -> Any:
    if isinstance(value, list):
        parts = cast("list[Any]", value)
        if len(parts) == PERSON_PARTS and all(isinstance(part, str | None) for part in parts):
            put = _stand_in(parts[0], parts[1], people)
            return parts if put is None else [parts[0] and put, put, None, None]
        return [_struck_facts(one, people) for one in parts]
    if not isinstance(value, dict):
        return value
    members = cast("dict[str, Any]", value)
    put = _stand_in(members.get("id"), members.get("name"), people) if members.keys() == {"id", "name"} else None
    if put is not None:
        return {"id": members["id"] and put, "name": put}
    after = {name: _struck_facts(one, people) for name, one in members.items()}
    if "who" in members and after["who"] != members["who"] and isinstance(after.get("words"), dict):
        words: dict[str, str] = after["words"]
        after["words"] = {name: "" if name in TOLD else one for name, one in words.items()}
    return after


def check_confirmed(*, is_confirmed: bool, grace: timedelta) -> None:
    """Refuse what was not confirmed, and say what it would do."""
    if not is_confirmed:
        raise Refused(
            "forgetting_not_confirmed",
            f"In {grace.days} days your links, names, sign-ins and texts about you would be gone for good. Your watch "
            "time would stay in the totals, under a number that leads to nobody.",
            "Say that you are sure, by `confirmed: true`.",
        )


def not_asked() -> Refused:
    """Why there is nothing to take back."""
    return Refused(
        "forgetting_unknown",
        "You have not asked to be forgotten here, or it is done.",
        "Nothing to do.",
    )


def asked_already() -> Refused:
    """Why it is not begun a second time."""
    return Refused("forgetting_asked", "You have asked for that already.", "Wait, or take it back with keepMe.")


def owns_community(slug: str) -> Refused:
    """Why the last owner of a community cannot be forgotten."""
    return Refused(
        "forgetting_last_owner",
        f"You are the last owner of the community {slug}.",
        "Make somebody else an owner first.",
    )


def runs_channel(name: str) -> Refused:
    """Why whoever a channel belongs to cannot be forgotten while it is followed or connected."""
    return Refused(
        "forgetting_streamer",
        f"The channel {name} is yours, and a community follows it or is connected with it.",
        "Have that community let go of the channel first, or ask whoever runs this server.",
    )
