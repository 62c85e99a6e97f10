"""Role rewards: what roles are given for, by which rules, and who was given which."""

from tortoise import fields
from tortoise.models import Model

from server.models.communities import Community
from server.models.fields import InstantField


class RoleReward(Model):
    """A role of a Discord server that is given for minutes watched, or for linking where there are none.

    One that was removed stays, so that it is known whom its role was given to if it is added again.
    """

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    guild = fields.CharField(max_length=64)
    role = fields.CharField(max_length=64)
    name = fields.CharField(max_length=100)
    minutes = fields.IntField(null=True)
    is_on = fields.BooleanField()
    removed_at = InstantField(null=True)
    actor = fields.CharField(max_length=100)
    at = InstantField()

    class Meta(Model.Meta):
        table = "role_reward"
        unique_together = (("community", "guild", "role"),)


class RoleRule(Model):
    """By which rules a community's roles are given; one without a row goes by the defaults."""

    id = fields.BigIntField(primary_key=True)
    community: fields.OneToOneRelation[Community] = fields.OneToOneField("models.Community", related_name=False)
    is_highest_only = fields.BooleanField()
    removes_unreached = fields.BooleanField()
    actor = fields.CharField(max_length=100)
    at = InstantField()

    class Meta(Model.Meta):
        table = "role_rule"


class RoleGiven(Model):
    """The last thing that was asked of Discord about a reward and an account there, and what became of it.

    `nth` counts how often something was asked.
    """

    id = fields.BigIntField(primary_key=True)
    community_id = fields.BigIntField()
    reward: fields.ForeignKeyRelation[RoleReward] = fields.ForeignKeyField("models.RoleReward", related_name=False)
    account_id = fields.BigIntField()
    is_given = fields.BooleanField()
    state = fields.CharField(max_length=8)
    nth = fields.IntField()
    at = InstantField()

    class Meta(Model.Meta):
        table = "role_given"
        unique_together = (("reward", "account_id"),)
        indexes = (("community_id", "account_id"),)
