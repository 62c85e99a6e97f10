"""Giveaways: who enters and how, who is left out and why, how much an entry weighs, and when a prize is claimed."""

import json
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import inf
from typing import Any

from server.domain.chat.commands import SIGN, name_key
from server.domain.chat.index import ALIASES, BUILT_IN
from server.domain.draws.rounds import INSTANT_LEAD
from server.domain.draws.rules import rules_text
from server.domain.refusals import Refused

TITLE_LENGTH_MAX = 100
PRIZE_LENGTH_MAX = 1_000
KEYWORD_LENGTH_MAX = 40
OPEN_MAX = 20
"""So many giveaways of a community are open at once."""

LASTS_MAX = timedelta(days=31)
CLAIM_S_MIN = 60
CLAIM_GRACE = timedelta(seconds=15)
"""A winner is passed over so much later than his time to claim ends: what he wrote in time may be told late."""

APPLIED_WITHIN = timedelta(seconds=30)
"""A giveaway waits so long for what was told in time to be applied, and then goes on without it, on record."""

EMOTE = re.compile(r"\[emote:\d+:([^\]\s]+)\]")


class GiveawayKind(StrEnum):
    """Who is in: whoever types the keyword, whoever chatted lately, or whoever has tickets of the open raffle."""

    KEYWORD = "keyword"
    CHATTERS = "chatters"
    TICKETS = "tickets"


class GiveawayState(StrEnum):
    """Where a giveaway stands. It goes only forward; voided ones were given up, or had nobody in them."""

    OPEN = "open"
    CLOSED = "closed"
    COMMITTED = "committed"
    DRAWN = "drawn"
    CLAIMED = "claimed"
    EXPIRED = "expired"
    VOIDED = "voided"


SETTLED = frozenset({GiveawayState.CLAIMED, GiveawayState.EXPIRED})
"""Nobody waits in these for his prize, or to be named."""
ENTERABLE = frozenset({GiveawayState.OPEN, GiveawayState.CLOSED})
"""Until its list is frozen, what was written before the end still counts when it is told late."""

STAFF, BANNED, EARLIER_WINNER, UNFIT = "staff", "banned_platform", "earlier_winner", "ineligible_rules"

