"""Where the graph is served."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import structlog
from aiohttp import hdrs, web

from server.auth.addresses import Addresses
from server.auth.door import Door
from server.ports import Clock, Ids
from server.publish.limits import RateLimits
from server.publish.limits_memory import MemoryLimiter
from server.web.graphql.answers import media_type, unanswered
from server.web.graphql.contexts import ContextFactory
from server.web.graphql.documents import Documents, registered
from server.web.graphql.gate import Gate
from server.web.graphql.holders import Places, Rights
from server.web.graphql.preparation import Preparation
from server.web.graphql.rate import Rates
from server.web.graphql.requests import JSON_TYPE, Unanswered
from server.web.graphql.sockets import Crowded, Sockets
from server.web.graphql.view import View

log = structlog.get_logger(__name__)

PATH = "/graphql"
REQUEST_ID = "X-Request-Id"
SOCKETS = web.AppKey("sockets", Sockets)


def add_graphql(
    site: web.Application,
    *,
    schema: Any,
    context: ContextFactory,
    door: Door,
    rights: Rights,
    clock: Clock,
    ids: Ids,
    limits: RateLimits | None = None,
    addresses: Addresses | None = None,
    allowed_origins: Sequence[str] = (),
    documents: Documents | None = None,
    crowded: Crowded | None = None,
    places: Places | None = None,
) -> None:
    """Serve the graph at /graphql. Pages of other origins may open websockets only when named in `allowed_origins`.

    `rights` says what people may do now, so that subscriptions end with the grants they rest on. Without `documents`,
    those that the server is shipped with are trusted; without `limits`, those of the table hold in this process, and
    without `addresses` no proxy is believed.
    """
    addresses = Addresses() if addresses is None else addresses
    rates = Rates(RateLimits(MemoryLimiter(clock), clock) if limits is None else limits, clock)
    documents = registered(schema) if documents is None else documents
    gate = Gate(schema, trusting(schema, documents), rates)
    view = View(gate, rates, documents=documents, context=context, door=door, addresses=addresses)
    sockets = Sockets(
        gate,
        rates,
        documents=documents,
        context=context,
        door=door,
        rights=rights,
        ids=ids,
        addresses=addresses,
        allowed_origins=allowed_origins,
        crowded=crowded,
        places=places,
    )
    answered = naming(view, ids)
    site.router.add_route("*", PATH, partial(sockets.answer, otherwise=answered))
    site.cleanup_ctx.append(sockets.watched)
    site.on_shutdown.append(sockets.close)
    site[SOCKETS] = sockets


def trusting(schema: Any, documents: Documents) -> Preparation:
    """What prepares operations on `schema`, which knows and trusts these documents from now on."""
    schema.documents, schema.plans, schema.straight = documents, documents.plans, documents.straight
    preparation = Preparation(schema._schema)  # noqa: SLF001 - the library gives it no public name
    preparation.trust(documents.parsed)
    return preparation


def naming(view: View, ids: Ids) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """`view`, whose every answer names its request in X-Request-Id; so do log lines, and lines of the audit log."""

    async def answer(request: web.Request) -> web.StreamResponse:
        # Ours alone: one that came with the request could name another caller's.
        request_id = ids.token()
        with structlog.contextvars.bound_contextvars(request=request_id):
            try:
                told = await view(request, request_id)
            except web.HTTPException:
                raise
            except Exception as error:
                log.error("graphql.failed", error_id=request_id, exc_info=error)  # noqa: TRY400 - named like the others
                told = unanswered(failed(request_id), media_type(request.headers.get(hdrs.ACCEPT)) or JSON_TYPE)
        told.headers[REQUEST_ID] = request_id
        return told

    return answer


def failed(error_id: str) -> Unanswered:
    """What a caller is told of a fault that nobody foresaw: where the log has it, and nothing of what it is."""
    message = f"Something went wrong on our side. Whoever runs this server finds it in the log under {error_id}."
    return Unanswered(500, "internal", message, more={"errorId": error_id})
