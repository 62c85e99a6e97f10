"""The Discord guild of a community."""

from tortoise import fields
from tortoise.models import Model

from server.models.communities import Community
from server.models.fields import InstantField


class GuildCode(Model):
    """A one-time code that binds a guild, of which only the salt is kept."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    salt = fields.CharField(max_length=64)
    made_by = fields.CharField(max_length=100)
    made_at = InstantField()
    expires_at = InstantField()
    used_at = InstantField(null=True)

    class Meta(Model.Meta):
        table = "guild_code"
        indexes = (("community_id", "id"),)


class GuildChannel(Model):
    """The channel of a community's guild that was chosen for a purpose."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    purpose = fields.CharField(max_length=20)
    external_id = fields.CharField(max_length=20)
    chosen_by = fields.CharField(max_length=100)
    chosen_at = InstantField()

    class Meta(Model.Meta):
        table = "guild_channel"
        unique_together = (("community_id", "purpose"),)


class Guild(Model):
    """A guild, bound to one community; one guild and one community belong together."""

    id = fields.BigIntField(primary_key=True)
    community: fields.OneToOneRelation[Community] = fields.OneToOneField("models.Community", related_name=False)
    external_id = fields.CharField(max_length=64, unique=True)
    name = fields.CharField(max_length=100)
    bound_by = fields.CharField(max_length=100)
    bound_at = InstantField()

    class Meta(Model.Meta):
        table = "guild"
