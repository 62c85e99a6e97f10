"""Ask Kick about a channel, for whoever sets it up."""

from dataclasses import dataclass

from server.domain.setup import NOT_OFFERED, Learned
from server.ports_platforms import ApiFault, KickApi, OAuthFault, OAuthProvider

CHATROOM = {"chatroom_id": NOT_OFFERED}


@dataclass(frozen=True, slots=True)
class KickLook:
    """Looks channels up with a token of the app itself, so that nobody need have connected them."""

    oauth: OAuthProvider
    api: KickApi

    async def look(self, platform_id: str) -> Learned:
        """What Kick tells of a channel by its owner's id; never raises for what Kick does."""
        tokens = await self.oauth.app_token()
        if isinstance(tokens, OAuthFault):
            return nothing(tokens.message)
        channel = await self.api.channel_of(tokens.access_token, broadcaster_id=platform_id)
        if channel is None:
            return nothing("Kick knows no channel of this account.")
        if isinstance(channel, ApiFault):
            return nothing(channel.message)
        if not channel.is_live:
            offline = {"channel_id": "Kick tells it only while the channel is live."}
            return Learned(slug=channel.slug, channel_ref=None, problems=CHATROOM | offline)
        number = await self.api.channel_number(tokens.access_token, broadcaster_id=platform_id)
        if isinstance(number, ApiFault):
            return Learned(slug=channel.slug, channel_ref=None, problems=CHATROOM | {"channel_id": number.message})
        untold = {} if number else {"channel_id": "Kick did not tell it this time."}
        return Learned(slug=channel.slug, channel_ref=number, problems=CHATROOM | untold)


class NobodyToAsk:
    """Stands where the server knows no Kick app."""

    async def look(self, platform_id: str) -> Learned:  # noqa: ARG002 - the port's signature
        """Nothing, and why."""
        return nothing("The server knows no Kick app to ask with.")


def nothing(why: str) -> Learned:
    """That Kick told nothing."""
    return Learned(slug=None, channel_ref=None, problems={"slug": why, "channel_id": why} | CHATROOM)
