"""What the tests of every mutation need to know of linked accounts and of people who want to be forgotten."""

from typing import Any

from server.schema.ids import id_of
from tests.resolvers.case import Case

CASES = [
    Case(
        "linkAccounts",
        "... on AccountsLinked { viewerId }",
        lambda houses: {
            "communityId": id_of("community", houses.one),
            "one": {"platform": "KICK", "platformId": "2"},
            "other": {"platform": "DISCORD", "platformId": "77"},
            "reason": "Told us so on stream.",
        },
        {"reason": "Another one."},
    ),
    Case(
        "unlinkAccount",
        "... on AccountUnlinked { viewerId restId }",
        lambda houses: {
            "communityId": id_of("community", houses.one),
            "account": {"platform": "DISCORD", "platformId": "88"},
            "reason": "It was somebody else.",
        },
        {"reason": "Another one."},
    ),
    Case(
        "updateLinkSettings",
        "... on LinkSettingsUpdated { settings { cooldown } }",
        lambda houses: {"communityId": id_of("community", houses.one), "cooldown": 60},
        {"cooldown": 61},
    ),
    Case(
        "updateNameSettings",
        "... on NameSettingsUpdated { settings { masks } }",
        lambda houses: {"communityId": id_of("community", houses.one), "masks": False},
        {"masks": True},
    ),
    Case(
        "createLink",
        "... on LinkCreated { url expiresAt }",
        lambda houses: {
            "communityId": id_of("community", houses.one),
            "discordName": "somebody",
            "guildName": "Somewhere",
        },
        {"discordName": "somebody else"},
        by="77",
    ),
    Case(
        "confirmLink",
        "... on LinkConfirmed { platform platformId name }",
        lambda houses: {"communityId": id_of("community", houses.one), "code": houses.code},
        {"code": "AAAAAA"},
        by="99",
    ),
    Case(
        "linkKnownAccount",
        "... on LinkConfirmed { platform platformId name }",
        lambda houses: {
            "communityId": id_of("community", houses.one),
            "account": {"platform": "KICK", "platformId": "2"},
        },
        {"account": {"platform": "KICK", "platformId": "1"}},
        by="66",
    ),
    Case(
        "unlinkMyAccount",
        "... on MyAccountUnlinked { platform platformId }",
        lambda houses: {
            "communityId": id_of("community", houses.one),
            "account": {"platform": "KICK", "platformId": "3"},
        },
        {"account": {"platform": "KICK", "platformId": "1"}},
        by="88",
    ),
    Case(
        "forgetMe",
        "... on ForgettingPlanned { id dueAt }",
        lambda houses: {"communityId": id_of("community", houses.one), "confirmed": True},
        {"confirmed": False},
        by="88",
    ),
    Case(
        "keepMe",
        "... on ForgettingKept { id }",
        lambda houses: {"communityId": id_of("community", houses.one)},
        {"forgettingId": id_of("forgetting", 99)},
        by="55",
    ),
]
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("linkAccounts", {"other": {"platform": "KICK", "platformId": "2"}}, "already_linked"),
    ("linkAccounts", {"other": {"platform": "KICK", "platformId": "1"}}, "same_platform"),
    ("linkAccounts", {"other": {"platform": "DISCORD", "platformId": "88"}}, "account_linked_elsewhere"),
    ("linkAccounts", {"other": {"platform": "DISCORD", "platformId": "x"}}, "platform_id_invalid"),
    ("linkAccounts", {"reason": " "}, "reason_missing"),
    ("unlinkAccount", {"account": {"platform": "KICK", "platformId": "2"}}, "not_linked"),
    ("unlinkAccount", {"account": {"platform": "KICK", "platformId": "404"}}, "account_unknown"),
    ("unlinkAccount", {"reason": ""}, "reason_missing"),
    ("updateLinkSettings", {"cooldown": 2_592_001}, "link_settings_cooldown"),
    ("updateLinkSettings", {"valid": 59}, "link_settings_valid"),
    ("linkKnownAccount", {"account": {"platform": "KICK", "platformId": "1"}}, "account_not_proven"),
    ("unlinkMyAccount", {"account": {"platform": "KICK", "platformId": "2"}}, "account_not_yours"),
    ("forgetMe", {"confirmed": False}, "forgetting_not_confirmed"),
    ("keepMe", {"communityId": None}, "forgetting_unknown"),
]
