"""Answers of Kick's API in the shapes that its documents show, everybody in them invented."""

from typing import Any

OWNER = 7_310_042
Body = dict[str, Any]


def wrapped(data: Any, **more: Any) -> Body:
    return {"data": data, "message": "OK", **more}


SUBSCRIPTION: Body = {
    "app_id": "01APP",
    "broadcaster_user_id": OWNER,
    "created_at": "2026-08-01T00:00:00Z",
    "event": "chat.message.sent",
    "id": "01KZX9XP00X2Y1CF42XVGRECS8",
    "method": "webhook",
    "updated_at": "2026-08-01T00:00:00Z",
    "version": 1,
}
ORDERED: Body = {"name": "chat.message.sent", "version": 1, "subscription_id": "01KZX9XP00X2Y1CF42XVGRECS8"}
LIVESTREAM: Body = {
    "id": "550e8400-e29b-41d4-a716-446655440000",
    "broadcaster_user": {"id": OWNER, "profile_picture": "", "username": "HarbourLights"},
    "category": {"id": 28, "name": "Slots & Casino", "thumbnail": ""},
    "channel": {"slug": "harbourlights"},
    "has_mature_content": True,
    "language_code": "en",
    "started_at": "2026-08-01T17:55:00Z",
    "tags": ["tag1"],
    "thumbnail": "",
    "title": "Slow evening",
    "viewer_count": 42,
}
CHANNEL: Body = {
    "broadcaster_user_id": OWNER,
    "slug": "harbourlights",
    "stream": {"is_live": True, "start_time": "2026-08-01T17:55:00Z"},
    "stream_title": "Slow evening",
}
POSTED: Body = {"is_sent": True, "message_id": "7afbb334-7fb7-452e-a33d-58d99d72d910"}
REWARD: Body = {
    "background_color": "#00e701",
    "cost": 100,
    "description": "One song",
    "id": "01HZ8X9K2M4N6P8Q0R2S4T6V8W",
    "is_enabled": True,
    "is_paused": False,
    "is_user_input_required": True,
    "should_redemptions_skip_request_queue": False,
    "title": "Song",
}
REDEMPTIONS: Body = {
    "redemptions": [
        {
            "id": "01KCTMJ2X3DXT814CVX8FR9T1D",
            "redeemed_at": "2025-12-19T06:26:36Z",
            "redeemer": {"user_id": 8_800_021},
            "status": "pending",
            "user_input": "please",
        }
    ],
    "reward": {"can_manage": True, "cost": 100, "description": "", "id": REWARD["id"], "title": "Song"},
}
FAILURE: Body = {"id": "01KCTMJ2X3DXT814CVX8FR9T1D", "reason": "NOT_PENDING"}
USER: Body = {"name": "QuietOtter", "profile_picture": "", "user_id": 8_800_021}
CATEGORY: Body = {"id": 28, "name": "Slots & Casino", "tags": ["x"], "thumbnail": ""}
LEADERBOARD: Body = {
    "lifetime": [{"gifted_amount": 8000, "rank": 1, "user_id": 8_800_021, "username": "QuietOtter"}],
    "month": [],
    "week": [],
}