REMOVED = "Staff leaves you out of this giveaway. Ask them, if you do not know why."
LEFT_OUT = {
    STAFF: "Staff, bots and the owners of the channels are not in it.",
    BANNED: "Whoever is banned in the channel is not in it.",
    EARLIER_WINNER: "You won a giveaway not long ago, so you are not in this one.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveawayRules:
    """The rules of one giveaway, hashed when it opens and when it is changed.

    `window_s` is how far back who chatted is in; `watch_s` the watch time that is needed; `subscriber_factor` how
    often a subscriber counts; who won within `rest_days` is left out; `claim_s` is how long a winner may wait before
    he speaks, 0 where nothing need be claimed; `lead_s` how far ahead of the promise the beacon's round is at least.
    `by_discord` is whether one may enter there as well, without a word in chat.
    """

    kind: GiveawayKind
    keyword: str = ""
    window_s: int = 600
    subscribers_only: bool = False
    linked_only: bool = False
    watch_s: int = 0
    subscriber_factor: int = 1
    rest_days: int = 0
    winners: int = 1
    alternates: int = 5
    claim_s: int = 300
    lead_s: int = 75
    prize: str = ""
    by_discord: bool = False

    @property
    def asks_subscription(self) -> bool:
        """Whether it matters who subscribes."""
        return self.subscribers_only or self.subscriber_factor > 1

    def check(self) -> None:
        """Refuse values that make no sense."""
        for name, value, least, most in (
            ("window", self.window_s, 60, 86_400),
            ("watch_time", self.watch_s, 0, 3_600_000),
            ("subscriber_factor", self.subscriber_factor, 1, 100),
            ("rest_days", self.rest_days, 0, 365),
            ("winners", self.winners, 1, 100),
            ("alternates", self.alternates, 0, 100),
            ("claim", self.claim_s or CLAIM_S_MIN, CLAIM_S_MIN, 7 * 86_400),
            ("lead", self.lead_s, int(INSTANT_LEAD.total_seconds()), 3_600),
        ):
            if not least <= value <= most:
                raise Refused(f"giveaway_{name}", f"{name} is from {least} to {most}.", "Choose a value in that range.")
        if len(self.prize) > PRIZE_LENGTH_MAX:
            raise Refused("giveaway_prize", f"A prize has at most {PRIZE_LENGTH_MAX} characters.", "Say it shorter.")
        if self.kind is GiveawayKind.TICKETS and self.subscriber_factor > 1:
            raise Refused(
                "giveaway_subscriber_factor",
                "Tickets weigh what they are; a subscriber's weigh no more.",
                "Leave the factor at 1, or choose another kind.",
            )
        if self.by_discord and self.kind is not GiveawayKind.KEYWORD:
            raise Refused(
                "giveaway_by_discord",
                "On Discord one enters a giveaway by keyword, and no other.",
                "Choose that kind, or have nobody enter on Discord.",
            )
        self._check_keyword()

    def _check_keyword(self) -> None:
        if (self.kind is GiveawayKind.KEYWORD) != bool(self.keyword):
            raise Refused(
                "giveaway_keyword_unclear",
                "A giveaway by keyword has one, and no other does.",
                "Give a keyword, or none.",
            )
        if self.keyword and (self.keyword != keyword_in(self.keyword) or len(self.keyword) > KEYWORD_LENGTH_MAX):
            raise Refused(
                "giveaway_keyword",
                f"A keyword is one word of at most {KEYWORD_LENGTH_MAX} characters.",
                "Choose such a word.",
            )
        if self.keyword.startswith(SIGN) and self.keyword[1:] in BUILT_IN.keys() | ALIASES.keys():
            raise Refused("giveaway_keyword_command", f"{self.keyword} is a command.", "Choose another word.")

    def stored(self) -> dict[str, Any]:
        """The rules as JSON values."""
        return {**asdict(self), "kind": self.kind.value}

    @classmethod
    def restored(cls, data: Mapping[str, Any]) -> "GiveawayRules":
        """Rules from `stored`; those of earlier versions let nobody enter on Discord."""
        values: dict[str, Any] = dict(data)
        return cls(kind=GiveawayKind(values.pop("kind")), **values)


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveawayEdit:
    """What is to be different in an open giveaway; None stays as it is.

    Who is in, and by which word, is nothing that anybody may change who can see who came.
    """

    title: str | None = None
    prize: str | None = None
    winners: int | None = None
    alternates: int | None = None
    claim_s: int | None = None
    ends: datetime | None = None

    def applied_to(self, rules: GiveawayRules) -> GiveawayRules:
        """The rules with the change; refuses what takes something from whoever is in already."""
        wanted = {"prize": self.prize, "winners": self.winners, "alternates": self.alternates, "claim_s": self.claim_s}
        fresh = replace(rules, **{name: one for name, one in wanted.items() if one is not None})
        fresh.check()
        for name, before, after in (
            ("winners", rules.winners, fresh.winners),
            ("alternates", rules.alternates, fresh.alternates),
            # 0 is no limit to the time in which one claims.
            ("claim", rules.claim_s or inf, fresh.claim_s or inf),
            ("prize", bool(rules.prize), bool(fresh.prize)),
        ):
            if after < before:
                raise Refused(
                    "giveaway_lessened",
                    f"The {name} of an open giveaway cannot become less: people are in it for what was said.",
                    "Leave it, or give this giveaway up and open another one.",
                )
        return fresh


def giveaway_rules(
    rules: GiveawayRules,
    *,
    community_id: int,
    title: str,
    opens: datetime,
    ends: datetime | None,
    changes: Sequence[Mapping[str, Any]] | None = None,
) -> str:
    """The text of a giveaway's rules as it is published and hashed when it opens, and whenever it is changed.

    Each of the `changes` says when it was, what was different before, and the hash of then: whoever puts that back, and
    takes the change out, has the text of then.
    """
    return rules_text(
        "giveaway",
        {
            **rules.stored(),
            "channel": f"community:{community_id}",
            "title": title,
            "opens_at": opens.isoformat(),
            "ends_at": None if ends is None else ends.isoformat(),
            "changes": None if changes is None else list(changes),
        },
    )


def changes_in(text: str | None) -> Sequence[Mapping[str, Any]]:
    """The changes that a text of rules tells of, first to last; none where no text was kept."""
    found: list[dict[str, Any]] = json.loads(text or "{}").get("changes", [])
    return found


def keyword_in(text: str) -> str:
    """The word that a line begins with, as keywords are compared: without case, an emote by its name; "" for none.

    What follows does not matter, so that a keyword counts in front of other words as well.
    """
    plain = EMOTE.sub(r" \1 ", text)
    seen = "".join(" " if char.isspace() else char for char in plain if not _is_unseen(char))
    # Some characters are written with a space when they are made comparable, so words are told apart afterwards.
    words = name_key(seen).split(maxsplit=1)
    return words[0] if words else ""


def keyword_of(given: str) -> str:
    """What staff gives as a keyword, as keywords are compared; more than one word stays, for the rules to refuse."""
    return keyword_in(given) if len(given.split()) == 1 else name_key(given.strip())


def _is_unseen(char: str) -> bool:
    """Some clients end a repeated line with a character that nobody sees."""
    return not char.isspace() and unicodedata.category(char)[0] == "C"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What is known of somebody who would be in a giveaway; `tickets` are those of the raffle.

    `removed` is the code of why staff leaves him out.
    """

    removed: str | None = None
    is_staff: bool = False
    is_banned: bool = False
    has_won: bool = False
    is_subscriber: bool = False
    is_linked: bool = False
    watch_s: int = 0
    tickets: int = 1


def exclusion_of(rules: GiveawayRules, one: Candidate) -> str | None:
    """Why somebody is left out, by the code that is published; None where he is in."""
    if one.removed is not None:
        return one.removed
    if one.is_staff:
        return STAFF
    if one.is_banned:
        return BANNED
    if one.has_won:
        return EARLIER_WINNER
    unfit = (
        (rules.subscribers_only and not one.is_subscriber)
        or (rules.linked_only and not one.is_linked)
        or one.watch_s < rules.watch_s
    )
    return UNFIT if unfit else None


def advice_for(rules: GiveawayRules, one: Candidate, code: str | None, *, is_in: bool) -> str | None:
    """What somebody is told who would be left out for a reason, or may weigh more; None where there is nothing."""
    known = REMOVED if one.removed is not None else LEFT_OUT.get(code or "")
    if known is not None:
        return known
    shows = f"Type {rules.keyword} in chat, so that your badge is seen."
    if rules.subscribers_only and not one.is_subscriber:
        return f"Only subscribers are in it. If you are one: {shows}"
    if rules.linked_only and not one.is_linked:
        return "Only who linked accounts is in it. Link yours with /link kick."
    if one.watch_s < rules.watch_s:
        return f"{rules.watch_s - one.watch_s} seconds of watch time are missing until it ends."
    if is_in and rules.subscriber_factor > 1 and not one.is_subscriber:
        return f"A subscriber counts {rules.subscriber_factor} times. If you are one: {shows}"
    return None


def weight_of(rules: GiveawayRules, one: Candidate) -> int:
    """How many tickets somebody brings into the draw."""
    if rules.kind is GiveawayKind.TICKETS:
        return max(0, one.tickets)
    return rules.subscriber_factor if one.is_subscriber else 1


def claim_ends(since: datetime, claim_s: int) -> datetime:
    """Until when somebody may claim who was named, or moved up, at an instant."""
    return since + timedelta(seconds=claim_s)


def outcome(places: Collection[str], claim_s: int) -> GiveawayState:
    """Where a giveaway stands by what became of everybody who was drawn; without a time to claim it is over at once."""
    if "won" in places and claim_s:
        return GiveawayState.DRAWN
    return GiveawayState.CLAIMED if {"won", "confirmed"} & set(places) else GiveawayState.EXPIRED
