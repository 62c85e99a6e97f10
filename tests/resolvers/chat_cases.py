"""What the tests of every mutation need to know of chat."""

from dataclasses import replace
from functools import partial
from typing import Any

from server.actions import timers
from server.actions.chat import manage
from server.domain.timers import Plan
from server.running import Server
from server.schema.ids import id_of
from tests.resolvers.slot_cases import Given, here

TIMER = "timer { id name text preview minutes lines isOn nextDue }"
OTHER_TIMER = id_of("timer", 2)


async def switched_off(server: Server, community_id: int, other_id: int) -> None:
    """A built-in command is switched off, and each of both communities has a timed message."""
    off = partial(manage.set_command, name="wt", revised=lambda rule: replace(rule, is_on=False), actor="staff")
    await server.units.run(community_id, off)
    for number in (community_id, other_id):
        plan = Plan(name="Rules", text="Be kind.")
        await server.units.run(number, partial(timers.create, plan=plan, actor="staff"))


CASES: list[tuple[str, str, Given, dict[str, Any], str]] = [
    (
        "setChatCommand",
        "... on ChatCommandSet { command { name text level cooldown } }",
        here(name="Hug", text="{name} hugs {args}.", level="SUBSCRIBER", cooldown=5),
        {"cooldown": 6},
        "",
    ),
    ("deleteChatCommand", "... on ChatCommandDeleted { name }", here(name="WT"), {"name": "rank"}, ""),
    (
        "updateChatSettings",
        "... on ChatSettingsUpdated { settings { speaks texts { name text standard placeholders } } }",
        here(speaks=False, texts=[{"name": "link", "text": "Here: {url}"}]),
        {"speaks": True},
        "",
    ),
    (
        "sayInChat",
        "... on ChatSaid { lines { id text state channel { platformId } } }",
        here(channelId=id_of("channel", 1), text="Hello all"),
        {"text": "Bye"},
        "",
    ),
    (
        "createTimer",
        f"... on TimerCreated {{ {TIMER} }}",
        here(name="Socials", text="Follow {channel}!", minutes=20, lines=3),
        {"minutes": 21},
        "",
    ),
    (
        "updateTimer",
        f"... on TimerUpdated {{ {TIMER} }}",
        here(timerId=id_of("timer", 1), minutes=30, isOn=False),
        {"minutes": 31},
        "",
    ),
    ("deleteTimer", "... on TimerDeleted { timerId }", here(timerId=id_of("timer", 1)), {"timerId": OTHER_TIMER}, ""),
]
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("setChatCommand", {"name": "two words"}, "command_name_invalid"),
    ("setChatCommand", {"name": "rank"}, "command_built_in"),
    ("setChatCommand", {"text": " "}, "chat_text_length"),
    ("setChatCommand", {"text": "/ban {args}"}, "chat_text_command"),
    ("setChatCommand", {"text": "{password}"}, "chat_text_placeholder"),
    ("setChatCommand", {"cooldown": 86_401}, "command_cooldown"),
    ("deleteChatCommand", {"name": "nothing"}, "command_unknown"),
    ("updateChatSettings", {"texts": [{"name": "nothing", "text": "x"}]}, "chat_text_unknown"),
    ("updateChatSettings", {"texts": [{"name": "link", "text": "{rank}"}]}, "chat_text_placeholder"),
    ("sayInChat", {"text": "!"}, "chat_text_length"),
    ("sayInChat", {"channelId": id_of("channel", 99)}, "chat_channel_unknown"),
    ("createTimer", {"name": " "}, "timer_name_invalid"),
    ("createTimer", {"name": "Rules"}, "timer_name_taken"),
    ("createTimer", {"minutes": 0}, "timer_minutes"),
    ("createTimer", {"lines": 10_001}, "timer_lines"),
    ("createTimer", {"text": "x" * 501}, "chat_text_length"),
    ("createTimer", {"text": "{name}"}, "chat_text_placeholder"),
    ("updateTimer", {"timerId": OTHER_TIMER}, "timer_unknown"),
    ("updateTimer", {"text": "/ban"}, "chat_text_command"),
    ("deleteTimer", {"timerId": OTHER_TIMER}, "timer_unknown"),
]
HUG = {"text": "{name} hugs {args}.", "level": "subscriber", "on": 1, "cooldown_s": 5, "viewer_cooldown_s": 15}
LINES: dict[str, tuple[Any, ...]] = {
    "setChatCommand": ("chat.set_command", ("chat_command", "hug"), None, HUG),
    "deleteChatCommand": (
        "chat.delete_command",
        ("chat_command", "watchtime"),
        {"text": None, "level": "viewer", "on": 0, "cooldown_s": 2, "viewer_cooldown_s": 15},
        None,
    ),
    "updateChatSettings": (
        "chat.change_settings",
        ("settings", "chat"),
        {"speaks": 1, "link": "@{name} link your accounts in our Discord with /link. More: {url}"},
        {"speaks": 0, "link": "Here: {url}"},
    ),
    "createTimer": (
        "timers.create",
        ("timer", None),
        None,
        {"name": "Socials", "text": "Follow {channel}!", "minutes": 20, "lines": 3, "on": 1},
    ),
    "updateTimer": ("timers.change", ("timer", None), {"minutes": 15, "on": 1}, {"minutes": 30, "on": 0}),
    "deleteTimer": (
        "timers.delete",
        ("timer", None),
        {"name": "Rules", "text": "Be kind.", "minutes": 15, "lines": 5, "on": 1},
        None,
    ),
    "sayInChat": ("chat.say", ("channel", None), None, {"text": "Hello all"}),
}
ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("setChatCommand", "CHAT_MANAGE", {"name": "hug", "text": "Hug."}),
    ("deleteChatCommand", "CHAT_MANAGE", {"name": "hug"}),
    ("updateChatSettings", "CHAT_MANAGE", {"speaks": True}),
    ("createTimer", "CHAT_MANAGE", {"name": "Rules", "text": "Be kind."}),
    ("updateTimer", "CHAT_MANAGE", {"timerId": id_of("timer", 1), "minutes": 5}),
    ("deleteTimer", "CHAT_MANAGE", {"timerId": id_of("timer", 1)}),
    ("sayInChat", "CHAT_MANAGE", {"channelId": id_of("channel", 1), "text": "Hello"}),
]
