"""What was missed, and what tells that something was."""

from tortoise import fields
from tortoise.models import Model

from server.models.channels import Channel
from server.models.fields import InstantField


class Gap(Model):
    """A span in which a source did not tell us all of a channel; open while `open_key` is there.

    `kinds` are separated by spaces, and so are the sources in `filled_by`, which told the same meanwhile.
    """

    id = fields.BigIntField(primary_key=True)
    channel: fields.ForeignKeyRelation[Channel] = fields.ForeignKeyField("models.Channel", related_name=False)
    source = fields.CharField(max_length=12)
    cause = fields.CharField(max_length=40)
    kinds = fields.TextField()
    open_key = fields.CharField(max_length=100, null=True)
    began_at = InstantField()
    ended_at = InstantField(null=True)
    filled_by = fields.TextField()

    class Meta(Model.Meta):
        table = "gap"
        unique_together = (("channel", "open_key"),)
        indexes = (("channel", "id"),)


class Heartbeat(Model):
    """When somebody was alive last."""

    name = fields.CharField(max_length=40, primary_key=True)
    at = InstantField()

    class Meta(Model.Meta):
        table = "heartbeat"
