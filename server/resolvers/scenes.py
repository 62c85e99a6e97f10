"""What each overlay shows: asked for, and chosen by staff."""

from dataclasses import dataclass
from typing import Annotated

import strawberry

from server.actions import scenes as actions
from server.domain.staff import Capability
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import Context, Info
from server.resolvers.idempotency import Kept, once
from server.schema.scenes import MANAGE, Scene, SceneShown, ShowSceneInput, ShowSceneResult
from server.store import scenes
from server.store.tokens import overlay_keys


@dataclass(frozen=True, slots=True)
class SceneReads:
    """What a community is asked about scenes."""

    context: Context
    community_id: int

    async def scene(self, overlay: str | None) -> Scene | None:
        """What one overlay shows, that of the caller's own key where none is named; `Denied` to a key of another."""
        reader, name = self.context.reader, self.context.overlay_asked(overlay)
        if name is None or name not in await overlay_keys.overlays(reader, self.community_id):
            return None
        return Scene(overlay=name, widget=await scenes.chosen(reader, self.community_id, name))


async def show_scene(
    info: Info,
    given: Annotated[ShowSceneInput, strawberry.argument(name="input", description="What to show where.")],
) -> ShowSceneResult:
    """Have an overlay show a widget."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.OVERLAYS_MANAGE)

    async def show(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.show(tx, scope, overlay=given.overlay, widget=given.widget)
        return done.giving({"overlay": given.overlay, "widget": given.widget})

    kept = await once(context, "showScene", place, given, show)
    return SceneShown(scene=Scene(overlay=kept["overlay"], widget=kept["widget"]))


@strawberry.type
class SceneMutations:
    """What staff does about scenes."""

    show_scene: ShowSceneResult = strawberry.field(
        resolver=show_scene,
        description="Have an overlay show another widget, at once in every place where it is open.",
        metadata=MANAGE,
    )
