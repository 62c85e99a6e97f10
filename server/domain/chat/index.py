"""The built-in commands of chat.

A new one is a line here, its texts in `texts.py`, and an answer: a file in `server/actions/chat/commands/` with its
line in `server/actions/chat/index.py`, or, where another capability answers, a reaction to `CommandAsked` in the
wiring. What a rule may refuse has no cool-down for everybody here, since a refused command must burn none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from server.domain.chat.commands import Level, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltIn:
    """A built-in command: the rule it has until a community changes it, other names it goes by, and what it does."""

    rule: Rule
    aliases: tuple[str, ...] = ()
    does: str


def of_moderators(name: str) -> Rule:
    """The rule of a command that runs a show: it never rests."""
    return Rule(name=name, level=Level.MODERATOR, cooldown_s=0, viewer_cooldown_s=0)


BUILT_IN: Mapping[str, BuiltIn] = MappingProxyType(
    {
        "watchtime": BuiltIn(
            rule=Rule(name="watchtime"), aliases=("wt",), does="Tells a viewer his watch time and his place."
        ),
        "rank": BuiltIn(rule=Rule(name="rank"), does="Tells a viewer his place on the leaderboard."),
        "link": BuiltIn(rule=Rule(name="link"), does="Tells how to link accounts."),
        "call": BuiltIn(
            # Slot calls have a cool-down of their own.
            rule=Rule(name="call", cooldown_s=0, viewer_cooldown_s=0),
            aliases=("sr",),
            does="Calls a slot: !call Book of Dead.",
        ),
        "tickets": BuiltIn(rule=Rule(name="tickets"), does="Tells a viewer his tickets in the raffle and his place."),
        "enter": BuiltIn(rule=Rule(name="enter", cooldown_s=0), does="Takes a viewer's free entry of the raffle."),
        "raffle": BuiltIn(
            rule=Rule(name="raffle", cooldown_s=10), does="Tells what can be won in the raffle, and where."
        ),
        "linkshuffle": BuiltIn(
            rule=Rule(name="linkshuffle", cooldown_s=0), does="Claims a viewer's name on Shuffle: !linkshuffle NAME."
        ),
        "verifyshuffle": BuiltIn(
            rule=of_moderators("verifyshuffle"),
            does="Verifies who claims a name on Shuffle: !verifyshuffle NAME, or !verifyshuffle @VIEWER NAME.",
        ),
        "giveaway": BuiltIn(
            rule=Rule(name="giveaway", cooldown_s=10), does="Tells what is given away, and how to enter."
        ),
        "gopen": BuiltIn(rule=of_moderators("gopen"), does="Opens a giveaway: !gopen WORD TITLE."),
        "gclose": BuiltIn(rule=of_moderators("gclose"), does="Lets nobody enter the giveaway any more."),
        "gdraw": BuiltIn(rule=of_moderators("gdraw"), does="Draws the giveaway; with a word, the one of that keyword."),
        "gredraw": BuiltIn(
            rule=of_moderators("gredraw"), does="Passes the winner of the giveaway over for the next who was drawn."
        ),
        "gcancel": BuiltIn(rule=of_moderators("gcancel"), does="Calls off the giveaway before its code is posted."),
    }
)
ALIASES: Mapping[str, str] = MappingProxyType(
    {alias: name for name, built_in in BUILT_IN.items() for alias in built_in.aliases}
)


def rules_with(changed: Mapping[str, Rule]) -> dict[str, Rule]:
    """Every command of a community by name: the built-in ones as it changed them, and its own."""
    return {name: built_in.rule for name, built_in in BUILT_IN.items()} | dict(changed)


def named(rules: Mapping[str, Rule], name: str) -> Rule | None:
    """The command that goes by a name, or None."""
    return rules.get(ALIASES.get(name, name))
