"""Where people's data can stand, column by column, and what becomes of it when somebody is forgotten.

A test walks over all tables: a column that stands in none of these lists fails it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum


class Holds(Enum):
    """What a column can say about people, and so what becomes of it."""

    NOBODY = "nothing about people: ours, or secrets and digests that say nothing"
    NUMBER = "our own number of an account or viewer: stays, and leads to nobody once the account is struck"
    CHANNEL = "of a channel and its streamer, who is not forgotten while a community is connected with it"
    STRUCK = "who somebody is: replaced by an opaque id, or emptied, when he is forgotten"
    WORDS = "who did or was given something: his id is replaced"
    PROSE = "words of people: his id and @name are replaced, and his name alone where the row is about him"
    JSON = "JSON: his id is replaced, and his name where something is called a name"
    FACTS = "a happening as JSON: he and what he wrote to it are replaced"
    GROUP = "a key that begins with his id or name: that is replaced"
    NAMING = "JSON or text: the row is deleted when it names him"
    KEYED = "who somebody is: the row is deleted when it is him"
    BODY = "what a platform told, byte for byte: emptied when it names him"


SEARCHED = frozenset({Holds.WORDS, Holds.PROSE, Holds.JSON, Holds.FACTS, Holds.GROUP, Holds.NAMING})
"""What a column holds whose text is searched for names."""


def columns(**held: str) -> Mapping[str, Holds]:
    """Columns by what they hold, each group written as one text."""
    return {name: Holds[kind.upper()] for kind, names in held.items() for name in names.split()}


TABLES: Mapping[str, Mapping[str, Holds]] = {
    "account": columns(nobody="id platform is_bot", struck="external_id name name_key slug named_at"),
    "account_link": columns(nobody="id community_id cause at", number="account_id home_id", words="actor"),
    "account_proof": columns(
        nobody="id community_id guild_name created_at expires_at state browser_digest code_digest tries problem "
        "settled_at platform",
        keyed="discord_id discord_name external_id name",
    ),
    "alert": columns(
        nobody="id community_id kind remedy opened_at seen_at closed_at acknowledged_at",
        channel="cause open_cause title detail",
        words="acknowledged_by",
    ),
    "api_token": columns(
        nobody="id community_id ceiling token_digest created_at expires_at revoked_at used_at",
        keyed="holder_kind external_id name",
    ),
    "attachment": columns(
        nobody="id community_id attached_at synced_at", channel="channel_id channel_ref chatroom_ref"
    ),
    "detachment": columns(nobody="id community_id detached_at", channel="channel_id"),
    "audit_event": columns(
        nobody="id community_id at actor_kind action target_kind request_id cause",
        words="actor target_id",
        prose="reason",
        json="before after",
    ),
    "channel": columns(nobody="id platform described_at", channel="external_id name slug title category"),
    "channel_listening": columns(
        nobody="id channel_id state transport holder since last_frame_at code detail",
    ),
    "chat_command": columns(
        nobody="id community_id name is_on level cooldown_s viewer_cooldown_s at", words="actor", prose="text"
    ),
    "chat_cooldown": columns(nobody="id community_id command until", number="account_id"),
    "chat_evidence": columns(nobody="id channel_id at digest", number="account_id"),
    "chat_line": columns(
        nobody="id community_id channel_id kind key part speaker state attempts reason message_id due_at expires_at "
        "started_at created_at settled_at echoed_at",
        prose="text",
    ),
    "chat_manner": columns(nobody="platform speaker at"),
    "community": columns(nobody="id slug name timezone created_at"),
    "credential": columns(
        nobody="id community_id provider purpose scopes data_key_id access_sealed refresh_sealed expires_at refresh_at "
        "generation state claimed_by claimed_until failures failed_since last_error updated_at",
        channel="external_id",
    ),
    "data_key": columns(nobody="id master_id sealed state made_at"),
    "delivery": columns(nobody="id inbox_id community_id state attempts code settled_at", prose="error"),
    "draw": columns(
        nobody="id community_id subject subject_id number env state beacon_round planned_for is_manual made_at "
        "frozen_at committed_at commit_hash entries_count tickets_total beacon_signature drawn_at reveal_at "
        "revealed_at supplement_of winners",
        words="actor",
    ),
    "draw_entrant": columns(
        nobody="id community_id draw_id entry_id weight excluded", number="viewer_id account_id", struck="salt"
    ),
    "draw_exclusion": columns(
        nobody="id community_id period_id code at", number="account_id", words="actor", prose="reason"
    ),
    "draw_place": columns(
        nobody="id community_id draw_id position ticket place state reason settled_at",
        number="viewer_id account_id",
        words="actor",
    ),
    "draw_record": columns(nobody="id community_id env seq draw_id kind body hash signature at"),
    "event_subscription": columns(
        nobody="id channel_id kind subscription_id state code checked_at ordered_at last_event_at"
    ),
    "feed_entry": columns(nobody="id community_id cursor kind at", json="data"),
    "feed_head": columns(nobody="community_id head tail"),
    "first_follow": columns(nobody="id community_id at", number="account_id", channel="broadcaster_id"),
    "forgetting": columns(
        nobody="id community_id state asked_at due_at settled_at problem place after upto",
        struck="platform external_id people",
    ),
    "forgotten": columns(nobody="id digest until"),
    "free_claim": columns(nobody="id community_id period_id at", number="account_id"),
    "gap": columns(nobody="id channel_id source kinds cause began_at ended_at filled_by open_key"),
    "giveaway": columns(
        nobody="id community_id number title state rules rules_text rules_sha256 claim_s open_keyword period_id "
        "opened_at ends_at",
        words="actor",
    ),
    "giveaway_entry": columns(nobody="id community_id giveaway_id is_subscriber at left_at", number="account_id"),
    "giveaway_exclusion": columns(
        nobody="id community_id giveaway_id code at", number="account_id", words="actor", prose="reason"
    ),
    "guild": columns(nobody="id community_id external_id name bound_at", words="bound_by"),
    "guild_channel": columns(nobody="id community_id purpose external_id chosen_at", words="chosen_by"),
    "guild_code": columns(nobody="id community_id salt made_at expires_at used_at", words="made_by"),
    "happening": columns(
        nobody="id community_id channel_id kind at state is_pending told_at merged_into amount",
        facts="data",
        group="group_key",
    ),
    "happening_copy": columns(
        nobody="id community_id channel_id kind at source digest told_at happening_id pinned",
        facts="data",
        group="group_key",
    ),
    "happening_review": columns(
        nobody="id community_id one_id other_id state created_at decided_at", words="actor", prose="reason"
    ),
    "heard_message": columns(nobody="id community_id message_key heard_at"),
    "heartbeat": columns(nobody="name at"),
    "idempotency": columns(nobody="id key input_hash at", naming="scope result"),
    "inbox": columns(
        nobody="id source message_id kind kind_key subscription_id told_at received_at orphan",
        channel="broadcaster_id",
        body="body",
    ),
    "invitation": columns(
        nobody="id kind salt made_at expires_at used_at community_id",
        keyed="holder_kind external_id",
        words="made_by used_by",
    ),
    "job": columns(
        nobody="id community_id audience kind state attempts run_at leased_until lease created_at settled_at overlay "
        "holder outcome reference priority expires_at",
        naming="payload key order_key",
        prose="error",
    ),
    "lease": columns(nobody="name holder epoch until"),
    "link_event": columns(
        nobody="id community_id kind cause at", number="viewer_id account_id", words="actor", prose="reason"
    ),
    "live_sighting": columns(nobody="id channel_id started_at seen_at checked_at missing_since"),
    "overlay_key": columns(
        nobody="id community_id overlay token_digest created_at revoked_at used_at", words="created_by"
    ),
    "overlay_presence": columns(nobody="id key_id server sockets"),
    "overlay_server": columns(nobody="name until"),
    "personal_read": columns(nobody="id community_id what reader_kind hour", number="account_id", words="reader"),
    "revoked_token": columns(nobody="id expires_at revoked_at"),
    "raffle_period": columns(
        nobody="id community_id number title starts_at ends_at timezone state rules rules_text rules_sha256 draw_at "
        "opened_at open_for",
        words="actor",
    ),
    "redemption": columns(
        nobody="id community_id channel_id external_id reward_id reward_ref title cost redeemed_at first_at told heard "
        "deed verdict settling reason tries acted_at settled_at",
        number="account_id",
        words="actor",
        prose="user_input detail",
    ),
    "reward": columns(
        nobody="id community_id channel_id external_id title cost description colour is_on revision applied is_tried "
        "problem deleted_at at",
        words="actor",
        prose="action",
    ),
    "role_given": columns(nobody="id community_id reward_id is_given state nth at", number="account_id"),
    "role_reward": columns(nobody="id community_id guild role name minutes is_on removed_at at", words="actor"),
    "role_rule": columns(nobody="id community_id is_highest_only removes_unreached at", words="actor"),
    "service_key": columns(
        nobody="id kid kind name public_key guilds community_id created_at revoked_at used_at",
    ),
    "setting_version": columns(
        nobody="id community_id capability effective_from created_at", number="data", words="actor"
    ),
    "sign_in_attempt": columns(
        nobody="id state_digest browser_digest flow provider community_id subject scopes expires_at"
    ),
    "slot": columns(nobody="id community_id title key provider provider_key trigrams added_at"),
    "slot_block": columns(nobody="id community_id kind at", words="key actor", prose="label reason"),
    "slot_call": columns(
        nobody="id community_id slot_id title key provider source source_key state called_at picked_at settled_at "
        "cost_minor payout_minor multiplier currency",
        number="account_id",
    ),
    "slot_pick": columns(nobody="id community_id call_id method candidates roll at", words="actor"),
    "slot_trigram": columns(nobody="id community_id trigram slot_id"),
    "spent_request": columns(nobody="id expires_at"),
    "staff_grant": columns(nobody="id community_id role extra at", keyed="holder_kind external_id", words="granted_by"),
    "stream": columns(nobody="id channel_id started_at ended_at ended_by", channel="title"),
    "text_version": columns(nobody="id community_id kind version body created_at", words="actor"),
    "ticket_due": columns(nobody="id community_id first_period", number="viewer_id"),
    "ticket_entry": columns(
        nobody="id community_id period_id source cause nth amount basis at recorded_at late_from",
        number="account_id",
        words="actor",
        prose="reason",
    ),
    "ticket_standing": columns(nobody="id community_id period_id tickets", number="viewer_id"),
    "ticket_tally": columns(nobody="id community_id period_id source amount basis", number="account_id"),
    "panel": columns(
        nobody="id community_id guild_id kind channel_id message_id former_channel_id former_message_id locale "
        "is_pinned auto_heal state problem content_hash held_back asked is_waiting is_stale at shown_at looked_at",
        words="actor",
    ),
    "scene": columns(nobody="id community_id overlay widget"),
    "stream_alert_stage": columns(nobody="id community_id overlay is_paused is_muted rules"),
    "timer": columns(nobody="id community_id name is_on minutes line_count at", words="actor", prose="text"),
    "timer_channel": columns(nobody="id community_id channel_id heard last_heard last_at", prose="last_text"),
    "timer_turn": columns(nobody="id timer_id channel_id due_at heard"),
    "viewer": columns(nobody="id community_id watch_us", number="face"),
    "viewer_account": columns(nobody="id community_id", number="account_id viewer_id"),
    "wager_claim": columns(
        nobody="id community_id provider state verified_for claimed_at decided_at",
        keyed="platform external_id name name_key",
        words="actor",
        prose="reason",
    ),
    "wager_feed": columns(
        nobody="id community_id provider codes is_on since next_at asked_at good_at failures doubts error names "
        "skipped at",
        words="actor",
    ),
    "wager_gain": columns(nobody="id community_id series_id at amount"),
    "wager_series": columns(
        nobody="id community_id provider baseline watermark lower_at lower_polls lower_total seen_at",
        keyed="key name_key name",
    ),
    "watch_adjustment": columns(
        nobody="id community_id amount_us source_key at", number="account_id", words="actor", prose="reason"
    ),
    "watch_tally": columns(
        nobody="id community_id stream_id total_us covered_until last_at recent", number="account_id"
    ),
    "watch_total": columns(nobody="id community_id stream_id total_us"),
    "web_session": columns(nobody="id token_digest created_at expires_at ended_at", keyed="platform external_id name"),
}

WRITTEN: tuple[tuple[str, str], ...] = (("draw_entrant", "salt"), ("redemption", "user_input"))
"""What an account wrote, or is known again by, as (table, column): emptied when its person is forgotten."""

KEYS: tuple[tuple[str, str, str], ...] = (
    ("account_proof", "'discord'", "discord_id"),
    ("account_proof", "platform", "external_id"),
    ("api_token", "holder_kind", "external_id"),
    ("invitation", "holder_kind", "external_id"),
    ("staff_grant", "holder_kind", "external_id"),
    ("wager_claim", "platform", "external_id"),
    ("wager_claim", "provider", "name_key"),
    ("wager_series", "provider", "key"),
    ("web_session", "platform", "external_id"),
)
"""By what the rows of `KEYED` columns are somebody's: (table, its platform, the platform's own id)."""


def numbered() -> Iterator[tuple[str, str]]:
    """The tables of communities whose rows are an account's by our number, and the column."""
    for table, held in sorted(TABLES.items()):
        for column in ("account_id", "face"):
            if held.get(column) is Holds.NUMBER and "community_id" in held:
                yield table, column


