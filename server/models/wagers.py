"""Affiliate feeds, how far every name in them was counted, and who claims which name."""

from tortoise import fields
from tortoise.models import Model

from server.models.communities import Community
from server.models.fields import InstantField


class WagerFeed(Model):
    """A community's feed of a provider; its secret is a credential. `good_at` is empty until its first good poll.

    `since` begins the totals of a provider that tells those of a time. `doubts` counts polls on end that could not be
    whole.
    """

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    provider = fields.CharField(max_length=16)
    codes = fields.TextField()
    is_on = fields.BooleanField()
    since = InstantField()
    next_at = InstantField()
    asked_at = InstantField(null=True)
    good_at = InstantField(null=True)
    failures = fields.IntField()
    doubts = fields.IntField()
    error = fields.CharField(max_length=40, null=True)
    names = fields.IntField()
    skipped = fields.IntField()
    actor = fields.CharField(max_length=100)
    at = InstantField()

    class Meta(Model.Meta):
        table = "wager_feed"
        unique_together = (("community", "provider"),)
        indexes = (("is_on", "next_at"),)


class WagerSeries(Model):
    """A name of a feed: where its total began, how far it was counted, and a lower total that may be a correction.

    `key` is the provider's own id, or the case-folded name where it has none. Amounts are micro-dollars.
    """

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    provider = fields.CharField(max_length=16)
    key = fields.CharField(max_length=64)
    name_key = fields.CharField(max_length=64)
    name = fields.CharField(max_length=64)
    baseline = fields.BigIntField()
    watermark = fields.BigIntField()
    lower_at = InstantField(null=True)
    lower_polls = fields.IntField()
    lower_total = fields.BigIntField(null=True)
    seen_at = InstantField()

    class Meta(Model.Meta):
        table = "wager_series"
        unique_together = (("community", "provider", "key"),)
        indexes = (("community_id", "provider", "name_key"), ("community_id", "provider", "seen_at"))


class WagerGain(Model):
    """What a series gained by a poll, in micro-dollars; below zero for a correction. Appended, never edited."""

    id = fields.BigIntField(primary_key=True)
    community_id = fields.BigIntField()
    series: fields.ForeignKeyRelation[WagerSeries] = fields.ForeignKeyField("models.WagerSeries", related_name=False)
    at = InstantField()
    amount = fields.BigIntField()

    class Meta(Model.Meta):
        table = "wager_gain"
        indexes = (("series_id", "at"),)


class WagerClaim(Model):
    """A person says that a name of a feed is his; staff decides.

    `verified_for` is the series while the claim is verified, so that nobody else's is.
    """

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    provider = fields.CharField(max_length=16)
    name_key = fields.CharField(max_length=64)
    name = fields.CharField(max_length=64)
    platform = fields.CharField(max_length=16)
    external_id = fields.CharField(max_length=64)
    state = fields.CharField(max_length=12)
    verified_for = fields.BigIntField(null=True, unique=True)
    claimed_at = InstantField()
    decided_at = InstantField(null=True)
    actor = fields.CharField(max_length=100, null=True)
    reason = fields.TextField(null=True)

    class Meta(Model.Meta):
        table = "wager_claim"
        indexes = (("community_id", "provider", "name_key"), ("community_id", "state", "id"))
