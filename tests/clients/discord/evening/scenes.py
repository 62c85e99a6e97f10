"""What happens in an evening, scene by scene; each ends once its effects are there, whoever was killed meanwhile."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

from aiohttp import ClientError

from clients.simulator.discord.asked import Asked
from clients.simulator.discord.world import Json, Message, User
from clients.simulator.happenings import Gifted, Person, StreamTold
from clients.simulator.people import HARBOUR
from clients.simulator.stage import Broadcast
from server.schema.ids import id_of
from tests.clients.discord.evening.stage import GULL, KETTLE, OTTER, Stage
from tests.clients.discord.evening.traps import Moment
from tests.clients.discord.evening.victims import until_up
from tests.web.pages.houses import code_on

FAN_MINUTES = 10
FREE_ENTRY, GIFTED_SUB = 10, 15
KEYWORD = "!mug"
SLOTS = {"Gates of Olympus": OTTER, "Sweet Bonanza": KETTLE}
ANSWER = "POST /interactions/.*/callback"
POST = r"POST /channels/\d+/messages"
ROLE = r"PUT /guilds/\d+/members/\d+/roles/\d+"
EVERY: tuple[Moment, ...] = ("before", "told", "asked", "done")
OF_THE_BOT: tuple[Moment, ...] = ("before", "asked", "done")
ROUND_S, REVEAL_S = 80.0, 12.0
"""Longer than a round is away that staff asked for, and than the winners are kept back."""

A_MOMENT_S = 2.0
"""Kick tells whole seconds: a line of the second in which a giveaway was opened would be one from before."""

LINKED = """SELECT a.id FROM account a JOIN viewer_account va ON va.account_id = a.id
JOIN viewer_account vd ON vd.viewer_id = va.viewer_id JOIN account d ON d.id = vd.account_id
WHERE d.platform = 'discord' AND d.external_id = $1 AND a.platform = 'kick'"""
OPEN_JOBS = "SELECT id FROM job WHERE state IN ('ready', 'leased', 'behind') AND run_at <= $1 AND audience = 'discord'"


@dataclass(frozen=True)
class Scene:
    """A part of the evening, the moments at which somebody may be killed, and what the bot asks of Discord in it."""

    act: Callable[[Stage], Awaitable[None]]
    moments: tuple[Moment, ...]
    requests: tuple[str, ...]


def posted(stage: Stage, channel: str) -> list[Message]:
    """What the bot posted for everybody, without what it answered people there."""
    return [
        one
        for one in stage.discord.world.messages.values()
        if one.channel is stage.channels[channel] and not one.of_interaction
    ]


def written_to(stage: Stage, who: User) -> list[Message]:
    """What the bot wrote to a person alone."""
    return [one for one in stage.discord.world.messages.values() if one.channel.recipient is who]


async def doors_open(stage: Stage) -> None:
    """Server and bot come up, and staff sets everything up."""
    await until_up(stage.server, stage.gateway, stage.bot)
    guild = stage.channels
    for purpose, name in {
        "ANNOUNCEMENTS": "live",
        "RAFFLE": "raffle",
        "GIVEAWAYS": "giveaways",
        "SLOT_CALLS": "slots",
        "LINK_LOG": "log",
    }.items():
        await stage.change("setDiscordChannel", "__typename", purposes=[purpose], platformId=guild[name].id)
    await stage.change("updateLinkSettings", "__typename", logLinks=True)
    await stage.change("updateSlotCallSettings", "__typename", isOpen=True, cooldown=0, perViewer=1)
    fan, linked = stage.roles["Fan"], stage.roles["Linked"]
    await stage.change("addRoleReward", "__typename", roleId=fan.id, name=fan.name, minutes=FAN_MINUTES)
    await stage.change("addRoleReward", "__typename", roleId=linked.id, name=linked.name)
    await stage.change("updateRoleRules", "__typename", removesUnreached=True)
    await stage.change("setAutomaticDraws", "__typename", automatic=False)
    rules = {"freeEntry": FREE_ENTRY, "giftedSub": GIFTED_SUB, "watchTime": 0, "settlementHours": 0, "renews": False}
    await stage.change("updateRaffleRules", "__typename", **rules, prizes="A hoodie", winners=1, alternates=2)
    began = stage.ago(7_200).isoformat()
    ends = (stage.clock.now() + timedelta(hours=2)).isoformat()
    await stage.change("startRaffle", "__typename", title="Autumn", startsAt=began, endsAt=ends)
    await stage.until(lambda: known_commands(stage), "Discord knows the commands")


async def known_commands(stage: Stage) -> bool:
    return bool(stage.discord.world.commands)


async def panel_hung_up(stage: Stage) -> None:
    """Staff wants a panel for links."""
    await stage.change("createPanel", "__typename", kind="LINK", channelId=stage.channels["links"].id)

    async def hangs() -> bool:
        rows = await stage.fetch("SELECT state, message_id, is_waiting FROM panel")
        return [(one["state"], bool(one["message_id"]), bool(one["is_waiting"])) for one in rows] == [
            ("posted", True, False)
        ]

    await stage.until(hangs, "the panel hangs there")


async def linked_by_the_panel(stage: Stage) -> None:
    """Ada clicks the panel's button."""
    ada, [panel] = stage.person("ada"), posted(stage, "links")
    await linked(stage, ada, OTTER, partial(stage.discord.people.click, ada, panel, "rg1:panel:link"))


