"""Binding a Discord server from the community's page."""

from functools import partial

import pytest

from server.actions import guilds as actions
from server.store import guilds
from tests.web.pages.test_connecting import founded
from tests.web.pages.visiting import Browser, Visited

OTTER, HERON = 7_200_101, 7_200_102
PLACE = "/c/harbour"
GRANT = "mutation ($input: GrantStaffRoleInput!) { grantStaffRole(input: $input) { __typename } }"


@pytest.fixture
async def browser(visited: Visited) -> Browser:
    """The owner's browser."""
    await founded(visited)
    return await visited.signed_in(OTTER)


async def bound(visited: Visited, code: str) -> None:
    """Bind a server, as the bot does when a code is typed."""
    known = await guilds.codes(visited.server.database.reader(), visited.clock.now())
    [right] = [one for one in known if visited.server.services.codes.is_right("guild", one.salt, code)]
    await visited.server.units.run(1, partial(actions.bind, code_id=right.id, guild="9007", name="The Harbour"))


async def test_an_owner_makes_a_code_and_unbinds_what_was_bound_with_it(visited: Visited, browser: Browser) -> None:
    page = await browser.send(await browser.get(PLACE), f"{PLACE}/guild")
    code = page.text.split("/setup code:")[1].split()[0]
    assert (await browser.get(page.url)).url == f"{visited.base}{PLACE}", "a reload makes no other code"
    await bound(visited, code)
    page = await browser.get(PLACE)
    assert "The Harbour (id 9007) belongs to this community" in page.text
    page = await browser.send(page, f"{PLACE}/guild/unbind")
    assert "None is bound yet" in page.text


async def test_only_who_may_manage_staff_makes_codes(visited: Visited, browser: Browser) -> None:
    given = {"holder": {"kind": "KICK", "platformId": str(HERON)}, "role": "MANAGER", "idempotencyKey": "g"}
    community = await visited.ask('{ community(slug: "harbour") { id } }')
    await visited.ask(GRANT, input=given | {"communityId": community["community"]["id"]})
    manager = await visited.signed_in(HERON)
    page = await manager.get(PLACE)
    assert "an owner of the community can bind one" in page.text
    assert page.forms(f"{PLACE}/guild") == []
    proof = (await browser.get(PLACE)).form(f"{PLACE}/guild")
    assert (await manager.post(f"{PLACE}/guild", proof)).code == "form_not_ours"
    assert await guilds.codes(visited.server.database.reader(), visited.clock.now()) == []
