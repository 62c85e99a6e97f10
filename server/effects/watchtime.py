"""Count streams anew, chunk by chunk, so that nobody waits for it."""

from functools import partial

from server.actions.watchtime.recount import book_of, quorum_of, together_with
from server.actions.watchtime.request import recount_chunk
from server.domain.audit import system
from server.jobs.unit import Units
from server.store import channels
from server.store.database import Database
from server.store.jobs import LeasedJob


async def recount(job: LeasedJob, *, database: Database, units: Units) -> None:
    """Count the job's stream anew for its community; progress is kept, so that a restart goes on where it was."""
    community_id = job.community_id or 0
    reader = database.reader()
    lives = await channels.lives_by_id(reader, [job.payload["stream"]])
    book = await book_of(reader, community_id)
    together = await together_with(reader, community_id, lives[0], book, job.payload["until_before"])
    quorum = await quorum_of(reader, together)
    after: int | None = job.payload["after"]
    by = system("recount", f"{job.kind} {job.key}")
    while after is not None:
        after = await units.run(community_id, partial(recount_chunk, job=job, after=after, quorum=quorum), by=by)
