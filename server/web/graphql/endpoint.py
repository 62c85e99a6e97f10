"""Where the graph is served."""

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from server.auth.tokens import TokenSigner
from server.ports import Clock
from server.web.graphql.contexts import ContextFactory
from server.web.graphql.documents import Documents, registered
from server.web.graphql.gate import Gate
from server.web.graphql.preparation import Preparation
from server.web.graphql.rate import PER_MINUTE, Rates
from server.web.graphql.sockets import Sockets
from server.web.graphql.view import View

PATH = "/graphql"
SOCKETS = web.AppKey("sockets", Sockets)


def add_graphql(
    site: web.Application,
    *,
    schema: Any,
    context: ContextFactory,
    tokens: TokenSigner,
    clock: Clock,
    points_per_minute: int = PER_MINUTE,
    allowed_origins: Sequence[str] = (),
    documents: Documents | None = None,
) -> None:
    """Serve the graph at /graphql. Pages of other origins may open websockets only when named in `allowed_origins`.

    Without `documents`, those that the server is shipped with are trusted.
    """
    documents = registered(schema) if documents is None else documents
    schema.plans = documents.plans
    preparation = Preparation(schema._schema)  # noqa: SLF001 - the library gives it no public name
    preparation.trust(documents.parsed)
    gate = Gate(schema, preparation, Rates(clock, per_minute=points_per_minute))
    view = View(gate, documents=documents, context=context, tokens=tokens)
    sockets = Sockets(gate, documents=documents, context=context, tokens=tokens, allowed_origins=allowed_origins)

    async def answer(request: web.Request) -> web.StreamResponse:
        return await (sockets.answer(request) if sockets.wants(request) else view(request))

    site.router.add_route("*", PATH, answer)
    site.cleanup_ctx.append(sockets.watched)
    site.on_shutdown.append(sockets.close)
    site[SOCKETS] = sockets
