"""Where Kick publishes the key it signs with."""

from http import HTTPStatus

import orjson
from aiohttp import ClientSession

from server.platforms.kick.calls import TooLong, Unanswered, call, secure_origin

FETCH_TIMEOUT_S = 5
ANSWER_SIZE_MAX = 16 * 1024
_PATH = "/public/v1/public-key"


class KeyUnavailable(Exception):
    """Kick's key could not be had just now; the keys at hand stay good."""


class KeySource:
    """Kick's endpoint for its public key, `GET {api_base}/public/v1/public-key`."""

    def __init__(self, session: ClientSession, api_base: str) -> None:
        """Raise ValueError unless `api_base` is https: who can forge this answer can forge every delivery.

        Plain http is taken on this machine only, for a platform that is played.
        """
        self._session = session
        self._url = secure_origin(api_base, "Kick's API") + _PATH

    async def fetch(self) -> bytes:
        """Return the published key in PEM form, unchecked, within 5 seconds; raise KeyUnavailable, follow no redirect.

        The answer is `{"data": {"public_key": PEM}}`: https://docs.kick.com/apis/public-key.
        """
        try:
            answer = await call(self._session, "GET", self._url, timeout_s=FETCH_TIMEOUT_S, size_max=ANSWER_SIZE_MAX)
        except Unanswered as fault:
            raise KeyUnavailable(f"{fault} It was asked for its public key.") from fault
        except TooLong:
            raise KeyUnavailable("Kick's answer about its public key is too long to be one.") from None
        if answer.status != HTTPStatus.OK:
            raise KeyUnavailable(f"Kick answered {answer.status} when asked for its public key.")
        return _public_key(answer.body)


def _public_key(body: bytes) -> bytes:
    try:
        return orjson.loads(body)["data"]["public_key"].encode()
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        raise KeyUnavailable("Kick's answer holds no public key where it should.") from None
