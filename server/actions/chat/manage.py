"""Staff chooses what is said: commands, texts, and whether we speak at all."""

from collections.abc import Callable

from server.actions.chat.commands.standing import CUSTOM_PLACEHOLDERS
from server.actions.chat.say import SETTINGS, settings_in_force
from server.domain.audit import Audited, Plain, changed
from server.domain.chat.commands import COMMANDS_MAX, Rule, name_key
from server.domain.chat.index import ALIASES, BUILT_IN
from server.domain.chat.texts import FULL, ChatSettings, checked_text
from server.domain.instants import micros
from server.domain.refusals import Refused
from server.jobs.unit import Done, Scope
from server.ports import Tx
from server.store import communities
from server.store.chat import commands

TEXT_VALUES = {
    "watchtime": frozenset({"name", "watchtime", "rank"}),
    "watchtime_none": frozenset({"name"}),
    "rank": frozenset({"name", "watchtime", "rank"}),
    "rank_none": frozenset({"name"}),
    "link": frozenset({"name", "url"}),
    "call": frozenset({"name", "slot", "provider", "place"}),
    "tickets": frozenset({"name", "tickets", "rank"}),
    "tickets_none": frozenset({"name"}),
    "enter": frozenset({"name", "tickets"}),
    "raffle": frozenset({"name", "raffle", "prizes", "url"}),
    "linkshuffle": frozenset({"name", "shuffle"}),
    "verifyshuffle": frozenset({"name", "shuffle"}),
    "giveaway": frozenset({"name", "giveaway", "how"}),
    "giveaway_none": frozenset({"name"}),
    "giveaway_staff": frozenset({"name", "giveaway", "state"}),
    "refused": frozenset({"name", "message"}),
}
"""What fills each text."""


async def set_command(tx: Tx, scope: Scope, *, name: str, revised: Callable[[Rule], Rule], actor: str) -> Done[Rule]:
    """Make a command of the community's own, or change one; a built-in one keeps what it does.

    Refuses a name that is none or belongs to a built-in command, a text that is unfit, and more commands than allowed.
    """
    key = ALIASES.get(name_key(name), name_key(name))
    await communities.lock(tx, scope.community_id)
    known = await commands.changed_rules(tx, scope.community_id)
    before = known.get(key)
    rule = checked(revised(before or (BUILT_IN[key].rule if key in BUILT_IN else Rule(name=key))))
    if before is None and len(known) >= COMMANDS_MAX:
        raise Refused("commands_full", f"A community has {COMMANDS_MAX} commands at most.", "Delete one first.")
    await commands.put(tx, scope.community_id, rule, actor, scope.now)
    old, new = changed(values(before) if before else {}, values(rule))
    line = Audited(action="chat.set_command", target=("chat_command", key), before=old if before else None, after=new)
    return Done(rule, audit=[line])


def checked(rule: Rule) -> Rule:
    """A rule that can be; refuses any other."""
    rule.check()
    if rule.name in BUILT_IN:
        if rule.text is not None:
            raise Refused(
                "command_built_in",
                f"!{rule.name} is built in; what it answers is one of the texts of chat.",
                "Change that text with updateChatSettings.",
            )
        return rule
    if rule.text is None:
        raise Refused("command_text_missing", "A command of your own needs a text.", "Say what it answers.")
    return Rule(
        name=rule.name,
        text=checked_text(rule.text, CUSTOM_PLACEHOLDERS),
        level=rule.level,
        is_on=rule.is_on,
        cooldown_s=rule.cooldown_s,
        viewer_cooldown_s=rule.viewer_cooldown_s,
    )


def values(rule: Rule) -> dict[str, Plain]:
    """A rule for the audit log."""
    return {
        "text": rule.text,
        "level": rule.level.name.lower(),
        "on": int(rule.is_on),
        "cooldown_s": rule.cooldown_s,
        "viewer_cooldown_s": rule.viewer_cooldown_s,
    }


async def delete_command(tx: Tx, scope: Scope, *, name: str) -> Done[str]:
    """Delete a command of the community's own, or let a built-in one be as it was; refuses one that is not there."""
    key = ALIASES.get(name_key(name), name_key(name))
    known = await commands.changed_rules(tx, scope.community_id)
    if not await commands.remove(tx, scope.community_id, key):
        raise Refused(
            "command_unknown", f"This community has not made or changed !{key[:30]}.", "Look at its commands."
        )
    line = Audited(action="chat.delete_command", target=("chat_command", key), before=values(known[key]))
    return Done(key, audit=[line])


async def change_settings(
    tx: Tx, scope: Scope, *, revised: Callable[[ChatSettings], ChatSettings], actor: str
) -> Done[ChatSettings]:
    """Append a version of the settings of chat, in force from now on, and return it; refuses unfit texts."""
    await communities.lock(tx, scope.community_id)
    current = await settings_in_force(tx, scope.community_id)
    wanted = revised(current)
    settings = ChatSettings(
        speaks=wanted.speaks,
        texts={name: checked_text(text, TEXT_VALUES[name]) for name, text in wanted.texts.items() if text},
    )
    if settings != current:
        await communities.add_setting_version(
            tx, scope.community_id, SETTINGS, micros(scope.now), settings.stored(), actor, scope.now
        )
    before, after = changed(flat(current), flat(settings))
    line = Audited(action="chat.change_settings", target=("settings", SETTINGS), before=before, after=after)
    return Done(settings, audit=[line])


def flat(settings: ChatSettings) -> dict[str, Plain]:
    """Settings for the audit log, the default where a community has no text of its own."""
    return {"speaks": int(settings.speaks), **{name: settings.text(name) for name in FULL}}
