"""The texts that a community shows people."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

import strawberry

from server.schema.pagination import Connection
from server.schema.policies import READ
from server.schema.problems import Refused


@strawberry.enum(name="TextKind", description="A text that a community shows people.")
class TextKind(Enum):
    """A kind of text."""

    TERMS = strawberry.enum_value("terms", description="Terms of service.")
    PRIVACY = strawberry.enum_value("privacy", description="Privacy policy.")


@strawberry.type(description="A version of a text; it is never edited.")
class TextVersion:
    """A version."""

    kind: TextKind = strawberry.field(description="Which text.", metadata=READ)
    version: int = strawberry.field(
        description="Its number, from 1 on; 0 is the standard text, which holds until the community writes its own.",
        metadata=READ,
    )
    body: str = strawberry.field(
        description="The text. Lines that begin with ## are headings, those with - items of a list.", metadata=READ
    )
    actor: str | None = strawberry.field(description="Who wrote it; null for the standard text.", metadata=READ)
    at: datetime = strawberry.field(description="Since when it holds.", metadata=READ)


class TextLoader(Protocol):
    """What a community is asked about its texts."""

    async def newest(self, kind: TextKind) -> TextVersion:
        """The text in force."""
        ...

    async def history(self, kind: TextKind, first: int, after: str | None) -> Connection[TextVersion]:
        """The versions that the community wrote, newest first."""
        ...


@strawberry.input(description="A new version of a text.")
class UpdateTextInput:
    """Input of updateText."""

    community_id: strawberry.ID = strawberry.field(description="Whose text.")
    kind: TextKind = strawberry.field(description="Which text.")
    body: str = strawberry.field(description="The whole text, 1 to 20,000 characters.")
    idempotency_key: str = strawberry.field(description="Yours, one per intention; a repeat returns the first result.")


@strawberry.type(description="The text has a new version, which people see from now on.")
class TextUpdated:
    """Success of updateText."""

    text: TextVersion = strawberry.field(description="The new version.", metadata=READ)


UpdateTextResult = Annotated[
    TextUpdated | Refused,
    strawberry.union("UpdateTextResult", description="What became of changing a text."),
]
