"""Panels: messages in Discord channels that stay and are kept up to date."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Protocol

import strawberry

from server.domain.staff import Capability
from server.schema.jobs import ClientJob
from server.schema.policies import SERVES, needs
from server.schema.problems import Refused

EDIT = needs(Capability.SETTINGS_EDIT)
KEY = "Yours, one per intention; a repeat returns the first result."


@strawberry.enum(description="What a panel shows.")
class PanelKind(Enum):
    """A kind of panel."""

    LINK = strawberry.enum_value("link", description="How to link an account, and a button for it.")
    LEADERBOARD = strawberry.enum_value("leaderboard", description="Who watched longest.")
    RAFFLE = strawberry.enum_value("raffle", description="The raffle that runs.")
    SLOTS = strawberry.enum_value("slots", description="The slot calls that wait.")
    GIVEAWAY = strawberry.enum_value("giveaway", description="The newest giveaway.")


@strawberry.enum(description="How a panel is.")
class PanelState(Enum):
    """A state."""

    WANTED = strawberry.enum_value("wanted", description="It will be posted.")
    POSTED = strawberry.enum_value("posted", description="It is there.")
    LOST = strawberry.enum_value("lost", description="Somebody deleted its message, and it does not heal by itself.")
    PAUSED = strawberry.enum_value("paused", description="It cannot be shown until staff mends what `problem` says.")


@strawberry.enum(description="What stands in the way of a panel.")
class PanelProblem(Enum):
    """A problem."""

    MESSAGE_DELETED = strawberry.enum_value("message_deleted", description="Its message was deleted.")
    FORBIDDEN = strawberry.enum_value("forbidden", description="The bot may not see the channel or write into it.")
    NO_CHANNEL = strawberry.enum_value("no_channel", description="Its channel was deleted.")
    PIN_FORBIDDEN = strawberry.enum_value("pin_forbidden", description="It is shown, but may not be pinned.")
    PINS_FULL = strawberry.enum_value("pins_full", description="It is shown, but too much is pinned there already.")


@strawberry.enum(description="What became of showing a panel.")
class PanelOutcome(Enum):
    """An outcome."""

    SHOWN = strawberry.enum_value("shown", description="Its message is there and up to date.")
    LOST = strawberry.enum_value("lost", description="Its message is not there any more.")
    HELD_BACK = strawberry.enum_value("held_back", description="Discord lets its old message not be edited for now.")
    FORBIDDEN = strawberry.enum_value("forbidden", description="The bot may not see the channel or write into it.")
    NO_CHANNEL = strawberry.enum_value("no_channel", description="The channel is not there any more.")


@strawberry.type(description="A message in a channel of Discord that stays and is kept up to date.")
class Panel:
    """A panel."""

    id: strawberry.ID = strawberry.field(description="Opaque id.", metadata=EDIT)
    kind: PanelKind = strawberry.field(description="What it shows.", metadata=EDIT)
    guild_id: str = strawberry.field(description="Discord's id of the server.", metadata=EDIT)
    channel_id: str = strawberry.field(description="Discord's id of the channel.", metadata=EDIT)
    message_id: str | None = strawberry.field(
        description="Discord's id of its message; null while it has none.", metadata=EDIT
    )
    locale: str = strawberry.field(description="The language that it speaks, such as en-US or de.", metadata=EDIT)
    is_pinned: bool = strawberry.field(description="Whether it is to be pinned.", metadata=EDIT)
    auto_heal: bool = strawberry.field(
        description="Whether it is posted anew when somebody deletes its message.", metadata=EDIT
    )
    state: PanelState = strawberry.field(description="How it is.", metadata=EDIT)
    problem: PanelProblem | None = strawberry.field(
        description="What stands in its way; null when nothing does.", metadata=EDIT
    )
    created_by: str = strawberry.field(description="Who wanted it.", metadata=EDIT)
    created_at: datetime = strawberry.field(description="Since when.", metadata=EDIT)
    shown_at: datetime | None = strawberry.field(
        description="When it changed last; null before it was shown.", metadata=EDIT
    )
    looked_at: datetime | None = strawberry.field(
        description="When the bot looked at it last; null before the first time.", metadata=EDIT
    )


class PanelLoader(Protocol):
    """What a community is asked about its panels."""

    async def all(self) -> list[Panel]:
        """All of them."""
        ...


@strawberry.type(description="Show a panel as it should be: post it, or edit it where it changed.")
class PanelDueJob(ClientJob):
    """Show a panel."""

    panel_id: strawberry.ID = strawberry.field(description="Which panel.", metadata=SERVES)
    panel_kind: PanelKind = strawberry.field(description="What it shows.", metadata=SERVES)
    channel_id: str | None = strawberry.field(
        description="Where it belongs; null where there is no such panel any more, and nothing to do.", metadata=SERVES
    )
    message_id: str | None = strawberry.field(
        description="The message to edit; null where one is to be posted.", metadata=SERVES
    )
    former_channel_id: str | None = strawberry.field(
        description="Where the message is that the new one replaces; null for none.", metadata=SERVES
    )
    former_message_id: str | None = strawberry.field(
        description="The message to delete once the new one is there; null for none.", metadata=SERVES
    )
    content_hash: str | None = strawberry.field(
        description="The hash of what it showed last; null before the first time.", metadata=SERVES
    )
    is_pinned: bool = strawberry.field(description="Whether it is to be pinned.", metadata=SERVES)
    locale: str = strawberry.field(description="The language that it speaks.", metadata=SERVES)


@strawberry.type(description="Delete the message of a panel that is not wanted any more.")
class PanelRemovedJob(ClientJob):
    """Delete a message."""

    channel_id: str | None = strawberry.field(description="In which channel.", metadata=SERVES)
    message_id: str | None = strawberry.field(description="Which message.", metadata=SERVES)


PANEL_JOB_TYPES = (PanelDueJob, PanelRemovedJob)


@strawberry.input(description="The panel to have.")
class CreatePanelInput:
    """Input of createPanel."""

    community_id: strawberry.ID = strawberry.field(description="Whose.")
    kind: PanelKind = strawberry.field(description="What it shows.")
    channel_id: str = strawberry.field(description="Discord's id of a channel of the community's server.")
    locale: str = strawberry.field(default="en-US", description="The language that it speaks, such as en-US or de.")
    is_pinned: bool = strawberry.field(default=True, description="Whether it is to be pinned.")
    auto_heal: bool = strawberry.field(
        default=True, description="Whether it is posted anew when somebody deletes its message."
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The bot will post it.")
class PanelCreated:
    """Success of createPanel."""

    panel: Panel = strawberry.field(description="The panel.", metadata=EDIT)


CreatePanelResult = Annotated[
    PanelCreated | Refused, strawberry.union("CreatePanelResult", description="What became of wanting a panel.")
]


@strawberry.input(description="Where a panel is to be.")
class MovePanelInput:
    """Input of movePanel."""

    community_id: strawberry.ID = strawberry.field(description="Whose.")
    panel_id: strawberry.ID = strawberry.field(description="Which one.")
    channel_id: str = strawberry.field(description="Discord's id of another channel of the community's server.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The bot will post it there, and then delete the former message.")
class PanelMoved:
    """Success of movePanel."""

    panel: Panel = strawberry.field(description="The panel.", metadata=EDIT)


MovePanelResult = Annotated[
    PanelMoved | Refused, strawberry.union("MovePanelResult", description="What became of moving a panel.")
]


@strawberry.input(description="Which panel to look at now.")
class RefreshPanelInput:
    """Input of refreshPanel."""

    community_id: strawberry.ID = strawberry.field(description="Whose.")
    panel_id: strawberry.ID = strawberry.field(description="Which one.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The bot looks at it now, also if it was given up.")
class PanelRefreshed:
    """Success of refreshPanel."""

    panel: Panel = strawberry.field(description="The panel.", metadata=EDIT)


RefreshPanelResult = Annotated[
    PanelRefreshed | Refused, strawberry.union("RefreshPanelResult", description="What became of looking at a panel.")
]


@strawberry.input(description="Which panels to look at now.")
class RefreshPanelsInput:
    """Input of refreshPanels."""

    community_id: strawberry.ID = strawberry.field(description="Whose.")
    kinds: list[PanelKind] | None = strawberry.field(
        default=None, description="Only those that show this; all if left out."
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The bot looks at them now, also at those that were given up.")
class PanelsRefreshed:
    """Success of refreshPanels."""

    count: int = strawberry.field(description="How many.", metadata=EDIT)


RefreshPanelsResult = Annotated[
    PanelsRefreshed | Refused,
    strawberry.union("RefreshPanelsResult", description="What became of looking at several panels."),
]


@strawberry.input(description="Which panel to take away.")
class DeletePanelInput:
    """Input of deletePanel."""

    community_id: strawberry.ID = strawberry.field(description="Whose.")
    panel_id: strawberry.ID = strawberry.field(description="Which one.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="There is no such panel any more; the bot deletes its message.")
class PanelDeleted:
    """Success of deletePanel."""

    panel_id: strawberry.ID = strawberry.field(description="The one that is gone.", metadata=EDIT)


DeletePanelResult = Annotated[
    PanelDeleted | Refused, strawberry.union("DeletePanelResult", description="What became of taking a panel away.")
]


@strawberry.input(description="What became of showing a panel.")
class ReportPanelInput:
    """Input of reportPanel."""

    panel_id: strawberry.ID = strawberry.field(description="Which one.")
    community_id: strawberry.ID = strawberry.field(description="Whose, as the job says.")
    channel_id: str = strawberry.field(description="Where it was shown, or was to be.")
    outcome: PanelOutcome = strawberry.field(description="How that went.")
    message_id: str | None = strawberry.field(default=None, description="The message, if it is shown.")
    content_hash: str | None = strawberry.field(
        default=None, description="The hash of what it shows, at most 64 digits from 0 to 9 and a to f."
    )
    problem: PanelProblem | None = strawberry.field(
        default=None, description="Why it is shown, but not pinned; null where nothing is wrong."
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The server knows how the panel is.")
class PanelReported:
    """Success of reportPanel."""

    panel_id: strawberry.ID = strawberry.field(description="Which one.", metadata=SERVES)


ReportPanelResult = Annotated[
    PanelReported | Refused,
    strawberry.union("ReportPanelResult", description="What became of telling how a panel is."),
]
