"""What the tests of every mutation need to know of staff and of the keys that people make."""

from typing import Any

from server.schema.ids import id_of
from tests.resolvers.case import Case

OWNER, MODERATOR = ({"kind": "KICK", "platformId": number} for number in ("44", "22"))
CASES = [
    Case(
        "grantStaffRole",
        "... on StaffRoleGranted { grant { id holderKind holderId role extra capabilities grantedBy at } }",
        lambda houses: {
            "communityId": id_of("community", houses.one),
            "holder": {"kind": "DISCORD_ROLE", "platformId": "600"},
            "role": "MODERATOR",
            "extra": ["AUDIT_READ", "LINKS_MANAGE"],
        },
        {"role": "MANAGER"},
    ),
    Case(
        "revokeStaffRole",
        "... on StaffRoleRevoked { holderKind holderId }",
        lambda houses: {"communityId": id_of("community", houses.one), "holder": MODERATOR},
        {"holder": OWNER},
    ),
    Case(
        "createOverlayKey",
        "... on OverlayKeyCreated { secret overlayKey { id overlay createdBy createdAt usedAt revokedAt } }",
        lambda houses: {"communityId": id_of("community", houses.one), "overlay": "main-scene"},
        {"overlay": "another-scene"},
    ),
    Case(
        "revokeOverlayKey",
        "... on OverlayKeyRevoked { overlayKey { id overlay createdBy createdAt usedAt revokedAt } }",
        lambda houses: {"communityId": id_of("community", houses.one), "keyId": id_of("overlay_key", 1)},
        {"keyId": id_of("overlay_key", 2)},
    ),
    Case(
        "createApiToken",
        "... on ApiTokenCreated { secret apiToken { id communityId name capabilities expiresAt usedAt revokedAt } }",
        lambda houses: {"communityId": id_of("community", houses.one), "name": "Counter"},
        {"name": "Another"},
        by="77",
    ),
    Case(
        "revokeApiToken",
        "... on ApiTokenRevoked { apiToken { id holderKind holderId name createdAt revokedAt } }",
        lambda houses: {"communityId": id_of("community", houses.one), "tokenId": id_of("api_token", 1)},
        {"tokenId": id_of("api_token", 2)},
        by="88",
    ),
]
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("grantStaffRole", {"holder": {"kind": "KICK", "platformId": "name"}}, "holder_id_invalid"),
    ("grantStaffRole", {"role": "OWNER"}, "owner_not_a_person"),
    ("grantStaffRole", {"holder": OWNER}, "last_owner"),
    ("revokeStaffRole", {"holder": OWNER}, "last_owner"),
    ("revokeStaffRole", {"holder": {"kind": "DISCORD", "platformId": "22"}}, "grant_unknown"),
    ("createOverlayKey", {"overlay": "Main Scene"}, "key_name_invalid"),
    ("revokeOverlayKey", {"keyId": id_of("overlay_key", 2)}, "overlay_key_unknown"),
    ("createApiToken", {"name": " "}, "api_token_name_invalid"),
    ("createApiToken", {"days": 367}, "api_token_days_invalid"),
    ("createApiToken", {"capabilities": ["COMMUNITY_READ"]}, "capability_not_held"),
    ("revokeApiToken", {"tokenId": id_of("api_token", 2)}, "api_token_unknown"),
]
