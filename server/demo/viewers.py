"""What people of the demo do on Discord: they link, ask how they stand, look at the raffle, and check its draw."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, Final

from server.demo.browser import proven
from server.demo.discord import DiscordServer, Unanswered
from server.demo.screen import Screen
from server.running import Server
from server.store import leaderboards

ADA, BRUNO, CHLOE = "ada", "bruno", "chloe"
BREATH_S = 5.0
VERIFIED_AFTER_S = 20.0
EVERY_S = 60.0
LOOK_EVERY_S = 1.0
PLACE = 2
LATER: Final = (
    (ADA, "general", "watchtime"),
    (BRUNO, "general", "leaderboard"),
    (CHLOE, "raffle", "raffle history"),
    (ADA, "general", "link status"),
)
"""What is asked in turns when everything was seen once: by whom, where, what."""


@dataclass(slots=True)
class Viewers:
    """Three people: Ada links her account, Bruno does not, and Chloe trusts nobody before she checked."""

    server: Server
    community_id: int
    origin: str
    home: DiscordServer
    screen: Screen
    drawn: asyncio.Event
    ids: dict[str, str] = field(default_factory=dict[str, str])

    async def run(self) -> None:
        """Act until cancelled; what is not answered is said, and no reason to stop."""
        try:
            for name in (ADA, BRUNO, CHLOE):
                self.ids[name] = await self.home.joined(name)
        except Unanswered as reason:
            self.screen.say("", f"  Nobody comes to Discord: {reason}.")
            return
        async with asyncio.TaskGroup() as group:
            group.create_task(self.watch_the_raffle())
            group.create_task(self.look_around())

    async def look_around(self) -> None:
        """Ask what newcomers ask, link an account, and come back now and then."""
        await asyncio.sleep(BREATH_S)
        await self.link(ADA)
        for name, channel, command in (
            (ADA, "general", "watchtime"),
            (BRUNO, "general", "watchtime"),
            (BRUNO, "general", "leaderboard"),
            (BRUNO, "raffle", "raffle info"),
            (ADA, "raffle", "raffle tickets"),
        ):
            await asyncio.sleep(BREATH_S)
            await self.use(name, channel, command)
        await self.drawn.wait()
        for name, channel, command in cycle(LATER):
            await asyncio.sleep(EVERY_S)
            await self.use(name, channel, command)

    async def watch_the_raffle(self) -> None:
        """Ask how the draw can be checked, once its winners were posted."""
        await self.drawn.wait()
        await asyncio.sleep(VERIFIED_AFTER_S)
        await self.use(CHLOE, "raffle", "raffle verify")

    async def link(self, name: str) -> None:
        """Have somebody link the Kick account that is second on the board."""
        account = await self.somebody()
        shown = await self.use(name, "general", "link kick")
        link = link_in(shown)
        if link is None:
            return
        await asyncio.sleep(BREATH_S)
        self.screen.say("", f"  In her browser {name} signs in at the simulated Kick and is shown a code.")
        try:
            code = await proven(link, self.origin, account)
        except Unanswered as reason:
            self.screen.say("", f"  {name} could not sign in: {reason}.")
            return
        await self.use(name, "general", "link confirm", code=code)

    async def somebody(self) -> str:
        """The Kick id of whoever is second on the board, as soon as somebody is."""
        while True:
            best = await leaderboards.below(self.server.database.reader(), self.community_id, None, PLACE)
            if len(best) == PLACE:
                return best[-1].external_id
            await asyncio.sleep(LOOK_EVERY_S)

    async def use(self, name: str, channel: str, command: str, **options: str) -> Mapping[str, Any]:
        """What somebody is shown for a command; nothing where nobody answers."""
        try:
            return await self.home.use(self.ids[name], channel, command, **options)
        except Unanswered as reason:
            self.screen.say("", f"  {name} asked /{command} in vain: {reason}.")
            return {}


def link_in(shown: Mapping[str, Any]) -> str | None:
    """The address of the first button that leads somewhere."""
    buttons = [button for row in shown.get("components", ()) for button in row.get("components", ())]
    return next((str(button["url"]) for button in buttons if button.get("url")), None)
