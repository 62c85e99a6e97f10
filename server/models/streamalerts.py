"""Alerts on stream: how each overlay shows them, and who followed before. What waits to be shown is a job."""

from tortoise import fields
from tortoise.models import Model

from server.models.communities import Community
from server.models.fields import InstantField


class StreamAlertStage(Model):
    """How one overlay of a community shows alerts, as staff set it; none is an overlay that nobody changed."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    overlay = fields.CharField(max_length=40)
    is_paused = fields.BooleanField()
    is_muted = fields.BooleanField()
    rules = fields.TextField()

    class Meta(Model.Meta):
        table = "stream_alert_stage"
        unique_together = (("community", "overlay"),)


class FirstFollow(Model):
    """An account followed a channel, by the platform's own id, for the first time that a community heard of."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    account_id = fields.BigIntField()
    broadcaster_id = fields.CharField(max_length=64)
    at = InstantField()

    class Meta(Model.Meta):
        table = "first_follow"
        unique_together = (("account_id", "community_id", "broadcaster_id"),)
