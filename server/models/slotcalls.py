"""Slot calls: what viewers want played, what is blocked, how one was picked, and the catalogue."""

from tortoise import fields
from tortoise.models import Model

from server.models.communities import Community
from server.models.fields import InstantField


class SlotCall(Model):
    """A viewer wants a slot played; `key` is what two writings of its title have in common."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    account_id = fields.BigIntField()
    slot_id = fields.BigIntField(null=True)
    title = fields.CharField(max_length=80)
    key = fields.CharField(max_length=200)
    provider = fields.CharField(max_length=80, null=True)
    source = fields.CharField(max_length=12)
    source_key = fields.CharField(max_length=200)
    state = fields.CharField(max_length=12)
    called_at = InstantField()
    picked_at = InstantField(null=True)
    settled_at = InstantField(null=True)
    cost_minor = fields.BigIntField(null=True)
    payout_minor = fields.BigIntField(null=True)
    multiplier = fields.BigIntField(null=True)
    currency = fields.CharField(max_length=8, null=True)

    class Meta(Model.Meta):
        table = "slot_call"
        unique_together = (("community", "source_key"),)
        indexes = (("community_id", "state", "id"), ("community_id", "account_id", "called_at"))


class SlotBlock(Model):
    """A viewer who may not call, or a slot or provider that is not called, with the reason."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    kind = fields.CharField(max_length=12)
    key = fields.CharField(max_length=200)
    label = fields.CharField(max_length=100)
    reason = fields.TextField()
    actor = fields.CharField(max_length=100)
    at = InstantField()

    class Meta(Model.Meta):
        table = "slot_block"
        unique_together = (("community", "kind", "key"),)


class SlotPick(Model):
    """How a call was picked: among which, with which roll, by whom; appended, never edited."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    call_id = fields.BigIntField()
    method = fields.CharField(max_length=12)
    candidates = fields.TextField()
    roll = fields.CharField(max_length=64, null=True)
    actor = fields.CharField(max_length=100)
    at = InstantField()

    class Meta(Model.Meta):
        table = "slot_pick"
        indexes = (("community_id", "id"),)


class Slot(Model):
    """A slot of a community's catalogue; `trigrams` is how many groups of three letters its key has."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    title = fields.CharField(max_length=80)
    key = fields.CharField(max_length=200)
    provider = fields.CharField(max_length=80)
    provider_key = fields.CharField(max_length=200)
    trigrams = fields.IntField()
    added_at = InstantField()

    class Meta(Model.Meta):
        table = "slot"
        unique_together = (("community", "key", "provider_key"),)


class SlotTrigram(Model):
    """A group of three letters in a slot's key: the index by which titles like a given one are found."""

    id = fields.BigIntField(primary_key=True)
    community_id = fields.BigIntField()
    trigram = fields.CharField(max_length=3)
    slot_id = fields.BigIntField()

    class Meta(Model.Meta):
        table = "slot_trigram"
        unique_together = (("community_id", "trigram", "slot_id"),)
        indexes = (("slot_id",),)
