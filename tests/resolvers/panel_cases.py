"""What the tests of every mutation need to know of panels."""

from collections.abc import Callable
from functools import partial
from typing import Any

from server.actions import panels
from server.domain.panels import PanelKind
from server.running import Server
from server.schema.ids import id_of

Given = Callable[[Any], dict[str, Any]]
CHANNEL = "1001"


async def panel_there(server: Server, community_id: int) -> str:
    """A community's panel, wanted in a channel; its id."""
    create = partial(
        panels.create,
        kind=PanelKind.LINK,
        channel_id=CHANNEL,
        locale="de",
        is_pinned=True,
        auto_heal=True,
    )
    return id_of("panel", await server.units.run(community_id, create))


def here(**more: Any) -> Given:
    return lambda houses: {"communityId": id_of("community", houses.one), **more}


def of_panel(**more: Any) -> Given:
    return lambda houses: {"communityId": id_of("community", houses.one), "panelId": houses.panel, **more}


PANEL = "panel { id kind guildId channelId messageId locale isPinned autoHeal state problem }"
OTHER = {"panelId": id_of("panel", 999)}
CASES: list[tuple[str, str, Given, dict[str, Any], str]] = [
    (
        "createPanel",
        f"... on PanelCreated {{ {PANEL} }}",
        here(kind="SLOTS", channelId="1002"),
        {"channelId": "1003"},
        "",
    ),
    ("movePanel", f"... on PanelMoved {{ {PANEL} }}", of_panel(channelId="1004"), {"channelId": "1005"}, ""),
    ("refreshPanel", f"... on PanelRefreshed {{ {PANEL} }}", of_panel(), OTHER, ""),
    ("refreshPanels", "... on PanelsRefreshed { count }", here(), {"kinds": ["SLOTS"]}, ""),
    ("deletePanel", "... on PanelDeleted { panelId }", of_panel(), OTHER, ""),
]
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("createPanel", {"channelId": "general"}, "discord_id_invalid"),
    ("createPanel", {"locale": "all of them"}, "panel_locale_unknown"),
    ("createPanel", {"kind": "LINK", "channelId": CHANNEL}, "panel_there"),
    ("movePanel", {"channelId": "general"}, "discord_id_invalid"),
    ("movePanel", {"channelId": CHANNEL}, "panel_there"),
    ("movePanel", OTHER, "panel_unknown"),
    ("refreshPanel", OTHER, "panel_unknown"),
    ("deletePanel", OTHER, "panel_unknown"),
]

LINES: dict[str, tuple[Any, ...]] = {
    "createPanel": ("panels.create", ("panel", None), None, {"kind": "slots", "channel": "1002", "pinned": 1}),
    "movePanel": ("panels.move", ("panel", None), {"channel": CHANNEL}, {"channel": "1004"}),
    "refreshPanel": ("panels.refresh", ("panel", None), None, None),
    "refreshPanels": ("panels.refresh", ("panel", None), None, None),
    "deletePanel": ("panels.delete", ("panel", None), {"kind": "link", "channel": CHANNEL}, None),
}
NO_PANEL = id_of("panel", 1)
ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("createPanel", "SETTINGS_EDIT", {"kind": "LINK", "channelId": "5"}),
    ("movePanel", "SETTINGS_EDIT", {"panelId": NO_PANEL, "channelId": "5"}),
    ("refreshPanel", "SETTINGS_EDIT", {"panelId": NO_PANEL}),
    ("refreshPanels", "SETTINGS_EDIT", {}),
    ("deletePanel", "SETTINGS_EDIT", {"panelId": NO_PANEL}),
    ("reportPanel", "SERVICE", {"panelId": NO_PANEL, "channelId": "5", "outcome": "LOST"}),
]
