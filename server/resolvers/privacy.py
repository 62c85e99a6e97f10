"""People look after what is held about them."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Annotated

import orjson
import strawberry

from server.actions import privacy as actions
from server.domain.limits import EXPORTS
from server.domain.privacy import EVERYWHERE, Identity
from server.domain.staff import Capability, Holder
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.context import Context, Info
from server.resolvers.idempotency import Kept, Own, once
from server.resolvers.signin import signed_in_himself
from server.schema.ids import id_of, number_of
from server.schema.pagination import After, Connection, First, Order, UnusablePage, checked_first, page_of
from server.schema.policies import SIGNED_IN, Denied, admit, needs
from server.schema.privacy import (
    AccessLine,
    AccessTo,
    ForgetMeInput,
    ForgetMeResult,
    Forgetting,
    ForgettingKept,
    ForgettingPlanned,
    ForgettingState,
    KeepMeInput,
    KeepMeResult,
    MyDataPart,
)
from server.store import linking
from server.store.privacy import forgetting, reads, sections
from server.store.privacy.forgetting import ForgettingRecord
from server.store.privacy.reads import ReadRecord
from server.store.privacy.shapes import Held

NEWEST_READ = Order("personal_read", int)
PLACE = Order("my_data", int, int)
PLATFORMS = frozenset({"kick", "twitch", "discord"})


def identities(holders: Iterable[Holder]) -> list[Identity]:
    """The accounts among what somebody is known by."""
    return [Identity(*holder) for holder in sorted(holders) if holder[0] in PLATFORMS]


def own_place(context: Context, community: str | None) -> Own | None:
    """Where the caller acts for himself, None for everywhere; `Denied` where his token does not reach."""
    admit(context.actor, SIGNED_IN)
    number = None if community is None else number_of("community", community)
    if context.signed_in.community_id not in {None, number}:
        raise Denied(
            "forbidden",
            "Your token is good for another community only.",
            "Use a token of this community, or one that is bound to none.",
        )
    return None if number is None else Own(number)


def person(context: Context) -> list[Identity]:
    """The accounts of whoever asks, or a refusal of whoever has not signed in himself."""
    signed_in_himself(context.signed_in)
    return identities(context.signed_in.holders)


async def note_read(
    context: Context, community_id: int, what: str, face: int = reads.NOBODY, viewer_id: int = 0
) -> None:
    """Note, before it is shown, that staff looks at a viewer whose first account is `face`, or at many people.

    Once an hour for each reader; who looks at himself is not noted, nor is what a bot or an overlay draws for all.
    """
    actor = context.actor
    if actor is None or actor.kind == "overlay" or (actor.kind == "bot" and not actor.holders):
        return
    services, by = context.services, context.author
    look = (community_id, face, what, by.name, actor.holders, reads.hour_of(services.clock.now()))
    if look in services.noted:
        return
    accounts = await linking.accounts_of_viewer(context.reader, community_id, viewer_id) if viewer_id else []
    if not any((one.platform, one.external_id) in actor.holders for one in accounts):
        note = partial(actions.note_read, account_id=face, what=what)
        await services.units.run(community_id, note, by=by)
    services.noted.add(look)


async def access_log(
    info: Info,
    community_id: Annotated[strawberry.ID, strawberry.argument(description="Whose log.")],
    first: First,
    after: After = None,
) -> Connection[AccessLine]:
    """Who looked at people of a community."""
    context = info.context
    place = await context.admit_to(community_id, Capability.AUDIT_READ)
    key, reader = NEWEST_READ.key(after), context.reader
    rows = await reads.page(reader, place.community_id, None if key is None else key[0], checked_first(first) + 1)
    return page_of(
        rows,
        first,
        node=access_noun,
        cursor=lambda row: NEWEST_READ.cursor(row.id),
        count=partial(reads.count, reader, place.community_id),
    )


def access_noun(record: ReadRecord) -> AccessLine:
    """A look as the graph shows it."""
    return AccessLine(
        id=id_of("personal_read", record.id),
        what=AccessTo(record.what),
        reader=record.reader,
        hour=record.hour,
        viewer_id=None if record.viewer_id is None else id_of("viewer", record.viewer_id),
    )


def noun(record: ForgettingRecord) -> Forgetting:
    """A wish to be forgotten as the graph shows it."""
    return Forgetting(
        id=id_of("forgetting", record.id),
        community_id=id_of("community", record.community_id) if record.community_id else None,
        state=ForgettingState(record.state.value),
        asked_at=record.asked_at,
        due_at=record.due_at,
        problem=record.problem,
    )


async def my_forgettings(
    info: Info,
    community_id: Annotated[
        strawberry.ID | None, strawberry.argument(description="Only what concerns this community; all if left out.")
    ] = None,
) -> list[Forgetting]:
    """What whoever asks has asked for."""
    context = info.context
    own = own_place(context, community_id)
    number = None if own is None else own.community_id
    people = await forgetting.mine(context.reader, identities(context.signed_in.holders), number or 0)
    found = await forgetting.open_of(context.reader, [one.identity for one in people])
    return [noun(record) for record in found if number in {None, record.community_id}]


async def export_my_data(
    info: Info,
    community_id: Annotated[
        strawberry.ID | None, strawberry.argument(description="Only what this community holds; all if left out.")
    ] = None,
    after: After = None,
) -> MyDataPart:
    """All that is held about whoever asks, part by part."""
    context = info.context
    own = own_place(context, community_id)
    own_accounts = person(context)
    number = EVERYWHERE if own is None else own.community_id
    key = PLACE.key(after)
    if key is None:
        context.services.limits.take_now(EXPORTS, context.actor_name)
    elif not 0 <= key[0] < len(sections.SECTIONS):
        raise UnusablePage("cursor_invalid", "This is no end of a part.", "Use the `end` of a part, exactly as given.")
    people = await forgetting.mine(context.reader, own_accounts, number)
    place = (0, 0) if key is None else (key[0], key[1])
    following, found = await sections.part(context.reader, Held(people, number), place)
    return MyDataPart(
        version=sections.VERSION,
        records=[orjson.dumps(one).decode() for one in found],
        end=None if following is None else PLACE.cursor(*following),
    )


async def forget_me(
    info: Info, given: Annotated[ForgetMeInput, strawberry.argument(name="input", description="Where, and sure.")]
) -> ForgetMeResult:
    """Ask to be forgotten."""
    context = info.context
    own = own_place(context, given.community_id)
    people = person(context)

    async def ask(tx: Tx, scope: Scope) -> Done[Kept]:
        grace = context.services.forget_grace
        done = await actions.ask(tx, scope, own=people, is_confirmed=given.confirmed, grace=grace)
        number, due_at = done.result
        return done.giving({"forgetting": number, "due": due_at.isoformat()})

    kept = await once(context, "forgetMe", own, given, ask)
    return ForgettingPlanned(id=id_of("forgetting", kept["forgetting"]), due_at=datetime.fromisoformat(kept["due"]))


async def keep_me(
    info: Info, given: Annotated[KeepMeInput, strawberry.argument(name="input", description="Where.")]
) -> KeepMeResult:
    """Take it back."""
    context = info.context
    own = own_place(context, given.community_id)
    people = identities(context.signed_in.holders)
    number = None if given.forgetting_id is None else number_of("forgetting", given.forgetting_id)

    async def keep(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await actions.keep(tx, scope, own=people, number=number)
        return done.giving({"forgetting": done.result})

    kept = await once(context, "keepMe", own, given, keep)
    return ForgettingKept(id=id_of("forgetting", kept["forgetting"]))


@strawberry.type
class PrivacyQueries:
    """Root fields of privacy."""

    access_log: Connection[AccessLine] = strawberry.field(
        resolver=access_log,
        description="Who of the staff looked at whom, newest first.",
        metadata=needs(Capability.AUDIT_READ),
    )
    export_my_data: MyDataPart = strawberry.field(
        resolver=export_my_data,
        description="All that is held about you, part by part; only you can ask, signed in yourself.",
        metadata=SIGNED_IN,
    )
    my_forgettings: list[Forgetting] = strawberry.field(
        resolver=my_forgettings, description="Where you asked to be forgotten and are not yet.", metadata=SIGNED_IN
    )


@strawberry.type
class PrivacyMutations:
    """Root fields of privacy."""

    forget_me: ForgetMeResult = strawberry.field(
        resolver=forget_me,
        description="Ask to be forgotten, signed in yourself; it can be taken back for some days, and never after.",
        metadata=SIGNED_IN,
    )
    keep_me: KeepMeResult = strawberry.field(
        resolver=keep_me, description="Take back what you asked for with forgetMe.", metadata=SIGNED_IN
    )
