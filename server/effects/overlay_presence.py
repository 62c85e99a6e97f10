"""Count together with other servers in how many places each overlay key is used."""

import asyncio
from datetime import timedelta
from functools import partial

import structlog

from server.jobs.leases import on_the_way_out
from server.jobs.unit import Done, Scope, Units
from server.ports import Tx
from server.store.tokens import overlay_presence

log = structlog.get_logger(__name__)

RENEWED_EVERY_S = 4.0
HELD_FOR = timedelta(seconds=15)
"""So long after its fall a server's places are taken for used."""


class Presence:
    """The places in which this server shows overlays, told to the others by the database."""

    def __init__(self, units: Units, server: str) -> None:
        self._units = units
        self._server = server
        self._places: dict[int, set[object]] = {}
        self._left: set[int] = set()
        self._stirred = asyncio.Event()
        self._is_over = False

    async def take(self, key_id: int, place: object, most: int) -> bool:
        """Take a place for a key; False where all servers together use it in `most` already."""
        try:
            return await self._units.run(0, partial(self._take, key_id=key_id, place=place, most=most))
        except BaseException:
            self.leave(key_id, place)
            raise

    def leave(self, key_id: int, place: object) -> None:
        """Let others have the place, soon; it may have been left before, or never taken."""
        if place in self._places.get(key_id, ()):
            self._places[key_id].discard(place)
            self._left.add(key_id)
            self._stirred.set()

    async def keep(self) -> None:
        """Tell at once what was left and every few seconds what is held; on the way out give everything back."""
        self._is_over = False
        try:
            while True:
                await self._tell_left()
                await self._renew()
                await self._stirring()
        finally:
            # What was begun goes on behind this, and may come after it.
            self._is_over = True
            await on_the_way_out(self._units.run(0, self._give_back), "overlay places")

    async def _stirring(self) -> None:
        """Wait until something was left, or until it is time to renew."""
        try:
            async with asyncio.timeout(RENEWED_EVERY_S):
                await self._stirred.wait()
        except TimeoutError:
            pass
        self._stirred.clear()

    async def _tell_left(self) -> None:
        for key_id in sorted(self._left):
            self._left.discard(key_id)
            try:
                await self._units.run(0, partial(self._tell, key_id=key_id))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told again with the next
                self._left.add(key_id)
                log.warning("overlays.places_untold", error=type(error).__name__)

    async def _renew(self) -> None:
        try:
            await self._units.run(0, self._hold)
        except Exception as error:  # noqa: BLE001 - whatever it is, they are renewed again in a few seconds
            log.warning("overlays.places_not_renewed", error=type(error).__name__)

    async def _take(self, tx: Tx, _: Scope, *, key_id: int, place: object, most: int) -> Done[bool]:
        if self._is_over:
            return Done(True)
        others = await overlay_presence.elsewhere(tx, key_id, self._server)
        # Asked and changed while nobody else counts this key, so that two who come at once see each other.
        places = self._places.setdefault(key_id, set())
        if others + len(places | {place}) > most:
            return Done(False)
        places.add(place)
        await self._be_there(tx)
        await overlay_presence.tell(tx, key_id, self._server, len(places))
        return Done(True)

    async def _tell(self, tx: Tx, _: Scope, *, key_id: int) -> Done[None]:
        await overlay_presence.elsewhere(tx, key_id, self._server)
        places = self._places.get(key_id)
        await overlay_presence.tell(tx, key_id, self._server, len(places or ()))
        if not places:
            self._places.pop(key_id, None)
        return Done(None)

    async def _hold(self, tx: Tx, _: Scope) -> Done[None]:
        if not await overlay_presence.renew(tx, self._server, HELD_FOR):
            await self._come_back(tx)
        return Done(None)

    async def _be_there(self, tx: Tx) -> None:
        if not await overlay_presence.is_there(tx, self._server):
            await self._come_back(tx)

    async def _come_back(self, tx: Tx) -> None:
        if self._is_over:
            return
        held = {key_id: len(places) for key_id, places in self._places.items() if places}
        await overlay_presence.come_back(tx, self._server, held, HELD_FOR)

    async def _give_back(self, tx: Tx, _: Scope) -> Done[None]:
        await overlay_presence.give_back(tx, self._server)
        return Done(None)
