"""The ways to the outside and the address of the way in: connections, sign-ins of platforms, affiliate feeds."""

from collections.abc import Mapping

from aiohttp import ClientSession, DummyCookieJar

from server.domain.wagers import Provider
from server.effects.credentials import Renewals
from server.effects.wagers import WagerWatch
from server.jobs.unit import Units
from server.platforms.howl.client import HowlWagers
from server.platforms.kick.api import KickClient
from server.platforms.kick.oauth import KickOAuth
from server.platforms.shuffle.client import ShuffleWagers
from server.ports_platforms import OAuthProvider, Wagers
from server.settings import Settings
from server.store.database import Database
from server.system import SystemChance
from server.web.metrics import Metrics
from server.web.pages.platforms import Platform


def public_url(settings: Settings) -> str:
    """The address under which browsers reach the server."""
    return settings.public_url or f"http://{settings.host}:{settings.port}"


def outgoing(metrics: Metrics) -> ClientSession:
    """What calls the outside; it keeps no cookies, so that nothing passes from one person's sign-in to another's."""
    return ClientSession(trace_configs=[metrics.trace()], cookie_jar=DummyCookieJar())


def platforms_for(settings: Settings, session: ClientSession) -> Mapping[str, Platform]:
    """The platforms that people can sign in with: those whose app is in the settings."""
    if settings.kick_client_id is None or settings.kick_client_secret is None:
        return {}
    oauth = KickOAuth(
        session,
        auth_url=settings.kick_auth_url,
        client_id=settings.kick_client_id,
        client_secret=settings.kick_client_secret.get_secret_value(),
    )
    api = KickClient(session, api_url=settings.kick_api_url, auth_url=settings.kick_auth_url)
    return {"kick": Platform(oauth=oauth, api=api)}


def oauths(platforms: Mapping[str, Platform]) -> Mapping[str, OAuthProvider]:
    """The sign-ins of platforms, which tokens are renewed with, too."""
    return {name: platform.oauth for name, platform in platforms.items()}


def wager_watch_for(
    settings: Settings, session: ClientSession, database: Database, units: Units, renewals: Renewals
) -> WagerWatch:
    """What asks affiliate feeds in their turn."""
    shuffle, howl = ShuffleWagers(session, url=settings.shuffle_url), HowlWagers(session, url=settings.howl_url)
    providers: Mapping[Provider, Wagers] = {Provider.SHUFFLE: shuffle, Provider.HOWL: howl}
    return WagerWatch(database, units, providers=providers, vault=renewals.vault, chance=SystemChance())
