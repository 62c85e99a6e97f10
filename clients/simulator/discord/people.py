"""What people do on the played Discord: use commands, click, fill in forms, react, come and go."""

from collections.abc import Iterator, Mapping, Sequence

from clients.simulator.discord.asked import Asked, Kind
from clients.simulator.discord.shapes import channel_json, member_json, message_json, role_json, user_json
from clients.simulator.discord.stage import Stage
from clients.simulator.discord.transcript import place
from clients.simulator.discord.world import EVERYWHERE, Channel, Guild, Json, Member, Message, Role, User

BUTTON = 2
SLASH, MENU_OF_USER, MENU_OF_MESSAGE = 1, 2, 3
SUBCOMMAND, GROUP, USER, CHANNEL, ROLE = 1, 2, 6, 7, 8
TEXT_FIELD, LABEL = 4, 18


class People:
    """Everybody who is not the bot."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def use(self, user: User, channel: Channel, command: str, options: Sequence[Json] = ()) -> Asked:
        """Use a slash command: its name and those of its groups, and options as Discord sends them."""
        data = self._command(user, channel, command, options)
        self._stage.transcript.note(f"{place(channel)} {user.name} uses /{command}{_given(options)}")
        return await self._ask(Kind.COMMAND, user, channel, data)

    async def type(self, user: User, channel: Channel, command: str, options: Sequence[Json]) -> Asked:
        """Type a command far enough that suggestions are wanted; the option under the cursor has `focused`."""
        return await self._ask(Kind.AUTOCOMPLETE, user, channel, self._command(user, channel, command, options))

    async def open_menu(self, user: User, channel: Channel, entry: str, target: User | Message) -> Asked:
        """Choose an entry under Apps in the menu of a member or a message, by its English name."""
        self._stage.transcript.note(f"{place(channel)} {user.name} chooses {entry!r} from a menu")
        kind = MENU_OF_USER if isinstance(target, User) else MENU_OF_MESSAGE
        found = self._found(user, channel, entry, kind)
        data: Json = {"id": found["id"], "name": entry, "type": kind, "target_id": target.id}
        if isinstance(target, User):
            data["resolved"] = self._resolved(channel, [{"type": USER, "value": target.id}])
        else:
            data["resolved"] = {"messages": {target.id: message_json(target, self._stage.world.bot)}}
        return await self._ask(Kind.COMMAND, user, channel, data)

    async def click(self, user: User, message: Message, custom_id: str) -> Asked:
        """Click a button that the message shows; whoever sees none cannot."""
        if not any(one.get("custom_id") == custom_id and not one.get("disabled") for one in _within(message.shown)):
            raise LookupError(f"the message shows no button {custom_id} that can be clicked")
        self._stage.transcript.note(f"{place(message.channel)} {user.name} clicks {custom_id}")
        data = {"custom_id": custom_id, "component_type": BUTTON, "id": 1}
        return await self._ask(Kind.COMPONENT, user, message.channel, data, source=message)

    async def choose(
        self, user: User, message: Message, custom_id: str, values: Sequence[str], component_type: int = 3
    ) -> Asked:
        """Choose from a list."""
        self._stage.transcript.note(f"{place(message.channel)} {user.name} chooses {', '.join(values)}")
        data = {"custom_id": custom_id, "component_type": component_type, "id": 1, "values": list(values)}
        return await self._ask(Kind.COMPONENT, user, message.channel, data, source=message)

    async def fill_in(self, user: User, form: Asked, values: Mapping[str, str | Sequence[str]]) -> Asked:
        """Send the form with which the bot answered: a text for each text field, a list for each choice."""
        data: Json = (form.answer or {}).get("data") or {}
        self._stage.transcript.note(f"{place(form.channel)} {user.name} sends the form {data['title']!r}")
        filled = {"custom_id": data["custom_id"], "components": [_filled(one, values) for one in data["components"]]}
        return await self._ask(Kind.MODAL, user, form.channel, filled, source=form.source)

    async def react(self, user: User, message: Message, emoji: str, *, is_on: bool = True) -> None:
        """React to a message, or take that back."""
        users, guild = message.reactions.setdefault(emoji, []), message.channel.guild
        if is_on == (user.id in users):
            return
        (users.append if is_on else users.remove)(user.id)
        data: Json = {
            "user_id": user.id,
            "channel_id": message.channel.id,
            "message_id": message.id,
            "emoji": {"id": None, "name": emoji},
            "burst": False,
            "type": 0,
        }
        if guild is not None:
            data["guild_id"] = guild
        if is_on:
            data["message_author_id"] = message.author.id
            if guild is not None:
                data["member"] = member_json(self._stage.world.guilds[guild].member(user.id))
        await self._stage.gateway.tell(f"MESSAGE_REACTION_{'ADD' if is_on else 'REMOVE'}", data, guild)

    async def join(self, user: User, guild: Guild) -> Member:
        """Come into a guild."""
        member = self._stage.world.join(guild, user)
        await self._stage.gateway.tell("GUILD_MEMBER_ADD", member_json(member) | {"guild_id": guild.id}, guild.id)
        return member

    async def leave(self, user: User, guild: Guild) -> None:
        """Leave a guild; roles are lost."""
        guild.members.pop(user.id, None)
        gone = {"guild_id": guild.id, "user": user_json(user)}
        await self._stage.gateway.tell("GUILD_MEMBER_REMOVE", gone, guild.id)

    async def delete(self, message: Message) -> None:
        """Have staff delete a message."""
        self._stage.world.messages.pop(message.id, None)
        gone = {"id": message.id, "channel_id": message.channel.id, "guild_id": message.channel.guild}
        await self._stage.gateway.tell("MESSAGE_DELETE", gone, message.channel.guild)

    async def abolish(self, role: Role, guild: Guild) -> None:
        """Have staff delete a role."""
        del guild.roles[role.id]
        for member in guild.members.values():
            if role.id in member.roles:
                member.roles.remove(role.id)
        await self._stage.gateway.tell("GUILD_ROLE_DELETE", {"guild_id": guild.id, "role_id": role.id}, guild.id)

    def _command(self, user: User, channel: Channel, command: str, options: Sequence[Json]) -> Json:
        name, *inner = command.split()
        nested = list(options)
        for depth, part in enumerate(reversed(inner)):
            nested = [{"name": part, "type": GROUP if depth else SUBCOMMAND, "options": nested}]
        found = self._found(user, channel, name)
        data: Json = {"id": found["id"], "name": name, "type": 1, "options": nested}
        resolved = self._resolved(channel, options)
        return data | ({"resolved": resolved} if resolved else {})

    def _found(self, user: User, channel: Channel, name: str, kind: int = SLASH) -> Json:
        """Return the command, or the entry of a menu; whoever may not use it does not see it."""
        world = self._stage.world
        scopes = (channel.guild, EVERYWHERE) if channel.guild is not None else (EVERYWHERE,)
        known = (one for scope in scopes for one in world.commands.get(scope, ()) if _key(one) == (name, kind))
        found = next(known, None)
        if found is None:
            raise LookupError(f"the bot registered no command /{name}")
        needed = int(found["default_member_permissions"] or 0)
        if channel.guild is not None:
            guild = world.guilds[channel.guild]
            if guild.permissions(guild.member(user.id)) & needed != needed:
                raise LookupError(f"{user.name} may not use /{name}")
        return found

    def _resolved(self, channel: Channel, options: Sequence[Json]) -> Json:
        """Return what the options name: users, channels and roles."""
        world, found = self._stage.world, Json()
        guild = None if channel.guild is None else world.guilds[channel.guild]
        for option in options:
            value = str(option["value"])
            if option["type"] == USER:
                found.setdefault("users", {})[value] = user_json(world.user_of(value))
                if guild is not None and value in guild.members:
                    member = guild.members[value]
                    bits = {"permissions": str(guild.permissions(member))}
                    found.setdefault("members", {})[value] = member_json(member) | bits
            elif option["type"] == CHANNEL:
                found.setdefault("channels", {})[value] = channel_json(world.channel_of(value)) | {"permissions": "0"}
            elif option["type"] == ROLE and guild is not None:
                found.setdefault("roles", {})[value] = role_json(guild.roles[value])
        return found

    async def _ask(
        self, kind: Kind, user: User, channel: Channel, data: Json, *, source: Message | None = None
    ) -> Asked:
        world = self._stage.world
        asked = self._stage.remember(
            Asked(
                id=world.clock.snowflake(),
                token=f"asked-{world.clock.snowflake()}",
                kind=kind,
                user=user,
                channel=channel,
                at=world.clock.now(),
                source=source,
            )
        )
        await self._stage.gateway.tell("INTERACTION_CREATE", self._told(asked, data), channel.guild)
        return asked

    def _told(self, asked: Asked, data: Json) -> Json:
        world, guild = self._stage.world, asked.channel.guild
        told: Json = {
            "id": asked.id,
            "application_id": world.bot.id,
            "type": asked.kind,
            "token": asked.token,
            "version": 1,
            "data": data,
            "channel_id": asked.channel.id,
            "channel": channel_json(asked.channel),
            "locale": asked.user.locale,
            "app_permissions": "0",
            "entitlements": [],
            "attachment_size_limit": 10_485_760,
            "authorizing_integration_owners": {"0": guild or "0"},
            "context": 1 if guild is None else 0,
        }
        if asked.source is not None:
            told["message"] = message_json(asked.source, world.bot)
        if guild is None:
            return told | {"user": user_json(asked.user)}
        here = world.guilds[guild]
        member, bot = here.member(asked.user.id), here.member(world.bot.id)
        return told | {
            "guild_id": guild,
            "guild_locale": "en-US",
            "guild": {"id": guild, "locale": "en-US", "features": []},
            "member": member_json(member) | {"permissions": str(here.permissions(member))},
            "app_permissions": str(here.permissions(bot)),
        }


def _key(command: Json) -> tuple[str, int]:
    # Discord takes a command that names no type for one that is typed.
    return str(command["name"]), int(command.get("type", SLASH))


def _given(options: Sequence[Json]) -> str:
    """Return the options as they stand in the line that somebody typed."""
    return "".join(f" {option['name']}:{option['value']}" for option in options)


def _within(shown: Json) -> Iterator[Json]:
    """Yield every component, those inside others too."""
    inner: list[Json] = [*(shown.get("components") or []), *([shown["accessory"]] if "accessory" in shown else [])]
    for one in inner:
        yield one
        yield from _within(one)


def _filled(component: Json, values: Mapping[str, str | Sequence[str]]) -> Json:
    """Return a part of a form as it is sent: rows of text fields, or labels with one field each."""
    if component["type"] == LABEL:
        return {"type": LABEL, "id": 1, "component": _filled(component["component"], values)}
    if "components" in component:
        inner: list[Json] = component["components"]
        return {"type": component["type"], "id": 1, "components": [_filled(one, values) for one in inner]}
    name = component.get("custom_id")
    if name is None:
        return {"type": component["type"], "id": 1}
    value = values.get(name, "" if component["type"] == TEXT_FIELD else ())
    key = "value" if isinstance(value, str) else "values"
    told = value if isinstance(value, str) else list(value)
    return {"type": component["type"], "id": 1, "custom_id": name, key: told}
