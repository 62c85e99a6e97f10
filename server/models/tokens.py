"""Keys and tokens that people hand out. No secret is stored: public keys, and digests of what was shown once."""

from tortoise import fields
from tortoise.models import Model

from server.models.communities import Community
from server.models.fields import InstantField


class ServiceKey(Model):
    """A public key that a service signs its requests with; `guilds` with commas, none means every one bound here."""

    id = fields.BigIntField(primary_key=True)
    kid = fields.CharField(max_length=32, unique=True)
    kind = fields.CharField(max_length=12)
    name = fields.CharField(max_length=40)
    public_key = fields.CharField(max_length=64)
    guilds = fields.TextField()
    community: fields.ForeignKeyNullableRelation[Community] = fields.ForeignKeyField(
        "models.Community", related_name=False, null=True
    )
    created_at = InstantField()
    revoked_at = InstantField(null=True)
    used_at = InstantField(null=True)

    class Meta(Model.Meta):
        table = "service_key"


class SpentRequest(Model):
    """A signed request that was taken once, by the digest of its id; gone when it is over by itself."""

    id = fields.CharField(max_length=64, primary_key=True)
    expires_at = InstantField()

    class Meta(Model.Meta):
        table = "spent_request"
        indexes = (("expires_at",),)


class OverlayKey(Model):
    """A key with which one overlay shows one community."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    overlay = fields.CharField(max_length=40)
    token_digest = fields.CharField(max_length=64, unique=True)
    created_by = fields.CharField(max_length=100)
    created_at = InstantField()
    revoked_at = InstantField(null=True)
    used_at = InstantField(null=True)

    class Meta(Model.Meta):
        table = "overlay_key"
        indexes = (("community_id", "id"),)


class OverlayServer(Model):
    """A server that shows overlays; what it says of them is believed so long, by the database's clock."""

    name = fields.CharField(max_length=100, primary_key=True)
    until = InstantField()

    class Meta(Model.Meta):
        table = "overlay_server"
        indexes = (("until",),)


class OverlayPresence(Model):
    """In how many places a server shows an overlay by a key."""

    id = fields.BigIntField(primary_key=True)
    key: fields.ForeignKeyRelation[OverlayKey] = fields.ForeignKeyField("models.OverlayKey", related_name=False)
    server = fields.CharField(max_length=100)
    sockets = fields.IntField()

    class Meta(Model.Meta):
        table = "overlay_presence"
        unique_together = (("key_id", "server"),)
        indexes = (("server",),)


class ApiToken(Model):
    """A person's own token for programs: his account, one community, and the capabilities it allows at most."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    holder_kind = fields.CharField(max_length=16)
    external_id = fields.CharField(max_length=64)
    name = fields.CharField(max_length=100)
    ceiling = fields.TextField()
    token_digest = fields.CharField(max_length=64, unique=True)
    created_at = InstantField()
    expires_at = InstantField()
    revoked_at = InstantField(null=True)
    used_at = InstantField(null=True)

    class Meta(Model.Meta):
        table = "api_token"
        indexes = (("holder_kind", "external_id", "id"), ("community_id", "id"), ("expires_at",))


class RevokedToken(Model):
    """A printed token that was taken back, by its id, until it is over by itself."""

    id = fields.CharField(max_length=100, primary_key=True)
    expires_at = InstantField()
    revoked_at = InstantField()

    class Meta(Model.Meta):
        table = "revoked_token"
        indexes = (("expires_at",),)
