"""Shuffle's feed: what is read of it, what is not, and that no fault shows the key in its address."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from aiohttp import ClientSession, web
from hypothesis import given
from hypothesis import strategies as st

from server.domain.refusals import Refused
from server.domain.wagers import Row, Rows, Unreadable
from server.platforms.shuffle.client import ShuffleWagers
from server.platforms.shuffle.parse import parse
from server.ports_platforms import ApiFault
from tests.database import START

KEY = "0b7f2f6e-1111-4222-8333-0123456789ab"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def test_amounts_are_exact_and_names_are_compared_without_case() -> None:
    body = b'[{"username": "Otter", "campaignCode": "Red", "wagerAmount": 116301.04286432}]'
    assert parse(body) == Rows((Row("otter", "Otter", "Red", 116_301_042_864),), 0)


def test_digits_in_a_text_are_a_number_and_a_code_may_be_missing() -> None:
    body = b'[{"username": "a", "wagerAmount": "12.5"}, {"username": "b", "campaignCode": null, "wagerAmount": 0}]'
    assert parse(body) == Rows((Row("a", "a", None, 12_500_000), Row("b", "b", None, 0)), 0)


@pytest.mark.parametrize(
    "row",
    [
        '{"username": null, "wagerAmount": 5}',
        '{"username": "a"}',
        '{"username": "a", "wagerAmount": true}',
        '{"username": "a", "wagerAmount": -1}',
        '{"username": "a", "wagerAmount": "1e5"}',
        '{"username": "a", "wagerAmount": 1e30}',
        '{"username": "a", "wagerAmount": 1, "campaignCode": 5}',
        '{"username": "  ", "wagerAmount": 1}',
        '"a"',
    ],
)
def test_a_row_that_cannot_be_read_is_left_out_and_counted(row: str) -> None:
    good = '{"username": "x", "wagerAmount": 1}'
    told = parse(f"[{good}, {row}, {good}]".encode())
    assert isinstance(told, Rows)
    assert (len(told.read), told.skipped) == (2, 1)


def test_an_answer_of_which_half_cannot_be_read_is_not_used() -> None:
    with pytest.raises(Unreadable):
        parse(b'[{"username": "x", "wagerAmount": 1}, {"username": null, "wagerAmount": 1}]')


@pytest.mark.parametrize("body", [b"", b"<!DOCTYPE html><title>Just a moment</title>", b"5", b'[{"wagerAmount": NaN}]'])
def test_what_is_no_list_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(body)


def test_an_error_that_comes_with_success_is_an_error() -> None:
    told = parse(b'{"statusCode": 400, "message": "TOO_MANY_REQUEST"}')
    assert isinstance(told, ApiFault)
    assert told.kind == "limited"


@given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_arbitrary_bytes_never_raise_anything_else(body: bytes) -> None:
    try:
        told = parse(body)
    except Unreadable:
        return
    assert isinstance(told, Rows | ApiFault)


@dataclass
class Played:
    """An origin that answers as the test says."""

    answer: Handler | None = None
    asked: list[str] = field(default_factory=list[str])

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(str(request.rel_url))
        assert self.answer is not None
        return await self.answer(request)


@pytest.fixture
async def played() -> AsyncGenerator[tuple[Played, ShuffleWagers], None]:
    playing = Played()
    site = web.Application()
    site.router.add_get("/{path:.*}", playing.handle)
    runner = web.AppRunner(site, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with ClientSession() as session:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield playing, ShuffleWagers(session, url=url, timeout_s=0.5)
    await runner.cleanup()


def answering(status: int, body: str, **headers: str) -> Handler:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=body, headers=headers)

    return answer


async def late(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(5)
    return web.Response()


async def test_the_key_is_in_the_address_and_the_rows_come_back(played: tuple[Played, ShuffleWagers]) -> None:
    playing, client = played
    playing.answer = answering(200, '[{"username": "a", "wagerAmount": 1}]')
    assert await client.totals(KEY, START, START) == Rows((Row("a", "a", None, 1_000_000),), 0)
    assert playing.asked == [f"/stats/{KEY}"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (answering(429, "", **{"Retry-After": "30"}), "limited"),
        (answering(400, '{"message": "TOO_MANY_REQUEST"}'), "limited"),
        (answering(400, '{"message": "INVALID_DATE"}'), "rejected"),
        (answering(404, ""), "rejected"),
        (answering(503, ""), "unavailable"),
        (answering(302, "", Location="http://127.0.0.1:1/"), "rejected"),
        (answering(200, "<html>"), "unreadable"),
        (answering(200, f"[{' ' * 5_000_000}]"), "unreadable"),
        (late, "unavailable"),
    ],
    ids=["429", "400 limited", "400", "404", "503", "302", "html", "long", "late"],
)
async def test_every_failure_is_told_without_the_key(
    played: tuple[Played, ShuffleWagers], answer: Handler, kind: str
) -> None:
    playing, client = played
    playing.answer = answer
    fault = await client.totals(KEY, START, START)
    assert isinstance(fault, ApiFault)
    assert fault.kind == kind
    assert KEY not in repr(fault)
    assert "http" not in fault.message


async def test_nobody_there_is_told_as_well() -> None:
    async with ClientSession() as session:
        fault = await ShuffleWagers(session, url="http://127.0.0.1:1").totals(KEY, START, START)
    assert isinstance(fault, ApiFault)
    assert fault.kind == "unavailable"
    assert KEY not in repr(fault)


async def test_the_key_is_taken_from_the_address_and_nothing_else_is_one() -> None:
    async with ClientSession() as session:
        client = ShuffleWagers(session, url="https://affiliate.shuffle.com")
        for given_text in (KEY, KEY.upper(), f" https://affiliate.shuffle.com/stats/{KEY} "):
            assert client.secret_of(given_text) == KEY
        for unfit in (
            "",
            "abc",
            f"https://evil.example/stats/{KEY}",
            f"{KEY}/../x",
            f"https://affiliate.shuffle.com/{KEY}",
        ):
            with pytest.raises(Refused):
                client.secret_of(unfit)
