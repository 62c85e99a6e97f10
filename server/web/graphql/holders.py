"""Who stands behind a request, and every open websocket of each token."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from server.auth.actors import Actor
from server.auth.addresses import counted
from server.auth.capabilities import Asked, rests_on_grants
from server.auth.door import Door, credential_of
from server.auth.tokens import TokenFault
from server.domain.staff import Capabilities
from server.ports import Ids
from server.web.graphql.client import Client

log = structlog.get_logger(__name__)

SOCKETS_PER_TOKEN_MAX = 200
SOCKETS_PER_OVERLAY_MAX = 3
"""Of one overlay key: the stream, a preview, and one that has not noticed yet that it was cut off."""

RECHECK_S = 2.0
LOOK_TIMEOUT_S = 1.0
AT_ONCE = 200
"""The rights behind so many sockets are looked up together."""
FORBIDDEN = 4403

Rights = Callable[[Collection[Asked]], Awaitable[Mapping[Asked, Capabilities]]]
"""What people may do in communities now."""


class Places(Protocol):
    """Where each overlay key is used, over all servers of the installation."""

    async def take(self, key_id: int, place: object, most: int) -> bool:
        """Take a place for a key; False where it is used in so many already."""
        ...

    def leave(self, key_id: int, place: object) -> None:
        """Let others have the place; it may have been left before, or never taken."""
        ...


@dataclass(slots=True)
class Holder:
    """Somebody who came in, with what, and the websockets that he opened with it."""

    actor: Actor
    authorization: object
    clients: set[Client] = field(default_factory=set[Client])

    def send_away(self, why: TokenFault) -> None:
        """Close all his websockets."""
        for client in list(self.clients):
            client.close_soon(FORBIDDEN, why.message)


class Holders:
    """Every token that holds websockets open, `present` in all; what refuses a token at the door ends its sockets.

    `strangers` counts the open sockets that have shown no token, by address. Without `places` there is no other server
    in which an overlay key could be used.
    """

    def __init__(self, door: Door, rights: Rights, ids: Ids, places: Places | None = None) -> None:
        self._ids = ids
        self._places = places
        self._is_fault_told = False
        self._door = door
        self._rights = rights
        self._by_token: dict[str, Holder] = {}
        self.present = 0
        self.strangers: Counter[str] = Counter()

    def arrive(self, client: Client) -> None:
        """Count a client who has not said yet who he is."""
        self.strangers[counted(client.address)] += 1

    async def admit(self, client: Client, authorization: object, cookies: Mapping[str, str]) -> TokenFault | None:
        """Learn who a client is; why he may not come in, or None."""
        actor = await self._door.holder(authorization, cookies)
        if isinstance(actor, TokenFault):
            return actor
        client.actor = actor
        if actor is not None:
            held = self._by_token.setdefault(actor.token_id, Holder(actor, authorization))
            held.clients.add(client)
            self.present += 1
            self._strange_no_more(client)
        return None

    async def is_crowded(self, client: Client) -> bool:
        """Whether the client's token holds more websockets than it may, that of an overlay in all servers together."""
        held = client.actor and self._by_token.get(client.actor.token_id)
        if not held:
            return False
        if held.actor.overlay is None:
            return len(held.clients) > SOCKETS_PER_TOKEN_MAX
        if len(held.clients) > SOCKETS_PER_OVERLAY_MAX:
            return True
        if self._places is None:
            return False
        return not await self._places.take(credential_of(held.actor)[1], client, SOCKETS_PER_OVERLAY_MAX)

    def leave(self, client: Client) -> None:
        """Forget a client, and his token with the last one."""
        held = client.actor and self._by_token.get(client.actor.token_id)
        if client.actor is None:
            self._strange_no_more(client)
        elif held:
            held.clients.discard(client)
            self.present -= 1
            if held.actor.overlay is not None and self._places is not None:
                self._places.leave(credential_of(held.actor)[1], client)
            if not held.clients:
                del self._by_token[client.actor.token_id]

    def _strange_no_more(self, client: Client) -> None:
        address = counted(client.address)
        self.strangers[address] -= 1
        if not self.strangers[address]:
            del self.strangers[address]

    async def recheck(self) -> None:
        """Judge tokens and rights again, every two seconds, and close the sockets of those that are no longer good."""
        while True:
            await asyncio.sleep(RECHECK_S)
            await self._recheck_tokens()
            for look in (self._recheck_revoked, self._recheck_rights):
                try:
                    async with asyncio.timeout(LOOK_TIMEOUT_S):
                        await look()
                except Exception as error:  # noqa: BLE001 - whatever it is, tokens are still to be judged, and rights soon
                    log.warning("graphql.rights_unknown", error=type(error).__name__)

    async def _recheck_tokens(self) -> None:
        """Close the sockets of tokens that are over; one that cannot be judged stays until it can be."""
        fault_of_ours: Exception | None = None
        for held in list(self._by_token.values()):
            try:
                fault = self._door.is_over(held.actor, held.authorization)
            except Exception as error:  # noqa: BLE001 - whatever it is, the others are still to be judged
                fault_of_ours = error
            else:
                if fault is not None:
                    held.send_away(fault)
            await asyncio.sleep(0)
        # Once, and not every two seconds: again only after a round in which all could be judged.
        if fault_of_ours is not None and not self._is_fault_told:
            log.error("graphql.token_not_judged", error_id=self._ids.token(), exc_info=fault_of_ours)
        self._is_fault_told = fault_of_ours is not None

    async def _recheck_revoked(self) -> None:
        """Close the sockets of whoever came in with what was taken back meanwhile, in any process."""
        present = list(self._by_token.values())
        gone = await self._door.gone([held.actor for held in present])
        for held in present:
            if credential_of(held.actor) in gone:
                held.send_away(TokenFault("revoked"))

    async def _recheck_rights(self) -> None:
        """Close the sockets of people who were let in to something by grants that they have no more."""
        resting = [
            (client, client.actor, places)
            for held in list(self._by_token.values())
            for client in list(held.clients)
            if client.actor is not None and rests_on_grants(client.actor)
            if (places := {place for operation in client.operations.values() for place in operation.relied})
        ]
        for first in range(0, len(resting), AT_ONCE):
            some = resting[first : first + AT_ONCE]
            now = await self._rights({(actor, place.community_id) for _, actor, places in some for place in places})
            for client, actor, places in some:
                if any(place.capability not in now[actor, place.community_id] for place in places):
                    client.close_soon(FORBIDDEN, "What you listened to is no longer open to you")
