"""A job that tells staff of trouble is tried again while there is any."""

from typing import Any

from server.domain.jobs import ATTEMPTS_MAX
from server.effects.alerts import Watch
from server.schema.ids import id_of
from tests.effects.test_alerts import THRESHOLDS
from tests.graph import Graph
from tests.resolvers.dying import dead_job
from tests.resolvers.test_jobs import DEAD, KEYS, RETRY, Client, bot, bound


async def look(graph: Graph) -> None:
    """Look for trouble, and for its end."""
    server = graph.server
    await Watch(server.database, server.units, thresholds=THRESHOLDS, clock=server.clock).look()


async def retried(graph: Graph, house: int, job_id: str) -> dict[str, Any]:
    given = {"communityId": id_of("community", house), "jobId": job_id, "idempotencyKey": f"again {next(KEYS)}"}
    return (await graph.data(RETRY, input=given))["retryJob"]


async def posted(client: Client, job: Any, outcome: str) -> None:
    told = await client.acknowledge(job, outcome, note="Discord says 403" if outcome == "FAILED" else "")
    assert "state" in told


async def given_up(graph: Graph, client: Client, job_id: str) -> None:
    """The bot cannot post one alert, however often it tries, and posts the others."""
    for _ in range(ATTEMPTS_MAX):
        for job in await client.lease():
            await posted(client, job, "FAILED" if job["id"] == job_id else "DONE")
        graph.live.clock.pass_time(hours=3)


async def test_trouble_that_is_over_is_told_no_more_however_often_staff_asks(graph: Graph) -> None:
    house = await bound(graph)
    client = bot(graph)
    cause = id_of("job", await dead_job(graph.server, house))
    await look(graph)
    [raised] = await client.lease()
    assert (raised["alertKind"], raised["isOver"]) == ("job_dead", False)
    await posted(client, raised, "FAILED")
    graph.live.clock.pass_time(hours=3)
    await given_up(graph, client, raised["id"])
    assert (await retried(graph, house, raised["id"])) == {"jobId": raised["id"]}, "there is trouble still"
    await given_up(graph, client, raised["id"])
    assert (await retried(graph, house, cause)) == {"jobId": cause}
    await look(graph)
    [over] = [job for job in await client.lease() if job["alertId"] == raised["alertId"]]
    assert over["isOver"]
    await posted(client, over, "DONE")
    assert (await retried(graph, house, raised["id"]))["code"] == "alert_over"
    assert raised["id"] not in [job["id"] for job in await client.lease()]
    nodes = (await graph.data(DEAD, s="house"))["community"]["deadJobs"]["nodes"]
    assert raised["id"] in [one["id"] for one in nodes]
