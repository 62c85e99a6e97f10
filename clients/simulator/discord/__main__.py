"""The command line: python -m clients.simulator.discord --help."""

import asyncio
import signal
from pathlib import Path
from typing import Annotated

import orjson
from cyclopts import App, Parameter

from clients.simulator.discord.played import DiscordPlayed

SHOWN_EVERY_S = 0.2

app = App(name="discord", help="Play Discord on 127.0.0.1: REST and gateway of version 10.")


@app.default
def run(
    *,
    guild: Annotated[str, Parameter(help="What the guild is called.")] = "Harbour",
    channel: Annotated[tuple[str, ...], Parameter(help="Its text channels.")] = ("general",),
    role: Annotated[tuple[str, ...], Parameter(help="Its roles below the bot's, the lowest first.")] = ("Regular",),
    port: Annotated[int, Parameter(help="Where to listen; 0 takes any free one.")] = 0,
    url_file: Annotated[Path | None, Parameter(help="Write there where it listens.")] = None,
    quiet: Annotated[bool, Parameter(negative="", help="Do not print what is seen.")] = False,
) -> None:
    """Play until Ctrl-C and print what everybody sees.

    A bot needs the base address of the API and the token, which are printed, and are at /simulator/world, too. People
    act through /simulator/acts.
    """
    played = DiscordPlayed(port=port)
    home = played.world.guild(guild)
    for name in channel:
        played.world.channel(home, name)
    for position, name in enumerate(role, 1):
        played.world.role(home, name, position)
    asyncio.run(_play(played, url_file, is_quiet=quiet))


async def _play(played: DiscordPlayed, url_file: Path | None, *, is_quiet: bool) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with played:
        print(f"Playing Discord at {played.api}, token {played.stage.token}", flush=True)
        if url_file is not None:
            partial = url_file.with_name(f"{url_file.name}.partial")
            partial.write_bytes(orjson.dumps({"api": played.api, "token": played.stage.token}))
            partial.replace(url_file)
        transcript, shown = played.stage.transcript, 0
        while not ended.is_set():
            fresh = transcript.written - shown
            if fresh and not is_quiet:
                print("\n".join(transcript.lines[-fresh:]), flush=True)
            shown = transcript.written
            await asyncio.sleep(SHOWN_EVERY_S)


if __name__ == "__main__":
    app()
