"""What everybody wrote decides which minutes meet a quorum: read bit by bit, so that nothing else has to wait."""

import asyncio
from collections.abc import Iterable

from server.domain.refusals import Refused
from server.domain.watchtime.evidence import Gathering
from server.domain.watchtime.quorum import Crowd, Quorum
from server.domain.watchtime.values import FOREVER, Live, RuleBook, settle_lives
from server.ports import Reader
from server.store import watchtime

MESSAGES_AT_ONCE = 1_000
"""Few enough that the event loop turns every few milliseconds."""

MESSAGES_MAX = 2_000_000


async def quorum_among(reader: Reader, lives: Iterable[Live], book: RuleBook) -> Quorum:
    """The minutes that met the quorum in streams of all attached channels.

    Refuses streams with more than two million messages together rather than leave some of them out.
    """
    crowd = Crowd()
    read = 0
    for live in settle_lives(lives):
        gathering = Gathering([live], book)
        since, until = live.starts - book.longest_window, min(live.until, FOREVER - 1)
        async for messages in watchtime.evidence_in_parts(reader, live.channel, since, until, MESSAGES_AT_ONCE):
            read += len(messages)
            if read > MESSAGES_MAX:
                raise too_many()
            crowd.add(gathering.take(messages))
            await asyncio.sleep(0)
    return crowd.quorum(book)


def too_many() -> Refused:
    """Why nothing is said about a quorum instead of something wrong."""
    return Refused(
        "quorum_too_large",
        f"These streams have more than {MESSAGES_MAX:,} messages, too many to tell which minutes met the quorum.",
        "Ask for fewer streams at once, or set the quorum to 1 from when the first of them began.",
    )
