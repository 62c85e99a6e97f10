"""How many jobs wait for a client, told as it changes."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from server.auth.actors import Actor
from server.domain.jobs import Served
from server.resolvers.context import Context, Info
from server.schema.jobs import JobAudience, JobsWaiting
from server.schema.policies import SERVES, Denied, admit
from server.store import guilds
from server.store.job_records import Waiting

REPEATED_EVERY_S = 10.0
"""A hint may be lost on the way; while jobs wait it is given again."""


async def served_by(context: Context, actor: Actor) -> Served:
    """The jobs that a client may have: the bot's of its communities, or those of one overlay.

    A bot whose key names no community serves those that a Discord server is bound to, of its list if it has one.
    """
    if actor.kind == "overlay":
        return Served(
            audience="overlay",
            communities=frozenset() if actor.community_id is None else frozenset({actor.community_id}),
            overlay=actor.overlay or "",
        )
    own = None if actor.community_id is None else frozenset({actor.community_id})
    if not actor.guilds:
        return Served(audience="discord", communities=own, only_bound=own is None)
    bound = frozenset((await guilds.communities_of(context.reader, actor.guilds)).values())
    return Served(audience="discord", communities=bound if own is None else bound & own)


async def jobs_waiting(
    info: Info, audience: Annotated[JobAudience, strawberry.argument(description="Whose jobs; your own.")]
) -> AsyncGenerator[JobsWaiting, None]:
    """Tell how many jobs wait, now and whenever that is another number."""
    context = info.context
    admit(context.actor, SERVES)
    served = await served_by(context, context.signed_in)
    if served.audience != audience.value:
        raise Denied("forbidden", "Those jobs are not for you.", f"Ask for {served.audience.upper()}.")
    return hints(context, served)


async def hints(context: Context, served: Served) -> AsyncGenerator[JobsWaiting, None]:
    """How much waits, after every change of it, at most four times a second."""
    clock = context.services.clock
    last: Waiting | None = None
    told_s = clock.monotonic()
    async with aclosing(context.services.looks.listen(served)) as looks:
        async for seen in looks:
            waiting = seen.waiting
            is_due = bool(waiting.count) and clock.monotonic() - told_s >= REPEATED_EVERY_S
            if waiting != last or is_due:
                last, told_s = waiting, clock.monotonic()
                yield JobsWaiting(
                    audience=JobAudience(served.audience), count=waiting.count, since=waiting.since, at=seen.at
                )


@strawberry.type
class JobSubscriptions:
    """What can be heard of jobs."""

    jobs_waiting: AsyncGenerator[JobsWaiting, None] = strawberry.subscription(
        resolver=jobs_waiting,
        description="How many jobs wait for you: at once, then whenever that changes. It never says what they are.",
        metadata=SERVES,
    )
