"""Two libraries that know nothing of us, and nothing of each other, take the played Discord for Discord."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from clients.simulator.discord.played import DiscordPlayed
from clients.simulator.discord.world import Role

WAIT_S = 30.0
PEERS = ("interactions_py", "discord_py")


@asynccontextmanager
async def running(peer: str, discord: DiscordPlayed, role: Role) -> AsyncGenerator[None, None]:
    """A bot in a process of its own, from the moment in which it hears its users."""
    program = Path(__file__).with_name(f"peer_{peer}.py")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", str(program), discord.api, discord.gateway_url, discord.stage.token, role.id),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.timeout(WAIT_S):
            line = await process.stdout.readline()
            assert line == b"ready\n", (await process.stderr.read()).decode()
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.parametrize("peer", PEERS)
async def test_a_peer_logs_in_answers_grants_a_role_and_resumes(discord: DiscordPlayed, peer: str) -> None:
    world, people, gateway = discord.world, discord.people, discord.gateway
    guild, ada, bob = world.guild("Cardroom"), world.user("ada"), world.user("bob")
    role, channel = world.role(guild, "Regular", 1), world.channel(guild, "general")
    members = [world.join(guild, user) for user in (ada, bob)]
    discord.stage.answered_within = timedelta(minutes=1)  # a busy machine is slow, and this is no test of that
    async with running(peer, discord, role):
        assert [command["name"] for command in world.commands[""]] == ["grant"]
        asked = await people.use(ada, channel, "grant")
        assert (await asked.answered(WAIT_S))["type"] == 5
        assert (await asked.settled(WAIT_S))["content"] == "Granted"
        assert members[0].roles == [role.id]
        gateway.drop()
        missed = await people.use(bob, channel, "grant")
        async with asyncio.timeout(WAIT_S):
            await gateway.until_resumed(1)
        assert (await missed.settled(WAIT_S))["content"] == "Granted"
        assert members[1].roles == [role.id]
        assert len(gateway.identified) == 1
    assert "ada is now Regular" in discord.stage.transcript.text()
