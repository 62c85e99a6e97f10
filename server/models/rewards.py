"""Rewards of channels as staff wants them, and every redemption that was heard of."""

from tortoise import fields
from tortoise.models import Model

from server.models.communities import Community
from server.models.fields import InstantField


class ChannelReward(Model):
    """A reward as staff wants it: `revision` counts the wishes, `applied` is the last one that the platform took.

    `external_id` is the platform's own id, once it is known; `is_tried` says that it may be there without our knowing.
    """

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    channel_id = fields.BigIntField()
    external_id = fields.CharField(max_length=100, null=True)
    title = fields.CharField(max_length=50)
    cost = fields.BigIntField()
    description = fields.CharField(max_length=200)
    colour = fields.CharField(max_length=7, null=True)
    action = fields.TextField()
    is_on = fields.BooleanField()
    revision = fields.BigIntField()
    applied = fields.BigIntField()
    is_tried = fields.BooleanField()
    problem = fields.CharField(max_length=60, null=True)
    deleted_at = InstantField(null=True)
    actor = fields.CharField(max_length=100)
    at = InstantField()

    class Meta(Model.Meta):
        table = "reward"
        unique_together = (("channel_id", "external_id"),)
        indexes = (("community_id", "channel_id"),)


class RewardRedemption(Model):
    """A redemption by the platform's own id: what the platform says, what we did for it, and what we told."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    channel_id = fields.BigIntField()
    external_id = fields.CharField(max_length=100)
    reward_id = fields.BigIntField(null=True)
    reward_ref = fields.CharField(max_length=100)
    title = fields.TextField()
    cost = fields.BigIntField()
    account_id = fields.BigIntField(null=True)
    user_input = fields.TextField()
    redeemed_at = InstantField()
    first_at = InstantField()
    told = fields.CharField(max_length=12)
    heard = fields.CharField(max_length=60)
    deed = fields.CharField(max_length=12)
    verdict = fields.CharField(max_length=12, null=True)
    settling = fields.CharField(max_length=12, null=True)
    reason = fields.CharField(max_length=60, null=True)
    detail = fields.TextField(null=True)
    actor = fields.CharField(max_length=100, null=True)
    tries = fields.IntField()
    acted_at = InstantField(null=True)
    settled_at = InstantField(null=True)

    class Meta(Model.Meta):
        table = "redemption"
        unique_together = (("community", "channel_id", "external_id"),)
        indexes = (("community_id", "settling", "channel_id"), ("community_id", "account_id"))
