"""Where Kick publishes the key it signs with."""

from http import HTTPStatus
from urllib.parse import urlsplit

import orjson
from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout

FETCH_TIMEOUT_S = 5
ANSWER_SIZE_MAX = 16 * 1024
_PATH = "/public/v1/public-key"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class KeyUnavailable(Exception):
    """Kick's key could not be had just now; the keys at hand stay good."""


class KeySource:
    """Kick's endpoint for its public key, `GET {api_base}/public/v1/public-key`."""

    def __init__(self, session: ClientSession, api_base: str) -> None:
        """Raise ValueError unless `api_base` is https: who can forge this answer can forge every delivery.

        Plain http is taken on this machine only, for a platform that is played.
        """
        base = urlsplit(api_base)
        if base.scheme != "https" and not (base.scheme == "http" and base.hostname in _LOOPBACK):
            raise ValueError("The address of Kick's API must begin with https://.")
        self._session = session
        self._url = api_base.rstrip("/") + _PATH

    async def fetch(self) -> bytes:
        """Return the published key in PEM form, unchecked, within 5 seconds; raise KeyUnavailable, follow no redirect.

        The answer is `{"data": {"public_key": PEM}}`: https://docs.kick.com/apis/public-key.
        """
        try:
            async with self._session.get(
                self._url, timeout=ClientTimeout(total=FETCH_TIMEOUT_S), allow_redirects=False
            ) as answer:
                if answer.status != HTTPStatus.OK:
                    raise KeyUnavailable(f"Kick answered {answer.status} when asked for its public key.")
                return _public_key(await _read_bounded(answer))
        except (ClientError, TimeoutError) as fault:
            raise KeyUnavailable(f"Kick could not be asked for its public key ({type(fault).__name__}).") from fault


async def _read_bounded(answer: ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > ANSWER_SIZE_MAX:
            raise KeyUnavailable("Kick's answer about its public key is too long to be one.")
    return bytes(body)


def _public_key(body: bytes) -> bytes:
    try:
        return orjson.loads(body)["data"]["public_key"].encode()
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        raise KeyUnavailable("Kick's answer holds no public key where it should.") from None
