"""What a resolver knows of the operation it works for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import strawberry
import structlog
from strawberry.dataloader import DataLoader

from server.auth.actors import Actor
from server.ports import Ids, Reader
from server.resolvers.loaders import Company, StreamKey, accounts_loader, channels_loader, company_loader
from server.resolvers.services import Services
from server.schema.channels import Channel
from server.schema.health import RateLimit
from server.schema.ids import number_of
from server.schema.linking import Account
from server.schema.policies import OPERATOR, OWNER, Declared, admit

Observer = Callable[[str, str, float, str], None]
"""Told of every operation: its first root field, its kind, how many seconds it took, and how it ended."""

ACTOR_LENGTH_MAX = 100


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
    spending: Spending = field(default_factory=Spending)

    @property
    def reader(self) -> Reader:
        """A connection for queries."""
        return self.services.database.reader()

    @property
    def caller(self) -> str:
        """Who spends: a token, or everybody without one at an address."""
        return f"token {self.actor.token_id}" if self.actor else f"address {self.address}"

    @property
    def actor_name(self) -> str:
        """Who asks, as entries and settings remember it."""
        return f"{self.actor.kind}:{self.actor.subject}"[:ACTOR_LENGTH_MAX] if self.actor else "anonymous"

    def admit(self, policy: Declared, community_id: int | None = None) -> None:
        """Return if the caller satisfies a policy; `Denied` otherwise."""
        admit(self.actor, policy, community_id)

    def admit_operator(self) -> None:
        """Return if the caller runs the installation; `Denied` otherwise."""
        self.admit(OPERATOR)

    def admit_owner(self, community: str) -> int:
        """The community that an id names, if the caller may act in it; `Denied` otherwise."""
        if self.actor is None:
            self.admit(OWNER)
        community_id = number_of("community", community)
        self.admit(OWNER, community_id)
        return community_id


Info = strawberry.Info[Context, None]


class ContextFactory(Protocol):
    """From whoever asks, and the address he asks from, to the context of one operation."""

    def __call__(self, actor: Actor | None, address: str = "") -> Context:
        """A context that no other operation has."""
        ...


def context_factory(services: Services, ids: Ids, observe: Observer) -> ContextFactory:
    """What makes the context of an operation from whoever asks; loaders are new every time."""

    def context(actor: Actor | None, address: str = "") -> Context:
        if actor is not None and actor.community_slug is not None:
            structlog.contextvars.bind_contextvars(community=actor.community_slug)
        return Context(
            actor=actor,
            address=address,
            services=services,
            ids=ids,
            observe=observe,
            accounts=accounts_loader(services),
            channels=channels_loader(services),
            company=company_loader(services),
        )

    return context
