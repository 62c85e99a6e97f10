"""Raffles: the periods, what earned tickets in them, and what that adds up to.

Entries name accounts by plain ids, as evidence does. `regulars doctor` holds every sum against its entries.
"""

from tortoise import fields
from tortoise.models import Model

from server.models.communities import Community
from server.models.fields import InstantField


class RafflePeriod(Model):
    """`[starts_at, ends_at)` of a community's raffle, with the rules that it began with and their hash.

    `open_for` is the community while it is open, so that there is never a second one.
    """

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    number = fields.IntField()
    title = fields.CharField(max_length=100)
    starts_at = InstantField()
    ends_at = InstantField()
    timezone = fields.CharField(max_length=64)
    state = fields.CharField(max_length=12)
    rules = fields.TextField()
    rules_sha256 = fields.CharField(max_length=64)
    rules_text = fields.TextField(null=True)
    draw_at = InstantField()
    opened_at = InstantField()
    actor = fields.CharField(max_length=100)
    open_for = fields.BigIntField(null=True, unique=True)

    class Meta(Model.Meta):
        table = "raffle_period"
        unique_together = (("community", "number"),)


class TicketEntry(Model):
    """Tickets of an account by one cause; appended, never edited.

    `nth` counts the entries of one cause: a later one is the difference to what they gave before. `basis` is what it
    adds to the sum that a rate looks at (KICKs or micro-dollars). `late_from` is the period that it came too late for.
    """

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    period_id = fields.BigIntField()
    account_id = fields.BigIntField()
    source = fields.CharField(max_length=12)
    cause = fields.CharField(max_length=120)
    nth = fields.IntField()
    amount = fields.BigIntField()
    basis = fields.BigIntField()
    at = InstantField()
    recorded_at = InstantField()
    reason = fields.TextField()
    actor = fields.CharField(max_length=100)
    late_from = fields.BigIntField(null=True)

    class Meta(Model.Meta):
        table = "ticket_entry"
        unique_together = (("community", "cause", "nth"),)
        indexes = (("period_id", "account_id", "id"),)


class TicketTally(Model):
    """The sums of an account's entries in a period from one source."""

    id = fields.BigIntField(primary_key=True)
    community_id = fields.BigIntField()
    period_id = fields.BigIntField()
    account_id = fields.BigIntField()
    source = fields.CharField(max_length=12)
    amount = fields.BigIntField()
    basis = fields.BigIntField()

    class Meta(Model.Meta):
        table = "ticket_tally"
        unique_together = (("period_id", "account_id", "source"),)


class TicketStanding(Model):
    """What a viewer's accounts have together in a period: the board."""

    id = fields.BigIntField(primary_key=True)
    community_id = fields.BigIntField()
    period_id = fields.BigIntField()
    viewer_id = fields.BigIntField()
    tickets = fields.BigIntField()

    class Meta(Model.Meta):
        table = "ticket_standing"
        unique_together = (("period_id", "viewer_id"),)
        indexes = (("period_id", "tickets", "viewer_id"),)


class TicketDue(Model):
    """A viewer whose shares of rates are to be looked at again, in the period `first_period` and those after it."""

    id = fields.BigIntField(primary_key=True)
    community_id = fields.BigIntField()
    viewer_id = fields.BigIntField()
    first_period = fields.BigIntField(default=0)

    class Meta(Model.Meta):
        table = "ticket_due"
        unique_together = (("community_id", "viewer_id"),)


class FreeClaim(Model):
    """An account took the free entry of a period."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    period_id = fields.BigIntField()
    account_id = fields.BigIntField()
    at = InstantField()

    class Meta(Model.Meta):
        table = "free_claim"
        unique_together = (("period_id", "account_id"),)
