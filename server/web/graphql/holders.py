"""Who stands behind a request, and every open websocket of each token."""

import asyncio
from dataclasses import dataclass, field

from server.auth.actors import Actor
from server.auth.tokens import TokenFault, TokenSigner
from server.web.graphql.client import Client

SOCKETS_PER_TOKEN_MAX = 200
RECHECK_S = 2.0
FORBIDDEN = 4403


def holder(tokens: TokenSigner, authorization: object) -> Actor | TokenFault | None:
    """Who is named by an authorization; None where there is none."""
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(" ") if isinstance(authorization, str) else ("", "", "")
    return tokens.read(token.strip()) if scheme.lower() == "bearer" else TokenFault("invalid")


@dataclass(slots=True)
class Holder:
    """A token and the websockets that were opened with it."""

    authorization: str
    clients: set[Client] = field(default_factory=set[Client])


class Holders:
    """Every token that holds websockets open, `present` in all; what refuses a token at the door ends its sockets."""

    def __init__(self, tokens: TokenSigner) -> None:
        self._tokens = tokens
        self._by_token: dict[str, Holder] = {}
        self.present = 0

    def admit(self, client: Client, authorization: object) -> TokenFault | None:
        """Learn who a client is; why he may not come in, or None."""
        actor = holder(self._tokens, authorization)
        if isinstance(actor, TokenFault):
            return actor
        client.actor = actor
        if actor is not None:
            held = self._by_token.setdefault(actor.token_id, Holder(str(authorization)))
            held.clients.add(client)
            self.present += 1
        return None

    def is_crowded(self, client: Client) -> bool:
        """Whether the client's token holds more websockets than it may."""
        held = client.actor and self._by_token.get(client.actor.token_id)
        return bool(held) and len(held.clients) > SOCKETS_PER_TOKEN_MAX

    def leave(self, client: Client) -> None:
        """Forget a client, and his token with the last one."""
        held = client.actor and self._by_token.get(client.actor.token_id)
        if client.actor and held:
            held.clients.discard(client)
            self.present -= 1
            if not held.clients:
                del self._by_token[client.actor.token_id]

    async def recheck(self) -> None:
        """Judge every token again, every two seconds, and close the sockets of those that are no longer good."""
        while True:
            await asyncio.sleep(RECHECK_S)
            for held in list(self._by_token.values()):
                judged = holder(self._tokens, held.authorization)
                if isinstance(judged, TokenFault):
                    for client in list(held.clients):
                        client.close_soon(FORBIDDEN, judged.message)
                await asyncio.sleep(0)
