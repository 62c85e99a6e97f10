"""A mutation to test, with an input that works and another one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.resolvers.houses import Houses
from tests.resolvers.proving import GUILD

Given = Callable[[Houses], dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """A mutation with an input that works and another one."""

    name: str
    selection: str
    given: Given
    another: dict[str, Any]
    by: str = ""
    """Discord's id of the person who asks; the operator where it is not said."""
    permissions: int | None = None
    """What he may do in the first community's Discord server, when the bot asks for him from there."""

    @property
    def document(self) -> str:
        problem = "... on Problem { code message remedy }"
        return (
            f"mutation ($input: {self.name[0].upper()}{self.name[1:]}Input!) "
            f"{{ {self.name}(input: $input) {{ __typename {self.selection} {problem} }} }}"
        )

    async def run(self, houses: Houses, key: str, **changed: Any) -> dict[str, Any]:
        given = {**self.given(houses), **changed, "idempotencyKey": key}
        return (await houses.graph.data(self.document, self.token(houses), input=given))[self.name]

    def token(self, houses: Houses) -> str:
        """Of whoever asks."""
        graph = houses.graph
        if self.permissions is not None:
            return houses.bot.acting(self.by, guild=GUILD, permissions=self.permissions)
        return graph.person(("discord", self.by)) if self.by else graph.operator
