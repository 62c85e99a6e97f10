"""Every kind of answer is drawn as Discord draws it, from what the bot really sent, and nothing of it is cut.

`make bot-pictures` keeps the pictures, for those who want to look.
"""

import asyncio
import os
from base64 import b64decode, b64encode
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from clients.simulator.discord.asked import Asked
from clients.simulator.discord.world import EPHEMERAL, Json, User
from server.schema.ids import id_of
from tests.clients.discord.bot.conftest import Place
from tests.clients.discord.bot.staff import YES_NO, linked, member, press, staff, text, whole
from tests.clients.discord.bot.test_panels import panels_in
from tests.clients.discord.preview import Shown, page
from tests.graph import line, status
from tests.web.chromium import Browser, chromium

SIZES = {"phone": 375, "desktop": 1_140}
PICTURES = os.environ.get("REGULARS_TEST_PICTURES")  # a folder for those who want to look
FITS = "document.documentElement.scrollWidth <= window.innerWidth"
HEIGHT = "document.documentElement.scrollHeight"
DRAWN = "[...document.images].filter(one => one.complete && one.naturalWidth > 0 && one.alt).length"
UNDRAWN = r"/\\[*_`]|<t:|<@\d/.test(document.body.innerText)"

RULES = "mutation ($input: UpdateRaffleRulesInput!) { updateRaffleRules(input: $input) { __typename } }"
START = "mutation ($input: StartRaffleInput!) { startRaffle(input: $input) { __typename } }"
SLOTS = "mutation ($input: UpdateSlotCallSettingsInput!) { updateSlotCallSettings(input: $input) { __typename } }"
GIVEAWAY = "mutation ($input: OpenGiveawayInput!) { openGiveaway(input: $input) { __typename } }"
PROFILE = "Viewer profile"
OFF = {"name": "on", "type": YES_NO, "value": False}
HOSTILE = "**@everyone** [free](https://evil.example) `x` \N{RIGHT-TO-LEFT OVERRIDE}" + "w" * 60


@pytest.fixture
async def browser() -> AsyncGenerator[Browser, None]:
    """A browser that was never anywhere."""
    async with chromium() as found:
        yield found


async def answer(place: Place, user: User, command: str, *options: Json) -> Shown:
    return await drawn(f"/{command}", await place.use(user, command, *options))


async def drawn(asks: str, asked: Asked) -> Shown:
    """What somebody was answered, under what he did."""
    shown = await asked.settled(20)
    data: Json = (asked.answer or {}).get("data") or {}
    caption = f"{asked.user.locale}: {asks}" if asked.user.locale != "en-US" else asks
    files = [] if asked.message is None else asked.message.attachments
    pictures = {one.filename: f"data:{one.content_type};base64,{b64encode(one.content).decode()}" for one in files}
    return Shown(caption=caption, payload=shown, is_private=bool(data.get("flags", 0) & EPHEMERAL), pictures=pictures)


async def arranged(place: Place) -> None:
    """A community in which there is something to see of everything."""
    where = {"communityId": id_of("community", place.community), "idempotencyKey": "arranged"}
    await place.graph.data(RULES, input=where | {"prizes": "1. A *hoodie*\n\n2. A mug", "freeEntry": 10})
    await place.graph.data(START, input=where | {"title": "Mugs & hoodies"})
    await place.graph.data(SLOTS, input=where | {"isOpen": True, "perViewer": 0, "cooldown": 0})
    given = {"title": "A mug", "keyword": "!mug", "prize": "A mug with an owl", "watchTime": 3_600, "linkedOnly": True}
    await place.graph.data(GIVEAWAY, input=where | given)
    await watched_for_weeks(place)


async def watched_for_weeks(place: Place) -> None:
    """Streams on many of the last days, in each of which the first viewers wrote now and then."""
    for day in (5, 6, 9, 10, 11, 13, 17, 18, 20, 24, 25, 27, 31):
        began = f"2026-07-{day:02d}T10:00:00Z"
        ended = f"2026-07-{day:02d}T13:00:00Z"
        await place.graph.deliver("livestream.status.updated", status("100001", began, ended))
        for part in range(1 + day * 7 % 13):
            at = f"2026-07-{day:02d}T{10 + part // 10}:{part % 10 * 6:02d}:00Z"
            for viewer in (1, 2):
                await place.graph.deliver("chat.message.sent", line("100001", viewer, f"{viewer} {part}", at))
    await place.graph.live.settle()


async def viewers_answers(place: Place, user: User) -> list[Shown]:
    """What somebody is told who asks for everything."""
    commands = (
        "link kick",
        "link status",
        "watchtime",
        "leaderboard",
        "raffle info",
        "raffle tickets",
        "raffle board",
        "raffle history",
        "raffle verify",
        "slots list",
        "giveaways",
        "privacy export",
        "privacy delete",
        "help",
    )
    return [await answer(place, user, command) for command in commands]


