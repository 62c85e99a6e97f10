"""Signing in: how long things last, and why a browser that comes back is turned away."""

from datetime import datetime, timedelta

from server.domain.refusals import Refused

ATTEMPT_LIFETIME = timedelta(minutes=10)
SESSION_LIFETIME = timedelta(days=7)

START_AGAIN = "Go back to the page where you began, or to the link you were given, and start again."


def unknown_state() -> Refused:
    """Why a return is turned away that belongs to no attempt, or to one that was used up."""
    return Refused(
        "sign_in_state_unknown",
        "This sign-in is not under way: it was used already, or it never began here.",
        START_AGAIN,
    )


def check_return(
    *, same_browser: bool, provider: str, expected_provider: str, expires_at: datetime, now: datetime
) -> None:
    """Refuse a return from a platform by another browser, from another platform, or too late."""
    if not same_browser:
        raise Refused(
            "sign_in_other_browser",
            "This sign-in was begun in another browser. Nothing was changed.",
            "If somebody sent you the address of this page, do not go on. Otherwise start again in this browser.",
        )
    if provider != expected_provider:
        raise Refused(
            "sign_in_other_provider", "This sign-in was begun with another platform. Nothing was changed.", START_AGAIN
        )
    if now >= expires_at:
        raise Refused(
            "sign_in_expired",
            f"This sign-in took longer than {ATTEMPT_LIFETIME.seconds // 60} minutes. Nothing was changed.",
            START_AGAIN,
        )
