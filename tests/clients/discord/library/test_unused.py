# Looks into what it tests, and at what the library says only in part.
"""What of the library is used, and that its faulty parts are not."""

import ast
import time
from copy import deepcopy
from pathlib import Path
from typing import Any

import attrs
import pytest
from interactions import Button, ButtonStyle, LocalisedName, Permissions, SlashCommand
from interactions.models.internal.application_commands import application_commands_to_dict
from interactions.models.internal.context import ModalContext

from clients.discord.asked.commands import DISCORD_LOCALES
from clients.discord.asked.interaction import read
from clients.discord.library.connection import Connection
from clients.discord.library.sessions import SessionBudget
from clients.discord.words.language import ENGLISH, LANGUAGES, Words
from tests.clients.discord.bot.test_interaction import told
from tests.clients.discord.contract import contract
from tests.clients.discord.library.connecting import HEARD, Heard, least

CODE = Path(__file__).parents[4] / "clients" / "discord"
USED = {
    "interactions": {"Client", "Intents"},
    "interactions.api.events": {"RawGatewayEvent"},
    "interactions.api.gateway.gateway": {"GatewayClient"},
    "interactions.api.gateway.state": {"ConnectionState"},
    "interactions.api.http.http_client": {"BucketLock", "HTTPClient"},
    "interactions.api.http.route": {"Route"},
    "interactions.client.errors": {"HTTPException", "LibraryException", "LoginError", "WebSocketClosed"},
    "interactions.models.internal.listener": {"Listener"},
}
"""No commands, contexts, pages, shards, cooldowns, checks, tasks, or events that ask Discord for more."""


def imported(folder: Path) -> dict[str, set[str]]:
    """What the files of a folder import of the library, by module."""
    found: dict[str, set[str]] = {}
    for file in folder.rglob("*.py"):
        for one in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(one, ast.ImportFrom) and (one.module or "").partition(".")[0] == "interactions":
                found.setdefault(one.module or "", set()).update(name.name for name in one.names)
            if isinstance(one, ast.Import):
                for name in one.names:
                    if name.name.partition(".")[0] == "interactions":
                        found.setdefault(name.name, set()).add("*")
    return found


def fresh() -> Connection:
    """A connection that was never begun."""
    budget = SessionBudget(time.time)
    return Connection("t", api="http://127.0.0.1:9", heard=HEARD, hear=Heard(), budget=budget, chance=least)


def test_only_the_gateway_and_the_rest_client_of_the_library_are_used() -> None:
    assert imported(CODE) == USED
    assert imported(CODE / "library") == USED, "nothing but this folder knows the library"


def test_nothing_of_the_library_answers_by_itself() -> None:
    """No traceback is posted, no command synchronised, nothing put off; every event is heard as it came, or not."""
    one = fresh()
    assert not one.send_command_tracebacks
    assert not one.sync_interactions
    assert not one.auto_defer.enabled
    assert not one.interactions_by_scope
    heard = {f"raw_{kind.lower()}" for kind in HEARD}
    assert set(one.processors) == {*heard, "raw_guild_create", "raw_guild_update", "raw_guild_delete"}


def test_the_library_takes_nobody_for_everybody() -> None:
    base = SlashCommand(name="raffle", description="Raffles", default_member_permissions=Permissions(0))

    @base.group("tickets", "Tickets").subcommand(sub_cmd_name="give", sub_cmd_description="Give some")
    async def give(ctx: Any) -> None:
        raise AssertionError(ctx)

    client: Any = fresh()
    [[payload]] = application_commands_to_dict({0: {"raffle tickets give": give}}, client).values()
    assert payload["default_member_permissions"] is None


def test_the_library_cannot_read_a_form_of_labels_and_the_bot_does() -> None:
    label = {"type": 18, "id": 1, "component": {"type": 4, "id": 2, "custom_id": "prize", "value": "25"}}
    sent = told(5, {"custom_id": "rg1:raffle:start", "components": [label]})
    with pytest.raises((KeyError, AttributeError)):
        ModalContext.from_dict(fresh(), deepcopy(sent))
    asked = read(sent)
    assert asked is not None
    assert asked.fields == {"prize": "25"}


def test_every_language_of_the_bot_is_told_to_discord_under_names_that_it_knows() -> None:
    known = contract().locales
    assert {"id", "es-419"} <= known
    of_library = {one.metadata.get("locale-code") for one in attrs.fields(LocalisedName)}
    assert not {"id", "es-419"} & of_library, "the library could not tell them"
    assert set(DISCORD_LOCALES) == set(LANGUAGES) - {ENGLISH}
    assert {locale for those in DISCORD_LOCALES.values() for locale in those} <= known


@pytest.mark.parametrize("locale", ["id", "es-419", None])
def test_whoever_reads_a_language_that_the_library_does_not_know_is_answered(locale: str | None) -> None:
    asked = read({**told(2, {"id": "7", "name": "help", "type": 1}), "locale": locale})
    assert asked is not None
    assert Words.of(asked.locale).language == ENGLISH


def test_the_library_lets_a_custom_id_by_that_discord_refuses() -> None:
    button = Button(style=ButtonStyle.PRIMARY, label="Next", custom_id="x" * 101).to_dict()
    assert list(contract()("POST", "/channels/1/messages", {"components": [{"type": 1, "components": [button]}]}))
