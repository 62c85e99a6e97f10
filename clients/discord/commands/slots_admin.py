"""/slots-admin: open and close slot calls, pick one, drop them, and block whoever spoils it."""

from collections.abc import Sequence
from typing import Any

from clients.discord.asked.commands import Asked, Choice, Command, Family, Option, Type
from clients.discord.commands.staffing import MANAGE_GUILD, REASON_MAX, Staffing, done, moment, reason
from clients.discord.graph.answers.slots_admin import SlotCallsOfStaff
from clients.discord.graph.asking import ServerRefused
from clients.discord.render.card import Card
from clients.discord.render.limits import shown

METHODS = ("OLDEST", "RANDOM")
PLATFORMS = frozenset({"KICK", "TWITCH", "DISCORD"})
TITLE_MAX = 80
PER_VIEWER_MAX = 100
SHOWN = 10

REASONED = Option(name="reason", type=Type.TEXT, required=True, least=1, most=REASON_MAX)
MEMBER = Option(name="member", type=Type.USER)
PROVIDER = Option(name="provider", type=Type.TEXT, least=1, most=TITLE_MAX)
PER_VIEWER = Option(name="per_viewer", type=Type.WHOLE, required=True, least=0, most=PER_VIEWER_MAX)


class SlotsAdmin:
    """The commands; each asks the server in the name of whoever uses it."""

    def __init__(self, staffing: Staffing) -> None:
        self._staffing = staffing

    @property
    def family(self) -> Family:
        """The commands."""
        pick = [
            Option(name="call", type=Type.TEXT, suggest=self.suggest_calls),
            Option(name="how", type=Type.TEXT, choices=METHODS),
        ]
        block = [
            REASONED,
            Option(name="viewer", type=Type.TEXT, suggest=self.suggest_callers),
            MEMBER,
            Option(name="slot", type=Type.TEXT, least=1, most=TITLE_MAX, suggest=self.suggest_slots),
            PROVIDER,
        ]
        blocked = Option(name="block", type=Type.TEXT, required=True, suggest=self.suggest_blocks)
        commands = [
            Command(name="slots-admin on", run=self.on),
            Command(name="slots-admin off", run=self.off),
            Command(name="slots-admin status", run=self.status),
            Command(name="slots-admin pick", run=self.pick, options=pick),
            Command(name="slots-admin clear", run=self.clear),
            Command(name="slots-admin limit", run=self.limit, options=[PER_VIEWER]),
            Command(name="slots-admin block", run=self.block, options=block),
            Command(name="slots-admin unblock", run=self.unblock, options=[blocked]),
            Command(name="slots-admin blocked", run=self.blocked),
        ]
        return Family(name="slots-admin", commands=commands, permissions=MANAGE_GUILD)

    async def suggest_calls(self, asked: Asked) -> Sequence[Choice]:
        """Calls that wait, whose slot or caller holds what is being typed."""
        waiting = (await self._all(asked))["queue"]["nodes"]
        return _fit(asked, "call", [(f"{one['title']} · {one['account']['name']}", one["id"]) for one in waiting])

    async def suggest_callers(self, asked: Asked) -> Sequence[Choice]:
        """Who called slots last, each once."""
        told = await self._staffing.read(asked, "slot_callers")
        found: dict[str, str] = {}
        for one in told["slotCalls"]["history"]["nodes"]:
            account = one["account"]
            name = f"{account['name']} · {account['platform'].capitalize()}"
            found.setdefault(f"{account['platform']}:{account['platformId']}", name)
        return _fit(asked, "viewer", [(name, value) for value, name in found.items()])

    async def suggest_slots(self, asked: Asked) -> Sequence[Choice]:
        """Slots of the catalogue that may be meant."""
        if not asked.text("slot").strip():
            return []
        told = await self._staffing.read(asked, "slot_suggestions", text=asked.text("slot"))
        return [(one["title"], one["title"]) for one in told["slotCalls"]["suggestions"]]

    async def suggest_blocks(self, asked: Asked) -> Sequence[Choice]:
        """What is blocked."""
        blocks = (await self._all(asked))["blocks"]["nodes"]
        return _fit(asked, "block", [(f"{one['label']} · {one['reason']}", one["id"]) for one in blocks])

    async def on(self, asked: Asked) -> Card:
        """Let viewers call slots."""
        return await self._set(asked, "slots_admin.on", isOpen=True)

    async def off(self, asked: Asked) -> Card:
        """Let viewers call none; what waits stays."""
        return await self._set(asked, "slots_admin.off", isOpen=False)

    async def limit(self, asked: Asked) -> Card:
        """Say how many of one viewer may wait at once; zero for any number."""
        return await self._set(asked, "slots_admin.limited", perViewer=asked.whole("per_viewer", 1))

    async def _set(self, asked: Asked, said: str, **given: Any) -> Card:
        words = asked.words
        rules = (await self._staffing.do(asked, "set_slot_calls", **given))["settings"]
        return done(words(said), _limit(asked, rules["perViewer"]))

    async def status(self, asked: Asked) -> Card:
        """Whether viewers may call, by which rules, and what waits."""
        found, words = await self._all(asked), asked.words
        rules = found["settings"]
        lines = [
            words("slots_admin.is_open" if rules["isOpen"] else "slots_admin.is_closed"),
            words("slots_admin.waiting", count=found["waiting"]),
            _limit(asked, rules["perViewer"]),
            words("slots_admin.cooldown", wait=words.duration(rules["cooldown"])),
            words("slots_admin.most", count=rules["queueMax"]),
            words("slots_admin.twice" if rules["allowsDuplicates"] else "slots_admin.once"),
            *([words("slots_admin.catalogue")] if rules["catalogueOnly"] else []),
            words("slots_admin.blocks", count=found["blocks"]["totalCount"]),
        ]
        calls = [
            f"{number}. {shown(one['title'], TITLE_MAX)}: {shown(one['account']['name'])}"
            for number, one in enumerate(found["queue"]["nodes"][:SHOWN], 1)
        ]
        return Card(title=words("slots_admin.title"), lines=[*lines, *([""] if calls else []), *calls])

    async def pick(self, asked: Asked) -> Card:
        """Pick a call: a named one, the oldest, or a random one."""
        words, chosen = asked.words, asked.text("call")
        given = {"method": "CHOSEN", "callId": chosen} if chosen else {"method": asked.text("how", "OLDEST")}
        told = await self._staffing.do(asked, "pick_slot_call", **given)
        call = told["call"]
        provider = "" if call["provider"] is None else f" ({shown(call['provider'], TITLE_MAX)})"
        return done(
            words("slots_admin.picked"),
            f"**{shown(call['title'], TITLE_MAX)}**{provider}",
            words("slots_admin.called", name=shown(call["account"]["name"]), at=moment(call["calledAt"], "R")),
            words("slots_admin.among", count=len(told["pick"]["candidates"])),
        )

    async def clear(self, asked: Asked) -> Card:
        """Ask whether all calls that wait are to be dropped."""
        waiting, words = (await self._all(asked))["waiting"], asked.words
        if not waiting:
            raise ServerRefused("slots_none", words("slots_admin.nothing_waits"), words("slots_admin.nothing_to_do"))
        label = words("slots_admin.clear")
        lines = [words("slots_admin.clear_effect", count=waiting)]
        return self._staffing.confirming.card(asked, title=label, lines=lines, label=label, run=self._clear)

    async def _clear(self, asked: Asked) -> Card:
        told = await self._staffing.do(asked, "clear_slot_calls", reason=reason(asked))
        return done(asked.words("slots_admin.cleared", count=told["count"]))

    async def block(self, asked: Asked) -> Card:
        """Block a viewer, a slot or a provider; refuses none, and more than one of them."""
        given, words = _blocking(asked), asked.words
        told = await self._staffing.do(asked, "block_slot_calls", **given, reason=asked.text("reason"))
        found = told["block"]
        said = words("slots_admin.blocked", kind=words(f"slot_block.{found['kind']}"), label=shown(found["label"]))
        return done(said, words("raffle_admin.reason", reason=shown(found["reason"], REASON_MAX)))

    async def unblock(self, asked: Asked) -> Card:
        """Take a block away."""
        await self._staffing.do(asked, "unblock_slot_calls", blockId=asked.text("block"))
        return done(asked.words("slots_admin.unblocked"))

    async def blocked(self, asked: Asked) -> Card:
        """Who and what is blocked, and why."""
        words, blocks = asked.words, (await self._all(asked))["blocks"]
        lines = [
            f"{words('slot_block.' + one['kind'])} **{shown(one['label'])}**: {shown(one['reason'], REASON_MAX)}"
            for one in blocks["nodes"]
        ]
        head = words("slots_admin.blocks", count=blocks["totalCount"])
        return Card(title=head, lines=lines or [words("slots_admin.nobody")])

    async def _all(self, asked: Asked) -> SlotCallsOfStaff:
        return (await self._staffing.read(asked, "slot_calls_for_staff"))["slotCalls"]