async def from_menus_and_boards(place: Place, viewer: User, boss: User, winners: int) -> list[Shown]:
    """What a viewer and staff are answered on boards of tickets, in menus of members, and of a change."""
    people, tickets = place.discord.people, text("board", "TICKETS")
    board = await place.use(viewer, "leaderboard", tickets, whole("top", 1))
    edits = (
        text("reason", "The mug broke."),
        text("prize", "A cup with an owl"),
        whole("winners", winners),
        text("end", "3d"),
    )
    change = await place.use(boss, "giveaway edit", *edits)
    form = await people.open_menu(boss, place.channel, "Give raffle tickets", viewer)
    await form.answered()
    gift = await people.fill_in(boss, form, {"amount": "25", "reason": "For *helping* with the quiz."})
    return [
        await drawn("/leaderboard board:tickets top:1", board),
        await drawn("My place", await press(place, viewer, board, -1)),
        await answer(place, viewer, "leaderboard", tickets, text("period", "last month")),
        await answer(place, viewer, "raffle tickets", member(boss)),
        await answer(place, boss, "raffle tickets", member(viewer)),
        await drawn("Viewer profile, of himself", await people.open_menu(viewer, place.channel, PROFILE, viewer)),
        await drawn("Viewer profile, by staff", await people.open_menu(boss, place.channel, PROFILE, viewer)),
        await drawn("Viewer profile, of another", await people.open_menu(viewer, place.channel, PROFILE, boss)),
        await drawn("Give raffle tickets", gift),
        await drawn("Give raffle tickets, confirmed", await press(place, boss, gift)),
        await drawn("/giveaway edit", change),
        await drawn("/giveaway edit, confirmed", await press(place, boss, change)),
    ]


async def panels(place: Place, boss: User) -> list[Shown]:
    """What stays in a channel while a raffle runs, a giveaway is open and a slot waits."""
    kinds = ("LINK", "LEADERBOARD", "RAFFLE", "SLOTS", "GIVEAWAY")
    for number, kind in enumerate(kinds, 1):
        await place.told(boss, "panel create", text("kind", kind))
        async with asyncio.timeout(30):
            while len(panels_in(place)) < number:
                await asyncio.sleep(0.05)
    shown = zip(kinds, panels_in(place), strict=True)
    return [Shown(caption=f"panel {kind}", payload=one.shown, is_private=False, pictures={}) for kind, one in shown]


async def settings_set(place: Place, boss: User) -> list[Shown]:
    """Staff sets something, sets it wrongly, switches something off, and brings everything up to date."""
    return [
        await answer(place, boss, "settings set", text("setting", "daily-cap"), text("value", "8h")),
        await answer(place, boss, "settings set", text("setting", "window"), text("value", "9h")),
        await answer(place, boss, "settings feature", text("feature", "link-code"), OFF),
        await answer(place, boss, "regulars sync"),
    ]


async def all_answers(place: Place) -> dict[str, list[Shown]]:
    """Every kind of answer: to somebody new, to somebody linked, in German, to a hostile name, and to staff."""
    await arranged(place)
    new, hostile, boss = place.person("ada"), place.person(HOSTILE), await staff(place)
    regular = await linked(place, "bob", "1")
    german = await linked(place, "carla", "2")
    german_boss = await staff(place, "chefin")
    german.locale = german_boss.locale = "de"
    slot = text("game", "Book of *Owls*, the very long second edition")
    return {
        "some": [
            await answer(place, new, command) for command in ("link kick", "leaderboard", "raffle info", "giveaways")
        ],
        "new": await viewers_answers(place, new),
        "regular": [
            await answer(place, regular, "raffle claim"),
            await answer(place, regular, "raffle claim"),
            await answer(place, regular, "slots call", slot),
            await answer(place, regular, "link shuffle", text("username", "owl_99")),
            await answer(place, regular, "link remove", text("platform", "KICK")),
            *await viewers_answers(place, regular),
        ],
        "german": [
            await answer(place, german, "raffle claim"),
            await answer(place, german, "slots call", slot),
            *await viewers_answers(place, german),
        ],
        "hostile": [
            await answer(place, hostile, "slots call", text("game", "[x](https://evil.example) **@here**")),
            await answer(place, hostile, "watchtime"),
            await answer(place, hostile, "slots list"),
            await answer(place, hostile, "link shuffle", text("username", "<@1> *x*")),
        ],
        "panels": await panels(place, boss),
        "settings": await settings_set(place, boss),
        "staff": [
            await answer(place, boss, "link-admin lookup", member(regular)),
            await answer(place, boss, "link-admin unlink", member(regular), text("platform", "KICK")),
            await answer(place, boss, "link-admin duplicates"),
            await answer(place, boss, "link-admin verify", member(new), text("platform", "SHUFFLE")),
            await answer(place, boss, "raffle-admin stats"),
            await answer(place, boss, "help"),
        ],
        "boards": await from_menus_and_boards(place, regular, boss, 2),
        "boards-german": await from_menus_and_boards(place, german, german_boss, 3),
    }


@pytest.mark.browser
@pytest.mark.timeout(300)
async def test_every_answer_is_drawn_whole_in_both_lights_and_sizes(
    place: Place, browser: Browser, tmp_path: Path
) -> None:
    for name, messages in (await all_answers(place)).items():
        file = tmp_path / f"{name}.html"
        file.write_text(page(messages, place.graph.server.clock.now()), encoding="utf-8")
        await browser.open(file.as_uri())
        await browser.until("document.readyState === 'complete' && document.querySelector('.embed')")
        assert await browser.value("document.querySelectorAll('article').length") == len(messages)
        shown = sum(len(one.pictures or ()) for one in messages)
        assert await browser.value(DRAWN) == shown
        assert name == "hostile" or not await browser.value(UNDRAWN), await browser.value("document.body.innerText")
        for size, width in SIZES.items():
            await sized(browser, width, 800)
            height = await browser.value(HEIGHT)
            for light in ("light", "dark"):
                await browser.prefer(light)
                assert await browser.value(FITS), (name, size)
                if PICTURES:
                    await sized(browser, width, height)
                    taken = await browser.call("Page.captureScreenshot", captureBeyondViewport=True)
                    Path(PICTURES, f"bot-{name}-{size}-{light}.png").write_bytes(b64decode(taken["data"]))


async def sized(browser: Browser, width: int, height: int) -> None:
    await browser.call(
        "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
    )
