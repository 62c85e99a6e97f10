"""What changed, in commit order, for everybody who reads along."""

from tortoise import fields
from tortoise.models import Model

from server.models.communities import Community
from server.models.fields import InstantField


class FeedHead(Model):
    """The last cursor of a community's feed; its row lock makes cursor order the commit order, without gaps."""

    community: fields.OneToOneRelation[Community] = fields.OneToOneField(
        "models.Community", related_name=False, primary_key=True
    )
    head = fields.BigIntField(default=0)
    tail = fields.BigIntField(default=0)

    class Meta(Model.Meta):
        table = "feed_head"


class FeedEntry(Model):
    """One change; `data` is JSON and holds all that a client draws."""

    id = fields.BigIntField(primary_key=True)
    community_id = fields.BigIntField()
    cursor = fields.BigIntField()
    kind = fields.CharField(max_length=40)
    data = fields.TextField()
    at = InstantField()

    class Meta(Model.Meta):
        table = "feed_entry"
        unique_together = (("community_id", "cursor"),)
