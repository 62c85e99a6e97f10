"""Codes that let somebody make a community."""

from tortoise import fields
from tortoise.models import Model

from server.models.fields import InstantField


class Invitation(Model):
    """A one-time code, of which only the salt is kept: without the key of the settings it leads to no code."""

    id = fields.BigIntField(primary_key=True)
    kind = fields.CharField(max_length=12)
    salt = fields.CharField(max_length=64)
    holder_kind = fields.CharField(max_length=16, null=True)
    external_id = fields.CharField(max_length=64, null=True)
    made_by = fields.CharField(max_length=100)
    made_at = InstantField()
    expires_at = InstantField()
    used_at = InstantField(null=True)
    used_by = fields.CharField(max_length=100, null=True)
    community_id = fields.BigIntField(null=True)

    class Meta(Model.Meta):
        table = "invitation"
        indexes = (("expires_at",),)
