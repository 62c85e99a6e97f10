"""What else Kick tells when asked: people, categories, and who gave most KICKs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from server.platforms.kick import values
from server.platforms.kick.calls import Answer
from server.platforms.kick.requests import TRIES_MAX, Requests, account, data_of, list_of, needed, read
from server.platforms.kick.values import URL_LENGTH_MAX
from server.ports_platforms import ApiFault, KickUser

USERS = "/public/v1/users"
CATEGORIES = "/public/v2/categories"
LEADERBOARD = "/public/v1/kicks/leaderboard"
USERS_AT_ONCE = 50
PLACES_MAX = 100

Span = Literal["lifetime", "month", "week"]
SPANS: tuple[Span, ...] = ("lifetime", "month", "week")


@dataclass(frozen=True, slots=True)
class Category:
    """What a stream can be about."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Giver:
    """A place on the leaderboard of KICKs."""

    rank: int
    account_id: str
    name: str
    amount: int


class KickLookups:
    """Questions that change nothing."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def users(self, access_token: str, account_ids: Sequence[str]) -> Sequence[KickUser] | ApiFault:
        """Return the people with these ids that there are, 50 asked about per call, or the first fault."""
        found: list[KickUser] = []
        for start in range(0, len(account_ids), USERS_AT_ONCE):
            query = [("id", one) for one in account_ids[start : start + USERS_AT_ONCE]]
            answer = await self._requests.ask("GET", USERS, access_token, query=query, tries=TRIES_MAX)
            some = read(answer, "people", users_in)
            if isinstance(some, ApiFault):
                return some
            found += some
        return found

    async def categories(self, access_token: str, name: str) -> Sequence[Category] | ApiFault:
        """Return the first page of categories by name, or the fault."""
        answer = await self._requests.ask("GET", CATEGORIES, access_token, query=[("name", name)], tries=TRIES_MAX)
        return read(answer, "categories", _categories)

    async def kicks_leaderboard(
        self, access_token: str, *, top: int = PLACES_MAX
    ) -> Mapping[Span, Sequence[Giver]] | ApiFault:
        """Return who gave most KICKs in the channel of whoever owns the token; ValueError unless 1 to 100 are asked."""
        if not 0 < top <= PLACES_MAX:
            raise ValueError(f"The leaderboard has 1 to {PLACES_MAX} places.")
        answer = await self._requests.ask("GET", LEADERBOARD, access_token, query=[("top", str(top))], tries=TRIES_MAX)
        return read(answer, "the leaderboard of KICKs", _leaderboard)


def users_in(answer: Answer) -> list[KickUser]:
    """The people in an answer; Unparsable when one of them is not what Kick promises."""
    people = [values.fields(one, f"data[{place}]") for place, one in enumerate(list_of(answer))]
    return [
        KickUser(
            id=account(one.get("user_id"), f"data[{place}].user_id"),
            name=needed(one.get("name"), f"data[{place}].name"),
            picture=values.optional_text(one.get("profile_picture"), f"data[{place}].profile_picture", URL_LENGTH_MAX),
        )
        for place, one in enumerate(people)
    ]


def _categories(answer: Answer) -> list[Category]:
    listed = [values.fields(one, f"data[{place}]") for place, one in enumerate(list_of(answer))]
    return [
        Category(values.identifier(one.get("id"), f"data[{place}].id"), needed(one.get("name"), f"data[{place}].name"))
        for place, one in enumerate(listed)
    ]


def _leaderboard(answer: Answer) -> dict[Span, list[Giver]]:
    spans = values.fields(data_of(answer), "data")
    return {
        span: [_giver(one, f"data.{span}[{place}]") for place, one in enumerate(values.items(spans.get(span), span))]
        for span in SPANS
    }


def _giver(value: object, path: str) -> Giver:
    told = values.fields(value, path)
    return Giver(
        rank=values.count(told.get("rank"), f"{path}.rank"),
        account_id=account(told.get("user_id"), f"{path}.user_id"),
        name=needed(told.get("username"), f"{path}.username"),
        amount=values.count(told.get("gifted_amount"), f"{path}.gifted_amount"),
    )
