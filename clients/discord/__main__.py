"""The bot's command line: regulars-bot --help."""

import gc
from collections.abc import Generator
from contextlib import contextmanager

from cyclopts import App

PERMISSIONS = 1 << 10 | 1 << 11 | 1 << 14 | 1 << 15 | 1 << 16 | 1 << 6 | 1 << 28 | 1 << 51
"""View channels, send messages, embed links, attach files, read history, react, manage roles, pin messages."""

app = App(name="regulars-bot", help="The Discord bot of Regulars. It asks the server everything and keeps nothing.")


@app.command
def run() -> None:
    """Connect to Discord and answer until Ctrl-C, waiting for it where it is away. Commands that changed come first."""
    with kept():
        from clients.discord import living  # noqa: PLC0415 - so that all of it is imported while nothing is collected
    living.run()


@app.command(name="sync-commands")
def sync_commands() -> None:
    """Tell Discord of the commands, where they changed since the last time."""
    with kept():
        from clients.discord import living  # noqa: PLC0415 - so that all of it is imported while nothing is collected
    living.sync_commands()


@app.command
def invite(application: str) -> None:
    """Print the address at which a server's owner invites the bot; APPLICATION is the application's id."""
    scopes = "bot%20applications.commands"
    print(f"https://discord.com/oauth2/authorize?client_id={application}&scope={scopes}&permissions={PERMISSIONS}")


@contextmanager
def kept() -> Generator[None]:
    """What is made meanwhile is for good: the collector walks through it neither now nor later.

    It would do so again and again while the library is imported, for a tenth of the time that a start takes.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


if __name__ == "__main__":
    app()
