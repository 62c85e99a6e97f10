"""Communities: make them, and make their first owner."""

import re
from dataclasses import dataclass
from zoneinfo import available_timezones

from server.auth.codes import Codes
from server.domain.audit import Audited, Values
from server.domain.invitations import Invitation, check_code, check_owned
from server.domain.refusals import Refused
from server.domain.staff import Grant, Holder, StaffRole
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities, invitations, staff

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
NAME_LENGTH_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a community is to be."""

    slug: str
    name: str
    timezone: str


async def create(tx: Tx, scope: Scope, *, slug: str, name: str, timezone: str) -> Done[int]:
    """Make a community and return its id; refuses a bad slug, name or time zone, and a slug that is taken."""
    plan = Plan(slug=slug, name=name.strip(), timezone=timezone)
    community_id = await made(tx, scope, plan)
    return Done(community_id, audit=[audited(community_id, plan)])


async def found(
    tx: Tx, scope: Scope, *, plan: Plan, owner: Holder, code: str | None, codes: Codes, is_open: bool
) -> Done[int]:
    """Make a community whose owner is an account, and return its id.

    It takes a code that is good for this account, which is used up, or that everybody may make one (`is_open`).
    """
    await invitations.lock(tx)
    used = await invited(tx, scope, owner, code, codes) if code or not is_open else None
    if used is None:
        check_owned(await staff.owned(tx, owner))
    community_id = await made(tx, scope, plan)
    if used is not None:
        await invitations.use(tx, used.id, ":".join(owner), community_id, scope.now)
    await staff.put(tx, community_id, owner, Grant(StaffRole.OWNER), scope.by.name, scope.now)
    line = audited(community_id, plan, {"owner": ":".join(owner), "invitation": used and used.id})
    return Done(community_id, audit=[line])


async def invited(tx: Tx, scope: Scope, owner: Holder, code: str | None, codes: Codes) -> Invitation:
    """The invitation that a code belongs to; refuses one that this account cannot use."""
    known = await invitations.known(tx, scope.now)
    # Every one is compared, whichever it is, so that the time it takes tells nothing.
    right = [one for one in known if codes.is_right("invitation", one.salt, code or "")]
    return check_code(right[0] if right else None, owner, await communities.count(tx), scope.now)


def check_plan(plan: Plan) -> None:
    """Refuse a bad slug, name or time zone."""
    slug, name, timezone = plan.slug, plan.name, plan.timezone
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


async def made(tx: Tx, scope: Scope, plan: Plan) -> int:
    """Make a community; refuses a plan that cannot be, and a slug that is taken."""
    check_plan(plan)
    community_id = await communities.create(tx, plan.slug, plan.name, plan.timezone, scope.now)
    if community_id is None:
        raise Refused("slug_taken", f"There is a community {plan.slug!r} already.", "Choose another slug.")
    return community_id


def audited(community_id: int, plan: Plan, more: Values | None = None) -> Audited:
    """The line of the audit log for a new community."""
    after: Values = {"slug": plan.slug, "name": plan.name, "timezone": plan.timezone, **(more or {})}
    return Audited(action="communities.create", target=("community", community_id), after=after)
