"""People on their way to linking their accounts, put there without a browser."""

from datetime import timedelta
from functools import partial

from server.actions import guilds, linking, proofs
from server.actions.tokens import api_tokens, overlay_keys
from server.auth.actors import Actor
from server.domain.linking import Cause
from server.domain.staff import NOTHING, Holder
from server.running import Server

BROWSER = "b" * 64
GUILD = "7"
"""Discord's id of a community's server."""


async def waiting_for_code(server: Server, community_id: int, discord_id: str, kick_id: str) -> str:
    """Take a Discord user to the step where he types a code; the code."""
    units, signer = server.units, server.services.links
    offer = partial(proofs.offer, discord_id=discord_id, discord_name="somebody", guild_name="Somewhere")
    number, _ = await units.run(community_id, offer)
    prove = partial(
        proofs.prove, proof_id=number, platform="kick", external_id=kick_id, name="somebody", browser_digest=BROWSER
    )
    await units.run(community_id, prove)
    await units.run(community_id, partial(proofs.confirm, proof_id=number, browser_digest=BROWSER, signer=signer))
    return signer.code(number, BROWSER)


OVERLAY = "before"
"""The overlay whose key is handed out."""


async def handed_out(server: Server, community_id: int, holder: Holder) -> None:
    """Hand out a key of an overlay, and a token of a person for his programs."""
    secret = server.ids.token()
    key = partial(overlay_keys.create, overlay=OVERLAY, digest=f"overlay {secret}")
    await server.units.run(community_id, key)
    person = Actor("person", None, ":".join(holder), secret, server.clock.now(), holders=frozenset({holder}))
    token = partial(
        api_tokens.create,
        by=person,
        holder=holder,
        name="Before",
        ceiling=NOTHING,
        days=90,
        digest=f"token {secret}",
    )
    await server.units.run(community_id, token)


async def linked_himself(server: Server, community_id: int, discord_id: str, kick_id: str) -> None:
    """Have a person link two accounts of his."""
    link = partial(
        linking.link,
        one=("discord", discord_id),
        other=("kick", kick_id),
        cause=Cause.VIEWER,
        actor=f"discord:{discord_id}",
        reason="",
    )
    await server.units.run(community_id, link)


async def guild_bound(server: Server, community_id: int, guild: str) -> str:
    """Bind a Discord server to a community; another code that is good for it."""
    lifetime = timedelta(minutes=15)
    for salt in ("used", "open"):
        offer = partial(guilds.offer, salt=f"{salt} {community_id}", lifetime=lifetime)
        number, _ = await server.units.run(community_id, offer)
        if salt == "used":
            await server.units.run(community_id, partial(guilds.bind, code_id=number, guild=guild, name="Old"))
    return server.services.codes.code("guild", f"open {community_id}")
