"""What a platform was asked to send us."""

from tortoise import fields
from tortoise.models import Model

from server.models.channels import Channel
from server.models.fields import InstantField


class EventSubscription(Model):
    """The events of one kind in one channel: how it stands with them, and what is wrong where `code` says so."""

    id = fields.BigIntField(primary_key=True)
    channel: fields.ForeignKeyRelation[Channel] = fields.ForeignKeyField("models.Channel", related_name=False)
    kind = fields.CharField(max_length=64)
    state = fields.CharField(max_length=12)
    subscription_id = fields.CharField(max_length=64, null=True)
    ordered_at = InstantField(null=True)
    last_event_at = InstantField(null=True)
    code = fields.CharField(max_length=40, null=True)
    checked_at = InstantField()

    class Meta(Model.Meta):
        table = "event_subscription"
        unique_together = (("channel", "kind"),)
