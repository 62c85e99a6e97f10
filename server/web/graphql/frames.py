"""Websocket frames as bytes, so that what many hear is put into bytes once."""

import struct
from typing import Any

import orjson

FINAL_TEXT = 0x81
SIZE_IN_HEAD_MAX = 125
SIZE_IN_TWO_BYTES_MAX = 0xFFFF


def text_frame(message: bytes) -> bytes:
    """The whole frame of a text message, as a server sends it: unmasked, uncompressed, in one piece."""
    size = len(message)
    if size <= SIZE_IN_HEAD_MAX:
        return struct.pack("!BB", FINAL_TEXT, size) + message
    if size <= SIZE_IN_TWO_BYTES_MAX:
        return struct.pack("!BBH", FINAL_TEXT, 126, size) + message
    return struct.pack("!BBQ", FINAL_TEXT, 127, size) + message


def message_frame(**message: Any) -> bytes:
    """The frame of a message of graphql-transport-ws."""
    return text_frame(orjson.dumps(message))


def next_frame(operation: bytes, payload: bytes) -> bytes:
    """The frame of one result: `operation` is the id and `payload` the result, both as JSON already."""
    return text_frame(b'{"id":%b,"type":"next","payload":%b}' % (operation, payload))
