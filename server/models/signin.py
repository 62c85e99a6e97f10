"""Signing in with a platform: attempts that are under way, and browsers that are signed in."""

from tortoise import fields
from tortoise.models import Model

from server.models.fields import InstantField


class SignInAttempt(Model):
    """A browser was sent to a platform and has not come back; gone with the first return. Secrets are digests."""

    id = fields.BigIntField(primary_key=True)
    state_digest = fields.CharField(max_length=64, unique=True)
    browser_digest = fields.CharField(max_length=64)
    flow = fields.CharField(max_length=16)
    provider = fields.CharField(max_length=16)
    community_id = fields.BigIntField(null=True)
    subject = fields.CharField(max_length=100)
    scopes = fields.TextField()
    expires_at = InstantField()

    class Meta(Model.Meta):
        table = "sign_in_attempt"
        indexes = (("expires_at",),)


class WebSession(Model):
    """A browser that is signed in as an account of a platform; the cookie's text is not stored, only its digest."""

    id = fields.BigIntField(primary_key=True)
    token_digest = fields.CharField(max_length=64, unique=True)
    platform = fields.CharField(max_length=16)
    external_id = fields.CharField(max_length=64)
    name = fields.CharField(max_length=100)
    created_at = InstantField()
    expires_at = InstantField()
    ended_at = InstantField(null=True)

    class Meta(Model.Meta):
        table = "web_session"
        indexes = (("expires_at",), ("platform", "external_id"))
