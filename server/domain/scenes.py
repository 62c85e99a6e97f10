"""Scenes: which names a widget can have."""

import re

from server.domain.refusals import Refused

WIDGET = re.compile(r"[a-z][a-z-]{0,39}")


def check_widget(name: str) -> None:
    """Refuse what cannot be the name of a widget. The overlay knows which there are; of another it shows nothing."""
    if not WIDGET.fullmatch(name):
        raise Refused(
            "scene_widget_invalid",
            "This is no name of a widget.",
            "Use one of docs/overlays.md, such as leaderboard, or none to show nothing.",
        )
