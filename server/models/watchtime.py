"""Evidence of watching, and what it adds up to.

Evidence and tallies name channels, accounts and streams by plain ids: they are written for every chat line, and a
foreign key would cost more than the line itself. `regulars doctor` looks for strays.
"""

from tortoise import fields
from tortoise.models import Model

from server.models.communities import Community
from server.models.fields import InstantField


class ChatEvidence(Model):
    """An account wrote in a channel at an instant: a platform fact, a set, whatever the number of copies."""

    id = fields.BigIntField(primary_key=True)
    account_id = fields.BigIntField()
    channel_id = fields.BigIntField()
    at = InstantField()
    digest = fields.BigIntField()

    class Meta(Model.Meta):
        table = "chat_evidence"
        unique_together = (("account_id", "channel_id", "at", "digest"),)
        indexes = (("channel_id", "at"),)


class WatchTally(Model):
    """What an account's evidence gives in one stream under one community's settings, and where its fold stands."""

    id = fields.BigIntField(primary_key=True)
    community_id = fields.BigIntField()
    stream_id = fields.BigIntField()
    account_id = fields.BigIntField()
    total_us = fields.BigIntField()
    covered_until = fields.BigIntField()
    last_at = fields.BigIntField()
    recent = fields.TextField()

    class Meta(Model.Meta):
        table = "watch_tally"
        unique_together = (("community_id", "stream_id", "account_id"),)
        indexes = (("community_id", "account_id"),)


class WatchTotal(Model):
    """The sum of a stream's tallies in a community."""

    id = fields.BigIntField(primary_key=True)
    community_id = fields.BigIntField()
    stream_id = fields.BigIntField()
    total_us = fields.BigIntField()

    class Meta(Model.Meta):
        table = "watch_total"
        unique_together = (("community_id", "stream_id"),)


class WatchAdjustment(Model):
    """A signed correction by staff with its reason; appended, never edited."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    account_id = fields.BigIntField()
    amount_us = fields.BigIntField()
    reason = fields.TextField()
    actor = fields.CharField(max_length=100)
    source_key = fields.CharField(max_length=200)
    at = InstantField()

    class Meta(Model.Meta):
        table = "watch_adjustment"
        unique_together = (("community", "source_key"),)
        indexes = (("community_id", "account_id"),)
