"""What platforms told us, byte for byte, and where it had to go."""

from tortoise import fields
from tortoise.models import Model

from server.models.communities import Community
from server.models.fields import InstantField


class Inbox(Model):
    """A verified request, recorded before it was answered. `orphan` when no community was attached to its channel."""

    id = fields.BigIntField(primary_key=True)
    source = fields.CharField(max_length=16)
    message_id = fields.CharField(max_length=64)
    kind = fields.CharField(max_length=64)
    kind_key = fields.CharField(max_length=64)
    subscription_id = fields.CharField(max_length=64)
    broadcaster_id = fields.CharField(max_length=64, null=True)
    told_at = InstantField()
    received_at = InstantField()
    orphan = fields.BooleanField()
    body = fields.BinaryField()

    class Meta(Model.Meta):
        table = "inbox"
        unique_together = (("source", "message_id", "kind_key"),)
        indexes = (("received_at",),)


class Delivery(Model):
    """One inbox row on its way into one community: received, then applied or quarantined."""

    id = fields.BigIntField(primary_key=True)
    inbox: fields.ForeignKeyRelation[Inbox] = fields.ForeignKeyField(
        "models.Inbox", related_name=False, db_constraint=False
    )
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField(
        "models.Community", related_name=False, db_constraint=False
    )
    state = fields.CharField(max_length=12)
    attempts = fields.IntField(default=0)
    code = fields.CharField(max_length=40, null=True)
    error = fields.TextField(null=True)
    settled_at = InstantField(null=True)

    class Meta(Model.Meta):
        table = "delivery"
        unique_together = (("inbox", "community"),)
        indexes = (("community_id", "id"),)
