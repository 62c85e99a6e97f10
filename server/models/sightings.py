"""When channels were seen live, by asking their platform."""

from tortoise import fields
from tortoise.models import Model

from server.models.channels import Channel
from server.models.fields import InstantField


class LiveSighting(Model):
    """What the platform said last: the stream that was seen, when it was seen last, and since when it is not."""

    id = fields.BigIntField(primary_key=True)
    channel: fields.OneToOneRelation[Channel] = fields.OneToOneField("models.Channel", related_name=False)
    checked_at = InstantField()
    started_at = InstantField(null=True)
    seen_at = InstantField(null=True)
    missing_since = InstantField(null=True)

    class Meta(Model.Meta):
        table = "live_sighting"
