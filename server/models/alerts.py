"""What staff is alerted of."""

from tortoise import fields
from tortoise.models import Model

from server.models.fields import InstantField


class Alert(Model):
    """Trouble of a community, or of the installation where that is 0; `open_cause` is its cause until it is over."""

    id = fields.BigIntField(primary_key=True)
    community_id = fields.BigIntField()
    kind = fields.CharField(max_length=40)
    cause = fields.CharField(max_length=200)
    open_cause = fields.CharField(max_length=200, null=True)
    title = fields.CharField(max_length=200)
    detail = fields.TextField()
    remedy = fields.TextField()
    opened_at = InstantField()
    seen_at = InstantField()
    closed_at = InstantField(null=True)
    acknowledged_at = InstantField(null=True)
    acknowledged_by = fields.CharField(max_length=100, null=True)

    class Meta(Model.Meta):
        table = "alert"
        unique_together = (("community_id", "open_cause"),)
        indexes = (("community_id", "id"),)
