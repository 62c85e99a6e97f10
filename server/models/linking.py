"""Accounts on platforms, and the viewers they are within a community."""

from tortoise import fields
from tortoise.models import Model

from server.models.communities import Community
from server.models.fields import InstantField


class Account(Model):
    """A person's identity on a platform, keyed by the platform's own id, never by a name."""

    id = fields.BigIntField(primary_key=True)
    platform = fields.CharField(max_length=16)
    external_id = fields.CharField(max_length=64)
    name = fields.CharField(max_length=100)
    name_key = fields.CharField(max_length=200)
    slug = fields.CharField(max_length=100, null=True)
    named_at = InstantField()
    is_bot = fields.BooleanField(default=False)

    class Meta(Model.Meta):
        table = "account"
        unique_together = (("platform", "external_id"),)
        indexes = (("platform", "name_key"),)


class Viewer(Model):
    """A person within one community; `watch_us` is his balance: tallies of his accounts plus adjustments."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField(
        "models.Community", related_name=False, db_constraint=False
    )
    face = fields.BigIntField()
    watch_us = fields.BigIntField(default=0)

    class Meta(Model.Meta):
        table = "viewer"


class ViewerAccount(Model):
    """Which viewer an account is in a community: at most one."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField(
        "models.Community", related_name=False, db_constraint=False
    )
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name=False, db_constraint=False
    )
    viewer: fields.ForeignKeyRelation[Viewer] = fields.ForeignKeyField(
        "models.Viewer", related_name=False, db_constraint=False
    )

    class Meta(Model.Meta):
        table = "viewer_account"
        unique_together = (("community", "account"),)
        indexes = (("viewer_id",),)


class AccountLink(Model):
    """An account that is not its viewer's only one: by whom it was linked, and `home`, the viewer it is without links.

    A viewer of several accounts is the oldest of their homes.
    """

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    account_id = fields.BigIntField()
    home_id = fields.BigIntField()
    cause = fields.CharField(max_length=16)
    actor = fields.CharField(max_length=100)
    at = InstantField()

    class Meta(Model.Meta):
        table = "account_link"
        unique_together = (("community", "account_id"),)


class LinkEvent(Model):
    """An account was linked to a viewer, or unlinked from him; appended, never edited."""

    id = fields.BigIntField(primary_key=True)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField("models.Community", related_name=False)
    viewer_id = fields.BigIntField()
    account_id = fields.BigIntField()
    kind = fields.CharField(max_length=12)
    cause = fields.CharField(max_length=16)
    actor = fields.CharField(max_length=100)
    reason = fields.TextField()
    at = InstantField()

    class Meta(Model.Meta):
        table = "link_event"
        indexes = (("community_id", "account_id"), ("community_id", "viewer_id"))
