"""What every resolver may use."""

from collections.abc import Mapping
from datetime import timedelta
from importlib.metadata import version

from server.auth.keys import derived_key
from server.auth.links import LinkSigner
from server.auth.shown_once import ShownOnce
from server.auth.signing import OperatorKeys
from server.effects.setup import KickLook, NobodyToAsk
from server.effects.wagers import WagerWatch
from server.jobs.unit import Units
from server.parts.bus import AnyBus
from server.parts.outside import public_url
from server.parts.secrets import codes_for
from server.ports import Clock
from server.publish.limits import RateLimits
from server.publish.looks import Looks
from server.resolvers.services import Rounds, Services
from server.settings import Settings
from server.store.database import Database
from server.system import SystemChance
from server.web.pages.platforms import Platform


def services_for(
    settings: Settings,
    database: Database,
    units: Units,
    bus: AnyBus,
    wagers: WagerWatch,
    *,
    limits: RateLimits,
    platforms: Mapping[str, Platform],
    rounds: Rounds,
    clock: Clock,
) -> Services:
    """What every resolver may use."""
    kick = platforms.get("kick")
    return Services(
        database=database,
        units=units,
        bus=bus,
        clock=clock,
        chance=SystemChance(),
        limits=limits,
        version=version("regulars"),
        links=LinkSigner(derived_key(settings.secret_key.get_secret_value(), "links")),
        codes=codes_for(settings),
        shown_once=ShownOnce(derived_key(settings.secret_key.get_secret_value(), "secrets shown once")),
        public_url=public_url(settings),
        kick_look=KickLook(kick.oauth, kick.api) if kick else NobodyToAsk(),
        has_kick_app=kick is not None,
        forget_grace=timedelta(days=settings.forget_grace_days),
        looks=Looks(bus, database.reader, clock),
        vault=wagers.vault,
        wagers=wagers.providers,
        keys=OperatorKeys(settings.secret_key.get_secret_value()),
        rounds=rounds,
    )
