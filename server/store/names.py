"""How a community's people are named where everybody can look, as it was settled last."""

from server.domain.names import NameSettings
from server.ports import Reader
from server.store import communities

SETTINGS = "names"


async def settings_in_force(reader: Reader, community_id: int) -> NameSettings:
    """A community's settings of names."""
    versions = await communities.setting_versions(reader, community_id, SETTINGS)
    return NameSettings.restored(versions[-1].data) if versions else NameSettings()
