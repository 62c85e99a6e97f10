"""What a resolver knows of the operation it works for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import strawberry
import structlog
from strawberry.dataloader import DataLoader

from server.auth.actors import Actor, author_of
from server.auth.capabilities import Place, capabilities_in
from server.domain.audit import Author
from server.domain.staff import NOTHING, Capabilities, Capability
from server.ports import Ids, Reader, Tx
from server.resolvers.loaders import Company, StreamKey, accounts_loader, channels_loader, company_loader
from server.resolvers.services import Services
from server.schema.channels import Channel
from server.schema.health import RateLimit
from server.schema.ids import number_of
from server.schema.linking import Account
from server.schema.policies import OPERATOR, Denied, admit, needs

Observer = Callable[[str, str, float, str], None]
"""Told of every operation: its first root field, its kind, how many seconds it took, and how it ended."""


@dataclass(slots=True)
class Spending:
    """What the operation costs its caller and what he has left, once that is known."""

    rate: RateLimit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One operation: who asks, and what may be used to answer."""

    actor: Actor | None
    services: Services
    ids: Ids
    observe: Observer
    accounts: DataLoader[int, Account]
    channels: DataLoader[int, Channel]
    company: DataLoader[StreamKey, Company]
    address: str = ""
    request_id: str = ""
    spending: Spending = field(default_factory=Spending)
    held: dict[int, Capabilities] = field(default_factory=dict[int, Capabilities])
    """What the caller may do, by community, as far as it was asked for."""
    relied: set[Place] = field(default_factory=set[Place])
    """What the caller was let in by; a subscription ends when that is over."""

    @property
    def reader(self) -> Reader:
        """A connection for queries."""
        return self.services.database.reader()

    @property
    def caller(self) -> str:
        """Who spends: a token, or everybody without one at an address."""
        return f"token {self.actor.token_id}" if self.actor else f"address {self.address}"

    @property
    def signed_in(self) -> Actor:
        """Who asks, where a policy has seen to it that somebody is signed in."""
        if self.actor is None:
            raise LookupError("Nobody is signed in.")
        return self.actor

    @property
    def actor_name(self) -> str:
        """Who asks, as entries and settings remember it."""
        return self.author.name

    @property
    def author(self) -> Author:
        """In whose name what this operation changes is written down."""
        return author_of(self.actor, self.request_id)

    def admit_operator(self) -> None:
        """Return if the caller runs the installation; `Denied` otherwise."""
        admit(self.actor, OPERATOR)

    async def admit_to(self, community: str, capability: Capability) -> Place:
        """The community that an id names, if the caller has a capability in it; `Denied` otherwise."""
        if self.actor is None:
            admit(self.actor, needs(capability))
        return await self.admit_in(number_of("community", community), capability)

    async def admit_in(self, community_id: int | None, capability: Capability) -> Place:
        """Where the caller may act by a capability; `Denied` otherwise. None is a community that is not there.

        There only the operator is admitted, who may know that it is not there.
        """
        number = community_id or 0
        admit(self.actor, needs(capability), await self.held_in(number))
        place = Place(number, capability)
        self.relied.add(place)
        return place

    def overlay_asked(self, named: str | None) -> str | None:
        """Which overlay is asked about: the named one, or else that of the caller's own key, where he has one.

        `Denied` where a key asks about another overlay than its own.
        """
        own = None if self.actor is None else self.actor.overlay
        if own is not None and named not in {None, own}:
            raise Denied(
                "forbidden",
                "The key of an overlay shows that overlay alone.",
                "Leave `overlay` out, or use a key of the overlay that you mean.",
            )
        return named if named is not None else own

    async def admit_again(self, tx: Tx, place: Place) -> None:
        """Return if the caller may still act in a place, as the transaction sees it; `Denied` otherwise."""
        held = NOTHING if self.actor is None else await capabilities_in(tx, self.actor, place.community_id)
        admit(self.actor, needs(place.capability), held)

    async def held_in(self, community_id: int) -> Capabilities:
        """What the caller may do in a community, looked up once for the operation."""
        if self.actor is None:
            return NOTHING
        if community_id not in self.held:
            self.held[community_id] = await capabilities_in(self.reader, self.actor, community_id)
        return self.held[community_id]


Info = strawberry.Info[Context, None]


class ContextFactory(Protocol):
    """From whoever asks, the address he asks from, and the id of his request, to the context of one operation."""

    def __call__(self, actor: Actor | None, address: str = "", request_id: str = "") -> Context:
        """A context that no other operation has."""
        ...


def context_factory(services: Services, ids: Ids, observe: Observer) -> ContextFactory:
    """What makes the context of an operation from whoever asks; loaders are new every time.

    A request without an id, such as an operation over a socket, gets one.
    """

    def context(actor: Actor | None, address: str = "", request_id: str = "") -> Context:
        if actor is not None and actor.community_slug is not None:
            structlog.contextvars.bind_contextvars(community=actor.community_slug)
        return Context(
            actor=actor,
            address=address,
            request_id=request_id or ids.token(),
            services=services,
            ids=ids,
            observe=observe,
            accounts=accounts_loader(services),
            channels=channels_loader(services),
            company=company_loader(services),
        )

    return context
