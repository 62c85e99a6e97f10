"""Protocols of the platforms: sign-in, what their APIs know and do, chat, rewards and affiliate feeds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from server.domain.rewards.platform import RedemptionPage, RedemptionStatus, Reward, RewardDraft, Unsettled
from server.domain.setup import Learned
from server.domain.subscriptions import Listed, Ordered
from server.domain.wagers import Rows

Feature = Literal["linking", "channels", "chat", "moderation", "rewards", "kicks"]
"""What people allow us to do for them on a platform; each platform knows which of its scopes that needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a platform hands out for a sign-in, or to the app itself, which has no refresh token and no scopes."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_in_s: int
    scopes: frozenset[str]


OAuthFaultKind = Literal["invalid_grant", "refused", "unavailable", "unreadable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthFault:
    """Why there are no tokens; holds no secret.

    `invalid_grant`: the code or the refresh token is good no more, and this alone is a reason to sign in anew.
    `refused`: the app's own credentials or the request are wrong. `unavailable`: nobody answered, ask again later, at
    the earliest after `retry_after_s`. `unreadable`: the answer is not what the platform promises.
    """

    kind: OAuthFaultKind
    message: str
    retry_after_s: int | None = None


class OAuthProvider(Protocol):
    """A platform's sign-in: OAuth 2.1 with PKCE. Nothing here raises for what a platform does."""

    @property
    def platform(self) -> str:
        """The platform's name, such as `kick`."""
        ...

    def scopes(self, *features: Feature) -> Sequence[str]:
        """What to ask people for, no more than these features need."""
        ...

    def authorization_url(self, *, state: str, challenge: str, redirect_uri: str, scopes: Sequence[str]) -> str:
        """Where to send a browser so that its owner allows `scopes`; `challenge` is of PKCE's method S256."""
        ...

    async def exchange(self, *, code: str, verifier: str, redirect_uri: str) -> Tokens | OAuthFault:
        """The tokens for a code that came back to `redirect_uri`, or why there are none."""
        ...

    async def refresh(self, refresh_token: str) -> Tokens | OAuthFault:
        """New tokens for a refresh token, or why there are none; the new refresh token replaces the old one."""
        ...

    async def revoke(self, token: str, *, kind: Literal["access_token", "refresh_token"]) -> OAuthFault | None:
        """Give a token back; None once the platform has taken it, also when it was good no more."""
        ...

    async def app_token(self) -> Tokens | OAuthFault:
        """Tokens of the app itself, on nobody's behalf."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KickUser:
    """Somebody on Kick as Kick's API tells it; the id stays, the name may change."""

    id: str
    name: str
    picture: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KickChannel:
    """A channel on Kick as Kick's API tells it, known by its owner's id; `live_since` is None while it is offline."""

    broadcaster_id: str
    slug: str
    title: str | None
    is_live: bool
    live_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Introspection:
    """What Kick says about a token; of one that is not active only that."""

    is_active: bool
    client_id: str | None = None
    token_type: Literal["user", "app"] | None = None
    scopes: frozenset[str] = frozenset()
    expires_at: datetime | None = None


ApiFaultKind = Literal["unauthorised", "forbidden", "limited", "quota", "rejected", "unavailable", "unreadable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiFault:
    """Why a platform's API did not do what it was asked; holds no secret.

    `unauthorised`: the token is good no more, refresh it. `forbidden`: a scope is missing, or the right to do this.
    `limited`: asked too often, and `unavailable`: nobody answered; both ask again later, at the earliest after
    `retry_after_s`. `quota`: the platform allows no more of this. `rejected`: the request is wrong. `unreadable`: the
    answer is not what the platform promises. `status` is that of the answer, None where there was none.
    """

    kind: ApiFaultKind
    message: str
    retry_after_s: int | None = None
    status: int | None = None


class KickApi(Protocol):
    """What we ask of Kick on behalf of the owner of a token. Nothing here raises for what Kick does."""

    async def me(self, access_token: str) -> KickUser | ApiFault:
        """Who signed in; needs the scopes of `linking`."""
        ...

    async def channel_of(
        self, access_token: str, *, broadcaster_id: str | None = None, slug: str | None = None
    ) -> KickChannel | ApiFault | None:
        """The channel of exactly one of the two, None when there is none; a token of the app serves, too."""
        ...

    async def channel_number(self, access_token: str, *, broadcaster_id: str) -> str | ApiFault | None:
        """What Kick itself calls the channel, which it tells only while it is live; None otherwise."""
        ...

    async def introspect(self, access_token: str) -> Introspection | ApiFault:
        """What Kick knows of this very token."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Livestream:
    """A channel that is live, as a platform's API tells it; `started_at` identifies the stream."""

    broadcaster_id: str
    name: str
    slug: str
    title: str
    category: str | None
    started_at: datetime


class KickEvents(Protocol):
    """Kick's subscriptions, by which it sends us events. Nothing here raises for what Kick does."""

    async def subscriptions(self, access_token: str, *, broadcaster_id: str) -> Sequence[Listed] | ApiFault:
        """What Kick says it sends us about a channel; it may leave some out for a while."""
        ...

    async def subscribe(
        self, access_token: str, *, broadcaster_id: str, kinds: Sequence[str]
    ) -> Sequence[Ordered] | ApiFault:
        """Order events of these kinds; one outcome per kind, also for one that Kick passes over in silence."""
        ...

    async def unsubscribe(self, access_token: str, subscription_ids: Sequence[str]) -> ApiFault | None:
        """Order no more; None once Kick has taken it."""
        ...


class KickLives(Protocol):
    """Who is live on Kick. Nothing here raises for what Kick does."""

    async def live_among(self, access_token: str, broadcaster_ids: Sequence[str]) -> Sequence[Livestream] | ApiFault:
        """Those of some channels that are live, asked for in as few calls as Kick allows."""
        ...

    async def channels_of(self, access_token: str, broadcaster_ids: Sequence[str]) -> Sequence[KickChannel] | ApiFault:
        """Some channels by their owners, as another part of Kick tells them; those that there are."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatLine:
    """A line for a channel's chat: at most 500 characters as Kick counts them.

    `bot` speaks as the app's bot in the channel of whoever owns the token; `user` as the owner of the token himself.
    """

    text: str
    broadcaster_id: str
    speaker: Literal["bot", "user"] = "bot"
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class ChatPosted:
    """A line that the platform took; that people see it is not promised."""

    message_id: str


class Chat(Protocol):
    """A platform's chat, to be written in. Nothing here raises for what the platform does."""

    async def post(self, access_token: str, line: ChatLine) -> ChatPosted | ApiFault:
        """Post a line, in turn behind those that wait for the same channel; never tries twice by itself.

        After `unreadable`, and `unavailable` without a status, nobody knows whether it was posted.
        """
        ...


class RewardPlatform(Protocol):
    """The rewards of whoever owns the token. Nothing here raises for what the platform does."""

    async def rewards(self, access_token: str) -> Sequence[Reward] | ApiFault:
        """Every reward of the channel, also those that were not made by us."""
        ...

    async def create(self, access_token: str, draft: RewardDraft) -> Reward | ApiFault:
        """Make a reward; never tried twice by itself. After `unavailable` nobody knows whether it was made."""
        ...

    async def change(self, access_token: str, reward_id: str, draft: RewardDraft) -> Reward | ApiFault:
        """Have a reward of ours be as `draft` says."""
        ...

    async def delete(self, access_token: str, reward_id: str) -> ApiFault | None:
        """Delete a reward of ours."""
        ...

    async def redemptions(
        self,
        access_token: str,
        *,
        status: RedemptionStatus | None = None,
        ids: Sequence[str] = (),
        cursor: str | None = None,
    ) -> RedemptionPage | ApiFault:
        """A page of the redemptions of our rewards."""
        ...

    async def settle(
        self, access_token: str, verdict: Literal["accept", "reject"], redemption_ids: Sequence[str]
    ) -> Sequence[Unsettled] | ApiFault:
        """Accept or reject some redemptions; those that could not be, each with the platform's reason."""
        ...


class ChannelLook(Protocol):
    """Asks a platform about a channel. Nothing here raises for what a platform does."""

    async def look(self, platform_id: str) -> Learned:
        """What is told of the channel of an owner, and why not more."""
        ...


class Wagers(Protocol):
    """The feed of an affiliate. Nothing here raises for what the provider does, and no fault shows the secret."""

    def secret_of(self, given: str) -> str:
        """The secret by which the feed is asked for, from what the affiliate copied; refuses what can be none."""
        ...

    async def totals(self, secret: str, since: datetime, now: datetime) -> Rows | ApiFault:
        """What everybody has wagered: since an instant where the provider's totals begin at one, else ever."""
        ...
