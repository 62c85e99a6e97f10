"""Alerts on stream: how each overlay shows them. What waits to be shown is a job."""

from tortoise import fields
from tortoise.models import Model

from server.models.communities import Community


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
