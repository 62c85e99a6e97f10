"""What the tests of every mutation need to know of slot calls."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from server.actions.slotcalls import call, catalogue, rules
from server.domain.slotcalls.listing import Listed
from server.domain.slotcalls.rules import CallSource, SlotSettings
from server.running import Server
from server.schema.ids import id_of

Given = Callable[[Any], dict[str, Any]]


@dataclass(frozen=True)
class SlotThings:
    """A call that waits and a block, of one community."""

    call: str
    block: str


async def opened(server: Server, community_id: int, **more: Any) -> None:
    """Let viewers call slots."""
    settings = SlotSettings(is_open=True, **more)
    await server.units.run(community_id, partial(rules.change_settings, revised=lambda _: settings, actor="staff"))


async def slot_things(server: Server, community_id: int) -> SlotThings:
    """Slot calls are open, one waits, one viewer is blocked, and the catalogue has a slot."""
    await opened(server, community_id)
    wish = call.Wish(account=("kick", "1"), text="Gates of Olympus", source=CallSource.CLIENT, source_key="first")
    called = await server.units.run(community_id, partial(call.call, wish=wish))
    block = partial(rules.block_viewer, account=("kick", "404"), reason="Spam.", actor="staff")
    blocked = await server.units.run(community_id, block)
    listed = [Listed("Book of Dead", "book of dead", "Play'n GO", "playn go")]
    await server.units.run(community_id, partial(catalogue.add_slots, listed=listed))
    return SlotThings(id_of("slot_call", called.call_id), id_of("slot_block", blocked.id))


def here(**more: Any) -> Given:
    return lambda houses: {"communityId": id_of("community", houses.one), **more}


CALL = "call { id title state result { costMinor multiplierHundredths } }"
CASES: list[tuple[str, str, Given, dict[str, Any], str]] = [
    ("callSlot", "... on SlotCalled { callId title provider place }", here(slot="book  of DEAD"), {"slot": "x1"}, "88"),
    (
        "pickSlotCall",
        f"... on SlotCallPicked {{ {CALL} pick {{ id method candidates roll actor }} }}",
        here(method="RANDOM"),
        {"method": "OLDEST"},
        "",
    ),
    (
        "settleSlotCall",
        f"... on SlotCallSettled {{ {CALL} }}",
        lambda houses: {
            "communityId": id_of("community", houses.one),
            "callId": houses.slots.call,
            "outcome": "PLAYED",
            "result": {"costMinor": "200", "payoutMinor": "24690", "currency": "USD"},
        },
        {"result": None},
        "",
    ),
    ("clearSlotCalls", "... on SlotCallsCleared { count }", here(reason="The stream ends."), {"reason": "x"}, ""),
    (
        "updateSlotCallSettings",
        "... on SlotCallSettingsUpdated { settings { isOpen perViewer cooldown } }",
        here(isOpen=False, cooldown=5),
        {"cooldown": 6},
        "",
    ),
    (
        "blockSlotCalls",
        "... on SlotCallsBlocked { block { id kind key label reason actor } }",
        here(kind="PROVIDER", text="Play'n GO", reason="Not here."),
        {"reason": "x"},
        "",
    ),
    (
        "unblockSlotCalls",
        "... on SlotCallsUnblocked { blockId }",
        lambda houses: {"communityId": id_of("community", houses.one), "blockId": houses.slots.block},
        {"blockId": id_of("slot_block", 99)},
        "",
    ),
    (
        "importSlots",
        "... on SlotsImported { listed added }",
        here(format="CSV", content="title;provider\nBook of Dead;Play'n GO\nWanted;Hacksaw\nWANTED;hacksaw\n"),
        {"content": "title\nBook of Dead\n"},
        "",
    ),
    ("clearSlots", "... on SlotsCleared { removed }", here(reason="Another list."), {"reason": "x"}, ""),
]
LONG = "x" * 301
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("callSlot", {"slot": "x" * 81}, "slot_title_invalid"),
    ("callSlot", {"slot": "GATES of olympus"}, "slot_already_called"),
    ("callSlot", {"account": {"platform": "DISCORD", "platformId": "x"}}, "platform_id_invalid"),
    ("pickSlotCall", {"method": "CHOSEN"}, "slot_pick_unclear"),
    ("pickSlotCall", {"method": "CHOSEN", "callId": id_of("slot_call", 999)}, "slot_call_not_waiting"),
    ("settleSlotCall", {"callId": id_of("slot_call", 999)}, "slot_call_unknown"),
    ("settleSlotCall", {"outcome": "DROPPED"}, "slot_result_unexpected"),
    ("settleSlotCall", {"result": {"costMinor": "-1", "currency": "USD"}}, "slot_result_out_of_range"),
    ("settleSlotCall", {"result": {"costMinor": "1"}}, "slot_result_currency"),
    ("settleSlotCall", {"reason": LONG}, "reason_too_long"),
    ("clearSlotCalls", {"reason": LONG}, "reason_too_long"),
    ("updateSlotCallSettings", {"perViewer": 101}, "slot_settings_per_viewer"),
    ("updateSlotCallSettings", {"cooldown": -1}, "slot_settings_cooldown"),
    ("updateSlotCallSettings", {"queueMax": 501}, "slot_settings_queue"),
    ("blockSlotCalls", {"text": None}, "slot_block_unclear"),
    ("blockSlotCalls", {"reason": " "}, "reason_missing"),
    ("unblockSlotCalls", {"blockId": id_of("slot_block", 999)}, "slot_block_unknown"),
    ("importSlots", {"content": "game,studio\nBook,\n!,x\n"}, "slot_list_unreadable"),
    ("importSlots", {"content": "title\n" + "x" * 65_536}, "slot_list_too_long"),
]

LINES: dict[str, tuple[Any, ...]] = {
    "callSlot": (
        "slotcalls.call",
        ("slot_call", None),
        None,
        {"slot": "Book of Dead", "account": "discord:88"},
    ),
    "pickSlotCall": (
        "slotcalls.pick",
        ("slot_call", None),
        {"state": "called"},
        {"state": "picked", "method": "random", "among": 1},
    ),
    "settleSlotCall": (
        "slotcalls.settle",
        ("slot_call", None),
        {"state": "called"},
        {"state": "played", "cost": 200, "payout": 24690, "multiplier": 12345, "currency": "USD"},
    ),
    "clearSlotCalls": ("slotcalls.clear", ("community", None), None, {"dropped": 1}, "The stream ends."),
    "updateSlotCallSettings": (
        "slotcalls.change_settings",
        ("settings", "slotcalls"),
        {"is_open": True, "cooldown_s": 30},
        {"is_open": False, "cooldown_s": 5},
    ),
    "blockSlotCalls": (
        "slotcalls.block",
        ("slot_block", None),
        None,
        {"kind": "provider", "key": "playn go"},
        "Not here.",
    ),
    "unblockSlotCalls": ("slotcalls.unblock", ("slot_block", None), {"kind": "viewer", "key": "kick:404"}, None),
    "importSlots": ("slotcalls.import", ("community", None), None, {"listed": 2, "added": 1}),
    "clearSlots": ("slotcalls.clear_catalogue", ("community", None), None, {"removed": 1}, "Another list."),
}

ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("callSlot", "SIGNED_IN", {"slot": "Book of Dead"}),
    ("pickSlotCall", "SLOTCALLS_MANAGE", {"method": "OLDEST"}),
    ("settleSlotCall", "SLOTCALLS_MANAGE", {"callId": id_of("slot_call", 1), "outcome": "DROPPED"}),
    ("clearSlotCalls", "SLOTCALLS_MANAGE", {}),
    ("updateSlotCallSettings", "SLOTCALLS_MANAGE", {"isOpen": True}),
    ("blockSlotCalls", "SLOTCALLS_MANAGE", {"kind": "SLOT", "text": "Book", "reason": "A test."}),
    ("unblockSlotCalls", "SLOTCALLS_MANAGE", {"blockId": id_of("slot_block", 1)}),
    ("importSlots", "SETTINGS_EDIT", {"format": "CSV", "content": "title\nBook"}),
    ("clearSlots", "SETTINGS_EDIT", {}),
]
