"""What there is on the played Discord: people, guilds with roles, channels with messages, and the bot's commands."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from clients.simulator.discord.clock import Clock
from clients.simulator.discord.refusals import (
    MISSING_PERMISSIONS,
    UNKNOWN_CHANNEL,
    UNKNOWN_GUILD,
    UNKNOWN_MEMBER,
    UNKNOWN_MESSAGE,
    UNKNOWN_ROLE,
    UNKNOWN_USER,
    Refused,
)
from clients.simulator.discord.uploads import Attachment, attached

Json = dict[str, Any]

MESSAGES_MAX = 10_000
EPHEMERAL = 1 << 6  # the flag of a message that only one person sees
EVERYWHERE = ""  # the scope of commands that every guild has

ADMINISTRATOR = 1 << 3
ADD_REACTIONS = 1 << 6
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
EMBED_LINKS = 1 << 14
ATTACH_FILES = 1 << 15
READ_HISTORY = 1 << 16
MANAGE_ROLES = 1 << 28
PIN_MESSAGES = 1 << 51
OF_THE_BOT = (
    ADD_REACTIONS
    | VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_HISTORY
    | MANAGE_ROLES
    | PIN_MESSAGES
)
OF_EVERYONE = VIEW_CHANNEL | READ_HISTORY


@dataclass(slots=True, kw_only=True)
class User:
    """An account that reads a language; who `is_closed` takes no direct messages."""

    id: str
    name: str
    locale: str = "en-US"
    is_bot: bool = False
    is_closed: bool = False


@dataclass(slots=True, kw_only=True)
class Role:
    """A role of a guild; a higher position commands the lower ones."""

    id: str
    name: str
    position: int
    permissions: int = 0
    is_managed: bool = False


@dataclass(slots=True, kw_only=True)
class Member:
    """A person in a guild, with the ids of his roles."""

    user: User
    joined_at: datetime
    roles: list[str] = field(default_factory=list[str])


@dataclass(slots=True, kw_only=True)
class Channel:
    """A text channel of a guild, or the direct one with a person."""

    id: str
    name: str
    guild: str | None = None
    recipient: User | None = None
    pins: list[str] = field(default_factory=list[str])


@dataclass(slots=True, kw_only=True)
class Message:
    """A message; `shown` holds content, embeds and components as they were sent, `reactions` who reacted with what."""

    id: str
    channel: Channel
    author: User
    at: datetime
    shown: Json
    flags: int = 0
    edited_at: datetime | None = None
    of_interaction: bool = False
    reactions: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    attachments: list[Attachment] = field(default_factory=list[Attachment])


@dataclass(slots=True, kw_only=True)
class Guild:
    """A guild."""

    id: str
    name: str
    owner: User
    created_at: datetime
    locale: str = "en-US"
    roles: dict[str, Role] = field(default_factory=dict[str, Role])
    channels: dict[str, Channel] = field(default_factory=dict[str, Channel])
    members: dict[str, Member] = field(default_factory=dict[str, Member])

    def member(self, user: str) -> Member:
        """Return whoever has this id here, or refuse."""
        if user not in self.members:
            raise Refused(UNKNOWN_MEMBER)
        return self.members[user]

    def rank(self, member: Member) -> int:
        """Return the position of the member's highest role."""
        return max((self.roles[role].position for role in member.roles if role in self.roles), default=0)

    def permissions(self, member: Member) -> int:
        """Return what the member may do, as bits; the owner and administrators may everything."""
        bits = self.roles[self.id].permissions
        for role in member.roles:
            bits |= self.roles[role].permissions if role in self.roles else 0
        return (1 << 53) - 1 if member.user is self.owner or bits & ADMINISTRATOR else bits


