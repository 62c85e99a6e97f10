"""Timed messages, when each is due in each channel, and how many lines a channel had."""

from tortoise import fields
from tortoise.models import Model

from server.models.communities import Community
from server.models.fields import InstantField


class Timer(Model):
    """A timed message of a community."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    name = fields.CharField(max_length=50)
    text = fields.TextField()
    minutes = fields.IntField()
    line_count = fields.IntField()
    is_on = fields.BooleanField()
    actor = fields.CharField(max_length=100)
    at = InstantField()

    class Meta(Model.Meta):
        table = "timer"
        unique_together = (("community", "name"),)


class TimerTurn(Model):
    """When a timed message is due in a channel, and how many lines that had when it was said last."""

    id = fields.BigIntField(primary_key=True)
    timer: fields.ForeignKeyRelation[Timer] = fields.ForeignKeyField("models.Timer", related_name=False)
    channel_id = fields.BigIntField()
    due_at = InstantField()
    heard = fields.BigIntField()

    class Meta(Model.Meta):
        table = "timer_turn"
        unique_together = (("timer", "channel_id"),)


class TimerChannel(Model):
    """How many lines of others a community heard in a channel, and the timed message that came last there."""

    id = fields.BigIntField(primary_key=True)
    community_id = fields.BigIntField()
    channel_id = fields.BigIntField()
    heard = fields.BigIntField()
    last_text = fields.TextField(null=True)
    last_at = InstantField(null=True)
    last_heard = fields.BigIntField(null=True)

    class Meta(Model.Meta):
        table = "timer_channel"
        unique_together = (("community_id", "channel_id"),)
