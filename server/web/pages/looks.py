"""How widgets are wanted: what was chosen in the studio, in its addresses and in those for OBS."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from server.web.overlay.widgets import LANGUAGES, THEMES, WIDGETS, WidgetOffered
from server.web.pages.start import text_of

BY_NAME = {one.name: one for one in WIDGETS}
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A theme, a language or, empty, that of the browser, and what was chosen for one widget."""

    theme: str = THEMES[0]
    lang: str = ""
    widget: str = ""
    chosen: Mapping[str, str] = field(default_factory=lambda: NOTHING)

    @property
    def general(self) -> dict[str, str]:
        """The options of an address that hold for every widget."""
        return {"theme": self.theme, **({"lang": self.lang} if self.lang else {})}

    def of(self, widget: WidgetOffered) -> Mapping[str, str]:
        """What was chosen for a widget."""
        return self.chosen if widget.name == self.widget else NOTHING

    def hidden(self, widget: WidgetOffered, zone: ZoneInfo, **more: str) -> str:
        """What stands behind the # in a widget's address."""
        chosen = self.of(widget)
        own = {one.name: one.address(chosen[one.name], zone) for one in widget.options if one.name in chosen}
        # Not a plus for a space, which some who copy addresses take for a plus.
        return urlencode({**more, **self.general, **own}, quote_via=quote)

    @property
    def asked(self) -> dict[str, str]:
        """The same look as the fields that the studio is asked by."""
        return {**self.general, **({"widget": self.widget} if self.widget else {}), **self.chosen}


def look_of(fields: Mapping[str, object]) -> Look:
    """What was chosen, where it is one of the choices."""
    theme, lang = text_of(fields.get("theme")), text_of(fields.get("lang"))
    widget = BY_NAME.get(text_of(fields.get("widget")))
    chosen = {
        one.name: kept
        for one in (widget.options if widget else ())
        if (kept := one.chosen(text_of(fields.get(one.name))))
    }
    return Look(
        theme=theme if theme in THEMES else THEMES[0],
        lang=lang if lang in LANGUAGES else "",
        widget=widget.name if widget else "",
        chosen=chosen,
    )
