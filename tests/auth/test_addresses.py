"""Who sent a request, as far as proxies may be believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict
from structlog.testing import capture_logs

from server.auth.addresses import FORWARDED, Addresses, counted, networks

OURS = Addresses(networks("10.0.0.0/8, ::1, 2001:db8:1::/48"))


class Sent:
    def __init__(self, remote: str | None, *forwarded: str) -> None:
        self.remote = remote
        self.headers = CIMultiDict([(FORWARDED, value) for value in forwarded])


@pytest.mark.parametrize(
    ("remote", "forwarded", "sender"),
    [
        ("10.0.0.1", ["9.9.9.9"], "9.9.9.9"),
        ("10.0.0.1", ["1.1.1.1, 9.9.9.9"], "9.9.9.9"),
        ("10.0.0.1", ["1.1.1.1", "9.9.9.9, 10.0.0.2"], "9.9.9.9"),
        ("10.0.0.1", ["9.9.9.9, nonsense, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", ["9.9.9.9:4711"], "9.9.9.9"),
        ("10.0.0.1", ["[2a00::1]:4711"], "2a00::1"),
        ("10.0.0.1", ["::ffff:9.9.9.9"], "9.9.9.9"),
        ("::ffff:10.0.0.1", ["9.9.9.9"], "9.9.9.9"),
        ("2001:db8:1::5", ["2a00::1"], "2a00::1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["", " , "], "10.0.0.1"),
        ("8.8.8.8", ["9.9.9.9"], "8.8.8.8"),
        (None, ["9.9.9.9"], ""),
    ],
)
def test_the_right_most_address_that_no_trusted_proxy_has_is_the_sender(
    remote: str | None, forwarded: list[str], sender: str
) -> None:
    assert OURS.of(Sent(remote, *forwarded)) == sender


@given(st.lists(st.text(max_size=40), max_size=5))
def test_what_a_client_writes_before_the_proxy_counts_for_nothing(written: list[str]) -> None:
    assert OURS.of(Sent("10.0.0.1", *written, "9.9.9.9")) == "9.9.9.9"


def test_without_trusted_proxies_nobody_is_believed_and_a_proxy_is_told_of_once() -> None:
    nobody = Addresses()
    with capture_logs() as lines:
        assert nobody.of(Sent("8.8.8.8", "9.9.9.9")) == "8.8.8.8"
        assert lines == []
        assert [nobody.of(Sent("127.0.0.1", "9.9.9.9")) for _ in range(3)] == ["127.0.0.1"] * 3
    assert [line["event"] for line in lines] == ["proxy.undeclared"]


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("9.9.9.9", "9.9.9.9"),
        ("::ffff:9.9.9.9", "9.9.9.9"),
        ("2a00:1:2:3:4:5:6:7", "2a00:1:2:3::/64"),
        ("2a00:1:2:3::", "2a00:1:2:3::/64"),
        ("2a00:1:2:4::", "2a00:1:2:4::/64"),
        ("", ""),
        ("nonsense", "nonsense"),
    ],
)
def test_an_ipv6_address_counts_with_its_network(address: str, key: str) -> None:
    assert counted(address) == key
