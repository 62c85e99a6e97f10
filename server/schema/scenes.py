"""Scenes: what each overlay shows."""

from typing import Annotated, Protocol

import strawberry

from server.domain.staff import Capability
from server.schema.policies import READ, needs
from server.schema.problems import Refused

MANAGE = needs(Capability.OVERLAYS_MANAGE)


@strawberry.type(description="What an overlay shows under the address /overlay/scene.")
class Scene:
    """A scene."""

    overlay: str = strawberry.field(description="Which overlay.", metadata=READ)
    widget: str | None = strawberry.field(
        description="The name of the widget that is shown; null where nobody chose, and the address does.",
        metadata=READ,
    )


class SceneLoader(Protocol):
    """What a community is asked about scenes."""

    async def scene(self, overlay: str | None) -> Scene | None:
        """What an overlay shows; None for an overlay that has no good key."""
        ...


@strawberry.input(description="What an overlay is to show.")
class ShowSceneInput:
    """Input of showScene."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    overlay: str = strawberry.field(description="Which overlay, as its key names it.")
    widget: str = strawberry.field(description="The name of a widget, or none to show nothing.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="The overlay shows it.")
class SceneShown:
    """Success of showScene."""

    scene: Scene = strawberry.field(description="What it shows.", metadata=MANAGE)


ShowSceneResult = Annotated[
    SceneShown | Refused,
    strawberry.union("ShowSceneResult", description="What became of choosing what an overlay shows."),
]
