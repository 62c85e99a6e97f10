"""A role reward that is removed gives nobody its role any more, whatever waited to be carried out."""

from typing import Any

from server.domain.jobs import ATTEMPTS_MAX
from tests.resolvers.test_roles import ACKNOWLEDGE, Home, home, house

__all__ = ["house"]  # the fixture


async def removed(house: Home, reward: str) -> None:
    told = await house.do("removeRoleReward", "... on RoleRewardRemoved { roleId }", roleRewardId=reward)
    assert "roleId" in told


async def ended(house: Home, job: dict[str, Any], outcome: str) -> str:
    """What a job is once a client said how it went."""
    report = {"jobId": job["id"], "lease": job["lease"], "outcome": outcome}
    given = {"jobs": [report], "idempotencyKey": f"said-{house.key()}"}
    [told] = (await house.graph.data(ACKNOWLEDGE, house.bot.token(), input=given))["acknowledgeJobs"]["jobs"]
    assert told["refused"] is None
    return told["state"]


async def members(house: Home) -> int:
    return (await house.standing())["all"][0]["members"]["totalCount"]


async def test_what_waits_is_not_given_and_is_asked_for_again_once_the_reward_is_back(house: Home) -> None:
    reward = await house.add("21", 5)
    await house.sync()
    await removed(house, reward)
    assert await house.carried_out() == []
    assert await house.add("21", 5) == reward
    assert await members(house) == 0
    await house.sync()
    assert await house.carried_out() == [("88", "21", True, "WATCHED")]
    assert await members(house) == 1


async def test_what_a_client_is_doing_right_now_counts_when_it_says_so(house: Home) -> None:
    reward = await house.add("21", 5)
    await house.sync()
    [job] = await house.lease()
    await removed(house, reward)
    assert await ended(house, job, "DONE") == "DONE"
    await house.add("21", 5)
    assert await members(house) == 1
    await house.sync()
    assert await house.carried_out() == [], "he has it already"


async def test_what_fails_after_the_removal_is_not_tried_again(house: Home) -> None:
    reward = await house.add("21", 5)
    await house.sync()
    [job] = await house.lease()
    await removed(house, reward)
    assert await ended(house, job, "FAILED") == "DEAD"
    house.graph.live.clock.pass_time(hours=3)
    assert await house.lease() == []


async def test_what_a_client_never_spoke_of_is_not_handed_out_again(house: Home) -> None:
    reward = await house.add("21", 5)
    await house.sync()
    assert len(await house.lease()) == 1
    await removed(house, reward)
    house.graph.live.clock.pass_time(hours=3)
    assert await house.lease() == []
    rows = await house.graph.server.database.reader().fetch(
        "SELECT state, attempts FROM job WHERE kind = 'role_changed'"
    )
    assert [tuple(row) for row in rows] == [("dead", ATTEMPTS_MAX)]


async def test_what_waits_to_be_taken_is_left_with_who_has_it(house: Home) -> None:
    await house.rule(removesUnreached=True)
    reward = await house.add("21", 5)
    await house.sync()
    await house.carried_out()
    await house.watch("3", -200)
    await removed(house, reward)
    assert await house.carried_out() == []
    await house.add("21", 5)
    await house.sync()
    assert await house.carried_out() == [("88", "21", False, "UNREACHED")], "it was ours, and still is"


async def test_others_in_the_line_go_on_and_other_communities_too(house: Home) -> None:
    den = await home(house.graph, house.bot, "den", "8")
    await house.graph.watched()
    await den.links("88", "3")
    first, second = await house.add("21", 4), await house.add("22", 5)
    await den.add("21", 5)
    await house.sync()
    await den.sync()
    await removed(house, first)
    found = [(one["roleGuildId"], one["roleId"]) for one in await house.lease()]
    assert sorted(found) == [("7", "22"), ("8", "21")]
    assert second != first


async def test_a_dead_gift_of_a_removed_role_is_not_tried_again_until_the_reward_is_back(house: Home) -> None:
    reward = await house.add("21", 5)
    await house.sync()
    [job] = await house.lease()
    await removed(house, reward)
    await ended(house, job, "FAILED")
    success = "... on JobRetried { jobId }"
    refused = await house.do("retryJob", success, jobId=job["id"])
    assert refused["code"] == "role_reward_removed"
    assert await house.lease() == []
    await house.add("21", 5)
    assert (await house.do("retryJob", success, jobId=job["id"])) == {"jobId": job["id"]}
    assert [one["id"] for one in await house.lease()] == [job["id"]]
