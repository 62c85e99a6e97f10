"""How Discord writes what there is as JSON."""

from clients.simulator.discord.world import Channel, Guild, Json, Member, Message, Role, User, World

# What a guild has none of, and the lists of it that stay empty.
ABSENT = (
    "icon",
    "splash",
    "discovery_splash",
    "afk_channel_id",
    "application_id",
    "system_channel_id",
    "rules_channel_id",
    "vanity_url_code",
    "description",
    "banner",
    "public_updates_channel_id",
    "safety_alerts_channel_id",
)
EMPTY = (
    "emojis",
    "features",
    "voice_states",
    "threads",
    "presences",
    "stage_instances",
    "guild_scheduled_events",
    "stickers",
    "soundboard_sounds",
)


def user_json(user: User) -> Json:
    """An account as everybody sees it."""
    return {
        "id": user.id,
        "username": user.name,
        "discriminator": "0",
        "global_name": user.name,
        "avatar": None,
        "bot": user.is_bot,
        "public_flags": 0,
        "flags": 0,
    }


def own_json(user: User) -> Json:
    """The bot's account as it sees itself."""
    return user_json(user) | {"verified": True, "mfa_enabled": True, "email": None, "locale": "en-US"}


def application_json(world: World) -> Json:
    """The application of the bot."""
    return {
        "id": world.bot.id,
        "name": world.bot.name,
        "icon": None,
        "description": "",
        "summary": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "owner": user_json(world.owner),
        "team": None,
        "flags": 0,
        "approximate_guild_count": len(world.guilds),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
    }


def role_json(role: Role) -> Json:
    """A role."""
    return {
        "id": role.id,
        "name": role.name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": role.position,
        "permissions": str(role.permissions),
        "managed": role.is_managed,
        "mentionable": False,
        "flags": 0,
        "icon": None,
        "unicode_emoji": None,
    }


def member_json(member: Member) -> Json:
    """A member of a guild."""
    return {
        "user": user_json(member.user),
        "nick": None,
        "avatar": None,
        "roles": list(member.roles),
        "joined_at": member.joined_at.isoformat(),
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
        "communication_disabled_until": None,
    }


def channel_json(channel: Channel) -> Json:
    """A channel, of a guild or direct."""
    if channel.recipient is not None:
        recipients = [user_json(channel.recipient)]
        return {"id": channel.id, "type": 1, "last_message_id": None, "flags": 0, "recipients": recipients}
    return {
        "id": channel.id,
        "type": 0,
        "guild_id": channel.guild,
        "name": channel.name,
        "position": 0,
        "permission_overwrites": [],
        "nsfw": False,
        "topic": None,
        "parent_id": None,
        "rate_limit_per_user": 0,
        "last_message_id": None,
        "flags": 0,
    }


def message_json(message: Message, bot: User) -> Json:
    """A message as the bot sees it."""
    reactions: list[Json] = [
        {
            "emoji": {"id": None, "name": emoji},
            "count": len(users),
            "count_details": {"burst": 0, "normal": len(users)},
            "me": bot.id in users,
            "me_burst": False,
            "burst_colors": [],
        }
        for emoji, users in message.reactions.items()
    ]
    return message.shown | {
        "embeds": _embeds(message),
        "id": message.id,
        "channel_id": message.channel.id,
        "author": user_json(message.author),
        "timestamp": message.at.isoformat(),
        "edited_timestamp": None if message.edited_at is None else message.edited_at.isoformat(),
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [one.json(message.channel.id) for one in message.attachments],
        "pinned": message.id in message.channel.pins,
        "type": 20 if message.of_interaction else 0,
        "flags": message.flags,
        "reactions": reactions,
        "application_id": bot.id,
    }


def _embeds(message: Message) -> list[Json]:
    """The embeds with the addresses of the files that they show."""
    files = {f"attachment://{one.filename}": one.json(message.channel.id)["url"] for one in message.attachments}
    shown: list[Json] = message.shown["embeds"]
    return [
        one | {"image": one["image"] | {"url": files.get(one["image"].get("url"), one["image"].get("url"))}}
        if one.get("image")
        else one
        for one in shown
    ]


def guild_json(guild: Guild, bot: User) -> Json:
    """A guild, with all that GUILD_CREATE tells of it."""
    return {
        **dict.fromkeys(ABSENT),
        **{name: [] for name in EMPTY},
        "id": guild.id,
        "name": guild.name,
        "owner_id": guild.owner.id,
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "system_channel_flags": 0,
        "premium_tier": 0,
        "preferred_locale": guild.locale,
        "nsfw_level": 0,
        "premium_progress_bar_enabled": False,
        "joined_at": guild.members[bot.id].joined_at.isoformat(),
        "large": False,
        "unavailable": False,
        "member_count": len(guild.members),
        "roles": [role_json(role) for role in guild.roles.values()],
        "channels": [channel_json(channel) for channel in guild.channels.values()],
        "members": [member_json(member) for member in guild.members.values()],
    }
