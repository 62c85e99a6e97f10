"""What every resolver may use."""

from dataclasses import dataclass
from datetime import timedelta

from server.auth.codes import Codes
from server.auth.links import LinkSigner
from server.auth.shown_once import ShownOnce
from server.jobs.unit import Units
from server.ports import Bus, Chance, ChannelLook, Clock
from server.publish.limits import RateLimits
from server.store.database import Database


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
