"""/link-admin: staff looks up who is who, decides claims of names, and unlinks."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from clients.discord.asked.commands import Asked, Command, Family, Option, Type
from clients.discord.commands.link import named
from clients.discord.commands.staffing import Staffing, done, reason
from clients.discord.graph.answers.link_admin import (
    ClaimConflicts,
    ClaimDecided,
    IdentifiedViewer,
    LinksOfMember,
    LinksOfViewer,
    LinksViewer,
    OpenClaim,
    OpenClaims,
)
from clients.discord.graph.asking import ServerRefused
from clients.discord.render.card import Card, Tone
from clients.discord.render.limits import shown
from clients.discord.words.language import at

MANAGE_GUILD = 1 << 5
PROVIDERS = ("SHUFFLE", "HOWL")
PLATFORMS = ("KICK", "TWITCH", "SHUFFLE", "HOWL")
CAUSES = {"STAFF": "link_admin.by_staff", "VIEWER": "link_admin.by_himself", "UNDONE": "link_admin.by_himself"}
REASON_MAX = 300
LISTED_MAX = 25


class LinkAdmin:
    """The commands."""

    def __init__(self, staffing: Staffing) -> None:
        self._staffing = staffing

    @property
    def family(self) -> Family:
        """The commands, for whoever manages the server."""
        member = Option(name="member", type=Type.USER)
        viewer = Option(name="viewer", type=Type.TEXT, suggest=self._staffing.suggest_viewers)
        provider = Option(name="platform", type=Type.TEXT, required=True, choices=PROVIDERS)
        platform = Option(name="platform", type=Type.TEXT, required=True, choices=PLATFORMS)
        why = Option(name="reason", type=Type.TEXT, most=REASON_MAX)
        needed = Option(name="reason", type=Type.TEXT, required=True, most=REASON_MAX)
        return Family(
            name="link-admin",
            permissions=MANAGE_GUILD,
            commands=[
                Command(name="link-admin lookup", run=self.lookup, options=[viewer, member]),
                Command(name="link-admin verify", run=self.verify, options=[provider, viewer, member, why]),
                Command(name="link-admin reject", run=self.reject, options=[provider, needed, viewer, member]),
                Command(name="link-admin unlink", run=self.unlink, options=[platform, viewer, member, why]),
                Command(name="link-admin duplicates", run=self.duplicates),
            ],
        )

    async def lookup(self, asked: Asked) -> Card:
        """Who somebody is on other platforms, since when and by whom."""
        words, (name, viewer) = asked.words, await self._meant(asked)
        lines = [
            words(
                "link_admin.line",
                account=named(one["account"]["platform"], one["account"]["name"]),
                id=shown(one["account"]["platformId"]),
                at=at(datetime.fromisoformat(one["at"]), "d"),
                how=words(CAUSES[one["cause"]]),
            )
            for one in viewer["linkedAccounts"]
            if one["account"]["platform"] != "DISCORD"
        ]
        return Card(
            title=words("link_admin.lookup_title", name=name),
            lines=[*(lines or [words("link_admin.alone", name=name)]), "", words("link_admin.noted")],
            fields={words("source.WATCH_TIME"): words.duration(viewer["watchTime"]["seconds"])},
        )

    async def verify(self, asked: Asked) -> Card:
        """A member's name in a feed is held for true."""
        claim = await self._claim(asked)
        given = {"claimId": claim["id"], "reason": asked.text("reason")}
        told = cast("ClaimDecided", await self._staffing.do(asked, "verify_wager_account", **given))
        verified = named(claim["provider"], told["claim"]["name"])
        return done(asked.words("link_admin.verified_title"), asked.words("link_admin.verified", account=verified))

    async def reject(self, asked: Asked) -> Card:
        """A member's name in a feed is held for wrong."""
        claim = await self._claim(asked)
        given = {"claimId": claim["id"], "reason": asked.text("reason")}
        told = cast("ClaimDecided", await self._staffing.do(asked, "reject_wager_account", **given))
        rejected = named(claim["provider"], told["claim"]["name"])
        return done(asked.words("link_admin.rejected_title"), asked.words("link_admin.rejected", account=rejected))

    async def unlink(self, asked: Asked) -> Card:
        """An account of somebody stands alone again, once that is confirmed."""
        words, (name, viewer) = asked.words, await self._meant(asked)
        platform = asked.text("platform")
        mine = [one["account"] for one in viewer["linkedAccounts"]]
        found = next((one for one in mine if one["platform"] == platform), None)
        if found is None:
            raise ServerRefused("not_linked", words("link_admin.no_account", name=name, platform=platform.capitalize()))
        account = named(platform, found["name"])
        given = {
            "account": {"platform": platform, "platformId": found["platformId"]},
            "reason": reason(asked),
        }

        async def run(confirmed: Asked) -> Card:
            await self._staffing.do(confirmed, "unlink_member", **given)
            return done(
                confirmed.words("link_admin.unlinked_title"),
                confirmed.words("link_admin.unlinked", account=account, name=name),
            )

        lines = [words("link_admin.unlink", account=account, name=name), words("link_admin.unlink_loses")]
        title, label = words("link.remove_title"), words("link.remove_yes")
        return self._staffing.confirming.card(asked, title=title, lines=lines, label=label, run=run)

    async def duplicates(self, asked: Asked) -> Card:
        """Names that several people claim."""
        words = asked.words
        told = cast("ClaimConflicts", {"communityOfGuild": await self._staffing.read(asked, "claim_conflicts")})
        community = told["communityOfGuild"]
        found = [] if community is None else community["wagers"]["conflicts"]
        lines = [
            f"**{named(one['provider'], one['name'])}**: {one['platform'].capitalize()} {shown(one['platformId'])}, "
            f"{at(datetime.fromisoformat(one['claimedAt']), 'd')}"
            for one in found
        ]
        more = len(lines) - LISTED_MAX
        return Card(
            title=words("link_admin.duplicates_title"),
            lines=[
                *(lines[:LISTED_MAX] or [words("link_admin.no_duplicates")]),
                *([words("link_admin.more", count=more)] if more > 0 else []),
            ],
            tone=Tone.CAREFUL if lines else Tone.GOOD,
        )

    async def _meant(self, asked: Asked) -> tuple[str, LinksViewer]:
        """The name of who is in the option `viewer` or `member`, and who he is; refuses none, and both."""
        words, chosen = asked.words, asked.text("viewer")
        if bool(chosen) == bool(asked.text("member")):
            raise ServerRefused("viewer_unclear", words("staff.one_viewer"), words("staff.which_viewer"))
        if not chosen:
            return await self._member(asked)
        found = await self._viewer(asked, chosen)
        links: LinksViewer = {"watchTime": found["watchTime"], "linkedAccounts": found["linkedAccounts"]}
        return shown(found["accounts"][0]["name"]) if found["accounts"] else "?", links

    async def _viewer(self, asked: Asked, viewer: str) -> IdentifiedViewer:
        """A viewer who was chosen; refuses one who is not known here."""
        community = await self._staffing.read(asked, "links_of_viewer", viewer=viewer)
        told = cast("LinksOfViewer", {"communityOfGuild": community})["communityOfGuild"]
        if told is None or told["viewer"] is None:
            said = asked.words("staff.no_viewer")
            raise ServerRefused("viewer_unknown", said, asked.words("staff.which_viewer"))
        return told["viewer"]

    async def _whose(self, asked: Asked) -> tuple[str, set[tuple[str, str]]]:
        """The name of who is in the option `viewer` or `member`, and the accounts that he may have claimed by."""
        words, chosen, user = asked.words, asked.text("viewer"), asked.text("member")
        if bool(chosen) == bool(user):
            raise ServerRefused("viewer_unclear", words("staff.one_viewer"), words("staff.which_viewer"))
        if user:
            return shown(asked.interaction.names.get(user, user)), {("DISCORD", user)}
        accounts = (await self._viewer(asked, chosen))["accounts"]
        name = shown(accounts[0]["name"]) if accounts else "?"
        return name, {(one["platform"], one["platformId"]) for one in accounts}

    async def _member(self, asked: Asked) -> tuple[str, LinksViewer]:
        """The name of a member and who he is; refuses whoever has never been here."""
        user = asked.text("member")
        name = shown(asked.interaction.names.get(user, user))
        community = await self._staffing.read(asked, "links_of_member", user=user)
        viewer = cast("LinksOfMember", {"communityOfGuild": community})["communityOfGuild"]
        if viewer is None or viewer["viewerOfAccount"] is None:
            raise ServerRefused("viewer_unknown", asked.words("staff.unlinked", name=name), asked.words("staff.link"))
        return name, viewer["viewerOfAccount"]

    async def _claim(self, asked: Asked) -> OpenClaim:
        """The open claim of somebody; refuses where there is none."""
        (name, whose), provider = await self._whose(asked), asked.text("platform")
        told = cast("OpenClaims", {"communityOfGuild": await self._staffing.read(asked, "open_claims")})
        community = told["communityOfGuild"]
        claims: Sequence[OpenClaim] = [] if community is None else community["wagers"]["claims"]["nodes"]
        mine = [one for one in claims if (one["platform"], one["platformId"]) in whose]
        found = next((one for one in mine if one["provider"] == provider), None)
        if found is None:
            said = asked.words("link_admin.no_claim", name=name, platform=provider.capitalize())
            raise ServerRefused("wager_claim_unknown", said, asked.words("link_admin.ask", platform=provider.lower()))
        return found
