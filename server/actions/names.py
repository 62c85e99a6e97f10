"""How a community's people are named on boards that everybody sees."""

from server.domain.audit import Audited, changed
from server.domain.instants import micros
from server.domain.names import NameSettings
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities
from server.store.names import SETTINGS, settings_in_force


async def change_settings(tx: Tx, scope: Scope, *, settings: NameSettings, actor: str) -> Done[NameSettings]:
    """Append a version of the settings of names, in force from now on, and return it."""
    await communities.lock(tx, scope.community_id)
    current = await settings_in_force(tx, scope.community_id)
    if settings != current:
        await communities.add_setting_version(
            tx, scope.community_id, SETTINGS, micros(scope.now), settings.stored(), actor, scope.now
        )
    before, after = changed(current.stored(), settings.stored())
    line = Audited(action="names.change_settings", target=("settings", SETTINGS), before=before, after=after)
    return Done(settings, audit=[line])
