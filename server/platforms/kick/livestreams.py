"""Who is live on Kick: https://docs.kick.com/apis/livestreams and https://docs.kick.com/apis/channels."""

from collections.abc import Sequence

from server.platforms.kick import values
from server.platforms.kick.calls import Answer
from server.platforms.kick.requests import TRIES_MAX, Requests, account, list_of, needed, read
from server.platforms.kick.values import NAME_LENGTH_MAX, TEXT_LENGTH_MAX
from server.ports_platforms import ApiFault, KickChannel, Livestream

LIVES = "/public/v1/users/livestreams"
CHANNELS = "/public/v1/channels"
LIVES_AT_ONCE = 100
CHANNELS_AT_ONCE = 50


class KickLivestreams:
    """Kick's two answers to the question who is live."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def live_among(self, access_token: str, broadcaster_ids: Sequence[str]) -> Sequence[Livestream] | ApiFault:
        """Return those that are live, 100 asked about per call, or the first fault."""
        found: list[Livestream] = []
        for start in range(0, len(broadcaster_ids), LIVES_AT_ONCE):
            query = [("user_id", one) for one in broadcaster_ids[start : start + LIVES_AT_ONCE]]
            answer = await self._requests.ask("GET", LIVES, access_token, query=query, tries=TRIES_MAX)
            some = read(answer, "who is live", _livestreams)
            if isinstance(some, ApiFault):
                return some
            found += some
        return found

    async def channels_of(self, access_token: str, broadcaster_ids: Sequence[str]) -> Sequence[KickChannel] | ApiFault:
        """Return the channels that there are, 50 asked about per call, or the first fault."""
        found: list[KickChannel] = []
        for start in range(0, len(broadcaster_ids), CHANNELS_AT_ONCE):
            query = [("broadcaster_user_id", one) for one in broadcaster_ids[start : start + CHANNELS_AT_ONCE]]
            answer = await self._requests.ask("GET", CHANNELS, access_token, query=query, tries=TRIES_MAX)
            some = read(answer, "channels", channels_in)
            if isinstance(some, ApiFault):
                return some
            found += some
        return found


def channels_in(answer: Answer) -> list[KickChannel]:
    """The channels in an answer; Unparsable when one of them is not what Kick promises."""
    return [_channel(one, f"data[{place}]") for place, one in enumerate(list_of(answer))]


def _channel(value: object, path: str) -> KickChannel:
    channel = values.fields(value, path)
    told = channel.get("stream")
    stream = values.fields({} if told is None else told, f"{path}.stream")
    is_live = values.optional_flag(stream.get("is_live"), f"{path}.stream.is_live")
    since = values.optional_instant(stream.get("start_time"), f"{path}.stream.start_time") if is_live else None
    return KickChannel(
        broadcaster_id=account(channel.get("broadcaster_user_id"), f"{path}.broadcaster_user_id"),
        slug=needed(channel.get("slug"), f"{path}.slug"),
        title=values.optional_text(channel.get("stream_title"), f"{path}.stream_title", TEXT_LENGTH_MAX),
        is_live=is_live,
        live_since=since,
    )


def _livestreams(answer: Answer) -> list[Livestream]:
    return [_livestream(one, f"data[{place}]") for place, one in enumerate(list_of(answer))]


def _livestream(value: object, path: str) -> Livestream:
    told = values.fields(value, path)
    owner = values.fields(told.get("broadcaster_user"), f"{path}.broadcaster_user")
    channel = values.fields(told.get("channel"), f"{path}.channel")
    category = told.get("category")
    named = values.fields({} if category is None else category, f"{path}.category").get("name")
    return Livestream(
        broadcaster_id=account(owner.get("id"), f"{path}.broadcaster_user.id"),
        name=needed(owner.get("username"), f"{path}.broadcaster_user.username"),
        slug=needed(channel.get("slug"), f"{path}.channel.slug"),
        title=values.optional_text(told.get("title"), f"{path}.title", TEXT_LENGTH_MAX) or "",
        category=values.optional_text(named, f"{path}.category.name", NAME_LENGTH_MAX),
        started_at=values.instant(told.get("started_at"), f"{path}.started_at"),
    )
