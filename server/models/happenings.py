"""Happenings as one community knows them, and the copies that told them."""

from tortoise import fields
from tortoise.models import Model

from server.models.communities import Community
from server.models.fields import InstantField


class Happening(Model):
    """Something that happened, however often it was told; its id is the source key of all that follows.

    `data` is what has been told of it, `amount` how many subscriptions or KICKs that is; `state` is told, held (perhaps
    a copy, staff decides) or void (it was one).
    """

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    channel_id = fields.BigIntField()
    kind = fields.CharField(max_length=16)
    group_key = fields.CharField(max_length=250)
    at = InstantField()
    state = fields.CharField(max_length=8)
    is_pending = fields.BooleanField()
    data = fields.TextField()
    told_at = InstantField()
    merged_into = fields.BigIntField(null=True)
    amount = fields.BigIntField(default=0)

    class Meta(Model.Meta):
        table = "happening"
        indexes = (("community_id", "id"),)


class HappeningCopy(Model):
    """One copy of a happening, or with the kind `name` only what a name's platform id is; exact repeats are not kept.

    Copies with the same `pinned` row belong together because staff said so.
    """

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    channel_id = fields.BigIntField()
    kind = fields.CharField(max_length=16)
    group_key = fields.CharField(max_length=250)
    at = InstantField()
    source = fields.CharField(max_length=12)
    digest = fields.CharField(max_length=64)
    data = fields.TextField()
    told_at = InstantField()
    happening_id = fields.BigIntField(null=True)
    pinned = fields.BigIntField(null=True)

    class Meta(Model.Meta):
        table = "happening_copy"
        unique_together = (("community", "digest"),)
        indexes = (("community_id", "channel_id", "kind", "group_key", "at"), ("happening_id",))


class HappeningReview(Model):
    """Two happenings that may be one: open until staff decides, or until the copies themselves settle it."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    one_id = fields.BigIntField()
    other_id = fields.BigIntField()
    state = fields.CharField(max_length=12)
    created_at = InstantField()
    decided_at = InstantField(null=True)
    actor = fields.CharField(max_length=100, null=True)
    reason = fields.TextField(null=True)

    class Meta(Model.Meta):
        table = "happening_review"
        unique_together = (("community", "one_id", "other_id"),)


class HeardMessage(Model):
    """A chat message that a community has heard, kept for a few days where two sources tell chat."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    message_key = fields.CharField(max_length=180)
    heard_at = InstantField()

    class Meta(Model.Meta):
        table = "heard_message"
        unique_together = (("community", "message_key"),)
        indexes = (("heard_at",),)
