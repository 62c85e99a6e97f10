"""The texts that a community shows people: terms of service and privacy policy, in versions, with a sound default."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from server.domain.refusals import Refused

BODY_LENGTH_MAX = 20_000
VERSIONS_MAX = 500
STANDARD_SINCE = datetime(2026, 11, 21, tzinfo=UTC)
"""When the standard texts below were last changed."""


class TextKind(StrEnum):
    """Which text."""

    TERMS = "terms"
    PRIVACY = "privacy"


TITLES = {TextKind.TERMS: "Terms of service", TextKind.PRIVACY: "Privacy policy"}

TERMS = """
These are the rules for taking part in the loyalty programme of this community. Taking part is free.

## What it is

While you take part in the chat of the stream you gain watch time. Watch time, subscriptions and other things that the
streamer chooses may give you a place on a leaderboard, a role on Discord, or tickets for a prize draw. None of this is
money, can be bought from us, sold or handed on, or is owed to you.

## Who may take part

- Everybody who may use Kick or Twitch and Discord by their own terms.
- For prize draws: people of age where they live, where taking part in one is legal. Their own rules are told with each.

## What is not allowed

- Several accounts of one person that count as several people, scripts that write for you, and whatever else makes it
  look as if you were there.
- Linking somebody else's account, or having somebody link his by telling him something that is not true.
- Disturbing the service or other people.

What was gained that way may be taken back, with a reason that is written down. You can ask the staff to look again.

## What you can rely on

- Every total can be explained: you can see why you have what you have.
- A draw can be checked by anybody after it was held.
- Corrections are made openly, with who made them and why. Nothing is deleted in secret.

## What you cannot rely on

The service depends on Kick, Twitch and Discord and may be interrupted, changed or ended. Kick, Twitch and Discord do
not run it and are not responsible for it. As far as the law allows, the streamer is liable only for what he did on
purpose or by gross negligence.

## Leaving, and changes

You can leave at any time and have what is kept about you deleted; the privacy policy says how. Every version of these
terms is kept with its date. Whoever goes on taking part after a change accepts it.
""".strip()

PRIVACY = """
This says what is kept about you when you take part in this community, why, and how you get it deleted. The streamer
answers for it; reach him or the staff on the community's Discord server.

## What is kept

- From the platforms: the id and name of your account, and when you wrote in the chat. What you wrote is kept for two
  weeks, in the form in which the platform delivered it, and for about three months where it could not be processed.
- Which subscriptions, gifts and rewards were yours.
- Which accounts you linked, when, and with which outcome.
- What follows from it: watch time, places on leaderboards, tickets, roles, prizes.
- When you signed in here. Your mail address and your password are never asked for and never kept.

## Why

To run the loyalty programme that you take part in: without your account's id nothing could be counted for you, and
without what was counted nobody could check it.

## Who sees it

Your name and totals are shown on leaderboards and on the stream. The staff of the community sees what it needs for its
work, and what it changes is written down. Nothing is sold, and nothing is used for advertising.

## Cookies

Two, both needed: one that knows your browser while you sign in or link an account, one that keeps you signed in for
seven days. No script of anybody else is loaded.

## How long

What platforms delivered two weeks, or about three months where it could not be processed; sign-ins until they end; the
log of changes a year; what was counted as long as the community exists, unless you ask to be forgotten.

## What you can do

- See what is kept about you, and take it with you.
- Have mistakes corrected by the staff.
- Have it deleted: your names, ids and links go; what was counted stays without a way back to you, so that the totals of
  others stay right.
- Complain to the data protection authority where you live.

## Changes

Every version of this text is kept with its date.
""".strip()


def flowing(text: str) -> str:
    """A text with each paragraph and each item of a list on one line, as whoever edits it in a browser wants it."""
    return re.sub(r"(?<!\n)\n(?!\n|- |## ) *", " ", text)


STANDARD = {TextKind.TERMS: flowing(TERMS), TextKind.PRIVACY: flowing(PRIVACY)}


@dataclass(frozen=True, slots=True, kw_only=True)
class TextVersion:
    """A version of a text; 0 is the standard text, which holds until a community writes its own."""

    kind: TextKind
    version: int
    body: str
    actor: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a paragraph or a list of a text."""

    kind: str
    lines: Sequence[str]


def standard(kind: TextKind) -> TextVersion:
    """The standard text."""
    return TextVersion(kind=kind, version=0, body=STANDARD[kind], actor=None, at=STANDARD_SINCE)


def tidied(body: str) -> str:
    """A text as it is kept: one kind of line break, nothing at its end; refuses an empty one and a very long one."""
    kept = "\n".join(line.rstrip() for line in body.replace("\r\n", "\n").replace("\r", "\n").split("\n")).strip()
    if not kept or len(kept) > BODY_LENGTH_MAX:
        raise Refused(
            "text_length_out_of_range",
            f"A text has 1 to {BODY_LENGTH_MAX:,} characters.",
            "Shorten it, or put long details on a page of your own and name its address.",
        )
    return kept


def check_changed(before: TextVersion, body: str) -> None:
    """Refuse a new version that says what the last one says."""
    if before.body == body:
        raise Refused("text_unchanged", "That is what the text says already.", "Nothing to do.")


def check_versions(version: int) -> None:
    """Refuse one more version of a text that was changed very often."""
    if version >= VERSIONS_MAX:
        raise Refused(
            "text_versions_too_many",
            f"A text has at most {VERSIONS_MAX} versions.",
            "Leave it as it is; versions that people saw are never deleted.",
        )


def blocks(body: str) -> list[Block]:
    """A text as blocks: lines that begin with `## ` are headings, those with `- ` items of a list."""
    found: list[Block] = []
    for part in body.split("\n\n"):
        lines = [line for line in part.split("\n") if line.strip()]
        if lines and lines[0].startswith("## "):
            found.append(Block("heading", [lines[0].removeprefix("## ")]))
            lines = lines[1:]
        if lines and lines[0].startswith("- "):
            found.append(Block("list", items(lines)))
        elif lines:
            found.append(Block("paragraph", [" ".join(lines)]))
    return found


def items(lines: Sequence[str]) -> list[str]:
    """The items of a list; a line that begins none goes on with the one before."""
    found: list[str] = []
    for line in lines:
        if line.startswith("- ") or not found:
            found.append(line.removeprefix("- "))
        else:
            found[-1] += f" {line.strip()}"
    return found