@dataclass(slots=True)
class World:
    """Everything there is; who asks for what is not there is refused as Discord would."""

    clock: Clock = field(default_factory=Clock)
    bot: User = field(init=False)
    owner: User = field(init=False)
    users: dict[str, User] = field(default_factory=dict[str, User])
    guilds: dict[str, Guild] = field(default_factory=dict[str, Guild])
    channels: dict[str, Channel] = field(default_factory=dict[str, Channel])
    messages: dict[str, Message] = field(default_factory=dict[str, Message])
    commands: dict[str, list[Json]] = field(default_factory=dict[str, list[Json]])

    def __post_init__(self) -> None:
        self.bot = self.user("Regulars", is_bot=True)
        self.owner = self.user("owner")

    def user(self, name: str, *, is_bot: bool = False, is_closed: bool = False) -> User:
        """Let there be an account."""
        user = User(id=self.clock.snowflake(), name=name, is_bot=is_bot, is_closed=is_closed)
        self.users[user.id] = user
        return user

    def guild(self, name: str, *, bot_permissions: int = OF_THE_BOT) -> Guild:
        """Let there be a guild that the bot was invited to, with its role at position 10."""
        guild = Guild(id=self.clock.snowflake(), name=name, owner=self.owner, created_at=self.clock.now())
        guild.roles[guild.id] = Role(id=guild.id, name="@everyone", position=0, permissions=OF_EVERYONE)
        own = self.role(guild, self.bot.name, 10, permissions=bot_permissions, is_managed=True)
        self.guilds[guild.id] = guild
        self.join(guild, self.bot).roles.append(own.id)
        self.join(guild, self.owner)
        return guild

    def role(self, guild: Guild, name: str, position: int, *, permissions: int = 0, is_managed: bool = False) -> Role:
        """Let there be a role."""
        role = Role(
            id=self.clock.snowflake(), name=name, position=position, permissions=permissions, is_managed=is_managed
        )
        guild.roles[role.id] = role
        return role

    def channel(self, guild: Guild, name: str) -> Channel:
        """Let there be a text channel."""
        channel = Channel(id=self.clock.snowflake(), name=name, guild=guild.id)
        guild.channels[channel.id] = self.channels[channel.id] = channel
        return channel

    def direct(self, user: User) -> Channel:
        """Return the direct channel of the bot with a person."""
        known = (channel for channel in self.channels.values() if channel.recipient is user)
        channel = next(known, None) or Channel(id=self.clock.snowflake(), name=f"@{user.name}", recipient=user)
        return self.channels.setdefault(channel.id, channel)

    def join(self, guild: Guild, user: User) -> Member:
        """Let a person be in a guild."""
        return guild.members.setdefault(user.id, Member(user=user, joined_at=self.clock.now()))

    def post(
        self, channel: Channel, author: User, body: Json, *, flags: int = 0, of_interaction: bool = False
    ) -> Message:
        """Let there be a message; of very many the oldest are let go."""
        message = Message(
            id=self.clock.snowflake(),
            channel=channel,
            author=author,
            at=self.clock.now(),
            shown=shown(body),
            flags=flags,
            of_interaction=of_interaction,
            attachments=attached(body, (), self.clock.snowflake),
        )
        self.messages[message.id] = message
        while len(self.messages) > MESSAGES_MAX:
            self.messages.pop(next(iter(self.messages)))
        return message

    def guild_of(self, guild: str) -> Guild:
        """Return the guild, or refuse."""
        if guild not in self.guilds:
            raise Refused(UNKNOWN_GUILD)
        return self.guilds[guild]

    def channel_of(self, channel: str) -> Channel:
        """Return the channel, or refuse."""
        if channel not in self.channels:
            raise Refused(UNKNOWN_CHANNEL)
        return self.channels[channel]

    def user_of(self, user: str) -> User:
        """Return the account, or refuse."""
        if user not in self.users:
            raise Refused(UNKNOWN_USER)
        return self.users[user]

    def message_of(self, message: str, channel: Channel) -> Message:
        """Return the message of this channel, or refuse."""
        found = self.messages.get(message)
        if found is None or found.channel is not channel:
            raise Refused(UNKNOWN_MESSAGE)
        return found

    def must(self, channel: Channel, permission: int) -> None:
        """Refuse what the bot may not do in the channel; in a direct one it may all it needs."""
        if channel.guild is not None:
            guild = self.guilds[channel.guild]
            if not guild.permissions(guild.member(self.bot.id)) & permission:
                raise Refused(MISSING_PERMISSIONS)

    def may_command(self, guild: Guild, role: str) -> Role:
        """Return a role that the bot may give and take, or refuse: only those below its own, and none of machines."""
        bot = guild.member(self.bot.id)
        if role not in guild.roles:
            raise Refused(UNKNOWN_ROLE)
        wanted = guild.roles[role]
        if (
            not guild.permissions(bot) & MANAGE_ROLES
            or wanted.is_managed
            or wanted.position >= guild.rank(bot)
            or wanted.id == guild.id
        ):
            raise Refused(MISSING_PERMISSIONS)
        return wanted


def shown(body: Json) -> Json:
    """Return what of a body people see."""
    return {
        "content": body.get("content") or "",
        "embeds": body.get("embeds") or [],
        "components": body.get("components") or [],
    }
