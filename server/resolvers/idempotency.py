"""Mutations that are safe to send again."""

from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from typing import Any, Protocol, cast

import orjson
import strawberry
import structlog

from server.domain.refusals import Refused
from server.jobs.unit import Done, KeyReused, Scope
from server.ports import Tx
from server.resolvers.context import Context
from server.store import communities

KEY_LENGTH_MAX = 100

Kept = Mapping[str, Any]
"""What is kept of a first result: JSON values from which the same answer can be made again."""


class Input(Protocol):
    """The input of a mutation."""

    idempotency_key: str


async def once(
    context: Context,
    mutation: str,
    community_id: int,
    given: Input,
    action: Callable[[Tx, Scope], Awaitable[Done[Kept]]],
) -> Kept:
    """Run `action` at most once for the key in `given` and return what the first run gave.

    Refuses an unusable key, and one that was used for other input. The operator's mutations that belong to no
    community run with `community_id` 0.
    """
    key = given.idempotency_key
    if not 1 <= len(key) <= KEY_LENGTH_MAX or not key.isprintable():
        raise Refused(
            "idempotency_key_invalid",
            f"An idempotency key has 1 to {KEY_LENGTH_MAX} printable characters.",
            "Make a fresh random one for every intention, and repeat it only to repeat the same.",
        )

    community = await communities.by_id(context.reader, community_id) if community_id else None
    if community is not None:
        # For the rest of the request, so that also what is told of a failure names it.
        structlog.contextvars.bind_contextvars(community=community.slug)

    async def written(tx: Tx, scope: Scope) -> Done[str]:
        done = await action(tx, scope)
        return Done(orjson.dumps(done.result).decode(), done.events)

    try:
        kept = await context.services.units.once(
            community_id, caller(context, mutation), key, digest_of(given), written
        )
    except KeyReused as reused:
        raise Refused(
            "idempotency_key_reused",
            "This idempotency key was used for something else.",
            "Send the first input again to repeat it, or use a fresh key for something new.",
        ) from reused
    return orjson.loads(kept)


def caller(context: Context, mutation: str) -> str:
    """In whose name a key is kept: another person, or another mutation, may use the same one."""
    actor = context.actor
    return f"{actor.kind}:{actor.subject}:{mutation}" if actor else f"anonymous:{mutation}"


def digest_of(given: Input) -> str:
    """What tells one input from another."""
    return sha256(orjson.dumps(given, default=plain, option=orjson.OPT_SORT_KEYS)).hexdigest()


def plain(value: Any) -> Any:
    """A value that JSON does not know: a patched field, told apart from one that was left out."""
    if isinstance(value, strawberry.Some):
        patched: Any = cast("strawberry.Some[Any]", value).value
        return {"given": patched}
    raise TypeError(type(value).__name__)


def source_key(context: Context, mutation: str, given: Input) -> str:
    """The source key of an entry that a mutation appends: unique for ever, also when the first result is forgotten."""
    cause = f"{caller(context, mutation)}:{given.idempotency_key}"
    return f"{mutation}:{sha256(cause.encode()).hexdigest()}"
