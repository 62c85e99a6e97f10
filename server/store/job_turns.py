"""Who may have which jobs, and whose turn it is: of several communities each has as many handed out as the others.

The next job of a community is the first one of it that waits, and comes before the second one of any other. What was
handed out and has not ended counts as well, so that many communities with much to do hold up none with a single job.
"""

from server.domain.jobs import Served
from server.domain.streamalerts import JOB
from server.ports import Dialect

ROUNDS_MAX = 8
"""So often is looked at most until there are enough; then the oldest follow, whosever they are."""

SHARE = 25
"""So many of one community are looked at in a round: a round costs no more than that for each community."""


AUDIENCES = {name: name for name in ("server", "discord", "overlay")}


def among(served: Served, overlay: str) -> str:
    """The condition that a job is one of those served; `overlay` is the parameter that names it, where there is one."""
    where = f"audience = '{AUDIENCES[served.audience]}'"
    if served.communities is not None:
        numbers = sorted(served.communities)
        if len(numbers) == 1:
            where += f" AND community_id = {int(numbers[0])}"
        else:
            where += f" AND community_id IN ({', '.join(str(int(number)) for number in numbers) or 'NULL'})"
    if served.only_bound:
        where += " AND community_id IN (SELECT community_id FROM guild)"
    return where if served.overlay is None else f"{where} AND overlay = {overlay}"


def handed_out(served: Served, overlay: str) -> str:
    """The condition that a job is one of those to be leased: alerts on stream are taken one by one, by their rank."""
    own = among(served, overlay)
    return own if served.overlay is None else f"{own} AND kind <> '{JOB}'"


def is_shared(served: Served) -> bool:
    """Whether several communities wait for the same hands."""
    return served.audience == "discord" and (served.communities is None or len(served.communities) > 1)


def communities_of(served: Served) -> str:
    """The condition that a community `m` is one of those served."""
    where = "TRUE"
    if served.communities is not None:
        where = f"m.id IN ({', '.join(str(int(number)) for number in sorted(served.communities))})"
    return f"{where} AND m.id IN (SELECT community_id FROM guild)" if served.only_bound else where


def turns(served: Served, dialect: Dialect) -> str:
    """The statement that gives the next jobs by their turns: $1 when they are due, $2 how many."""
    waiting = (
        "SELECT w.id, w.run_at FROM job w WHERE w.community_id = c.id AND w.audience = 'discord' "
        f"AND w.state = 'ready' AND w.run_at <= $1 ORDER BY w.run_at, w.id LIMIT {SHARE}"
    )
    held = (
        "SELECT m.id, (SELECT count(*) FROM job l WHERE l.community_id = m.id AND l.audience = 'discord' "
        f"AND l.state = 'leased') AS held FROM community m WHERE {communities_of(served)}"
    )
    joined = (
        f"CROSS JOIN LATERAL ({waiting}) j"
        if dialect == "postgres"
        else f"CROSS JOIN job j ON j.id IN (SELECT id FROM ({waiting}))"
    )
    return (
        "SELECT id FROM (SELECT j.id, j.run_at, c.held + row_number() OVER (PARTITION BY c.id ORDER BY j.run_at, j.id) "
        f"AS turn FROM ({held}) c {joined}) t ORDER BY turn, run_at, id LIMIT $2"
    )
