"""Who is staff of a community."""

from tortoise import fields
from tortoise.models import Model

from server.models.communities import Community
from server.models.fields import InstantField


class StaffGrant(Model):
    """What a holder may do in one community: a role, and in `extra` capabilities beyond it, sorted, with commas."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    holder_kind = fields.CharField(max_length=16)
    external_id = fields.CharField(max_length=64)
    role = fields.CharField(max_length=16)
    extra = fields.TextField()
    granted_by = fields.CharField(max_length=100)
    at = InstantField()

    class Meta(Model.Meta):
        table = "staff_grant"
        unique_together = (("community", "holder_kind", "external_id"),)
        indexes = (("holder_kind", "external_id"),)
