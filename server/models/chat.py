"""Chat: lines on their way out, commands, how long they rest, and how each platform lets us speak."""

from tortoise import fields
from tortoise.models import Model

from server.models.communities import Community
from server.models.fields import InstantField


class SpokenLine(Model):
    """A line for a channel's chat; `key` names its cause, so that the same cause is said once."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    channel_id = fields.BigIntField()
    kind = fields.CharField(max_length=12)
    key = fields.CharField(max_length=200)
    part = fields.IntField()
    text = fields.TextField()
    state = fields.CharField(max_length=12)
    attempts = fields.IntField()
    speaker = fields.CharField(max_length=8, null=True)
    message_id = fields.CharField(max_length=64, null=True)
    reason = fields.CharField(max_length=200, null=True)
    created_at = InstantField()
    due_at = InstantField()
    expires_at = InstantField()
    started_at = InstantField(null=True)
    settled_at = InstantField(null=True)
    echoed_at = InstantField(null=True)

    class Meta(Model.Meta):
        table = "chat_line"
        unique_together = (("community", "key", "part"),)
        indexes = (("state", "channel_id", "id"), ("community_id", "id"))


class ChatCommand(Model):
    """A command of a community's own, or how it changed a built-in one, which has no text."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    name = fields.CharField(max_length=60)
    text = fields.TextField(null=True)
    level = fields.IntField()
    is_on = fields.BooleanField()
    cooldown_s = fields.IntField()
    viewer_cooldown_s = fields.IntField()
    actor = fields.CharField(max_length=100)
    at = InstantField()

    class Meta(Model.Meta):
        table = "chat_command"
        unique_together = (("community", "name"),)


class ChatCooldown(Model):
    """Until when a command rests: for one account, or for everybody where that is 0."""

    id = fields.BigIntField(primary_key=True)
    community_id = fields.BigIntField()
    command = fields.CharField(max_length=60)
    account_id = fields.BigIntField()
    until = InstantField()

    class Meta(Model.Meta):
        table = "chat_cooldown"
        unique_together = (("community_id", "command", "account_id"),)
        indexes = (("until",),)


class ChatManner(Model):
    """As whom a platform lets our app speak, and when we last found out."""

    platform = fields.CharField(max_length=16, primary_key=True)
    speaker = fields.CharField(max_length=8)
    at = InstantField()

    class Meta(Model.Meta):
        table = "chat_manner"
