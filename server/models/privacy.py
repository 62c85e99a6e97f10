"""What people asked to be forgotten, what was forgotten, and who of the staff looked at whom."""

from tortoise import fields
from tortoise.models import Model

from server.models.fields import InstantField


class Forgetting(Model):
    """Somebody asked to be forgotten, in one community or, where that is 0, everywhere.

    Who it is stands here only until he is forgotten; `people` are his accounts as JSON while they are struck, and
    `place`, `after` and `upto` how far that is.
    """

    id = fields.BigIntField(primary_key=True)
    community_id = fields.BigIntField()
    platform = fields.CharField(max_length=16, null=True)
    external_id = fields.CharField(max_length=64, null=True)
    state = fields.CharField(max_length=12)
    asked_at = InstantField()
    due_at = InstantField()
    settled_at = InstantField(null=True)
    problem = fields.CharField(max_length=64, null=True)
    people = fields.TextField(null=True)
    place = fields.CharField(max_length=40, null=True)
    after = fields.BigIntField(default=0)
    upto = fields.BigIntField(default=0)

    class Meta(Model.Meta):
        table = "forgetting"
        indexes = (("state", "due_at"), ("platform", "external_id"))


class Forgotten(Model):
    """An account was forgotten: news of it from before `until` are nobody's. Known by a keyed digest alone."""

    id = fields.BigIntField(primary_key=True)
    digest = fields.CharField(max_length=64, unique=True)
    until = InstantField()

    class Meta(Model.Meta):
        table = "forgotten"
        indexes = (("until",),)


class PersonalRead(Model):
    """Staff looked at what is held about somebody, or at all of a kind where `account_id` is 0; once for each hour."""

    id = fields.BigIntField(primary_key=True)
    community_id = fields.BigIntField()
    account_id = fields.BigIntField()
    what = fields.CharField(max_length=16)
    reader_kind = fields.CharField(max_length=16)
    reader = fields.CharField(max_length=100)
    hour = InstantField()

    class Meta(Model.Meta):
        table = "personal_read"
        unique_together = (("community_id", "account_id", "what", "reader", "hour"),)
        indexes = (("account_id", "id"), ("community_id", "id"), ("hour",))
