"""Mutations that are safe to send again."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Protocol, cast

import orjson
import strawberry
import structlog

from server.auth.capabilities import Place
from server.domain.limits import MUTATIONS
from server.domain.refusals import Refused
from server.jobs.unit import Done, KeyReused, Scope
from server.ports import Tx
from server.resolvers.context import Context
from server.store import communities

KEY_LENGTH_MAX = 100

Kept = Mapping[str, Any]
"""What is kept of a first result: JSON values from which the same answer can be made again."""


@dataclass(frozen=True, slots=True)
class Own:
    """Where somebody acts for himself, for which he needs no capability."""

    community_id: int


class Input(Protocol):
    """The input of a mutation."""

    idempotency_key: str


async def once(
    context: Context,
    mutation: str,
    place: Place | Own | None,
    given: Input,
    action: Callable[[Tx, Scope], Awaitable[Done[Kept]]],
) -> Kept:
    """Run `action` at most once for the key in `given` and return what the first run gave.

    Where a bot acts upon an interaction, that is the key, and any other is refused.

    Whether the caller may act in `place` is judged again in the transaction, also before a first result is told again.
    Refuses an unusable key, one that was used for other input, and a community that is not there. The operator's
    mutations that belong to no community have no place. `Limited` when the caller changes too much within a minute.
    """
    community_id = place.community_id if place else 0
    context.services.limits.take_now(MUTATIONS, context.actor_name, str(community_id))
    key = checked_key(given)
    check_interaction(context, key)
    await name_community(context, place)

    async def allowed(tx: Tx) -> None:
        if isinstance(place, Place):
            await context.admit_again(tx, place)

    async def written(tx: Tx, scope: Scope) -> Done[str]:
        done = await action(tx, scope)
        return done.giving(orjson.dumps(done.result).decode())

    try:
        kept = await context.services.units.once(
            community_id,
            caller(context, mutation),
            key,
            digest_of(given),
            written,
            allowed=allowed,
            by=replace(context.author, cause=cause_of(context, mutation, given)),
        )
    except KeyReused as reused:
        raise Refused(
            "idempotency_key_reused",
            "This idempotency key was used for something else.",
            "Send the first input again to repeat it, or use a fresh key for something new.",
        ) from reused
    return orjson.loads(kept)


def checked_key(given: Input) -> str:
    """The key of an input, or a refusal of an unusable one."""
    key = given.idempotency_key
    if not 1 <= len(key) <= KEY_LENGTH_MAX or not key.isprintable():
        raise Refused(
            "idempotency_key_invalid",
            f"An idempotency key has 1 to {KEY_LENGTH_MAX} printable characters.",
            "Make a fresh random one for every intention, and repeat it only to repeat the same.",
        )
    return key


def check_interaction(context: Context, key: str) -> None:
    """Refuse a key that is not the interaction which a bot acts upon: a repeat of that is to find the first result."""
    told = context.actor and context.actor.interaction
    if told is not None and key != told:
        raise Refused(
            "idempotency_key_foreign",
            "The idempotency key is not the interaction that the token names.",
            "Send the interaction's id as the idempotency key, and in the token.",
        )


async def name_community(context: Context, place: Place | Own | None) -> None:
    """Have the log name the community for the rest of the request; refuses a place in none that is there."""
    if place is None:
        return
    community = await communities.by_id(context.reader, place.community_id)
    if community is None:
        raise Refused("community_unknown", "There is no such community.", "Use the `id` of a community that is there.")
    structlog.contextvars.bind_contextvars(community=community.slug)


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
    return f"{mutation}:{cause_of(context, mutation, given)}"


def cause_of(context: Context, mutation: str, given: Input) -> str:
    """What stands for the caller's key where the key itself is not shown."""
    return sha256(f"{caller(context, mutation)}:{given.idempotency_key}".encode()).hexdigest()
