"""Communities, their settings through time, and the channels they attached."""

from tortoise import fields
from tortoise.models import Model

from server.models.fields import InstantField


class Community(Model):
    """A tenant."""

    id = fields.BigIntField(primary_key=True)
    slug = fields.CharField(max_length=40, unique=True)
    name = fields.CharField(max_length=100)
    timezone = fields.CharField(max_length=64)
    created_at = InstantField()

    class Meta(Model.Meta):
        table = "community"


class Attachment(Model):
    """A channel that a community follows; one channel may be attached to several communities.

    `channel_ref` and `chatroom_ref` are what the platform's websocket calls the channel and its chat, where known.
    """

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    channel: fields.ForeignKeyRelation[Model] = fields.ForeignKeyField("models.Channel", related_name=False)
    attached_at = InstantField()
    channel_ref = fields.CharField(max_length=64, null=True)
    chatroom_ref = fields.CharField(max_length=64, null=True)
    synced_at = InstantField(null=True)

    class Meta(Model.Meta):
        table = "attachment"
        unique_together = (("community", "channel"),)
        indexes = (("channel_id",),)


class Detachment(Model):
    """A channel that a community followed until `detached_at`; what it counted before stays."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    channel: fields.ForeignKeyRelation[Model] = fields.ForeignKeyField("models.Channel", related_name=False)
    detached_at = InstantField()

    class Meta(Model.Meta):
        table = "detachment"
        unique_together = (("community", "channel"),)
        indexes = (("channel_id",),)


class SettingVersion(Model):
    """All settings of a capability from `effective_from` on, until the next version; never edited."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    capability = fields.CharField(max_length=32)
    effective_from = InstantField()
    data = fields.TextField()
    actor = fields.CharField(max_length=100)
    created_at = InstantField()

    class Meta(Model.Meta):
        table = "setting_version"
        indexes = (("community_id", "capability", "effective_from"),)
