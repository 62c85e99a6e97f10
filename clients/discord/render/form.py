"""A form that opens over what somebody sees, with fields to fill in; it comes back under its own id."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clients.discord.render import limits

LABEL, TEXT_FIELD = 18, 4
ONE_LINE, LINES = 1, 2
FIELD_LABEL_MAX = 45
TITLE_MAX = 45
FIELDS_MAX = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class TextField:
    """Somewhere to write; what was written is found under its name."""

    name: str
    label: str
    hint: str = ""
    value: str = ""
    most: int = 200
    required: bool = True
    has_lines: bool = False

    def payload(self) -> dict[str, Any]:
        """It as Discord wants it."""
        field: dict[str, Any] = {
            "type": TEXT_FIELD,
            "custom_id": self.name,
            "style": LINES if self.has_lines else ONE_LINE,
            "required": self.required,
            "max_length": self.most,
        }
        field |= {"value": limits.cut(self.value, self.most)} if self.value else {}
        told = {"type": LABEL, "label": limits.cut(self.label, FIELD_LABEL_MAX), "component": field}
        return told | ({"description": limits.cut(self.hint, limits.CHOICE_NAME_MAX)} if self.hint else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form: its id says, as that of a button, who answers it once it is sent."""

    title: str
    custom_id: str
    fields: Sequence[TextField]

    def payload(self) -> dict[str, Any]:
        """It as Discord wants it; refuses one that Discord would refuse."""
        if not 1 <= len(self.fields) <= FIELDS_MAX or len(self.custom_id.encode()) > limits.CUSTOM_ID_MAX:
            raise ValueError(f"unfit form {self.custom_id!r} of {len(self.fields)} fields")
        fields = [one.payload() for one in self.fields]
        return {"custom_id": self.custom_id, "title": limits.cut(self.title, TITLE_MAX), "components": fields}
