"""/link: prove an account, take one along from another community, and see what is linked."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import cast

from clients.discord.asked.answering import custom_id
from clients.discord.asked.commands import Asked, Command, Family, Option, Type
from clients.discord.asked.confirming import Confirming
from clients.discord.graph.answers.link import (
    ClaimWagerAccount,
    ConfirmLink,
    CreateLink,
    IdentifiedAccount,
    KnownAccounts,
    LinkCommunity,
    LinkedAccount,
    LinkKnownAccount,
    LinkMade,
    LinkOffered,
    LinkStatus,
)
from clients.discord.graph.asking import Graph, ServerRefused
from clients.discord.graph.communities import Communities
from clients.discord.graph.documents import document
from clients.discord.render.card import Button, Card, Look, Style, Tone
from clients.discord.render.limits import BUTTONS_MAX, LABEL_MAX, cut, plain, shown
from clients.discord.words.language import Words, at

PLACE = "link:known"
PROVIDERS = ("SHUFFLE", "HOWL")
PLATFORMS = ("KICK", "TWITCH", *PROVIDERS)
NAME_MIN, NAME_MAX, CODE_MAX = 3, 32, 16


class Linking:
    """The commands, and the button that takes an account along from another community."""

    def __init__(self, graph: Graph, communities: Communities, confirming: Confirming) -> None:
        self._graph = graph
        self._communities = communities
        self._confirming = confirming

    @property
    def family(self) -> Family:
        """The commands."""
        username = Option(name="username", type=Type.TEXT, required=True, least=NAME_MIN, most=NAME_MAX)
        code = Option(name="code", type=Type.TEXT, required=True, most=CODE_MAX)
        platform = Option(name="platform", type=Type.TEXT, required=True, choices=PLATFORMS)
        claims = [
            Command(name=f"link {provider.lower()}", run=self._claiming(provider), options=[username])
            for provider in PROVIDERS
        ]
        return Family(
            name="link",
            commands=[
                Command(name="link kick", run=self.offer),
                Command(name="link confirm", run=self.confirm, options=[code]),
                Command(name="link status", run=self.status),
                Command(name="link remove", run=self.remove, options=[platform]),
                *claims,
            ],
        )

    async def offer(self, asked: Asked) -> Card:
        """The way to the page where a Kick account is proven; or that one is linked already."""
        words, community = asked.words, await self._community(asked)
        linked = next((one for one in accounts(community) if one["account"]["platform"] == "KICK"), None)
        if linked is not None:
            return already_card(words, linked)
        given = {
            "community": community["id"],
            "name": asked.interaction.user_name,
            "guild": community["guild"]["name"] if community["guild"] else community["name"],
            "key": asked.interaction.id,
        }
        told = cast("CreateLink", await self._graph.ask(document("create_link"), given, asked.interaction.acting))
        return offer_card(words, community, told["createLink"])

    async def confirm(self, asked: Asked) -> Card:
        """The accounts are linked, for the code that the page showed."""
        interaction = asked.interaction
        community = await self._communities.of(interaction.guild, asked.words("failed.unbound"))
        given = {"community": community, "typed": asked.text("code"), "key": interaction.id}
        told = cast("ConfirmLink", await self._graph.ask(document("confirm_link"), given, interaction.acting))
        return linked_card(asked.words, told["confirmLink"])

    async def status(self, asked: Asked) -> Card:
        """What is linked, and what could be."""
        community = await self._community(asked)
        given = {"community": community["id"]}
        told = await self._graph.ask(document("known_accounts"), given, asked.interaction.acting)
        return status_card(asked.words, community, cast("KnownAccounts", told)["knownAccounts"])

    async def take(self, asked: Asked, more: str) -> Card:
        """An account that was proven in another community is linked here, too: `more` holds its platform and id."""
        interaction = asked.interaction
        platform, _, account = more.partition(":")
        community = await self._communities.of(interaction.guild, asked.words("failed.unbound"))
        given = {"community": community, "platform": platform, "account": account, "key": interaction.id}
        told = await self._graph.ask(document("link_known_account"), given, interaction.acting)
        return linked_card(asked.words, cast("LinkKnownAccount", told)["linkKnownAccount"])

    async def remove(self, asked: Asked) -> Card:
        """An account stands alone again, once that is confirmed."""
        words, community = asked.words, await self._community(asked)
        platform = asked.text("platform")
        linked = next((one for one in accounts(community) if one["account"]["platform"] == platform), None)
        if linked is None:
            raise ServerRefused("not_linked", words("link.not_linked", platform=platform.capitalize()))
        account = linked["account"]
        given = {"community": community["id"], "platform": platform, "account": account["platformId"]}

        async def run(confirmed: Asked) -> Card:
            by = confirmed.interaction
            await self._graph.ask(document("unlink_my_account"), given | {"key": by.id}, by.acting)
            return removed_card(confirmed.words, account)

        return self._confirming.card(
            asked,
            title=words("link.remove_title"),
            lines=removal_lines(words, community, account),
            label=words("link.remove_yes"),
            run=run,
        )

    def _claiming(self, provider: str) -> Callable[[Asked], Awaitable[Card]]:
        async def claim(asked: Asked) -> Card:
            interaction = asked.interaction
            community = await self._communities.of(interaction.guild, asked.words("failed.unbound"))
            given = {
                "community": community,
                "provider": provider,
                "name": asked.text("username"),
                "key": interaction.id,
            }
            told = await self._graph.ask(document("claim_wager_account"), given, interaction.acting)
            return claimed_card(asked.words, provider, cast("ClaimWagerAccount", told))

        return claim

    async def _community(self, asked: Asked) -> LinkCommunity:
        given = {"guild": asked.interaction.guild or "", "user": asked.interaction.user}
        told = cast("LinkStatus", await self._graph.ask(document("link_status"), given))
        if told["communityOfGuild"] is None:
            raise ServerRefused("guild_unbound", asked.words("failed.unbound"))
        return told["communityOfGuild"]


def accounts(community: LinkCommunity) -> Sequence[LinkedAccount]:
    """The accounts that are linked to the Discord user of whoever asks."""
    viewer = community["viewerOfAccount"]
    linked = [] if viewer is None else viewer["linkedAccounts"]
    return [one for one in linked if one["account"]["platform"] != "DISCORD"]


def named(platform: str, name: str) -> str:
    """An account as people read it."""
    return f"{platform.capitalize()}: {shown(name)}"


def removal_lines(words: Words, community: LinkCommunity, account: IdentifiedAccount) -> Sequence[str]:
    """What unlinking an account means for whoever does it."""
    cooldown = community["linkSettings"]["cooldown"]
    return [
        f"**{named(account['platform'], account['name'])}**",
        "",
        words("link.remove_loses"),
        *([words("link.remove_cooldown", time=words.duration(cooldown))] if cooldown else []),
    ]


def removed_card(words: Words, account: IdentifiedAccount) -> Card:
    """The account stands alone."""
    return Card(
        title=words("link.removed_title"),
        lines=[words("link.removed", account=named(account["platform"], account["name"]))],
        tone=Tone.GOOD,
        look=Look.CHECK,
    )


def offer_card(words: Words, community: LinkCommunity, offered: LinkOffered) -> Card:
    """What to do with a link that is somebody's alone, and how long it is good."""
    until = datetime.fromisoformat(offered["expiresAt"])
    steps = [
        words("link.step_open"),
        words("link.step_confirm"),
        words("link.step_code") if community["linkSettings"]["codeRequired"] else words("link.step_done"),
    ]
    return Card(
        title=words("link.title"),
        lines=[
            *(f"{number}. {step}" for number, step in enumerate(steps, 1)),
            "",
            words("link.until", until=at(until, "R")),
            words("link.yours"),
        ],
        footer=community["name"],
        buttons=[[Button(label=words("link.open"), url=offered["url"])]],
    )


