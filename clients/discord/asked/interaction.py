"""What a person asks of the bot, read from what Discord sends (its documentation: Interactions, Receiving)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from clients.service_key import ActingUser

SUBCOMMAND, GROUP = 1, 2
ROLES_MAX = 200

Value = str | int | float | bool
Json = Mapping[str, Any]


class Kind(IntEnum):
    """Discord's types of interactions."""

    PING = 1
    COMMAND = 2
    COMPONENT = 3
    SUGGESTIONS = 4
    FORM = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """Somebody used a command, clicked, chose, typed, or sent a form; what does not belong to its kind is empty.

    `command` holds the words after the slash; `options` what was given by name, and `focused` the name of the one that
    is being typed. `custom_id` is what a button, list or form bears, `values` what was chosen, `fields` what was filled
    in. `target` is the person or message that a menu was opened on.
    """

    id: str
    token: str
    kind: Kind
    application: str
    user: str
    user_name: str
    locale: str
    guild: str | None = None
    guild_locale: str | None = None
    channel: str | None = None
    roles: Sequence[str] = ()
    permissions: int = 0
    command: str = ""
    options: Mapping[str, Value] = field(default_factory=dict[str, Value])
    focused: str | None = None
    target: str | None = None
    custom_id: str = ""
    values: Sequence[str] = ()
    fields: Mapping[str, str | Sequence[str]] = field(default_factory=dict[str, str | Sequence[str]])
    message: str | None = None
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    """How the people, roles and channels are called that the options name, by id."""

    @property
    def acting(self) -> ActingUser:
        """In whose name the server is asked, and for which intention."""
        return ActingUser(
            self.user,
            guild=self.guild,
            roles=tuple(self.roles)[:ROLES_MAX] if self.guild else (),
            interaction=self.id,
            permissions=self.permissions if self.guild else 0,
        )


def read(told: Json) -> Interaction | None:
    """The interaction in an event of the gateway; None for a kind that the bot does not know."""
    if told["type"] not in set(Kind) - {Kind.PING}:
        return None
    member = _part(told, "member")
    user: Json = member.get("user") or told["user"]
    data = _part(told, "data")
    path, options = _path(str(data.get("name", "")), data.get("options") or ())
    return Interaction(
        id=str(told["id"]),
        token=str(told["token"]),
        kind=Kind(told["type"]),
        application=str(told["application_id"]),
        user=str(user["id"]),
        user_name=str(member.get("nick") or user.get("global_name") or user["username"]),
        locale=str(told.get("locale") or "en-US"),
        guild=told.get("guild_id"),
        guild_locale=told.get("guild_locale"),
        channel=told.get("channel_id"),
        roles=tuple(member.get("roles") or ()),
        permissions=int(member.get("permissions") or 0),
        command=path,
        options={str(one["name"]): one["value"] for one in options if "value" in one},
        focused=next((str(one["name"]) for one in options if one.get("focused")), None),
        target=data.get("target_id"),
        custom_id=str(data.get("custom_id", "")),
        values=tuple(data.get("values") or ()),
        fields=dict(_fields(data.get("components") or ())),
        message=_part(told, "message").get("id"),
        names=dict(_names(_part(data, "resolved"))),
    )


def _path(name: str, options: Sequence[Json]) -> tuple[str, Sequence[Json]]:
    """The whole name of a command, and the options of its innermost part."""
    while options and options[0]["type"] in {SUBCOMMAND, GROUP}:
        name, options = f"{name} {options[0]['name']}", options[0].get("options") or ()
    return name, options


def _fields(components: Sequence[Json]) -> "Sequence[tuple[str, str | Sequence[str]]]":
    """What was filled in, wherever it lies: rows of text fields, or labels with any field in them."""
    found: list[tuple[str, str | Sequence[str]]] = []
    for one in components:
        inner = [*(one.get("components") or ()), *([one["component"]] if one.get("component") else ())]
        found += _fields(inner)
        if "custom_id" in one:
            found.append((str(one["custom_id"]), one["value"] if "value" in one else tuple(one.get("values") or ())))
    return found


def _names(resolved: Json) -> "Sequence[tuple[str, str]]":
    members, users = _part(resolved, "members"), _part(resolved, "users")
    found = [(key, str(one.get("global_name") or one.get("username"))) for key, one in users.items()]
    found += [(key, str(one["nick"])) for key, one in members.items() if one.get("nick")]
    for kind in ("roles", "channels"):
        found += [(key, str(one["name"])) for key, one in _part(resolved, kind).items()]
    return found


def _part(told: Json, name: str) -> Json:
    """An object inside another; an empty one where there is none."""
    return told.get(name) or {}
