"""Look-ups of many things at once, made anew for every operation so that nothing is remembered beyond it."""

from collections.abc import Sequence
from dataclasses import dataclass

from strawberry.dataloader import DataLoader

from server.actions.watchtime.everybody import quorum_among
from server.actions.watchtime.recount import Together, book_of, together_with
from server.domain.watchtime.quorum import Quorum
from server.domain.watchtime.values import Live
from server.resolvers.services import Services
from server.schema.channels import Channel
from server.schema.ids import id_of
from server.schema.linking import Account, Platform
from server.store import channels, linking
from server.store.channels import ChannelRecord
from server.store.linking import AccountRecord

AT_ONCE = 500

StreamKey = tuple[int, Live]
"""A community's number, and a stream of a channel it attached."""


@dataclass(frozen=True, slots=True)
class Company:
    """What the law looks at to say what a stream was worth, with the minutes that met the quorum where a rule asks."""

    together: Together
    quorum: Quorum | None


def account_noun(record: AccountRecord) -> Account:
    """An account as the graph shows it."""
    return Account(
        id=id_of("account", record.id),
        platform=Platform(record.platform),
        platform_id=record.external_id,
        name=record.name,
    )


def channel_noun(record: ChannelRecord) -> Channel:
    """A channel as the graph shows it."""
    return Channel(
        id=id_of("channel", record.id),
        platform=Platform(record.platform),
        platform_id=record.external_id,
        name=record.name,
        slug=record.slug,
        title=record.title,
        category=record.category,
    )


def accounts_loader(services: Services) -> DataLoader[int, Account]:
    """Accounts by row."""

    async def load(keys: list[int]) -> Sequence[Account | BaseException]:
        found = await linking.accounts_by_ids(services.database.reader(), keys)
        return [account_noun(found[key]) if key in found else missing("account", key) for key in keys]

    return DataLoader(load_fn=load, max_batch_size=AT_ONCE)


def channels_loader(services: Services) -> DataLoader[int, Channel]:
    """Channels by row."""

    async def load(keys: list[int]) -> Sequence[Channel | BaseException]:
        found = await channels.by_ids(services.database.reader(), keys)
        return [channel_noun(found[key]) if key in found else missing("channel", key) for key in keys]

    return DataLoader(load_fn=load, max_batch_size=AT_ONCE)


def company_loader(services: Services) -> DataLoader[StreamKey, Company]:
    """What is looked at together with streams; what everybody wrote is read once for all that are asked for at once."""

    async def load(keys: list[StreamKey]) -> Sequence[Company | BaseException]:
        reader = services.database.reader()
        found: dict[StreamKey, Company] = {}
        for community_id in dict.fromkeys(number for number, _ in keys):
            book = await book_of(reader, community_id)
            together = {
                key: await together_with(reader, community_id, key[1], book) for key in keys if key[0] == community_id
            }
            lives = {live for one in together.values() if one.rules.asks_quorum for live in one.context}
            quorum = await quorum_among(reader, lives, book) if book.asks_quorum else None
            found |= {key: Company(one, quorum) for key, one in together.items()}
        return [found[key] for key in keys]

    return DataLoader(load_fn=load, max_batch_size=AT_ONCE)


def missing(kind: str, key: int) -> LookupError:
    """A row that another one names is not there."""
    return LookupError(f"There is no {kind} {key}.")
