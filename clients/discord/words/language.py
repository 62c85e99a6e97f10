"""Sentences by their keys, in the reader's language; what a language lacks is said in English."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import orjson
from babel import Locale
from babel.dates import format_skeleton
from babel.numbers import format_decimal, format_percent

ENGLISH = "en"
LANGUAGES = (ENGLISH, "de")
HOUR_S, MINUTE_S = 3600, 60
SMALL_SHARE = 0.1

Catalogue = Mapping[str, str | Mapping[str, str]]


@cache
def catalogue(language: str) -> Catalogue:
    """The sentences of a language: a text for a key, or one for each plural form of `count`."""
    return orjson.loads((files(__package__ or "") / f"{language}.json").read_bytes())


@cache
def refusals(language: str) -> Mapping[str, str]:
    """What the server's refusals mean in a language, by their codes; the server itself speaks English."""
    found = files(__package__ or "") / f"refusals.{language}.json"
    return orjson.loads(found.read_bytes()) if found.is_file() else {}


@cache
def meanings(language: str) -> Mapping[str, str]:
    """What the server's findings mean in a language, such as `check.APP.FAILED`; the server itself speaks English."""
    found = files(__package__ or "") / f"meanings.{language}.json"
    return orjson.loads(found.read_bytes()) if found.is_file() else {}


@dataclass(frozen=True, slots=True)
class Words:
    """What the bot says in a language, for one of Discord's locales, such as `de` or `en-GB`."""

    language: str

    @classmethod
    def of(cls, locale: str | None) -> "Words":
        """The language of a locale of Discord; English for one that the bot does not speak."""
        language = (locale or ENGLISH).partition("-")[0]
        return cls(language if language in LANGUAGES else ENGLISH)

    def __call__(self, key: str, /, **values: Any) -> str:
        """The sentence under a key, with values put into it; numbers as the language writes them."""
        found = catalogue(self.language).get(key)
        language = self.language
        if found is None:
            found, language = catalogue(ENGLISH)[key], ENGLISH
        if not isinstance(found, str):
            form = Locale(language).plural_form(values["count"])
            found = found.get(form) or found["other"]
        told = {name: self.number(one) if type(one) is int else one for name, one in values.items()}
        return found.format_map(told)

    def refusal(self, code: str) -> str | None:
        """What a refusal of the server means and what to do; None where its own English words have to do."""
        return refusals(self.language).get(code)

    def meaning(self, key: str) -> str | None:
        """What a finding of the server means and what to do; None where its own English words have to do."""
        return meanings(self.language).get(key)

    def number(self, value: int) -> str:
        """A whole number."""
        return format_decimal(value, locale=self.language)

    def percent(self, share: float) -> str:
        """A share of one, with as many digits as say something."""
        return format_percent(share, "#,##0.0##%" if share < SMALL_SHARE else "#,##0.0%", locale=self.language)

    def day(self, day: date) -> str:
        """A day of a year that goes without saying, such as Nov 22."""
        return format_skeleton("MMMd", day, locale=self.language)

    def duration(self, seconds: int) -> str:
        """So long, in hours and minutes; less than a minute in seconds."""
        hours, minutes = seconds // HOUR_S, seconds % HOUR_S // MINUTE_S
        if hours and minutes:
            return self("duration.hours_minutes", hours=hours, minutes=minutes)
        if hours:
            return self("duration.hours", hours=hours)
        return self("duration.minutes", minutes=minutes) if minutes else self("duration.seconds", seconds=seconds)


def at(instant: datetime, style: str = "f") -> str:
    """An instant that each reader sees in his own time zone and language; style `R` says how far away it is."""
    return f"<t:{int(instant.timestamp())}:{style}>"
