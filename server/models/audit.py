"""Who did what to what."""

from tortoise import fields
from tortoise.models import Model

from server.models.fields import InstantField


class AuditEvent(Model):
    """One line of the audit log, of a community or, where that is 0, of the installation; appended, never edited.

    `before` and `after` are JSON. The database itself lets nobody delete a line within its first thirty days.
    """

    id = fields.BigIntField(primary_key=True)
    community_id = fields.BigIntField()
    at = InstantField()
    actor_kind = fields.CharField(max_length=16)
    actor = fields.CharField(max_length=100)
    action = fields.CharField(max_length=64)
    target_kind = fields.CharField(max_length=32)
    target_id = fields.CharField(max_length=100)
    before = fields.TextField(null=True)
    after = fields.TextField(null=True)
    reason = fields.TextField(null=True)
    request_id = fields.CharField(max_length=64, null=True)
    cause = fields.CharField(max_length=250, null=True)

    class Meta(Model.Meta):
        table = "audit_event"
        indexes = (("community_id", "id"), ("community_id", "target_kind", "target_id"), ("at",), ("actor",))
