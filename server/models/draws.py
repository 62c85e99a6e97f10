"""Draws: who is in with how many tickets, the signed log that nobody can shorten, and who was drawn."""

from tortoise import fields
from tortoise.models import Model

from server.models.communities import Community
from server.models.fields import InstantField


class Draw(Model):
    """A draw of a raffle or a giveaway and where it stands.

    `planned_for` is the time by which its first round was chosen; `reveal_at` is when its
    winners are to be named, and `revealed_at` when they were. One that draws for prizes that
    nobody is left to have names the draw before in `supplement_of`, and has `winners` of its own.
    """

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    subject = fields.CharField(max_length=8, default="raffle")
    subject_id = fields.BigIntField()
    number = fields.IntField()
    env = fields.CharField(max_length=4)
    state = fields.CharField(max_length=12)
    beacon_round = fields.BigIntField()
    planned_for = InstantField()
    is_manual = fields.BooleanField()
    actor = fields.CharField(max_length=100)
    made_at = InstantField()
    frozen_at = InstantField(null=True)
    committed_at = InstantField(null=True)
    commit_hash = fields.CharField(max_length=64, null=True)
    entries_count = fields.IntField(null=True)
    tickets_total = fields.BigIntField(null=True)
    beacon_signature = fields.CharField(max_length=96, null=True)
    drawn_at = InstantField(null=True)
    reveal_at = InstantField(null=True)
    revealed_at = InstantField(null=True)
    supplement_of = fields.BigIntField(null=True)
    winners = fields.IntField(null=True)

    class Meta(Model.Meta):
        table = "draw"
        unique_together = (("subject", "subject_id", "number"),)
        indexes = (("state", "id"),)


class DrawEntrant(Model):
    """Somebody in a draw, or left out for a reason; `salt` is what he alone is shown, and goes when he is forgotten."""

    id = fields.BigIntField(primary_key=True)
    community_id = fields.BigIntField()
    draw_id = fields.BigIntField()
    viewer_id = fields.BigIntField()
    account_id = fields.BigIntField()
    entry_id = fields.CharField(max_length=64)
    salt = fields.CharField(max_length=64)
    weight = fields.BigIntField()
    excluded = fields.CharField(max_length=64, null=True)

    class Meta(Model.Meta):
        table = "draw_entrant"
        unique_together = (("draw_id", "viewer_id"), ("draw_id", "entry_id"))
        indexes = (("account_id",),)


class DrawRecord(Model):
    """A line of a community's signed log of draws; appended, never edited, without a gap in `seq`."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    env = fields.CharField(max_length=4)
    seq = fields.IntField()
    draw_id = fields.BigIntField()
    kind = fields.CharField(max_length=12)
    body = fields.TextField()
    hash = fields.CharField(max_length=64)
    signature = fields.CharField(max_length=128)
    at = InstantField()

    class Meta(Model.Meta):
        table = "draw_record"
        unique_together = (("community", "env", "seq"),)
        indexes = (("draw_id", "id"),)


class DrawPlace(Model):
    """Somebody who was drawn: `place` is where he stands in the list, from 0."""

    id = fields.BigIntField(primary_key=True)
    community_id = fields.BigIntField()
    draw_id = fields.BigIntField()
    position = fields.IntField()
    ticket = fields.BigIntField()
    place = fields.IntField()
    viewer_id = fields.BigIntField()
    account_id = fields.BigIntField()
    state = fields.CharField(max_length=12)
    reason = fields.CharField(max_length=64, null=True)
    settled_at = InstantField(null=True)
    actor = fields.CharField(max_length=100, null=True)

    class Meta(Model.Meta):
        table = "draw_place"
        unique_together = (("draw_id", "position"),)
        indexes = (("account_id",),)


class DrawExclusion(Model):
    """An account that staff leaves out of the draws of a raffle."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    period_id = fields.BigIntField()
    account_id = fields.BigIntField()
    code = fields.CharField(max_length=64)
    reason = fields.TextField()
    actor = fields.CharField(max_length=100)
    at = InstantField()

    class Meta(Model.Meta):
        table = "draw_exclusion"
        unique_together = (("period_id", "account_id"),)
