"""Asks relays for a round of the beacon, one after the other, and believes none of them."""

from collections.abc import Sequence
from concurrent.futures import Executor
from http import HTTPStatus
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, hdrs

from server.domain.draws.rounds import QUICKNET, Beacon, Chain
from server.domain.refusals import Refused
from server.platforms.drand.rounds import ANSWER_BYTES_MAX, checked, pasted, read_round
from server.ports_platforms import ApiFault

RELAYS = (
    "https://api.drand.sh",
    "https://api2.drand.sh",
    "https://api3.drand.sh",
    "https://drand.cloudflare.com",
    "https://api.drand.secureweb3.com:6875",
)
RELAYS_MAX = 10
CALL_TIMEOUT_S = 5.0
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class DrandClient:
    """Rounds of a chain from the first relay whose answer holds."""

    def __init__(
        self,
        session: ClientSession,
        executor: Executor,
        *,
        chain: Chain = QUICKNET,
        relays: Sequence[str] = RELAYS,
        timeout_s: float = CALL_TIMEOUT_S,
    ) -> None:
        """Raise ValueError unless there are 1 to 10 relays, each https, or http on this machine."""
        if not 1 <= len(relays) <= RELAYS_MAX:
            raise ValueError(f"Name 1 to {RELAYS_MAX} relays.")
        self._relays = [_origin(relay) for relay in relays]
        self._chain = chain
        self._session = session
        self._executor = executor
        self._timeout = ClientTimeout(total=timeout_s)

    async def round(self, number: int) -> Beacon | ApiFault:
        """The round, checked; or what went wrong at every relay, in which case it may be asked for again later."""
        faults: list[str] = []
        for relay in self._relays:
            try:
                told = read_round(await self._asked(relay, number), number, self._chain)
                return await checked(told, self._executor, self._chain)
            except Refused as refused:
                faults.append(f"{urlsplit(relay).hostname}: {refused.message}")
            except TimeoutError:
                faults.append(f"{urlsplit(relay).hostname}: It took too long.")
            except ClientError as fault:
                faults.append(f"{urlsplit(relay).hostname}: It could not be asked ({type(fault).__name__}).")
        return ApiFault(kind="unavailable", message=" ".join(faults))

    async def pasted(self, text: str, wanted: int) -> Beacon:
        """The round `wanted` out of what a person pasted, checked; refuses what `pasted` in `rounds` refuses."""
        return await pasted(text, wanted, self._executor, self._chain)

    async def _asked(self, relay: str, number: int) -> bytes:
        """What a relay answers, cut off where no answer is that long; no redirect is followed."""
        url = f"{relay}/{self._chain.hash.hex()}/public/{number}"
        headers = {hdrs.ACCEPT: "application/json"}
        async with self._session.get(url, headers=headers, timeout=self._timeout, allow_redirects=False) as answer:
            if answer.status != HTTPStatus.OK:
                raise Refused("no_round_yet", f"It answered {answer.status}.", "Ask again once the round has come.")
            body = bytearray()
            async for chunk in answer.content.iter_any():
                body += chunk
                if len(body) > ANSWER_BYTES_MAX:
                    break
            return bytes(body)


def _origin(relay: str) -> str:
    parts = urlsplit(relay)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError("The address of a relay must begin with https://.")
    return relay.rstrip("/")
