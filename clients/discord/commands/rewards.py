"""/rewards: roles that are given for watching and linking, who has them, and what a sync would do."""

from collections.abc import Sequence
from functools import partial
from typing import cast

from clients.discord.asked.answering import Clicks, custom_id
from clients.discord.asked.commands import Asked, Choice, Command, Family, Option, Type
from clients.discord.commands.role_check import RoleCheck, trouble
from clients.discord.commands.staffing import Staffing, done
from clients.discord.graph.answers.rewards import (
    AllRoleRewards,
    CommunityOfMembers,
    CommunityOfPreview,
    RewardAsItIs,
    RoleMemberPage,
    RoleReward,
)
from clients.discord.graph.asking import ServerRefused
from clients.discord.library.hierarchy import MANAGE_ROLES
from clients.discord.render.card import Button, Card, Look, Tone
from clients.discord.render.limits import shown
from clients.discord.words.language import Words

MINUTES_MAX = 5_256_000
AREA = "rewards"
MEMBERS_AT_ONCE = 20
PEOPLE_AT_ONCE = 15
MODES = ("STACK", "HIGHEST")

ROLE = Option(name="role", type=Type.ROLE, required=True)
MINUTES = Option(name="minutes", type=Type.WHOLE, required=True, least=1, most=MINUTES_MAX)


