"""Work that must happen after a commit, and the bookkeeping that makes it happen once."""

from tortoise import fields
from tortoise.models import Model

from server.models.fields import InstantField


class Job(Model):
    """Work for a client or an effect handler; `key` names its cause and is unique for its kind.

    Of several with one `order_key` all but the first are `behind` it. `holder` had the last lease, `outcome` is how he
    said it ended, and `reference` under which id he posted what it asked for. Work of the audience `overlay` is for one
    `overlay` of its community; there the highest `priority` comes first, and nothing after `expires_at`.
    """

    id = fields.BigIntField(primary_key=True)
    community_id = fields.BigIntField(null=True)
    audience = fields.CharField(max_length=16)
    kind = fields.CharField(max_length=40)
    key = fields.CharField(max_length=200)
    payload = fields.TextField()
    state = fields.CharField(max_length=12)
    attempts = fields.IntField(default=0)
    run_at = InstantField()
    leased_until = InstantField(null=True)
    lease = fields.BigIntField(default=0)
    error = fields.TextField(null=True)
    created_at = InstantField()
    settled_at = InstantField(null=True)
    order_key = fields.CharField(max_length=250, null=True)
    overlay = fields.CharField(max_length=100, null=True)
    holder = fields.CharField(max_length=100, null=True)
    outcome = fields.CharField(max_length=12, null=True)
    reference = fields.CharField(max_length=64, null=True)
    priority = fields.IntField(default=0)
    expires_at = InstantField(null=True)

    class Meta(Model.Meta):
        table = "job"
        unique_together = (("kind", "key"),)
        indexes = (("audience", "state", "run_at", "id"), ("community_id", "audience", "state", "run_at", "id"))


class Lease(Model):
    """Who does a one-of-a-kind work until when, by the database's clock; the epoch rises with every holder."""

    name = fields.CharField(max_length=100, primary_key=True)
    holder = fields.CharField(max_length=64)
    epoch = fields.BigIntField()
    until = InstantField()

    class Meta(Model.Meta):
        table = "lease"


class Idempotency(Model):
    """The first result of a mutation, kept so that a repeat returns it."""

    id = fields.BigIntField(primary_key=True)
    scope = fields.CharField(max_length=200)
    key = fields.CharField(max_length=200)
    input_hash = fields.CharField(max_length=64)
    result = fields.TextField()
    at = InstantField()

    class Meta(Model.Meta):
        table = "idempotency"
        unique_together = (("scope", "key"),)
        indexes = (("at",),)
