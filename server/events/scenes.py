"""What happens to scenes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneChanged:
    """Staff chose what an overlay shows."""

    overlay: str
    widget: str
