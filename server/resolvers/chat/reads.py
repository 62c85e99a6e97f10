"""What can be asked about chat."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from server.actions.chat.manage import TEXT_VALUES
from server.actions.chat.say import settings_in_force
from server.domain.chat.commands import Rule
from server.domain.chat.index import BUILT_IN, rules_with
from server.domain.chat.texts import FULL
from server.domain.chat.texts import ChatSettings as Settings
from server.resolvers.context import Context
from server.schema.channels import Channel
from server.schema.chat.nouns import (
    ChatCommand,
    ChatLevel,
    ChatLine,
    ChatLineKind,
    ChatLineState,
    ChatSettings,
    ChatText,
)
from server.schema.ids import id_of
from server.schema.pagination import Connection, Order, checked_first, page_of
from server.schema.scalars import Duration
from server.store.chat import commands, lines
from server.store.chat.lines import LineRecord

NEWEST_LINE = Order("chat_line", int)


@dataclass(frozen=True, slots=True)
class ChatReads:
    """What a community is asked about chat."""

    context: Context
    community_id: int

    async def settings(self) -> ChatSettings:
        """The settings in force."""
        return settings_noun(await settings_in_force(self.context.reader, self.community_id))

    async def commands(self) -> list[ChatCommand]:
        """Every command, by name."""
        rules = rules_with(await commands.changed_rules(self.context.reader, self.community_id))
        return [command_noun(rules[name]) for name in sorted(rules)]

    async def lines(self, first: int, after: str | None) -> Connection[ChatLine]:
        """The lines, newest first."""
        key = NEWEST_LINE.key(after)
        reader, before_id = self.context.reader, None if key is None else key[0]
        rows = await lines.page(reader, self.community_id, before_id, checked_first(first) + 1)
        named = await channels_of(self.context, rows)
        return page_of(
            rows,
            first,
            node=lambda row: line_noun(row, named),
            cursor=lambda row: NEWEST_LINE.cursor(row.id),
            count=partial(lines.count, reader, self.community_id),
        )


async def channels_of(context: Context, records: list[LineRecord]) -> Mapping[int, Channel]:
    """The channels of some lines, by id."""
    wanted = sorted({record.channel_id for record in records})
    return dict(zip(wanted, await context.channels.load_many(wanted), strict=True))


def line_noun(record: LineRecord, channels: Mapping[int, Channel]) -> ChatLine:
    """A line as the graph shows it."""
    return ChatLine(
        id=id_of("chat_line", record.id),
        channel=channels[record.channel_id],
        kind=ChatLineKind(record.kind.value),
        text=record.text,
        state=ChatLineState(record.state.value),
        attempts=record.attempts,
        as_bot=None if record.speaker is None else record.speaker == "bot",
        message_id=record.message_id,
        reason=record.reason,
        created_at=record.created_at,
        settled_at=record.settled_at,
        heard_at=record.echoed_at,
    )


def command_noun(rule: Rule) -> ChatCommand:
    """A command as the graph shows it."""
    built_in = BUILT_IN.get(rule.name)
    return ChatCommand(
        name=rule.name,
        aliases=list(built_in.aliases) if built_in else [],
        built_in=built_in is not None,
        does=built_in.does if built_in else None,
        text=rule.text,
        level=ChatLevel[rule.level.name],
        is_on=rule.is_on,
        cooldown=Duration(rule.cooldown_s),
        viewer_cooldown=Duration(rule.viewer_cooldown_s),
    )


def settings_noun(found: Settings) -> ChatSettings:
    """The settings as the graph shows them."""
    texts = [
        ChatText(name=name, text=found.text(name), standard=FULL[name], placeholders=sorted(TEXT_VALUES[name]))
        for name in sorted(FULL)
    ]
    return ChatSettings(speaks=found.speaks, texts=texts)
