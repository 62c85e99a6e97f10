"""Channels and their streams: platform facts that belong to no community."""

from tortoise import fields
from tortoise.models import Model

from server.models.fields import InstantField


class Channel(Model):
    """A channel, keyed by its platform's own broadcaster id; names and titles are display data."""

    id = fields.BigIntField(primary_key=True)
    platform = fields.CharField(max_length=16)
    external_id = fields.CharField(max_length=64)
    name = fields.CharField(max_length=100)
    slug = fields.CharField(max_length=100, null=True)
    title = fields.TextField(null=True)
    category = fields.TextField(null=True)
    described_at = InstantField(null=True)

    class Meta(Model.Meta):
        table = "channel"
        unique_together = (("platform", "external_id"),)


class Stream(Model):
    """One live session, identified by its channel and start.

    `ended_at` is the last end that was told, `ended_by` the first time an end without an instant was; a told one wins.
    """

    id = fields.BigIntField(primary_key=True)
    channel: fields.ForeignKeyRelation[Channel] = fields.ForeignKeyField("models.Channel", related_name=False)
    started_at = InstantField()
    ended_at = InstantField(null=True)
    ended_by = InstantField(null=True)
    title = fields.TextField()

    class Meta(Model.Meta):
        table = "stream"
        unique_together = (("channel", "started_at"),)


class ChannelListening(Model):
    """How the websocket of a channel is doing, as the server says that listens to it; written down twice a minute.

    `state` is connecting, listening, waiting (to connect again), refused (for good) or stopped.
    """

    id = fields.BigIntField(primary_key=True)
    channel: fields.OneToOneRelation[Channel] = fields.OneToOneField("models.Channel", related_name=False)
    state = fields.CharField(max_length=12)
    transport = fields.CharField(max_length=12)
    holder = fields.CharField(max_length=120)
    since = InstantField()
    last_frame_at = InstantField(null=True)
    code = fields.IntField(null=True)
    detail = fields.TextField(null=True)

    class Meta(Model.Meta):
        table = "channel_listening"
