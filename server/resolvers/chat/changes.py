"""What can be done with chat."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

import strawberry

from server.actions.chat import manage, say
from server.domain.chat.commands import Level, Rule
from server.domain.chat.texts import FULL, ChatSettings
from server.domain.refusals import Refused
from server.domain.staff import Capability
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.resolvers.chat.reads import channels_of, command_noun, line_noun, settings_noun
from server.resolvers.context import Info
from server.resolvers.idempotency import Kept, once, source_key
from server.schema.chat.inputs import (
    ChatCommandDeleted,
    ChatCommandSet,
    ChatSaid,
    ChatSettingsUpdated,
    ChatTextInput,
    DeleteChatCommandInput,
    DeleteChatCommandResult,
    SayInChatInput,
    SayInChatResult,
    SetChatCommandInput,
    SetChatCommandResult,
    UpdateChatSettingsInput,
    UpdateChatSettingsResult,
)
from server.schema.chat.nouns import MANAGE
from server.schema.ids import number_of
from server.schema.scalars import printable
from server.store.chat import lines

TEXTS_MAX = 50


async def set_chat_command(
    info: Info, given: Annotated[SetChatCommandInput, strawberry.argument(name="input", description="Which, and how.")]
) -> SetChatCommandResult:
    """Make a command, or change one."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.CHAT_MANAGE)
    wanted: dict[str, Any] = {
        name: field.value
        for name, field in (
            ("is_on", given.is_on),
            ("cooldown_s", given.cooldown),
            ("viewer_cooldown_s", given.viewer_cooldown),
        )
        if field is not None
    }
    if given.text is not None:
        wanted["text"] = printable(given.text.value)
    if given.level is not None:
        wanted["level"] = Level[given.level.value.name]

    async def put(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await manage.set_command(
            tx,
            scope,
            name=printable(given.name),
            revised=lambda rule: replace(rule, **wanted),
            actor=context.actor_name,
        )
        return done.giving(kept_rule(done.result))

    kept = await once(context, "setChatCommand", place, given, put)
    return ChatCommandSet(command=command_noun(rule_kept(kept)))


def kept_rule(rule: Rule) -> Kept:
    """A rule as JSON values."""
    return {
        "name": rule.name,
        "text": rule.text,
        "level": int(rule.level),
        "is_on": rule.is_on,
        "cooldown_s": rule.cooldown_s,
        "viewer_cooldown_s": rule.viewer_cooldown_s,
    }


def rule_kept(kept: Kept) -> Rule:
    """A rule from `kept_rule`."""
    return replace(Rule(**kept), level=Level(kept["level"]))


async def delete_chat_command(
    info: Info, given: Annotated[DeleteChatCommandInput, strawberry.argument(name="input", description="Which one.")]
) -> DeleteChatCommandResult:
    """Delete a command."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.CHAT_MANAGE)

    async def delete(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await manage.delete_command(tx, scope, name=printable(given.name))
        return done.giving({"name": done.result})

    kept = await once(context, "deleteChatCommand", place, given, delete)
    return ChatCommandDeleted(name=kept["name"])


async def update_chat_settings(
    info: Info, given: Annotated[UpdateChatSettingsInput, strawberry.argument(name="input", description="What to set.")]
) -> UpdateChatSettingsResult:
    """Change the settings of chat."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.CHAT_MANAGE)
    texts = named_texts(given.texts or [])

    def revised(current: ChatSettings) -> ChatSettings:
        kept = {name: text for name, text in {**current.texts, **texts}.items() if text}
        return ChatSettings(speaks=current.speaks if given.speaks is None else given.speaks.value, texts=kept)

    async def change(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await manage.change_settings(tx, scope, revised=revised, actor=context.actor_name)
        return done.giving(done.result.stored())

    kept = await once(context, "updateChatSettings", place, given, change)
    return ChatSettingsUpdated(settings=settings_noun(ChatSettings.restored(kept)))


def named_texts(given: list[ChatTextInput]) -> Mapping[str, str]:
    """Texts by name, empty for the usual words; refuses a name that is none, and too many."""
    strange = [one.name for one in given if one.name not in FULL]
    if strange or len(given) > TEXTS_MAX:
        raise Refused(
            "chat_text_unknown",
            f"There is no text {strange[0][:30]!r}." if strange else f"At most {TEXTS_MAX} texts are set at once.",
            f"The texts are: {', '.join(sorted(FULL))}.",
        )
    return {one.name: printable(one.text or "") for one in given}


async def say_in_chat(
    info: Info, given: Annotated[SayInChatInput, strawberry.argument(name="input", description="What, and where.")]
) -> SayInChatResult:
    """Say something in a channel's chat."""
    context = info.context
    place = await context.admit_to(given.community_id, Capability.CHAT_MANAGE)
    channel_id, key = number_of("channel", given.channel_id), source_key(context, "say", given)

    async def speak(tx: Tx, scope: Scope) -> Done[Kept]:
        done = await say.say(tx, scope, channel_id=channel_id, text=printable(given.text), key=key)
        return done.giving({"lines": done.result})

    kept = await once(context, "sayInChat", place, given, speak)
    made = await lines.by_ids(context.reader, place.community_id, kept["lines"])
    named = await channels_of(context, made)
    return ChatSaid(lines=[line_noun(one, named) for one in made])


@strawberry.type
class ChatMutations:
    """Changes to chat."""

    set_chat_command: SetChatCommandResult = strawberry.field(
        resolver=set_chat_command,
        description="Make a command of the community's own, or change one; switch a built-in one.",
        metadata=MANAGE,
    )
    delete_chat_command: DeleteChatCommandResult = strawberry.field(
        resolver=delete_chat_command,
        description="Delete a command of the community's own, or let a built-in one be as it was.",
        metadata=MANAGE,
    )
    update_chat_settings: UpdateChatSettingsResult = strawberry.field(
        resolver=update_chat_settings, description="Choose the words that are said in chat.", metadata=MANAGE
    )
    say_in_chat: SayInChatResult = strawberry.field(
        resolver=say_in_chat, description="Say something in a channel's chat.", metadata=MANAGE
    )
