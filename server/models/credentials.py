"""Tokens of connected channels and bots, sealed, and the data keys that seal them."""

from tortoise import fields
from tortoise.models import Model

from server.models.fields import InstantField


class DataKey(Model):
    """A key that seals tokens, itself sealed by the master key it names; `active` seals, `retiring` only opens."""

    id = fields.CharField(max_length=40, primary_key=True)
    master_id = fields.CharField(max_length=40)
    sealed = fields.TextField()
    state = fields.CharField(max_length=12)
    made_at = InstantField()

    class Meta(Model.Meta):
        table = "data_key"


class Credential(Model):
    """What a channel's owner or a bot allowed us; community 0 is the installation.

    `generation` rises with every change of the tokens. `claimed_until` is of the database's clock: until then only who
    made the claim may spend the refresh token.
    """

    id = fields.BigIntField(primary_key=True)
    community_id = fields.BigIntField()
    provider = fields.CharField(max_length=16)
    external_id = fields.CharField(max_length=64)
    purpose = fields.CharField(max_length=12)
    scopes = fields.TextField()
    data_key_id = fields.CharField(max_length=40)
    access_sealed = fields.TextField()
    refresh_sealed = fields.TextField(null=True)
    expires_at = InstantField()
    refresh_at = InstantField(null=True)
    generation = fields.IntField(default=1)
    state = fields.CharField(max_length=12)
    claimed_by = fields.CharField(max_length=40, null=True)
    claimed_until = InstantField(null=True)
    failures = fields.IntField(default=0)
    failed_since = InstantField(null=True)
    last_error = fields.CharField(max_length=40, null=True)
    updated_at = InstantField()

    class Meta(Model.Meta):
        table = "credential"
        unique_together = (("community_id", "provider", "external_id", "purpose"),)
        indexes = (("data_key_id",), ("state", "refresh_at"))
