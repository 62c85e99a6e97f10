"""The answers to the operations of settings that are set by name."""

from typing import TypedDict


class WatchRules(TypedDict):
    """The settings of watch time; spans in seconds."""

    window: int
    repeats: int
    quorum: int
    dailyCap: int | None
    tracking: bool
    excludeHosts: bool


class WatchCommunity(TypedDict):
    """A community with the settings of watch time."""

    watchTimeSettings: WatchRules


class WatchSettings(TypedDict):
    """The answer to `watch_settings`."""

    communityOfGuild: WatchCommunity | None


class WatchRulesSet(TypedDict):
    """The settings after a change; a problem is raised before it is read."""

    settings: WatchRules


class ChangeWatchSettings(TypedDict):
    """The answer to `change_watch_settings`."""

    updateWatchTimeSettings: WatchRulesSet


class LinkRules(TypedDict):
    """The settings of linking; spans in seconds."""

    cooldown: int
    valid: int
    codeRequired: bool
    logLinks: bool


class LinkCommunity(TypedDict):
    """A community with the settings of linking."""

    linkSettings: LinkRules


class LinkSettings(TypedDict):
    """The answer to `link_settings`."""

    communityOfGuild: LinkCommunity | None


class LinkRulesSet(TypedDict):
    """The settings after a change; a problem is raised before it is read."""

    settings: LinkRules


class ChangeLinkSettings(TypedDict):
    """The answer to `change_link_settings`."""

    updateLinkSettings: LinkRulesSet


class NameRules(TypedDict):
    """The settings of names on boards; spans in seconds."""

    masks: bool


class NameCommunity(TypedDict):
    """A community with the settings of names on boards."""

    nameSettings: NameRules


class NameSettings(TypedDict):
    """The answer to `name_settings`."""

    communityOfGuild: NameCommunity | None


class NameRulesSet(TypedDict):
    """The settings after a change; a problem is raised before it is read."""

    settings: NameRules


class ChangeNameSettings(TypedDict):
    """The answer to `change_name_settings`."""

    updateNameSettings: NameRulesSet


class ChatRules(TypedDict):
    """The settings of chat; spans in seconds."""

    speaks: bool


class ChatPart(TypedDict):
    """What the settings of chat lie in."""

    settings: ChatRules


class ChatCommunity(TypedDict):
    """A community with the settings of chat."""

    chat: ChatPart


class ChatSettings(TypedDict):
    """The answer to `chat_settings`."""

    communityOfGuild: ChatCommunity | None


class ChatRulesSet(TypedDict):
    """The settings after a change; a problem is raised before it is read."""

    settings: ChatRules


class ChangeChatSettings(TypedDict):
    """The answer to `change_chat_settings`."""

    updateChatSettings: ChatRulesSet


class SlotRules(TypedDict):
    """The settings of slot calls; spans in seconds."""

    isOpen: bool
    perViewer: int
    cooldown: int
    queueMax: int
    allowsDuplicates: bool
    catalogueOnly: bool
    tellsDiscord: bool


class SlotPart(TypedDict):
    """What the settings of slot calls lie in."""

    settings: SlotRules


class SlotCommunity(TypedDict):
    """A community with the settings of slot calls."""

    slotCalls: SlotPart


class SlotsSettings(TypedDict):
    """The answer to `slots_settings`."""

    communityOfGuild: SlotCommunity | None


class SlotRulesSet(TypedDict):
    """The settings after a change; a problem is raised before it is read."""

    settings: SlotRules


class ChangeSlotSettings(TypedDict):
    """The answer to `change_slot_settings`."""

    updateSlotCallSettings: SlotRulesSet


class RaffleRules(TypedDict):
    """The settings of the next raffle; spans in seconds."""

    giftedSub: int
    ownSub: int
    watchTime: int
    kicks: int
    freeEntry: int
    settlementHours: int
    claimHours: int
    winners: int
    alternates: int
    rewards: bool
    renews: bool


class RafflePart(TypedDict):
    """What the settings of the next raffle lie in."""

    nextRules: RaffleRules


class RaffleCommunity(TypedDict):
    """A community with the settings of the next raffle."""

    raffles: RafflePart


class RaffleSettings(TypedDict):
    """The answer to `raffle_settings`."""

    communityOfGuild: RaffleCommunity | None


class RaffleRulesSet(TypedDict):
    """The settings after a change; a problem is raised before it is read."""

    rules: RaffleRules


class ChangeRaffleSettings(TypedDict):
    """The answer to `change_raffle_settings`."""

    updateRaffleRules: RaffleRulesSet
