"""Keys and tokens that are handed out: what they may be called, how long they last, and how many there may be."""

import re
from collections.abc import Iterable
from datetime import timedelta

from server.domain.linking import NUMERIC
from server.domain.refusals import Refused

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
SERVICE_KEYS_MAX = 50
GUILDS_MAX = 500


def check_name(name: str) -> str:
    """The name of a service or an overlay, or a refusal of one that is none."""
    if not NAME.fullmatch(name):
        raise Refused(
            "key_name_invalid",
            f"{name[:50]!r} cannot be the name of a service or an overlay.",
            "Use 1 to 40 small letters, digits and hyphens, such as discord-bot or main-scene.",
        )
    return name


def check_guilds(kind: str, guilds: Iterable[str]) -> frozenset[str]:
    """The Discord servers that a service's key is for, or a refusal of what cannot be such a list."""
    listed = frozenset(guilds)
    if listed and kind != "bot":
        raise Refused("guilds_not_for_this", "Only a bot's key has a list of Discord servers.", "Leave the list out.")
    wrong = [one for one in sorted(listed) if not NUMERIC.fullmatch(one)]
    if wrong or len(listed) > GUILDS_MAX:
        shown = repr(wrong[0][:50]) if wrong else f"{len(listed)} servers"
        raise Refused(
            "guilds_invalid",
            f"A list of Discord servers cannot hold {shown}.",
            f"Name at most {GUILDS_MAX} servers, each by Discord's own number.",
        )
    return listed


def check_service_count(many: int) -> None:
    """Refuse one more key of a service when there are too many that are good."""
    if many >= SERVICE_KEYS_MAX:
        raise Refused(
            "service_keys_too_many",
            f"There are {many} good keys of services already.",
            "Revoke those that are not used any more; `regulars service-key list` tells when each was used last.",
        )


OVERLAY_KEYS_MAX = 50
API_TOKENS_MAX = 20
TITLE_LENGTH_MAX = 100
DAYS_DEFAULT, DAYS_MAX = 90, 366


def check_overlay_count(many: int) -> None:
    """Refuse one more key of an overlay when a community has too many that are good."""
    if many >= OVERLAY_KEYS_MAX:
        raise Refused(
            "overlay_keys_too_many",
            f"This community has {many} good overlay keys already.",
            "Revoke those that are not used any more.",
        )


def check_token_count(many: int) -> None:
    """Refuse one more token to a person who has too many that are good."""
    if many >= API_TOKENS_MAX:
        raise Refused(
            "api_tokens_too_many",
            f"You have {many} good API tokens already.",
            "Revoke those that your programs do not use any more.",
        )


def check_title(title: str) -> str:
    """What a token is called by the person who made it, or a refusal of what says nothing."""
    trimmed = title.strip()
    if not 0 < len(trimmed) <= TITLE_LENGTH_MAX:
        raise Refused(
            "api_token_name_invalid",
            f"The name of an API token has 1 to {TITLE_LENGTH_MAX} characters.",
            "Name the program that will use it.",
        )
    return trimmed


def check_days(days: int) -> timedelta:
    """How long a token is good, or a refusal of what is too short or too long."""
    if not 1 <= days <= DAYS_MAX:
        raise Refused(
            "api_token_days_invalid",
            f"An API token is good for 1 to {DAYS_MAX} days.",
            "Choose a number of days between; a token can be replaced by another one at any time.",
        )
    return timedelta(days=days)
