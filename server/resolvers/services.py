"""What every resolver may use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from server.auth.codes import Codes
from server.auth.links import LinkSigner
from server.auth.sealing import Vault
from server.auth.shown_once import ShownOnce
from server.auth.signing import OperatorKeys
from server.domain.draws.rounds import Beacon
from server.domain.staff import Holder
from server.domain.wagers import Provider
from server.jobs.unit import Units
from server.ports import Bus, Chance, Clock
from server.ports_platforms import ChannelLook, Wagers
from server.publish.limits import RateLimits
from server.publish.looks import Looks
from server.store.database import Database
from server.store.draws.lists import ClosedLists
from server.store.totals import SharedTotals

Look = tuple[int, int, str, str, frozenset[Holder], int]
"""(community, account, what, reader and his accounts, hour)"""

NOTED_MAX = 20_000


class Noted:
    """Looks that were dealt with, so that the next one within the hour costs nothing; any may be forgotten."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: set[Look] = set()

    def __contains__(self, look: Look) -> bool:
        """Whether a look was dealt with."""
        return look in self._known

    def add(self, look: Look) -> None:
        """Remember a look."""
        if len(self._known) >= NOTED_MAX:
            self._known.clear()
        self._known.add(look)


class Rounds(Protocol):
    """What checks rounds of the beacon that people bring."""

    async def pasted(self, text: str, wanted: int) -> Beacon:
        """The round `wanted` out of a text, checked; a refusal of anything else."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The running server, as the graph sees it."""

    database: Database
    units: Units
    bus: Bus
    clock: Clock
    chance: Chance
    limits: RateLimits
    version: str
    links: LinkSigner
    codes: Codes
    shown_once: ShownOnce
    public_url: str
    kick_look: ChannelLook
    has_kick_app: bool
    forget_grace: timedelta
    looks: Looks
    vault: Vault
    wagers: Mapping[Provider, Wagers]
    keys: OperatorKeys
    rounds: Rounds
    closed_lists: ClosedLists = field(default_factory=ClosedLists)
    totals: SharedTotals = field(default_factory=SharedTotals)
    noted: Noted = field(default_factory=Noted)