class Rewards:
    """The commands; the server judges each, and Discord is asked whether the bot can give a role at all."""

    def __init__(self, staffing: Staffing, check: RoleCheck) -> None:
        self._staffing = staffing
        self._check = check

    @property
    def family(self) -> Family:
        """The commands."""
        reward = Option(name="role", type=Type.TEXT, required=True, suggest=self.suggest)
        mode = Option(name="mode", type=Type.TEXT, choices=MODES)
        sync = [Option(name="dry_run", type=Type.YES_NO), Option(name="again", type=Type.YES_NO)]
        commands = [
            Command(name="rewards add", run=self.add, options=[ROLE, MINUTES]),
            Command(name="rewards linking", run=self.add, options=[ROLE]),
            Command(name="rewards edit", run=self.edit, options=[reward, MINUTES]),
            Command(name="rewards remove", run=self.remove, options=[reward]),
            Command(name="rewards enable", run=partial(self.switch, is_on=True), options=[reward]),
            Command(name="rewards disable", run=partial(self.switch, is_on=False), options=[reward]),
            Command(name="rewards list", run=self.list),
            Command(name="rewards members", run=self.members, options=[reward]),
            Command(name="rewards mode", run=self.mode, options=[mode, Option(name="take", type=Type.YES_NO)]),
            Command(name="rewards sync", run=self.sync, options=sync),
            Command(name="rewards check", run=self.check),
        ]
        return Family(name="rewards", commands=commands, permissions=MANAGE_ROLES)

    @property
    def clicks(self) -> Clicks:
        """The buttons that go on."""
        return {f"{AREA}:members": self._more_members, f"{AREA}:preview": self._preview}

    async def suggest(self, asked: Asked) -> Sequence[Choice]:
        """Role rewards whose name holds what is being typed."""
        typed = asked.text("role").lower()
        found = [(_named(asked.words, one), one["id"]) for one in (await self._all(asked))["all"]]
        return [one for one in found if typed in one[0].lower()]

    async def add(self, asked: Asked) -> Card:
        """Have a role given, unless the bot could not give it."""
        words, role = asked.words, asked.text("role")
        await self._check.refuse(asked, role)
        name = asked.interaction.names.get(role, role)
        minutes = asked.whole("minutes", 0) or None
        told = await self._staffing.do(asked, "add_role_reward", roleId=role, name=name, minutes=minutes)
        return done(words("rewards.added"), _line(words, told["reward"]), words("rewards.to_everybody"))

    async def edit(self, asked: Asked) -> Card:
        """Have a role given for other minutes."""
        words, reward = asked.words, await self._one(asked, asked.text("role"))
        given = {"roleRewardId": reward["id"], "minutes": asked.whole("minutes", 0)}
        told = await self._staffing.do(asked, "update_role_reward", **given)
        return done(words("rewards.changed"), _line(words, told["reward"]), words("rewards.to_everybody"))

    async def switch(self, asked: Asked, *, is_on: bool) -> Card:
        """Have a role given, or left as it is."""
        words, reward = asked.words, await self._one(asked, asked.text("role"))
        told = await self._staffing.do(asked, "update_role_reward", roleRewardId=reward["id"], isOn=is_on)
        return done(words("rewards.changed"), _line(words, told["reward"]))

    async def remove(self, asked: Asked) -> Card:
        """Ask whether a role is not to be given any more."""
        words, reward = asked.words, await self._one(asked, asked.text("role"))
        count = (await self._members_of(asked, reward["id"], None))["totalCount"]
        lines = [_line(words, reward), words("rewards.remove_effect", count=count)]
        label = words("rewards.remove")
        return self._staffing.confirming.card(
            asked, title=label, lines=lines, label=label, run=partial(self._remove, reward["id"])
        )

    async def _remove(self, reward: str, asked: Asked) -> Card:
        await self._staffing.do(asked, "remove_role_reward", roleRewardId=reward)
        return done(asked.words("rewards.removed"), asked.words("rewards.kept"))

    async def list(self, asked: Asked) -> Card:
        """What there is, and by which rules."""
        words, told = asked.words, await self._all(asked)
        lines = [_line(words, one) for one in told["all"]] or [words("rewards.none")]
        return Card(title=words("rewards.title"), lines=[*lines, "", *_rules(words, told)])

    async def members(self, asked: Asked) -> Card:
        """Who has a role by what the bot did."""
        return await self._members(asked, asked.text("role"), None)

    async def _more_members(self, asked: Asked, more: str) -> Card:
        reward, _, after = more.partition(":")
        return await self._members(asked, reward, after or None)

    async def _members(self, asked: Asked, reward: str, after: str | None) -> Card:
        words, one = asked.words, await self._one(asked, reward)
        page = await self._members_of(asked, one["id"], after)
        lines = [
            f"<@{member['account']['platformId']}> {words('rewards.state.' + member['state'])}".rstrip()
            for member in page["nodes"]
        ]
        following = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
        count = await self._check.holders(asked, one["roleId"])
        in_all = None if count is None else words("rewards.in_all", count=count)
        more = Button(label=words("pager.next"), custom_id=custom_id(AREA, "members", f"{one['id']}:{following}"))
        return Card(
            title=words("rewards.members_of", name=shown(one["name"])),
            lines=lines or [words("rewards.nobody")],
            footer=words("rewards.by_us", count=page["totalCount"]) + ("" if in_all is None else f" · {in_all}"),
            buttons=[[more]] if following else [],
        )

    async def mode(self, asked: Asked) -> Card:
        """Give roles by other rules, or show them."""
        words, mode = asked.words, asked.text("mode")
        given = {"mode": mode} if mode else {}
        if "take" in asked.interaction.options:
            given |= {"removesUnreached": asked.is_on("take", default=False)}
        if not given:
            return Card(title=words("rewards.rules"), lines=_rules(words, await self._all(asked)))
        told = await self._staffing.do(asked, "update_role_rules", **given)
        return done(words("rewards.rules"), *_rules(words, told), words("rewards.to_everybody"))

    async def sync(self, asked: Asked) -> Card:
        """Show what a sync would do, or do it."""
        if asked.is_on("dry_run", default=True):
            return await self._preview(asked, "")
        words = asked.words
        told = await self._staffing.do(asked, "sync_roles", anew=asked.is_on("again", default=False))
        return done(words("rewards.syncing"), words("rewards.looked_at", count=told["people"]))

    async def _preview(self, asked: Asked, more: str) -> Card:
        words = asked.words
        told = await self._staffing.read(asked, "role_preview", first=PEOPLE_AT_ONCE, after=more or None)
        found = cast("CommunityOfPreview", told)["roleRewards"]
        counts, page = found["previewCounts"], found["preview"]
        lines = [
            f"<@{one['account']['platformId']}>: "
            + ", ".join(f"{'+' if change['isGiven'] else '-'}{shown(change['name'])}" for change in one["changes"])
            for one in page["nodes"]
        ]
        following = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
        next_page = Button(label=words("pager.next"), custom_id=custom_id(AREA, "preview", following or ""))
        head = words("rewards.would", given=counts["given"], taken=counts["taken"], count=counts["people"])
        return Card(
            title=words("rewards.dry_run"),
            lines=[f"**{head}**", *lines, "", words("rewards.do_it")]
            if counts["people"]
            else [words("rewards.in_step")],
            footer=words("rewards.looked_at", count=counts["lookedAt"]),
            buttons=[[next_page]] if following else [],
        )

    async def check(self, asked: Asked) -> Card:
        """Whether the bot can give each role, and what to do where it cannot."""
        words, told = asked.words, await self._all(asked)
        found = await self._check.all(asked, [one["roleId"] for one in told["all"]])
        troubles = [
            f"{Look.CAREFUL}**{shown(one['name'])}**: {trouble(words, found[one['roleId']])}"
            for one in told["all"]
            if found[one["roleId"]] is not None
        ]
        if not told["all"]:
            return Card(title=words("rewards.check"), lines=[words("rewards.none")])
        if not troubles:
            count = len(told["all"])
            return done(words("rewards.check"), words("rewards.all_well", count=count))
        return Card(title=words("rewards.check"), lines=troubles, tone=Tone.CAREFUL, look=Look.CAREFUL)

    async def _all(self, asked: Asked) -> AllRoleRewards:
        return (await self._staffing.read(asked, "role_rewards"))["roleRewards"]

    async def _one(self, asked: Asked, reward: str) -> RoleReward:
        """The role reward that was chosen; refuses what is none, such as a name that was typed and not chosen."""
        everything = (await self._all(asked))["all"]
        found = next((one for one in everything if reward in {one["id"], one["name"]}), None)
        if found is None:
            raise ServerRefused("role_reward_unknown", asked.words("rewards.unknown"), asked.words("rewards.choose"))
        return found

    async def _members_of(self, asked: Asked, reward: str, after: str | None) -> RoleMemberPage:
        given = {"reward": reward, "first": MEMBERS_AT_ONCE, "after": after}
        told = cast("CommunityOfMembers", await self._staffing.read(asked, "role_members", **given))
        found = told["roleRewards"]["reward"]
        if found is None:
            raise ServerRefused("role_reward_unknown", asked.words("rewards.unknown"), asked.words("rewards.choose"))
        return found["members"]


def _named(words: Words, reward: RoleReward) -> str:
    """A role reward in a list to choose from."""
    return f"{reward['name']} · {_for(words, reward['minutes'])}"


def _for(words: Words, minutes: int | None) -> str:
    return words("rewards.for_linking") if minutes is None else words("rewards.for_minutes", count=minutes)


def _line(words: Words, reward: RoleReward | RewardAsItIs) -> str:
    """A role and what it is given for, in a card."""
    off = "" if reward["isOn"] else f" ({words('rewards.off')})"
    return f"**{shown(reward['name'])}**: {_for(words, reward['minutes'])}{off}"


def _rules(words: Words, told: AllRoleRewards) -> Sequence[str]:
    """The rules in words."""
    return [
        words(f"rewards.mode.{told['mode']}"),
        words("rewards.takes" if told["removesUnreached"] else "rewards.keeps"),
    ]
