"""The index of what follows what."""

import types
import typing
from functools import partial
from typing import Any

from server import wiring
from server.auth.signing import OperatorKeys
from server.events.happening import Happening

REACTIONS = wiring.reactions(digest=len, keys=OperatorKeys(""))


def emitted(reaction: Any) -> set[type]:
    """The events a reaction may return, read off its annotation."""
    function: Any = reaction.func if isinstance(reaction, partial) else reaction
    return events_in(typing.get_type_hints(function)["return"])


def events_in(hint: Any) -> set[type]:
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is not None:
        return {event for inner in typing.get_args(hint) for event in events_in(inner)}
    return {hint} if isinstance(hint, type) and hint.__module__.startswith("server.events") else set()


def test_every_reaction_says_what_it_may_return() -> None:
    for reactions in REACTIONS.values():
        for reaction in reactions:
            function: Any = reaction.func if isinstance(reaction, partial) else reaction
            hint = typing.get_type_hints(function)["return"]
            assert hint == tuple[()] or emitted(reaction), function


def test_no_event_can_bring_itself_about() -> None:
    leads_to = {event: {then for one in reactions for then in emitted(one)} for event, reactions in REACTIONS.items()}
    for event, following in leads_to.items():
        reached: set[type] = set()
        ahead = set(following)
        while ahead:
            reached |= ahead
            ahead = {then for one in ahead for then in leads_to.get(one, set())} - reached
        assert event not in reached, f"{event.__name__} leads back to itself through {reached}"


def test_everything_that_can_happen_on_a_platform_has_a_reaction() -> None:
    # By name: a dataclass with slots leaves the class it was made from behind.
    happenings = {happening.__name__ for happening in Happening.__subclasses__()}
    assert happenings <= {event.__name__ for event in REACTIONS}
