"""Staff chooses what an overlay shows."""

from server.domain.audit import Audited
from server.domain.refusals import Refused
from server.domain.scenes import check_widget
from server.events.scenes import SceneChanged
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities, scenes
from server.store.tokens import overlay_keys


async def show(tx: Tx, scope: Scope, *, overlay: str, widget: str) -> Done[None]:
    """Have an overlay show a widget; refuses an overlay that has no good key, and what is no widget's name."""
    check_widget(widget)
    await communities.lock(tx, scope.community_id)
    if overlay not in await overlay_keys.overlays(tx, scope.community_id):
        raise Refused(
            "scene_overlay_unknown",
            "This community has no overlay of that name with a good key.",
            "Use the `overlay` of a key in the community's overlayKeys, or make one with createOverlayKey.",
        )
    before = await scenes.chosen(tx, scope.community_id, overlay)
    await scenes.choose(tx, scope.community_id, overlay, widget)
    line = Audited(
        action="scenes.show",
        target=("overlay", overlay),
        before=None if before is None else {"widget": before},
        after={"widget": widget},
    )
    return Done(None, [] if before == widget else [SceneChanged(overlay=overlay, widget=widget)], [line])
