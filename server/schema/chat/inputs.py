"""What mutations of chat take and give."""

from typing import Annotated

import strawberry

from server.schema.chat.nouns import MANAGE, ChatCommand, ChatLevel, ChatLine, ChatSettings
from server.schema.problems import Refused
from server.schema.scalars import Duration

KEY = "Yours, one per intention; a repeat returns the first result."


@strawberry.input(description="The command to make or change; what is left out stays, or is as usual.")
class SetChatCommandInput:
    """Input of setChatCommand."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    name: str = strawberry.field(
        description="Its name, 1 to 30 letters, digits, hyphens or underscores, without the !."
    )
    text: strawberry.Maybe[str] = strawberry.field(
        default=None,
        description="What it answers, 1 to 500 characters; may name {name}, {args}, {channel}, {community}, "
        "{watchtime}, {rank}, {uptime} and {title}. Built-in commands have none.",
    )
    level: strawberry.Maybe[ChatLevel] = strawberry.field(default=None, description="Who may use it.")
    is_on: strawberry.Maybe[bool] = strawberry.field(default=None, description="Whether it is answered.")
    cooldown: strawberry.Maybe[Duration] = strawberry.field(
        default=None, description="How long it rests after it was answered: 0 to 86,400 seconds."
    )
    viewer_cooldown: strawberry.Maybe[Duration] = strawberry.field(
        default=None, description="How long whoever used it waits: 0 to 86,400 seconds."
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The command is like this now.")
class ChatCommandSet:
    """Success of setChatCommand."""

    command: ChatCommand = strawberry.field(description="The command.", metadata=MANAGE)


SetChatCommandResult = Annotated[
    ChatCommandSet | Refused, strawberry.union("SetChatCommandResult", description="What became of a command.")
]


@strawberry.input(description="The command to delete; a built-in one becomes as it was.")
class DeleteChatCommandInput:
    """Input of deleteChatCommand."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    name: str = strawberry.field(description="Its name.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The command is gone, or as it was.")
class ChatCommandDeleted:
    """Success of deleteChatCommand."""

    name: str = strawberry.field(description="Its name.", metadata=MANAGE)


DeleteChatCommandResult = Annotated[
    ChatCommandDeleted | Refused,
    strawberry.union("DeleteChatCommandResult", description="What became of deleting a command."),
]


@strawberry.input(description="Words for something that is said in chat.")
class ChatTextInput:
    """A text to set."""

    name: str = strawberry.field(description="What it is for: a name of Chat.settings.texts.")
    text: str | None = strawberry.field(default=None, description="1 to 500 characters; null for the usual words.")


@strawberry.input(description="The settings of chat to set; what is left out stays.")
class UpdateChatSettingsInput:
    """Input of updateChatSettings."""

    community_id: strawberry.ID = strawberry.field(description="Whose settings.")
    speaks: strawberry.Maybe[bool] = strawberry.field(default=None, description="Whether we speak in chat at all.")
    texts: list[ChatTextInput] | None = strawberry.field(
        default=None, description="Texts to set, at most 50; those that are not named stay."
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The settings of chat are these now.")
class ChatSettingsUpdated:
    """Success of updateChatSettings."""

    settings: ChatSettings = strawberry.field(description="The settings now in force.", metadata=MANAGE)


UpdateChatSettingsResult = Annotated[
    ChatSettingsUpdated | Refused,
    strawberry.union("UpdateChatSettingsResult", description="What became of changing the settings of chat."),
]


@strawberry.input(description="What to say.")
class SayInChatInput:
    """Input of sayInChat."""

    community_id: strawberry.ID = strawberry.field(description="Where.")
    channel_id: strawberry.ID = strawberry.field(description="In which of its channels.")
    text: str = strawberry.field(description="1 to 500 characters; it is said as an ordinary line, never as a command.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="It is said in its turn.")
class ChatSaid:
    """Success of sayInChat."""

    lines: list[ChatLine] = strawberry.field(description="The line; one at most.", metadata=MANAGE)


SayInChatResult = Annotated[
    ChatSaid | Refused, strawberry.union("SayInChatResult", description="What became of saying something.")
]
