"""Scenes: what each overlay shows."""

from tortoise import fields
from tortoise.models import Model

from server.models.communities import Community


class Scene(Model):
    """Which widget an overlay of a community shows, as staff chose it; none is an overlay that nobody chose for."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    overlay = fields.CharField(max_length=40)
    widget = fields.CharField(max_length=40)

    class Meta(Model.Meta):
        table = "scene"
        unique_together = (("community", "overlay"),)
