"""Hear what is said: our own lines come back, people's lines are counted, and commands are found among them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.actions.chat.say import reply_key
from server.domain.chat.commands import Level, Rule, command_in, level_of, may_use
from server.domain.chat.index import named, rules_with
from server.domain.chat.lines import ACTED_ON_WITHIN
from server.domain.instants import EPOCH
from server.events.chat import ChatCounted, ChatSpoken, CommandAsked
from server.jobs.unit import Scope
from server.ports import Tx
from server.store import channels, communities, linking
from server.store.chat import commands, lines
from server.store.chat.commands import EVERYBODY, Resting

ECHO_WITHIN = timedelta(minutes=5)
ACTED_ON_AT_ONCE = 100
"""So many commands of a batch are acted on; a raid that writes more at the same moment would hold up everybody."""

Heard = ChatCounted | CommandAsked
ChannelKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """A line with a command that the community knows."""

    event: ChatSpoken
    channel_id: int
    rule: Rule
    argument: str
    level: Level


async def hear(tx: Tx, scope: Scope, spoken: Sequence[ChatSpoken]) -> list[Heard]:
    """What to do about lines of chat; lines that we said ourselves are noted as heard, and no more.

    A command that comes late counts as chat and is not acted on.
    """
    known = await channels.ids_of(tx, {channel_key(event) for event in spoken})
    own = await note_echoes(tx, scope, spoken, known)
    people = [event for event in spoken if channel_key(event) in known and event.message_id not in own]
    happened: list[Heard] = [*counted(people, known)]
    signed = [event for event in people if "!" in event.text[:3] and is_timely(event, scope.now)]
    if signed:
        happened += await asked_in(tx, scope, signed, known)
    return happened


def channel_key(event: ChatSpoken) -> ChannelKey:
    """The channel a line was written in, by the platform's own id."""
    return event.platform, str(event.broadcaster.id)


def is_timely(event: ChatSpoken, now: datetime) -> bool:
    """Whether somebody still waits for an answer; anonymous people cannot be answered."""
    return event.sender.id is not None and now - event.at <= ACTED_ON_WITHIN


def counted(people: Sequence[ChatSpoken], known: Mapping[ChannelKey, int]) -> list[ChatCounted]:
    """How many lines people wrote, by channel."""
    many = Counter(channel_key(event) for event in people)
    newest = {channel_key(event): event.at for event in sorted(people, key=lambda event: event.at)}
    return [ChatCounted(channel_id=known[key], lines=many[key], last_at=newest[key]) for key in sorted(many)]


async def note_echoes(
    tx: Tx, scope: Scope, spoken: Sequence[ChatSpoken], known: Mapping[ChannelKey, int]
) -> frozenset[str]:
    """The ids of messages that are lines of ours; those lines were surely said.

    A line whose id we were never told is known by its text.
    """
    waiting = await lines.unheard(tx, scope.community_id, scope.now - ECHO_WITHIN)
    if not waiting:
        return frozenset()
    by_id = {line.message_id: line for line in waiting if line.message_id is not None}
    by_text = {(line.channel_id, line.text): line for line in waiting if line.message_id is None}
    own = set[str]()
    for event in spoken:
        line = by_id.get(event.message_id) or by_text.pop((known.get(channel_key(event), 0), event.text.strip()), None)
        if line is not None:
            own.add(event.message_id)
            await lines.note_echo(tx, line.id, event.message_id, scope.now)
    return frozenset(own)


async def asked_in(
    tx: Tx, scope: Scope, signed: Sequence[ChatSpoken], known: Mapping[ChannelKey, int]
) -> list[CommandAsked]:
    """The commands among some lines that may be used, in the order in which they were written."""
    rules = rules_with(await commands.changed_rules(tx, scope.community_id))
    found = [one for event in signed if (one := found_in(event, rules, known)) is not None]
    if not found:
        return []
    await communities.lock(tx, scope.community_id)
    found = sorted(found, key=lambda one: (one.event.at, one.event.message_id))[:ACTED_ON_AT_ONCE]
    done = await lines.made_already(tx, scope.community_id, [reply_key(one.event.message_id) for one in found])
    accounts = await accounts_of(tx, found)
    resting = await commands.resting(tx, scope.community_id, wanted(found, accounts))
    happened: list[CommandAsked] = []
    for one in found:
        account_id = accounts[one.event.platform, str(one.event.sender.id)]
        keys: list[Resting] = [(one.rule.name, EVERYBODY), (one.rule.name, account_id)]
        until = [resting.get(key, EPOCH) for key in keys]
        if reply_key(one.event.message_id) in done or not may_use(one.rule, one.level, until, scope.now):
            continue
        # Whoever else uses it in this very batch is too early.
        soon = scope.now + timedelta(microseconds=1)
        resting |= {keys[0]: soon} if one.rule.cooldown_s else {}
        resting |= {keys[1]: soon} if one.rule.viewer_cooldown_s else {}
        happened.append(asked(one, account_id))
    return happened


def found_in(event: ChatSpoken, rules: Mapping[str, Rule], known: Mapping[ChannelKey, int]) -> Found | None:
    """The command that a line is, if the community knows it."""
    command = command_in(event.text)
    rule = None if command is None else named(rules, command.name)
    if command is None or rule is None:
        return None
    level = level_of(event.badges, is_owner=event.sender.id == event.broadcaster.id)
    return Found(event, known[channel_key(event)], rule, command.argument, level)


async def accounts_of(tx: Tx, found: Sequence[Found]) -> dict[ChannelKey, int]:
    """The account of everybody who used a command, by the platform's own id."""
    ids: dict[ChannelKey, int] = {}
    for platform in sorted({one.event.platform for one in found}):
        people = [(one.event.sender, one.event.at) for one in found if one.event.platform == platform]
        ids |= {(platform, key): number for key, number in (await linking.accounts_of(tx, platform, people)).items()}
    return ids


def wanted(found: Sequence[Found], accounts: Mapping[ChannelKey, int]) -> list[Resting]:
    """The cool-downs that concern some commands, each once."""
    keys = {(one.rule.name, EVERYBODY) for one in found}
    keys |= {(one.rule.name, accounts[one.event.platform, str(one.event.sender.id)]) for one in found}
    return sorted(keys)


def asked(found: Found, account_id: int) -> CommandAsked:
    """What is told to whoever answers the command."""
    event = found.event
    return CommandAsked(
        command=found.rule.name,
        argument=found.argument,
        channel_id=found.channel_id,
        account_id=account_id,
        account=(event.platform, str(event.sender.id)),
        name=event.sender.name or "",
        message_id=event.message_id,
        at=event.at,
    )