def _fit(asked: Asked, option: str, found: Sequence[Choice]) -> Sequence[Choice]:
    typed = asked.text(option).lower()
    return [one for one in found if typed in one[0].lower()]


def _limit(asked: Asked, per_viewer: int) -> str:
    if not per_viewer:
        return asked.words("slots_admin.any_number")
    return asked.words("slots_admin.per_viewer", count=per_viewer)


def _blocking(asked: Asked) -> dict[str, Any]:
    """What is to be blocked, as the server wants it."""
    words, found = asked.words, list[dict[str, Any]]()
    if viewer := asked.text("viewer"):
        platform, _, number = viewer.partition(":")
        if platform not in PLATFORMS or not number.isdecimal():
            raise ServerRefused("viewer_unknown", words("slots_admin.no_caller"), words("slots_admin.callers"))
        found.append({"kind": "VIEWER", "account": {"platform": platform, "platformId": number}})
    if member := asked.text("member"):
        found.append({"kind": "VIEWER", "account": {"platform": "DISCORD", "platformId": member}})
    found += [
        {"kind": kind, "text": asked.text(option)}
        for kind, option in (("SLOT", "slot"), ("PROVIDER", "provider"))
        if asked.text(option)
    ]
    if len(found) != 1:
        raise ServerRefused("block_unclear", words("slots_admin.one_thing"), words("slots_admin.which_thing"))
    return found[0]
