"""Change the rules of watch time, with excluded accounts named by their platforms' own ids."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from server.actions.watchtime.adjust import change_settings
from server.domain.instants import EPOCH
from server.domain.refusals import Refused
from server.domain.watchtime.settings import EXCLUDED_MAX
from server.events.happening import Person
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities, linking
from server.store.communities import SettingVersionRecord

AccountKey = tuple[str, str]
"""(platform, the platform's own id)"""


async def change_rules(
    tx: Tx,
    scope: Scope,
    *,
    changes: Mapping[str, Any],
    excluded: Sequence[AccountKey] | None,
    effective_from: datetime | None,
    actor: str,
) -> Done[SettingVersionRecord | None]:
    """Append a version of the watch time settings and return the one in force; None while the defaults are.

    `changes` are stored values by name; `excluded`, unless None, replaces the excluded accounts. Refuses what
    `change_settings` refuses.
    """
    changed = dict(changes)
    if excluded is not None:
        changed["excluded"] = await accounts_named(tx, excluded)
    done = await change_settings(tx, scope, changes=changed, effective_from=effective_from, actor=actor)
    versions = await communities.setting_versions(tx, scope.community_id, "watchtime")
    return done.giving(versions[-1] if versions else None)


async def accounts_named(tx: Tx, keys: Sequence[AccountKey]) -> list[int]:
    """The ids of accounts; those never heard of are made, so that they can be excluded before they first write."""
    if len(keys) > EXCLUDED_MAX:
        raise Refused(
            "watchtime_settings_excluded",
            f"At most {EXCLUDED_MAX} accounts can be excluded, not {len(keys)}.",
            "Exclude fewer.",
        )
    found: list[int] = []
    for platform in sorted({platform for platform, _ in keys}):
        # Told at the beginning of time, so that nothing we do not know replaces a name that somebody told.
        people = [(Person(id=key, name=None), EPOCH) for of, key in keys if of == platform]
        found += (await linking.accounts_of(tx, platform, people)).values()
    return sorted(found)
