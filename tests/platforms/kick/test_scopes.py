"""Nobody is asked for more than what he wants to use."""

from typing import get_args

from server.platforms.kick.scopes import NEEDED, missing_scopes, scopes_for
from server.ports_platforms import Feature

# All that Kick has, so that a misspelt one is found.
KNOWN = {
    *("user:read", "channel:read", "channel:write", "channel:rewards:read", "channel:rewards:write", "chat:write"),
    *("streamkey:read", "events:subscribe", "moderation:ban", "moderation:chat_message:manage", "kicks:read"),
}


def test_a_viewer_is_asked_who_he_is_and_for_nothing_else() -> None:
    assert scopes_for("linking") == ("user:read",)


def test_a_streamer_is_asked_by_feature_and_each_thing_once() -> None:
    assert scopes_for("channels") == ("user:read", "channel:read", "events:subscribe")
    assert scopes_for("chat", "channels", "linking") == ("user:read", "channel:read", "events:subscribe", "chat:write")
    assert scopes_for() == ()


def test_every_feature_needs_something_that_kick_has() -> None:
    assert set(NEEDED) == set(get_args(Feature))
    assert all(needed and set(needed) <= KNOWN for needed in NEEDED.values())


def test_nobody_is_ever_asked_for_his_stream_key() -> None:
    assert "streamkey:read" not in scopes_for(*NEEDED)


def test_what_was_not_granted_is_named() -> None:
    assert missing_scopes({"user:read", "chat:write"}, "channels", "chat") == ("channel:read", "events:subscribe")
    assert missing_scopes({"user:read"}, "linking") == ()
