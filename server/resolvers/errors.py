"""What a caller is told when something goes wrong: what to do, never what is inside."""

import structlog
from graphql import GraphQLError
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from server.domain.refusals import Refused
from server.jobs.unit import Busy
from server.publish.limits import Limited
from server.resolvers.context import Context
from server.store.errors import is_down

log = structlog.get_logger(__name__)

RETRY_AFTER_S = 2
MISTAKES = (GraphQLError, MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError)
SUGGESTION = " Did you mean "


def told(error: GraphQLError, context: Context) -> GraphQLError:
    """`error` as the caller may see it, with a stable code.

    A caller's mistake keeps its message, for strangers without the hints that would let them guess the schema. Whatever
    failed on our side is logged once under an id, and only the id is shown.
    """
    cause = error.original_error
    if cause is None or isinstance(cause, MISTAKES):
        message = error.message if context.actor else error.message.partition(SUGGESTION)[0]
        return located(error, message, {"code": "request_invalid", **(error.extensions or {})})
    if isinstance(cause, Refused):
        return located(error, cause.message, {"code": cause.code, "remedy": cause.remedy})
    if isinstance(cause, Limited):
        rule = cause.rule
        return located(
            error,
            rule.message,
            {"code": "rate_limited", "remedy": rule.remedy, "retryAfterSeconds": cause.wait_s},
        )
    if isinstance(cause, Busy) or is_down(cause):
        log.warning("graphql.unavailable", error=type(cause).__name__)
        return located(
            error,
            "The server cannot answer this right now. Try again in a moment.",
            {"code": "unavailable", "retryAfterSeconds": RETRY_AFTER_S},
        )
    error_id = context.ids.token()
    log.error("graphql.failed", error_id=error_id, request=context.request_id, path=error.path, exc_info=cause)
    return located(
        error,
        f"Something went wrong on our side. Whoever runs this server finds it in the log under {error_id}.",
        {"code": "internal", "errorId": error_id},
    )


def located(error: GraphQLError, message: str, extensions: dict[str, object]) -> GraphQLError:
    """An error at the place of `error`, without what caused it."""
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )
