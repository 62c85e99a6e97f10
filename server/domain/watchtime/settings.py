"""Watch time settings as people write them, and the rule book they make."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from server.domain.refusals import Refused
from server.domain.watchtime.values import REPEATS_MAX, SECOND, Micros, RuleBook, Rules

WINDOW_S_MIN, WINDOW_S_MAX = 30, 3_600
QUORUM_MAX = 100
CAP_S_MIN, DAY_S = 60, 86_400
EXCLUDED_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    """A community's watch time settings; times in seconds, `excluded` are account ids.

    `exclude_hosts`: the channel's owner and well-known chat bots never earn either.
    """

    window_s: int = 300
    repeats: int = 3
    quorum: int = 1
    daily_cap_s: int | None = None
    tracking: bool = True
    excluded: frozenset[int] = frozenset()
    exclude_hosts: bool = True

    def check(self) -> None:
        """Refuse values that make no sense."""
        if not WINDOW_S_MIN <= self.window_s <= WINDOW_S_MAX:
            raise bad("window", f"A message is worth {WINDOW_S_MIN} to {WINDOW_S_MAX} seconds, not {self.window_s}.")
        if not 0 <= self.repeats <= REPEATS_MAX:
            raise bad("repeats", f"A message is compared with 0 to {REPEATS_MAX} earlier ones, not {self.repeats}.")
        if not 1 <= self.quorum <= QUORUM_MAX:
            raise bad("quorum", f"A minute needs 1 to {QUORUM_MAX} active accounts, not {self.quorum}.")
        if self.daily_cap_s is not None and not CAP_S_MIN <= self.daily_cap_s <= DAY_S:
            raise bad("daily_cap", f"A daily cap is {CAP_S_MIN} to {DAY_S} seconds, not {self.daily_cap_s}.")
        if len(self.excluded) > EXCLUDED_MAX:
            raise bad("excluded", f"At most {EXCLUDED_MAX} accounts can be excluded, not {len(self.excluded)}.")

    def stored(self) -> dict[str, Any]:
        """The settings as JSON values."""
        return {
            "window_s": self.window_s,
            "repeats": self.repeats,
            "quorum": self.quorum,
            "daily_cap_s": self.daily_cap_s,
            "tracking": self.tracking,
            "excluded": sorted(self.excluded),
            "exclude_hosts": self.exclude_hosts,
        }

    def rules(self, hosts: frozenset[int]) -> Rules:
        """The settings as the law knows them; `hosts` are the accounts of channel owners and well-known bots."""
        return Rules(
            window=self.window_s * SECOND,
            repeats=self.repeats,
            quorum=self.quorum,
            daily_cap=None if self.daily_cap_s is None else self.daily_cap_s * SECOND,
            tracking=self.tracking,
            excluded=self.excluded | hosts if self.exclude_hosts else self.excluded,
        )


def bad(field: str, sentence: str) -> Refused:
    """The refusal of a settings value."""
    return Refused(f"watchtime_settings_{field}", sentence, "Choose a value in that range.")


def restored(data: Mapping[str, Any]) -> WatchSettings:
    """Settings from `WatchSettings.stored`."""
    values: dict[str, Any] = {**data, "excluded": frozenset(data["excluded"])}
    return WatchSettings(**values)


def rule_book(versions: Iterable[tuple[Micros, WatchSettings]], hosts: frozenset[int] = frozenset()) -> RuleBook:
    """The rule book of settings in order of effect; until the first of them the defaults apply."""
    dated = [(since, settings.rules(hosts)) for since, settings in versions]
    if not dated or dated[0][0] > 0:
        dated.insert(0, (0, WatchSettings().rules(hosts)))
    return RuleBook(tuple(dated))


def during(book: RuleBook, since: Micros, until: Micros) -> RuleBook:
    """The part of `book` that matters within `[since, until)`.

    So that a quorum asked for last year does not make every later stream expensive.
    """
    begun = [version for version in book.versions if version[0] <= since][-1:]
    later = [version for version in book.versions if since < version[0] < until]
    return RuleBook(tuple(begun + later) or book.versions[:1])
