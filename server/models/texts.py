"""The texts that a community shows people: terms of service and privacy policy."""

from tortoise import fields
from tortoise.models import Model

from server.models.communities import Community
from server.models.fields import InstantField


class TextVersion(Model):
    """A version of a text; never edited."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    kind = fields.CharField(max_length=16)
    version = fields.IntField()
    body = fields.TextField()
    actor = fields.CharField(max_length=100)
    created_at = InstantField()

    class Meta(Model.Meta):
        table = "text_version"
        unique_together = (("community", "kind", "version"),)
