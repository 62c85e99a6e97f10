"""Bans and timeouts on Kick: https://docs.kick.com/apis/moderation."""

from server.platforms.kick.requests import TAKEN, TRIES_MAX, Requests
from server.ports_platforms import ApiFault

PATH = "/public/v1/moderation/bans"
MINUTES_MAX = 10_080
REASON_LENGTH_MAX = 100


class KickModeration:
    """What moderators do, on behalf of whoever owns the token; needs the scopes of `moderation`."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def ban(
        self, access_token: str, *, broadcaster_id: str, user_id: str, minutes: int | None = None, reason: str = ""
    ) -> ApiFault | None:
        """Ban somebody for 1 to 10,080 minutes, or for good; None once that is done.

        A longer reason than 100 characters is cut. ValueError for minutes out of bounds.
        """
        if minutes is not None and not 0 < minutes <= MINUTES_MAX:
            raise ValueError(f"A timeout lasts from 1 to {MINUTES_MAX} minutes.")
        content: dict[str, object] = {"broadcaster_user_id": int(broadcaster_id), "user_id": int(user_id)}
        if minutes is not None:
            content["duration"] = minutes
        if reason:
            content["reason"] = reason[:REASON_LENGTH_MAX]
        answer = await self._requests.ask("POST", PATH, access_token, content=content, good=TAKEN, tries=TRIES_MAX)
        return answer if isinstance(answer, ApiFault) else None

    async def unban(self, access_token: str, *, broadcaster_id: str, user_id: str) -> ApiFault | None:
        """End a ban or timeout; None once that is done."""
        content = {"broadcaster_user_id": int(broadcaster_id), "user_id": int(user_id)}
        answer = await self._requests.ask("DELETE", PATH, access_token, content=content, good=TAKEN, tries=TRIES_MAX)
        return answer if isinstance(answer, ApiFault) else None
