"""Communities: make them."""

import re
from zoneinfo import available_timezones

from server.domain.audit import Audited
from server.domain.refusals import Refused
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
NAME_LENGTH_MAX = 100


async def create(tx: Tx, scope: Scope, *, slug: str, name: str, timezone: str) -> Done[int]:
    """Make a community and return its id; refuses a bad slug, name or time zone, and a slug that is taken."""
    if not SLUG.fullmatch(slug):
        raise Refused(
            "slug_invalid",
            f"{slug[:50]!r} cannot be a slug.",
            "Use 1 to 40 lower-case letters, digits and hyphens, with a letter or digit at both ends.",
        )
    if not name.strip() or len(name) > NAME_LENGTH_MAX:
        raise Refused("name_invalid", f"A name has 1 to {NAME_LENGTH_MAX} characters.", "Choose another name.")
    if timezone not in available_timezones():
        raise Refused(
            "timezone_unknown", f"{timezone[:50]!r} is not a time zone.", "Use an IANA name such as Europe/Stockholm."
        )
    community_id = await communities.create(tx, slug, name.strip(), timezone, scope.now)
    if community_id is None:
        raise Refused("slug_taken", f"There is a community {slug!r} already.", "Choose another slug.")
    after = {"slug": slug, "name": name.strip(), "timezone": timezone}
    return Done(
        community_id, audit=[Audited(action="communities.create", target=("community", community_id), after=after)]
    )
