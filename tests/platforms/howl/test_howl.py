"""Howl's leaderboard: what is read of it, and that no fault shows the affiliate's key."""

from datetime import timedelta

import pytest
from aiohttp import ClientSession, web
from hypothesis import given
from hypothesis import strategies as st

from server.domain.refusals import Refused
from server.domain.wagers import Row, Rows, Unreadable
from server.platforms.howl.client import HowlWagers
from server.platforms.howl.parse import parse
from server.ports_platforms import ApiFault
from tests.database import START

KEY = "a-key-of-an-affiliate"
BODY = '{"success": true, "data": [{"userId": 104233, "name": "Otter", "wageredUSD": 15230.55}]}'


def test_somebody_is_known_by_his_number_whatever_his_name() -> None:
    assert parse(BODY.encode()) == Rows((Row("104233", "Otter", None, 15_230_550_000),), 0)


def test_an_error_is_a_fault() -> None:
    told = parse(b'{"success": false, "error": "Unauthorized"}')
    assert isinstance(told, ApiFault)


@pytest.mark.parametrize("body", [b"[]", b'{"success": true}', b"<html>", b'{"success": true, "data": [5]}'])
def test_what_is_no_leaderboard_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(body)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_never_raise_anything_else(body: bytes) -> None:
    try:
        told = parse(body)
    except Unreadable:
        return
    assert isinstance(told, Rows | ApiFault)


async def test_the_time_is_asked_about_and_the_key_is_in_a_header_only() -> None:
    asked: list[tuple[str, str]] = []
    answers = [
        web.Response(text=BODY),
        web.Response(status=403, text="<html>", headers={"Cf-Mitigated": "challenge"}),
        web.Response(status=401),
        web.Response(status=429, headers={"Retry-After": "9"}),
    ]

    async def handle(request: web.Request) -> web.Response:
        asked.append((str(request.rel_url), request.headers["Authorization"]))
        return answers.pop(0)

    site = web.Application()
    site.router.add_get("/api/user/affiliate/lb", handle)
    runner = web.AppRunner(site)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with ClientSession() as session:
        client = HowlWagers(session, url=f"http://127.0.0.1:{runner.addresses[0][1]}")
        told = [await client.totals(KEY, START, START + timedelta(minutes=2)) for _ in range(4)]
    await runner.cleanup()
    assert told[0] == Rows((Row("104233", "Otter", None, 15_230_550_000),), 0)
    assert [fault.kind for fault in told[1:] if isinstance(fault, ApiFault)] == [
        "unavailable",
        "unauthorised",
        "limited",
    ]
    assert asked[0][1] == KEY
    assert "from=2026-08-01T18:00:00.000Z&to=2026-08-01T18:02:00.000Z&limit=1000" in asked[0][0]
    assert KEY not in asked[0][0] + repr(told)


async def test_what_can_be_no_key_is_refused() -> None:
    async with ClientSession() as session:
        client = HowlWagers(session, url="https://howl.gg")
        assert client.secret_of(f" {KEY}\n") == KEY
        for unfit in ("", "short", "with a space in it", "line\nbreak-in-it"):
            with pytest.raises(Refused):
                client.secret_of(unfit)