async def linked_by_the_command(stage: Stage) -> None:
    """Bob uses /link kick."""
    bob, here = stage.person("bob"), stage.channels["general"]
    await linked(stage, bob, KETTLE, partial(stage.discord.people.use, bob, here, "link kick"))


async def linked(stage: Stage, who: User, kick: Person, ask: Callable[[], Awaitable[Asked]]) -> None:
    """Somebody links his account on Kick, from what he is shown to the code that he types; again where that fails."""

    async def is_linked() -> bool:
        return bool(await stage.fetch(LINKED, who.id))

    async def is_told() -> bool:
        has_role = stage.roles["Linked"].id in stage.guild.member(who.id).roles
        named = [one for one in posted(stage, "log") if who.id in str(one.shown)]
        return bool(has_role and named and written_to(stage, who))

    while not await is_linked():
        asked = await stage.answered(ask)
        assert asked.message is not None
        url = asked.message.shown["components"][0]["components"][0].get("url")
        if url is None:  # it was linked a moment ago
            continue
        code = await proven(stage, url, kick)
        if code is not None:
            await stage.use(who, "link confirm", {"name": "code", "type": 3, "value": code})
    await stage.until(is_told, f"{who.name} hears of his link, the log too, and he has the role")


async def proven(stage: Stage, url: str, kick: Person) -> str | None:
    """The code on the page, once somebody signed in; None where the server died meanwhile."""
    stage.kick.allow(kick.account)
    browser, path = stage.browser(), urlsplit(url).path
    await until_up(stage.server)
    try:
        page = await browser.get(url)
        page = await browser.send(page, path)
        page = await browser.send(page, f"{path}/confirm")
    except (ClientError, TimeoutError):
        return None
    return code_on(page)


async def gone_live(stage: Stage) -> None:
    """The stream began forty minutes ago, and Kick tells it only now."""
    started = stage.ago(2_400)
    stage.kick.broadcasts[HARBOUR.account] = Broadcast("An evening", started)
    await stage.hear(StreamTold(title="An evening", started_at=started), started)
    await stage.until(lambda: count(stage, "live", 1), "the stream is announced")


async def count(stage: Stage, channel: str, least: int) -> bool:
    return len(posted(stage, channel)) >= least


async def slots_called(stage: Stage) -> None:
    """Two call slots in chat; who is not heard within half a minute writes again."""
    for title, who in SLOTS.items():

        async def waits(title: str = title) -> bool:
            return bool(await stage.fetch("SELECT id FROM slot_call WHERE title = $1", title))

        for _ in range(3):
            await stage.say(who, f"!call {title}")
            await stage.until(partial(applied, stage), "what was said is applied")
            if await waits():
                break
        assert await waits(), await stage.state()
    await stage.until(lambda: count(stage, "slots", len(SLOTS)), "the calls are posted")


async def applied(stage: Stage) -> bool:
    return not await stage.fetch("SELECT id FROM delivery WHERE state = 'received'")


async def role_reached(stage: Stage) -> None:
    """Ada has watched for as long as the role takes."""
    for number, ago_s in enumerate((900, 600, 300, 0)):
        await stage.say(OTTER, f"This is line {number} of the evening", ago_s)
    ada, fan = stage.person("ada"), stage.roles["Fan"]

    async def has_it() -> bool:
        return fan.id in stage.guild.member(ada.id).roles

    await stage.until(has_it, "the role is given")


async def tickets_gathered(stage: Stage) -> None:
    """Ada claims her free entry on Discord, Amber in chat, and Gull gives subscriptions."""
    await stage.use(stage.person("ada"), "raffle claim")
    await stage.say(KETTLE, "!enter")
    given = Gifted(gifter=GULL, giftees=(OTTER, KETTLE), expires_at=stage.clock.now() + timedelta(days=30))
    await stage.hear(given, stage.ago(0))
    expected = sorted([FREE_ENTRY, FREE_ENTRY, 2 * GIFTED_SUB])

    async def all_there() -> bool:
        rows = await stage.fetch("SELECT tickets FROM ticket_standing")
        return sorted(one["tickets"] for one in rows if one["tickets"]) == expected

    await stage.until(all_there, "everybody has his tickets")


