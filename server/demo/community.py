"""The demo's community: its channel, and a raffle that is drawn within three minutes."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

from server.actions import channels, communities, setup
from server.actions.communities import Plan
from server.actions.draws import plan as planning
from server.actions.raffle import periods
from server.actions.tokens import overlay_keys
from server.auth.shown_once import digest_of
from server.domain.instants import micros
from server.domain.raffle.rules import RaffleRules
from server.domain.setup import Learned
from server.domain.staff import HolderKind, holder_of
from server.running import Server
from server.store.raffle.periods import PeriodRecord

SLUG = "harbour"
BROADCASTER_ID = "4200001"
CHANNEL_NAME = "HarbourLights"
CHANNEL_ID, CHATROOM_ID = "4200002", "4200003"
SPEED = 120
HOUR = timedelta(hours=1)
PAST = 2 * HOUR
RAFFLE_TITLE: Final = "The harbour's mug"
RAFFLE_ENDS_AFTER = PAST / SPEED + timedelta(seconds=10)
ACTOR = "demo"


async def seeded(server: Server) -> int:
    """The demo's community, made with its channel; its owner is the streamer."""
    create = partial(
        communities.found,
        plan=Plan(slug=SLUG, name="Harbour Lights", timezone="Europe/Stockholm"),
        owner=holder_of(HolderKind.KICK, BROADCASTER_ID),
        code=None,
        codes=server.services.codes,
        is_open=True,
    )
    community_id = await server.units.run(0, create)
    attach = partial(
        channels.attach, platform="kick", external_id=BROADCASTER_ID, name=CHANNEL_NAME, slug=CHANNEL_NAME.lower()
    )
    await server.units.run(community_id, attach)
    untold = Learned(slug=None, channel_ref=None, problems={})
    known = partial(
        setup.sync, platform_id=BROADCASTER_ID, learned=untold, channel_ref=CHANNEL_ID, chatroom_ref=CHATROOM_ID
    )
    await server.units.run(community_id, known)
    return community_id


async def overlay_key(server: Server, community_id: int) -> str:
    """The secret of a key with which anybody sees the demo's overlays."""
    secret = server.services.shown_once.secret("overlay", server.ids.token())
    made = partial(overlay_keys.create, overlay="demo", digest=digest_of(secret))
    await server.units.run(community_id, made)
    return secret


async def begun(server: Server, community_id: int) -> PeriodRecord:
    """The demo's raffle, which counts from the stream's start and ends once that past was told."""
    rules = partial(periods.change_rules, revised=house_rules, wagers_confirmed=False, actor=ACTOR)
    await server.units.run(community_id, rules)
    now = server.clock.now()
    dates = {"starts": micros(now - PAST), "ends": micros(now + RAFFLE_ENDS_AFTER)}
    return await server.units.run(community_id, partial(periods.start, title=RAFFLE_TITLE, **dates, actor=ACTOR))


def house_rules(rules: RaffleRules) -> RaffleRules:
    """The rules of a raffle that is over within minutes."""
    return replace(rules, prizes="A mug with a lighthouse on it", alternates=3, settlement_h=0, renews=False)


async def ended(server: Server, community_id: int, raffle: PeriodRecord) -> None:
    """End the raffle, whose time is over, and have it drawn at once."""
    await server.units.run(community_id, partial(periods.pass_end, period_id=raffle.id))
    now = partial(planning.ask, period_id=raffle.id, actor=ACTOR, reason="Nobody waits long in a demo.")
    await server.units.run(community_id, now)
