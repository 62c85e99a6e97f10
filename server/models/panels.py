"""Panels: messages in Discord channels that stay and are kept up to date."""

from tortoise import fields
from tortoise.models import Model

from server.models.communities import Community
from server.models.fields import InstantField


class Panel(Model):
    """A panel of a community, in a channel of a Discord server.

    `former_*` is a message that it replaces and that is still to be deleted. A look `is_waiting` from when its job was
    made until the bot told of it, and what happened meanwhile makes it `is_stale`; `asked` counts the looks.
    """

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    guild_id = fields.CharField(max_length=64)
    kind = fields.CharField(max_length=16)
    channel_id = fields.CharField(max_length=64)
    message_id = fields.CharField(max_length=64, null=True)
    former_channel_id = fields.CharField(max_length=64, null=True)
    former_message_id = fields.CharField(max_length=64, null=True)
    locale = fields.CharField(max_length=10)
    is_pinned = fields.BooleanField()
    auto_heal = fields.BooleanField()
    state = fields.CharField(max_length=12)
    problem = fields.CharField(max_length=20, null=True)
    content_hash = fields.CharField(max_length=64, null=True)
    held_back = fields.IntField()
    asked = fields.BigIntField()
    is_waiting = fields.BooleanField()
    is_stale = fields.BooleanField()
    actor = fields.CharField(max_length=100)
    at = InstantField()
    shown_at = InstantField(null=True)
    looked_at = InstantField(null=True)

    class Meta(Model.Meta):
        table = "panel"
        unique_together = (("community", "guild_id", "channel_id", "kind"),)
        indexes = (("is_waiting", "looked_at"),)