SCOPED_OTHERWISE: Mapping[str, str] = {"idempotency": "scope LIKE CAST(CAST($1 AS BIGINT) AS TEXT) || ':%'"}
"""How the rows of a community are found in searched tables that have no `community_id`."""


@dataclass(frozen=True, slots=True)
class Searched:
    """A table whose texts are searched for names, and what its columns hold."""

    table: str
    held: Mapping[str, Holds] = field(compare=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns to look at."""
        return tuple(self.held)

    @property
    def of_community(self) -> str:
        """What rows of the community $1 fulfil."""
        return SCOPED_OTHERWISE.get(self.table, "community_id = $1")

    @property
    def about(self) -> tuple[str, ...]:
        """The columns that say whom a row is about: our number of an account, or the target of a line of the log."""
        names = TABLES[self.table]
        return tuple(name for name in ("account_id", "target_kind", "target_id") if name in names)

    @property
    def deletes(self) -> bool:
        """Whether a row that names somebody goes as a whole."""
        return Holds.NAMING in self.held.values()


def searched() -> Iterator[Searched]:
    """Every table to search, in an order that stays."""
    for table, held in sorted(TABLES.items()):
        wanted = {name: one for name, one in held.items() if one in SEARCHED}
        if wanted:
            yield Searched(table, wanted)
