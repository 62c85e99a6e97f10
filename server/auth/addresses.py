"""Where a request comes from: the address of its sender, also behind proxies that the operator trusts."""

from collections.abc import Collection
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import structlog
from aiohttp import web

log = structlog.get_logger(__name__)

FORWARDED = "X-Forwarded-For"
HOPS_MAX = 20
NETWORK_BITS = 64
"""Of an IPv6 address: whoever has one has all that share these."""

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


class Addresses:
    """Tells senders apart. Only networks in `trusted` are believed when they say for whom they forward."""

    def __init__(self, trusted: Collection[Network] = ()) -> None:
        self._trusted = tuple(trusted)
        self._is_told = False

    def of(self, request: web.BaseRequest) -> str:
        """The sender's address: the right-most that no trusted proxy has, or "" where there is none."""
        peer = request.remote or ""
        if not self._trusted:
            self._tell_of_a_proxy(request, peer)
            return peer
        found = parsed(peer)
        if found is None or not self._is_trusted(found):
            return peer
        hops = ",".join(request.headers.getall(FORWARDED, ())).split(",")
        for hop in reversed(hops[-HOPS_MAX:]):
            told = parsed(without_port(hop.strip()))
            if told is None:
                break
            found = told
            if not self._is_trusted(told):
                break
        return str(found)

    def _is_trusted(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)

    def _tell_of_a_proxy(self, request: web.BaseRequest, peer: str) -> None:
        """Say once that a proxy seems to stand in front: all its senders would share one address."""
        if not self._is_told and not is_public(peer) and request.headers.getall(FORWARDED, ()):
            self._is_told = True
            log.warning(
                "proxy.undeclared",
                address=peer,
                remedy="Name your proxy's network in REGULARS_TRUSTED_PROXIES, or all its senders share their limits.",
            )


def networks(text: str) -> tuple[Network, ...]:
    """The networks in a list separated by commas; ValueError for what is none."""
    return tuple(ip_network(one.strip()) for one in text.split(",") if one.strip())


@lru_cache(maxsize=10_000)
def parsed(text: str) -> Address | None:
    """An address, an IPv4 one in IPv6 clothes as IPv4, or None for text that is none."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def without_port(hop: str) -> str:
    """A hop as some proxies write it, with a port behind the address, without that port."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


@lru_cache(maxsize=10_000)
def counted(address: str) -> str:
    """What limits count an address by: itself, or the /64 it belongs to in IPv6."""
    found = parsed(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((found.packed[: NETWORK_BITS // 8] + bytes(8), NETWORK_BITS)))
    return address if found is None else str(found)


def is_public(address: str) -> bool:
    """Whether an address can be a sender's on the internet; any other is a machine nearby, such as a proxy."""
    found = parsed(address)
    return found is not None and found.is_global
