"""How a person proves that accounts are his."""

from tortoise import fields
from tortoise.models import Model

from server.models.communities import Community
from server.models.fields import InstantField


class AccountProof(Model):
    """A link that was handed to a Discord user, and how far he got with it; `problem` is what stood in the way last."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    discord_id = fields.CharField(max_length=64)
    discord_name = fields.CharField(max_length=100)
    guild_name = fields.CharField(max_length=100)
    created_at = InstantField()
    expires_at = InstantField()
    state = fields.CharField(max_length=12)
    platform = fields.CharField(max_length=16, null=True)
    external_id = fields.CharField(max_length=64, null=True)
    name = fields.CharField(max_length=100, null=True)
    browser_digest = fields.CharField(max_length=64, null=True)
    code_digest = fields.CharField(max_length=64, null=True)
    tries = fields.IntField(default=0)
    problem = fields.CharField(max_length=64, null=True)
    settled_at = InstantField(null=True)

    class Meta(Model.Meta):
        table = "account_proof"
        indexes = (("community_id", "discord_id", "id"), ("state", "expires_at"))
