"""Roles that members reached, or do not have any more."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import orjson

from clients.discord.carrying.kinds import Carried, Desk, Kind, gone, guild_of
from clients.discord.graph.answers.jobs import RoleChangedJob
from clients.discord.posts.wagers import ROLES

HAD = "had"
"""What the server is told of a role that he had already: somebody else gave it, so that it is never taken."""

REASONS: Mapping[str, str] = {
    "WATCHED": "Watched {minutes} minutes.",
    "LINKED": "Linked an account.",
    "OUTRANKED": "Reached a higher role.",
    "UNREACHED": "Does not reach it any more.",
}
REMEMBERED_MAX = 1_000
ELSEWHERE = "The community has another Discord server now."


def kinds(file: Path | None = None) -> Mapping[str, Kind]:
    """How jobs about roles are carried out, by their types; all writes about roles of a server wait in one lane.

    A `file` keeps what must outlive a killed bot.
    """
    return {"RoleChangedJob": Kind(Roles(file).change, ROLES)}


class Roles:
    """Gives and takes roles; remembers of the last jobs that the role was not there before, also across lives."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._without: dict[str, None] = dict.fromkeys(self._read())

    async def change(self, job: RoleChangedJob, desk: Desk) -> Carried:
        """Give the role, or take it; one that he has from somebody else is left alone."""
        guild, role, person = job["roleGuildId"], job["roleId"], job["discordId"]
        if guild != guild_of(job):
            return gone(ELSEWHERE)
        reason = REASONS.get(job["roleReason"], "").format(minutes=job["minutes"])
        if not job["isGiven"]:
            await desk.rest.take_role(guild, person, role, reason)
            return Carried()
        # Whether it was there is told by the first look alone: a lost answer, or a killed bot, may have given it since.
        if job["id"] not in self._without:
            if role in (await desk.rest.member(guild, person))["roles"]:
                return Carried(reference=HAD)
            self._note(job["id"])
        await desk.rest.give_role(guild, person, role, reason)
        return Carried()

    def _note(self, job: str) -> None:
        while len(self._without) >= REMEMBERED_MAX:
            del self._without[next(iter(self._without))]
        self._without[job] = None
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._file.with_suffix(".new")
            fresh.write_bytes(orjson.dumps(list(self._without)))
            fresh.replace(self._file)

    def _read(self) -> Sequence[str]:
        if self._file is None or not self._file.exists():
            return ()
        try:
            kept = orjson.loads(self._file.read_bytes())
        except orjson.JSONDecodeError:
            return ()
        return [str(job) for job in cast("list[object]", kept)] if isinstance(kept, list) else ()
