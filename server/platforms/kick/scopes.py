"""Which of Kick's scopes each feature needs: https://docs.kick.com/getting-started/scopes."""

from collections.abc import Collection, Mapping

from server.ports_platforms import Feature

# The key that opens somebody's stream to a broadcast of ours, streamkey:read, is in no feature and must never be.
NEEDED: Mapping[Feature, tuple[str, ...]] = {
    "linking": ("user:read",),
    "channels": ("user:read", "channel:read", "events:subscribe"),
    "chat": ("chat:write",),
    "moderation": ("moderation:ban", "moderation:chat_message:manage"),
    "rewards": ("channel:rewards:read", "channel:rewards:write"),
    "kicks": ("kicks:read",),
}

BY_NAME: Mapping[str, tuple[str, ...]] = dict[str, tuple[str, ...]](NEEDED.items())
"""The same for whoever knows features by their names only."""


def scopes_for(*features: Feature) -> tuple[str, ...]:
    """Return what to ask for, each scope once, in a fixed order; nothing that these features do not need."""
    return tuple(dict.fromkeys(scope for feature in NEEDED if feature in features for scope in NEEDED[feature]))


def missing_scopes(granted: Collection[str], *features: Feature) -> tuple[str, ...]:
    """Return the scopes that these features need and that were not granted."""
    return tuple(scope for scope in scopes_for(*features) if scope not in granted)