def already_card(words: Words, linked: LinkedAccount) -> Card:
    """There is such an account already."""
    since = at(datetime.fromisoformat(linked["at"]), "D")
    return Card(
        title=words("link.already_title"),
        lines=[
            f"**{named(linked['account']['platform'], linked['account']['name'])}** ({words('link.since', at=since)})",
            "",
            words("link.already"),
        ],
        tone=Tone.GOOD,
        look=Look.CHECK,
    )


def linked_card(words: Words, made: LinkMade) -> Card:
    """An account is linked."""
    return Card(
        title=words("link.done_title"),
        lines=[f"**{named(made['platform'], made['name'])}**", "", words("link.done")],
        tone=Tone.GOOD,
        look=Look.CHECK,
    )


def status_card(words: Words, community: LinkCommunity, known: Sequence[IdentifiedAccount]) -> Card:
    """What is linked since when, what each account is good for, and what else could be linked."""
    linked = accounts(community)
    lines = [
        f"**{named(one['account']['platform'], one['account']['name'])}** "
        f"({words('link.since', at=at(datetime.fromisoformat(one['at']), 'D'))})"
        for one in linked
    ]
    platforms = {one["account"]["platform"] for one in linked}
    unlocks = words("link.good_for_kick" if "KICK" in platforms else "link.kick_open")
    wagers = [words("link.good_for_wagers")] if platforms & set(PROVIDERS) else []
    found = [one for one in known if one["platform"] not in platforms][:BUTTONS_MAX]
    buttons = [
        Button(
            label=cut(words("link.take", account=f"{one['platform'].capitalize()}: {plain(one['name'])}"), LABEL_MAX),
            custom_id=custom_id("link", "known", f"{one['platform']}:{one['platformId']}"),
            style=Style.PRIMARY,
        )
        for one in found
    ]
    return Card(
        title=words("link.status_title"),
        lines=[*(lines or [words("link.none")]), "", unlocks, *wagers, *([words("link.known")] if found else [])],
        footer=community["name"],
        buttons=[buttons],
        tone=Tone.GOOD if linked else Tone.CAREFUL,
    )


def claimed_card(words: Words, provider: str, told: ClaimWagerAccount) -> Card:
    """A name waits for staff, or was verified before."""
    claim = told["claimWagerAccount"]
    is_verified = claim["state"] == "VERIFIED"
    return Card(
        title=words("link.done_title") if is_verified else words("link.claimed_title"),
        lines=[
            f"**{named(provider, claim['name'])}**",
            "",
            words("link.good_for_wagers") if is_verified else words("link.claimed"),
        ],
        tone=Tone.GOOD if is_verified else Tone.PLAIN,
        look=Look.CHECK if is_verified else Look.NONE,
    )
