"""A community whose people link their accounts, asked through the graph and visited with browsers."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.schema.ids import id_of
from server.store import communities
from tests.web.pages.visiting import Browser, Page, Visited

OTTER, HERON = 7_200_101, 7_200_102
VIOLET, MALLORY = "900000000000000001", "900000000000000666"

CREATE = """mutation ($input: CreateLinkInput!) { createLink(input: $input) {
    ... on LinkCreated { url expiresAt } ... on Problem { code message remedy } } }"""
TYPE = """mutation ($input: ConfirmLinkInput!) { confirmLink(input: $input) {
    ... on LinkConfirmed { platform platformId name } ... on Problem { code message remedy } } }"""
RULES = """mutation ($input: UpdateLinkSettingsInput!) { updateLinkSettings(input: $input) {
    ... on LinkSettingsUpdated { settings { valid codeRequired logLinks cooldown } } ... on Problem { code } } }"""
UNLINK = """mutation ($input: UnlinkMyAccountInput!) { unlinkMyAccount(input: $input) {
    ... on MyAccountUnlinked { platform platformId } ... on Problem { code } } }"""
TAKE = """mutation ($input: LinkKnownAccountInput!) { linkKnownAccount(input: $input) {
    ... on LinkConfirmed { platform platformId name } ... on Problem { code } } }"""
KNOWN = "query ($id: ID!) { knownAccounts(communityId: $id) { platform platformId name } }"
OFFERS = """query ($slug: String!) { community(slug: $slug) { linkOffers(first: 10) { totalCount nodes {
    discordId state platformId name problem } } } }"""
LINKED = """query ($slug: String!, $id: String!) { community(slug: $slug) {
    viewerOfAccount(platform: DISCORD, platformId: $id) { linkedAccounts { cause account { platform platformId name } }
        linkHistory(first: 9) { nodes { kind cause } } } } }"""


@dataclass(slots=True)
class House:
    """A community whose people link their accounts."""

    visited: Visited
    number: int
    slug: str
    keys: int = 0

    @property
    def id(self) -> str:
        return id_of("community", self.number)

    def person(self, discord_id: str) -> str:
        """The token of a Discord user."""
        return self.visited.server.tokens.mint_person(frozenset({("discord", discord_id)}))

    async def ask(self, document: str, token: str, /, **variables: Any) -> Any:
        """What the graph answers."""
        return await self.visited.ask(document, token, **variables)

    async def change(self, document: str, token: str, /, **given: Any) -> Any:
        """What a mutation gives, under a key of its own."""
        self.keys += 1
        wanted = {"communityId": self.id, "idempotencyKey": f"key-{self.slug}-{self.keys}", **given}
        [told] = (await self.ask(document, token, input=wanted)).values()
        return told

    async def offer(self, discord_id: str = VIOLET, name: str = "violet") -> dict[str, Any]:
        """A new link for a Discord user, or why not."""
        return await self.change(CREATE, self.person(discord_id), discordName=name, guildName="The Harbour")

    async def rules(self, **given: Any) -> None:
        told = await self.change(RULES, self.visited.server.tokens.mint("admin"), **given)
        assert "settings" in told, told

    async def linked(self, discord_id: str = VIOLET) -> list[tuple[str, str]]:
        """The accounts of the viewer that a Discord user is."""
        found = await self.ask(LINKED, self.visited.server.tokens.mint("admin"), slug=self.slug, id=discord_id)
        viewer = found["community"]["viewerOfAccount"]
        accounts = viewer["linkedAccounts"] if viewer else []
        return sorted((one["account"]["platform"], one["account"]["platformId"]) for one in accounts)

    async def jobs(self, kind: str) -> list[dict[str, Any]]:
        rows = await self.visited.server.database.reader().fetch(
            "SELECT payload FROM job WHERE community_id = $1 AND kind = $2 AND audience = 'discord' ORDER BY id",
            self.number,
            kind,
        )
        return [orjson.loads(row["payload"]) for row in rows]

    async def proven(self, browser: Browser, url: str, account: int = OTTER) -> Page:
        """The page that shows both accounts, after somebody signed in with Kick for a link."""
        self.visited.kick.allow(account)
        page = await browser.get(url)
        assert page.status == 200, page.text
        page = await browser.send(page, urlsplit(url).path)
        assert page.url == f"{url}/confirm", page.text
        return page

    async def confirmed(self, browser: Browser, url: str, account: int = OTTER) -> Page:
        """The page after confirming in the browser."""
        page = await self.proven(browser, url, account)
        return await browser.send(page, f"{urlsplit(url).path}/confirm")


def code_on(page: Page) -> str:
    return page.text.split("/link confirm ")[1].split()[0]


async def house_named(visited: Visited, slug: str) -> House:
    async def make(tx: Tx, scope: Scope) -> Done[int]:
        made = await communities.create(tx, slug, slug.title(), "UTC", scope.now)
        assert made is not None
        return Done(made)

    return House(visited, await visited.server.units.run(0, make), slug)
