"""Giveaways, and who entered them."""

from tortoise import fields
from tortoise.models import Model

from server.models.communities import Community
from server.models.fields import InstantField


class Giveaway(Model):
    """A giveaway with the rules it was opened by; `open_keyword` is its keyword while it is open.

    `ends_at` is when entering ends, or ended; `period_id` the raffle whose tickets count.
    """

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    number = fields.IntField()
    title = fields.CharField(max_length=100)
    state = fields.CharField(max_length=12)
    rules = fields.TextField()
    rules_sha256 = fields.CharField(max_length=64)
    rules_text = fields.TextField(null=True)
    claim_s = fields.IntField()
    open_keyword = fields.CharField(max_length=40, null=True)
    period_id = fields.BigIntField(null=True)
    opened_at = InstantField()
    ends_at = InstantField(null=True)
    actor = fields.CharField(max_length=100)

    class Meta(Model.Meta):
        table = "giveaway"
        unique_together = (("community", "number"), ("community", "open_keyword"))
        indexes = (("state", "ends_at"),)


class GiveawayEntry(Model):
    """An account that entered a giveaway, at its first message that did; whether any of them showed a subscription.

    Whoever left at `left_at` is in again only by what he did later: `at` is the first such thing, where there is one.
    """

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    giveaway_id = fields.BigIntField()
    account_id = fields.BigIntField()
    is_subscriber = fields.BooleanField()
    at = InstantField()
    left_at = InstantField(null=True)

    class Meta(Model.Meta):
        table = "giveaway_entry"
        unique_together = (("giveaway_id", "account_id"),)


class GiveawayExclusion(Model):
    """An account that staff leaves out of a giveaway."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    giveaway_id = fields.BigIntField()
    account_id = fields.BigIntField()
    code = fields.CharField(max_length=64)
    reason = fields.TextField()
    actor = fields.CharField(max_length=100)
    at = InstantField()

    class Meta(Model.Meta):
        table = "giveaway_exclusion"
        unique_together = (("giveaway_id", "account_id"),)
