"""The texts of communities."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

import strawberry

from server.actions import texts as actions
from server.domain import texts as domain
from server.domain.staff import Capability
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import Context, Info
from server.resolvers.idempotency import Kept, once
from server.schema.pagination import Connection, Order, checked_first, page_of
from server.schema.policies import needs
from server.schema.scalars import printable
from server.schema.texts import TextKind, TextUpdated, TextVersion, UpdateTextInput, UpdateTextResult
from server.store import texts

NEWEST = Order("text_version", int)


@dataclass(frozen=True, slots=True)
class TextReads:
    """What a community is asked about its texts."""

    context: Context
    community_id: int

    async def newest(self, kind: TextKind) -> TextVersion:
        """The text in force."""
        return text_noun(await texts.newest(self.context.reader, self.community_id, domain.TextKind(kind.value)))

    async def history(self, kind: TextKind, first: int, after: str | None) -> Connection[TextVersion]:
        """The versions that the community wrote, newest first."""
        key, reader, wanted = NEWEST.key(after), self.context.reader, domain.TextKind(kind.value)
        before = None if key is None else key[0]
        rows = await texts.page(reader, self.community_id, wanted, before, checked_first(first) + 1)
        return page_of(
            rows,
            first,
            node=text_noun,
            cursor=lambda row: NEWEST.cursor(row.version),
            count=partial(texts.count, reader, self.community_id, wanted),
        )


def text_noun(record: domain.TextVersion) -> TextVersion:
    """A version as the graph shows it."""
    return TextVersion(
        kind=TextKind(record.kind.value),
        version=record.version,
        body=record.body,
        actor=record.actor,
        at=record.at,
    )


async def update_text(
    info: Info, given: Annotated[UpdateTextInput, strawberry.argument(name="input", description="The new text.")]
) -> UpdateTextResult:
    """Write a new version of a text."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.SETTINGS_EDIT)
    kind = domain.TextKind(given.kind.value)
    body = "\n".join(printable(line) for line in domain.tidied(given.body).split("\n"))

    async def update(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.update(tx, scope, kind=kind, body=body)
        return done.giving({"version": done.result.version})

    kept = await once(context, "updateText", place, given, update)
    made = await texts.by_version(context.reader, place.community_id, kind, kept["version"])
    if made is None:
        raise LookupError(f"Version {kept['version']} of a text is gone.")
    return TextUpdated(text=text_noun(made))


@strawberry.type
class TextMutations:
    """What can be changed about texts."""

    update_text: UpdateTextResult = strawberry.field(
        resolver=update_text,
        description="Write a new version of the terms of service or the privacy policy; the old ones stay to be seen.",
        metadata=needs(Capability.SETTINGS_EDIT),
    )
