"""What the tests of every mutation need to know of communities, their channels, deliveries and Discord servers."""

from typing import Any

from server.auth.service_tokens import MANAGE_GUILD
from server.schema.ids import id_of
from tests.resolvers.case import Case
from tests.resolvers.proving import GUILD

CASES = [
    Case(
        "createCommunity",
        "... on CommunityCreated { community { id slug timezone } }",
        lambda _: {"slug": "attic", "name": "Attic", "timezone": "Europe/Oslo"},
        {"slug": "cellar"},
    ),
    Case(
        "createInvitation",
        "... on InvitationCreated { id code url expiresAt }",
        lambda _: {"holder": {"kind": "KICK", "platformId": "7200101"}, "days": 2},
        {"days": 3},
    ),
    Case(
        "attachChannel",
        "... on ChannelAttached { channel { platform platformId name } }",
        lambda houses: {
            "communityId": id_of("community", houses.one),
            "platform": "KICK",
            "platformId": "100007",
            "name": "Seven",
        },
        {"platformId": "100008"},
    ),
    Case(
        "detachChannel",
        "... on ChannelDetached { channel { platform platformId name } }",
        lambda houses: {
            "communityId": id_of("community", houses.one),
            "platform": "KICK",
            "platformId": "100001",
        },
        {"platformId": "100008"},
    ),
    Case(
        "syncChannel",
        "... on ChannelSynced { platformId syncedAt findings { what value problem remedy } }",
        lambda houses: {
            "communityId": id_of("community", houses.one),
            "platformId": "100001",
            "kickChannelId": "668",
            "kickChatroomId": "667",
        },
        {"kickChatroomId": "666"},
    ),
    Case(
        "replayDeliveries",
        "... on DeliveriesReplayed { deliveryIds }",
        lambda houses: {"communityId": id_of("community", houses.one), "deliveryIds": houses.deliveries},
        {"deliveryIds": [id_of("delivery", 1)]},
    ),
    Case(
        "acknowledgeAlert",
        "... on AlertAcknowledged { alert { id acknowledgedBy acknowledgedAt closedAt } }",
        lambda houses: {"communityId": id_of("community", houses.one), "alertId": houses.alert},
        {"alertId": id_of("alert", 999)},
    ),
    Case(
        "retryJob",
        "... on JobRetried { jobId }",
        lambda houses: {"communityId": id_of("community", houses.one), "jobId": id_of("job", houses.dead)},
        {"jobId": id_of("job", 1)},
    ),
    Case(
        "replayOrphans",
        "... on OrphansReplayed { count hasMore }",
        lambda _: {"platform": "KICK", "platformId": "100001"},
        {"platformId": "100002"},
    ),
    Case(
        "updateText",
        "... on TextUpdated { text { kind version body actor at } }",
        lambda houses: {"communityId": id_of("community", houses.one), "kind": "TERMS", "body": "Be kind."},
        {"body": "Be very kind."},
    ),
    Case(
        "createGuildBinding",
        "... on GuildBindingCreated { code expiresAt }",
        lambda houses: {"communityId": id_of("community", houses.one)},
        {"minutes": 5},
    ),
    Case(
        "bindGuild",
        "... on GuildBound { communityId communityName platformId }",
        lambda houses: {"code": houses.guild_code, "guildName": "The Harbour"},
        {"guildName": "Another"},
        by="22",
        permissions=MANAGE_GUILD,
    ),
    Case(
        "unbindGuild",
        "... on GuildUnbound { platformId }",
        lambda houses: {"communityId": id_of("community", houses.one), "platformId": GUILD},
        {"platformId": "8"},
    ),
    Case(
        "setDiscordChannel",
        "... on DiscordChannelSet { purposes platformId }",
        lambda houses: {"communityId": id_of("community", houses.one), "purposes": ["RAFFLE"], "platformId": "4100"},
        {"platformId": "4200"},
    ),
]
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("createCommunity", {"slug": "No Slug"}, "slug_invalid"),
    ("createCommunity", {"slug": "den"}, "slug_taken"),
    ("createCommunity", {"name": " "}, "name_invalid"),
    ("createCommunity", {"timezone": "Mars/Olympus"}, "timezone_unknown"),
    ("createInvitation", {"days": 31}, "invitation_days_out_of_range"),
    ("createInvitation", {"holder": {"kind": "KICK", "platformId": "name"}}, "holder_id_invalid"),
    ("createInvitation", {"holder": {"kind": "DISCORD", "platformId": "5"}}, "holder_cannot_sign_in"),
    ("attachChannel", {"platformId": "100001"}, "channel_already_attached"),
    ("attachChannel", {"platformId": "NotANumber"}, "platform_id_invalid"),
    ("attachChannel", {"platform": "DISCORD"}, "platform_without_channels"),
    ("detachChannel", {"platformId": "100008"}, "channel_not_attached"),
    ("syncChannel", {"platformId": "100002"}, "channel_not_attached"),
    ("syncChannel", {"platformId": "name"}, "platform_id_invalid"),
    ("syncChannel", {"kickChatroomId": "name"}, "kick_id_invalid"),
    ("replayDeliveries", {"deliveryIds": []}, "too_many_deliveries"),
    ("replayDeliveries", {"deliveryIds": [id_of("delivery", 1)]}, "nothing_quarantined"),
    ("acknowledgeAlert", {"alertId": id_of("alert", 999)}, "alert_not_open"),
    ("retryJob", {"jobId": id_of("job", 1)}, "job_not_dead"),
    ("updateText", {"body": " \n "}, "text_length_out_of_range"),
    ("createGuildBinding", {"minutes": 61}, "guild_code_minutes_out_of_range"),
    ("bindGuild", {"code": "ABCD-EFGH-JKLM"}, "guild_code_wrong"),
    ("unbindGuild", {"platformId": "8"}, "guild_not_bound"),
    ("unbindGuild", {"platformId": "name"}, "platform_id_invalid"),
    ("setDiscordChannel", {"platformId": "general"}, "channel_id_invalid"),
    ("setDiscordChannel", {"purposes": []}, "purposes_missing"),
    ("replayOrphans", {"platformId": "5"}, "channel_not_attached"),
]