async def giveaway_opened(stage: Stage) -> None:
    """Staff opens a giveaway, and three type its word."""
    await stage.change("openGiveaway", "__typename", title="A mug", keyword=KEYWORD, alternates=1)
    stage.pass_time(A_MOMENT_S)
    for who in (OTTER, KETTLE, GULL):
        await stage.say(who, KEYWORD)

    async def all_in() -> bool:
        return len(await stage.fetch("SELECT id FROM giveaway_entry")) == 3

    await stage.until(all_in, "three are in")


async def promised(stage: Stage) -> None:
    """Both are drawn: the lists are closed and their codes posted."""
    [giveaway] = await stage.fetch("SELECT id FROM giveaway")
    [raffle] = await stage.fetch("SELECT id FROM raffle_period")
    await stage.change("endRaffle", "__typename", reason="The evening is over.")
    given = {"raffleId": id_of("raffle", raffle["id"]), "reason": "Live on stream."}
    await stage.change("drawRaffle", "__typename", **given)
    await stage.change("drawGiveaway", "__typename", giveawayId=id_of("giveaway", giveaway["id"]))
    for channel in ("raffle", "giveaways"):
        await stage.until(partial(count, stage, channel, 1), f"the code is in #{channel}")


async def revealed(stage: Stage) -> None:
    """The round comes, and the winners are named."""
    await acknowledged(stage)
    stage.pass_time(ROUND_S)

    async def drawn() -> bool:
        states = [one["state"] for one in await stage.fetch("SELECT state FROM draw")]
        return states == ["drawn", "drawn"]

    await stage.until(drawn, "both are drawn")
    stage.pass_time(REVEAL_S)
    for channel in ("raffle", "giveaways"):
        await stage.until(partial(count, stage, channel, 2), f"the winners are in #{channel}")


async def claimed(stage: Stage) -> None:
    """The giveaway's winner writes something."""
    people = {str(one.account): one for one in (OTTER, KETTLE, GULL)}
    won = (
        "SELECT a.external_id, p.state FROM draw_place p JOIN draw d ON d.id = p.draw_id "
        "JOIN account a ON a.id = p.account_id WHERE d.subject = 'giveaway' AND p.position = 1"
    )
    [winner] = await stage.fetch(won)
    stage.pass_time(A_MOMENT_S)
    await stage.say(people[winner["external_id"]], "Here I am!")

    async def is_his() -> bool:
        return [one["state"] for one in await stage.fetch(won)] == ["confirmed"]

    await stage.until(is_his, "the winner has claimed")


async def unlinked(stage: Stage) -> None:
    """Ada unlinks her account, and confirms that; after a restart she is told to ask again. Her roles go."""
    ada: User = stage.person("ada")
    platform: Json = {"name": "platform", "type": 3, "value": "KICK"}
    while await stage.fetch(LINKED, ada.id):
        asked = await stage.use(ada, "link remove", platform)
        assert asked.message is not None
        if asked.message.shown["components"]:
            await stage.click(ada, asked, "Unlink it")

    async def has_none() -> bool:
        return not stage.guild.member(ada.id).roles

    await stage.until(has_none, "her roles are taken")


async def acknowledged(stage: Stage) -> None:
    """Wait until the server heard how every job of the bot went."""

    async def none_open() -> bool:
        now = int(stage.clock.now().timestamp() * 1_000_000)
        return not await stage.fetch(OPEN_JOBS, now)

    await stage.until(none_open, "no job of the bot is open")


EVENING: Sequence[Scene] = (
    Scene(doors_open, ("asked", "done"), (r"PUT /applications/\d+/commands",)),
    Scene(panel_hung_up, EVERY, (POST, r"PUT /channels/\d+/(messages/)?pins/\d+")),
    Scene(linked_by_the_panel, OF_THE_BOT, (ANSWER, "POST /users/@me/channels", POST, ROLE)),
    Scene(linked_by_the_command, OF_THE_BOT, (ANSWER, "POST /users/@me/channels", POST, ROLE)),
    Scene(gone_live, EVERY, (POST,)),
    Scene(slots_called, EVERY, (POST,)),
    Scene(role_reached, EVERY, (ROLE,)),
    Scene(tickets_gathered, EVERY, (ANSWER,)),
    Scene(giveaway_opened, ("before", "told"), ()),
    Scene(promised, EVERY, (POST,)),
    Scene(revealed, OF_THE_BOT, (POST,)),
    Scene(claimed, ("before", "told"), ()),
    Scene(unlinked, OF_THE_BOT, (ANSWER, ROLE.replace("PUT", "DELETE"))),
)
