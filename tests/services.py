"""Services that sign their requests, as the Discord bot does."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from clients.service_key import ActingUser, ServiceKey
from server.actions.tokens import service_keys as verbs
from server.auth.service_tokens import handed_out, new_pair
from server.running import Server
from server.system import SystemChance
from tests.graph import Graph


@dataclass
class Service:
    """A service with a key on a server; every token it signs is another one."""

    server: Server
    key: ServiceKey

    def token(self, acting: ActingUser | None = None) -> str:
        """A token for one request, of this moment of the server's clock."""
        return self.key.sign(self.server.clock.now().timestamp(), acting)

    def acting(self, user: str, **more: Any) -> str:
        """A token for one request of a Discord user."""
        return self.token(ActingUser(user, **more))

    async def revoke(self) -> None:
        await self.server.units.run(0, partial(verbs.revoke, kid=self.key.kid))


async def service(graph: Graph, kind: Any = "bot", name: str = "discord-bot", **more: Any) -> Service:
    """A service that the server knows."""
    private, public = new_pair()
    kid = SystemChance().draw(12).hex()
    add = partial(verbs.add, kid=kid, kind=kind, name=name, public_key=public, **more)
    await graph.server.units.run(0, add)
    return Service(graph.server, ServiceKey.parse(handed_out(name, kid, private)))
