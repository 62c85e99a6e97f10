"""The graph as a client sees it, over the whole server."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

import orjson
import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from server.auth.tokens import CommunityScope
from server.domain.staff import Capabilities, Holder
from server.running import Server
from server.schema.ids import id_of, number_of
from server.web.graphql.endpoint import PATH
from tests.running import Running

SOCKET = "graphql-transport-ws"
SENT = "2026-08-01T18:00:06Z"
GRANT = "mutation ($input: GrantStaffRoleInput!) { grantStaffRole(input: $input) { __typename } }"
STREAM_STARTED = "2026-08-01T17:00:00Z"


@dataclass(slots=True)
class Graph:
    """A server under test, asked through GraphQL. `operator` is the operator's token."""

    live: Running
    operator: str
    told: int = 0
    granted: int = 0

    @property
    def server(self) -> Server:
        return self.live.server

    def owner(self, community_id: int, slug: str) -> str:
        """A token that is good for one community."""
        return self.server.tokens.mint("admin", CommunityScope(id=community_id, slug=slug))

    def person(
        self,
        *holders: Holder,
        community: CommunityScope | None = None,
        ceiling: Capabilities | None = None,
        lifetime: timedelta = timedelta(hours=1),
    ) -> str:
        """A token of somebody who proved these accounts."""
        return self.server.tokens.mint_person(holders, community, ceiling, lifetime)

    async def grant(self, community_id: int, holder: Holder, role: str, *extra: str) -> None:
        """Make a holder staff, as the operator does."""
        self.granted += 1
        given = {
            "communityId": id_of("community", community_id),
            "holder": {"kind": holder[0].upper(), "platformId": holder[1]},
            "role": role,
            "extra": extra,
            "idempotencyKey": f"granted-{self.granted}",
        }
        answer = await self.data(GRANT, input=given)
        assert answer["grantStaffRole"]["__typename"] == "StaffRoleGranted", answer

    def expired(self) -> str:
        """A token that was good until a moment ago."""
        token = self.server.tokens.mint("admin", lifetime=timedelta(seconds=1))
        self.live.clock.pass_time(seconds=2)
        return token

    async def ask(self, query: str, token: str | None = None, /, **variables: Any) -> dict[str, Any]:
        """The whole answer to an operation."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        body = {"query": query, "variables": variables}
        async with self.live.http.post(PATH, json=body, headers=headers) as answer:
            return orjson.loads(await answer.read())

    async def data(self, query: str, token: str | None = None, /, **variables: Any) -> Any:
        """What an operation gives; errors are none."""
        answer = await self.ask(query, self.operator if token is None else token, **variables)
        assert "errors" not in answer, answer
        return answer["data"]

    async def code(self, query: str, token: str | None = None, /, **variables: Any) -> str:
        """The code of an operation's only error."""
        answer = await self.ask(query, token, **variables)
        [error] = answer["errors"]
        return error["extensions"]["code"]

    async def deliver(self, kind: str, body: Any, *, sent_at: str = SENT) -> None:
        """Have Kick tell something."""
        self.told += 1
        message_id = f"01KYZ7QG18819K7NVB3SN{self.told:05d}"
        assert await self.live.deliver(kind, body, message_id=message_id, sent_at=sent_at) == 204

    async def watched(self, broadcaster: str = "100001", *, viewers: int = 3) -> None:
        """A running stream in which viewers 1, 2, ... wrote one, two, ... lines at the full minutes."""
        await self.deliver("livestream.status.updated", status(broadcaster, STREAM_STARTED))
        for viewer in range(1, viewers + 1):
            for minute in range(viewer):
                at = f"2026-08-01T17:{30 + minute:02d}:00Z"
                await self.deliver("chat.message.sent", line(broadcaster, viewer, f"line {minute}", at))
        await self.live.settle()

    async def accounts(self, community_id: int) -> dict[str, str]:
        """Viewer ids by the platform's id of their first account."""
        rows = await self.server.database.reader().fetch(
            "SELECT v.id, a.external_id FROM viewer v JOIN account a ON a.id = v.face WHERE v.community_id = $1",
            community_id,
        )
        return {row["external_id"]: id_of("viewer", row["id"]) for row in rows}

    async def balances(self, community_id: int) -> dict[str, int]:
        """Seconds of watch time by the platform's id of the viewer's first account."""
        found = {}
        for platform_id, viewer in (await self.accounts(community_id)).items():
            [row] = await self.server.database.reader().fetch(
                "SELECT watch_us FROM viewer WHERE id = $1", number_of("viewer", viewer)
            )
            found[platform_id] = row["watch_us"] // 1_000_000
        return found


def person(user_id: str, name: str) -> dict[str, Any]:
    return {
        "is_anonymous": False,
        "user_id": int(user_id),
        "username": name,
        "is_verified": False,
        "profile_picture": "",
        "channel_slug": name.lower(),
        "identity": None,
    }


def line(broadcaster: str, user: int, text: str, at: str) -> dict[str, Any]:
    return {
        "message_id": f"{broadcaster}-{user}-{at}",
        "broadcaster": person(broadcaster, f"Streamer{broadcaster}"),
        "sender": person(str(user), f"viewer{user}") | {"identity": {"username_color": "#fff", "badges": []}},
        "content": text,
        "emotes": None,
        "created_at": at,
    }


def status(broadcaster: str, started_at: str, ended_at: str | None = None) -> dict[str, Any]:
    return {
        "broadcaster": person(broadcaster, f"Streamer{broadcaster}"),
        "is_live": ended_at is None,
        "title": "Evening",
        "started_at": started_at,
        "ended_at": ended_at,
    }


@pytest.fixture
async def graph(live: Running) -> Graph:
    return Graph(live, live.server.tokens.mint("admin"))


class Socket:
    """One client over graphql-transport-ws, frame by frame."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.frames: ClientWebSocketResponse

    async def open(self, token: str | None = None, **headers: str) -> Self:
        """Connect and introduce oneself."""
        self.frames = await self._graph.live.http.ws_connect(PATH, protocols=[SOCKET], headers=headers)
        payload = None if token is None else {"authorization": f"Bearer {token}"}
        await self.send(type="connection_init", payload=payload)
        return self

    async def send(self, **message: Any) -> None:
        await self.frames.send_str(orjson.dumps(message).decode())

    async def heard(self) -> dict[str, Any]:
        """The next message; when the socket was closed, its code under `closed`."""
        async with asyncio.timeout(5):
            message = await self.frames.receive()
        if message.type is not WSMsgType.TEXT:
            return {"closed": self.frames.close_code}
        return orjson.loads(message.data)

    async def subscribe(self, query: str, operation: str = "1", /, **variables: Any) -> None:
        payload = {"query": query, "variables": variables}
        await self.send(type="subscribe", id=operation, payload=payload)

    async def event(self) -> Any:
        """What the next event of the only subscription says."""
        message = await self.heard()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        [value] = message["payload"]["data"].values()
        return value

    async def closed(self) -> int | None:
        """The code the socket is closed with, after whatever else is said."""
        while "closed" not in (message := await self.heard()):
            pass
        return message["closed"]
