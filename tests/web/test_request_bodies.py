"""Bodies of requests to the graph: what becomes of one whose sender is gone."""

import asyncio

import pytest
from aiohttp import StreamReader
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import make_mocked_request

from server.web.graphql.endpoint import PATH
from server.web.graphql.requests import Unanswered, read_body


async def test_a_caller_who_hung_up_after_he_asked_is_no_fault_of_ours() -> None:
    content = StreamReader(BaseProtocol(asyncio.get_running_loop()), 2**16)
    content.feed_data(b"{}")
    content.feed_eof()
    content.set_exception(ConnectionResetError("Connection lost"))
    headers = {"Content-Type": "application/json", "Content-Length": "2"}
    with pytest.raises(Unanswered) as refused:
        await read_body(make_mocked_request("POST", PATH, headers=headers, payload=content))
    assert refused.value.code == "body_cut_off"
