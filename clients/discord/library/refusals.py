"""What Discord refuses, and what is only away for a while."""

from enum import IntEnum


class Code(IntEnum):
    """Discord's codes that the bot answers in a way of their own; Discord lists all under "JSON Error Codes"."""

    UNKNOWN_CHANNEL = 10003
    UNKNOWN_GUILD = 10004
    UNKNOWN_MEMBER = 10007
    UNKNOWN_MESSAGE = 10008
    UNKNOWN_ROLE = 10011
    UNKNOWN_USER = 10013
    UNKNOWN_INTERACTION = 10062
    TOO_MANY_PINS = 30003
    OLD_MESSAGE_EDITED_TOO_OFTEN = 30046
    OPENING_MESSAGES_TOO_FAST = 40003
    ALREADY_ANSWERED = 40060
    MISSING_ACCESS = 50001
    MESSAGE_OF_ANOTHER = 50005
    CLOSED_TO_MESSAGES = 50007
    MISSING_PERMISSIONS = 50013
    NO_SERVER_IN_COMMON = 50278


class DiscordRefused(Exception):
    """Discord says no, and would say so again; `code` is 0 where it gave none."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(f"{status}, code {code}: {message}")
        self.status = status
        self.code = code
        self.message = message


class DiscordAway(Exception):
    """Discord cannot be reached, or is not well; the same may work later."""


class DiscordBusy(DiscordAway):
    """Discord counts too many requests and asks to wait so long; nothing is wrong."""

    def __init__(self, wait_s: float) -> None:
        super().__init__("Discord asks to be left alone for a while.")
        self.wait_s = wait_s


class DiscordForbids(Exception):
    """The bot may not connect at all until somebody changes its token or settings; the message says what."""
