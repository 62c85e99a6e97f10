"""What the tests of every mutation need to know of scenes."""

from collections.abc import Callable
from typing import Any

from server.schema.ids import id_of
from tests.resolvers.proving import OVERLAY

Given = Callable[[Any], dict[str, Any]]


def here(**more: Any) -> Given:
    return lambda houses: {"communityId": id_of("community", houses.one), "overlay": OVERLAY, **more}


CASES: list[tuple[str, str, Given, dict[str, Any], str]] = [
    ("showScene", "... on SceneShown { scene { overlay widget } }", here(widget="slots"), {"widget": "goal"}, ""),
]
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("showScene", {"overlay": "another"}, "scene_overlay_unknown"),
    ("showScene", {"widget": "No Widget"}, "scene_widget_invalid"),
]
LINES: dict[str, tuple[Any, ...]] = {
    "showScene": ("scenes.show", ("overlay", OVERLAY), None, {"widget": "slots"}),
}
ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("showScene", "OVERLAYS_MANAGE", {"overlay": "main", "widget": "slots"}),
]
