"""Kick's event subscriptions: https://docs.kick.com/events/subscribe-to-events."""

from collections.abc import Mapping, Sequence
from typing import Any

from server.domain.subscriptions import Listed, Ordered
from server.platforms.kick import values
from server.platforms.kick.calls import Answer
from server.platforms.kick.requests import TAKEN, TRIES_MAX, Requests, list_of, needed, read
from server.ports_platforms import ApiFault

PATH = "/public/v1/events/subscriptions"
VERSION = 1
ERROR_LENGTH_MAX = 200
GIVEN_UP_AT_ONCE = 50


class KickSubscriptions:
    """What Kick sends us by webhook, on behalf of the app or of a channel's owner."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def subscriptions(self, access_token: str, *, broadcaster_id: str) -> Sequence[Listed] | ApiFault:
        """Return what Kick lists of a channel, or the fault. What it lists of other channels is left out."""
        query = [("broadcaster_user_id", broadcaster_id)]
        answer = await self._requests.ask("GET", PATH, access_token, query=query, tries=TRIES_MAX)

        def ours(told: Answer) -> list[Listed]:
            entries = [values.fields(one, f"data[{place}]") for place, one in enumerate(list_of(told))]
            return [
                _listed(one, f"data[{place}]")
                for place, one in enumerate(entries)
                if values.user_id(one.get("broadcaster_user_id")) == broadcaster_id
            ]

        return read(answer, "its subscriptions", ours)

    async def subscribe(
        self, access_token: str, *, broadcaster_id: str, kinds: Sequence[str]
    ) -> Sequence[Ordered] | ApiFault:
        """Return one outcome per kind, or the fault. An answer that passes a kind over has created nothing for it.

        It is never sent twice by itself: Kick makes a second subscription of every repeat.
        """
        wanted = list(dict.fromkeys(kinds))
        content: Mapping[str, object] = {
            "broadcaster_user_id": int(broadcaster_id),
            "events": [{"name": kind, "version": VERSION} for kind in wanted],
            "method": "webhook",
        }
        answer = await self._requests.ask("POST", PATH, access_token, content=content)

        def outcomes(told: Answer) -> list[Ordered]:
            given = [_ordered(one, f"data[{place}]") for place, one in enumerate(list_of(told))]
            by_kind = {one.kind: one for one in given}
            return [by_kind.get(kind, Ordered(kind=kind)) for kind in wanted]

        return read(answer, "new subscriptions", outcomes)

    async def unsubscribe(self, access_token: str, subscription_ids: Sequence[str]) -> ApiFault | None:
        """Give subscriptions up, 50 per call; None once Kick has taken all of them."""
        for start in range(0, len(subscription_ids), GIVEN_UP_AT_ONCE):
            query = [("id", one) for one in subscription_ids[start : start + GIVEN_UP_AT_ONCE]]
            answer = await self._requests.ask("DELETE", PATH, access_token, query=query, good=TAKEN, tries=TRIES_MAX)
            if isinstance(answer, ApiFault):
                return answer
        return None


def _listed(told: Mapping[str, Any], path: str) -> Listed:
    return Listed(
        id=values.identifier(told.get("id"), f"{path}.id"),
        kind=needed(told.get("event"), f"{path}.event"),
        version=values.count(told.get("version"), f"{path}.version"),
        method=needed(told.get("method"), f"{path}.method"),
        created_at=values.instant(told.get("created_at"), f"{path}.created_at"),
    )


def _ordered(value: object, path: str) -> Ordered:
    told = values.fields(value, path)
    error = values.optional_text(told.get("error"), f"{path}.error", ERROR_LENGTH_MAX)
    given = values.optional_identifier(told.get("subscription_id") or None, f"{path}.subscription_id")
    return Ordered(kind=needed(told.get("name"), f"{path}.name"), subscription_id=None if error else given, error=error)
