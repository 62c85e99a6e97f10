"""What log lines look like, and that no secret comes out with them."""

import asyncio
import base64
import io
import json
import logging
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from server.logs import (
    DEPTH_MAX,
    ITEMS_MAX,
    REDACTED,
    TALKATIVE,
    TEXT_LENGTH_MAX,
    Redactor,
    configure_logs,
)
from tests.keys import kicks_key

CANARY = "canary-" + secrets.token_hex(4)
log = structlog.get_logger()

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Logging belongs to the process; the next test finds it as it was."""
    root = logging.getLogger()
    before = (root.level, root.handlers[:], structlog.get_config())
    levels = {name: logging.getLogger(name).level for name in TALKATIVE}
    yield
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    structlog.configure(**before[2])
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def lines(stream: io.StringIO) -> Lines:
    configure_logs(level="info", layout="json", stream=stream, secrets=(f"whole-{CANARY}",))
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_has_time_level_and_event(lines: Lines) -> None:
    log.info("delivery.recorded", kind="chat", count=3, size_bytes=10.5, first=True, reason=None)
    (line,) = lines()
    assert datetime.fromisoformat(line.pop("timestamp")).tzinfo == UTC
    assert line == {
        "event": "delivery.recorded",
        "level": "info",
        "kind": "chat",
        "count": 3,
        "size_bytes": 10.5,
        "first": True,
        "reason": None,
    }


def test_the_community_is_on_every_line_of_its_task_only(lines: Lines) -> None:
    async def work(slug: str) -> None:
        with structlog.contextvars.bound_contextvars(community=slug):
            await asyncio.sleep(0)
            log.info("worker.applied")
            logging.getLogger("tortoise").warning("slow statement")

    async def both() -> None:
        await asyncio.gather(work("nightowls"), work("earlybirds"))
        log.info("worker.idle")

    asyncio.run(both())
    assert [line.get("community") for line in lines()] == ["nightowls", "nightowls", "earlybirds", "earlybirds", None]


def test_lines_of_libraries_go_through_the_same_pipe(lines: Lines) -> None:
    logging.getLogger("aiohttp.server").warning("odd request from %s", "127.0.0.1")
    (line,) = lines()
    assert line["event"] == "odd request from 127.0.0.1"
    assert (line["level"], line["logger"]) == ("warning", "aiohttp.server")


def test_the_level_holds_for_all_and_chatty_libraries_stay_quiet_at_debug(stream: io.StringIO) -> None:
    configure_logs(level="debug", layout="json", stream=stream)
    log.debug("worker.looked")
    logging.getLogger("tortoise.db_client").debug("SELECT with values")
    assert "worker.looked" in stream.getvalue()
    assert "SELECT" not in stream.getvalue()
    configure_logs(level="error", layout="json", stream=stream)
    log.warning("worker.slow")
    logging.getLogger("aiohttp").warning("never mind")
    assert "slow" not in stream.getvalue()
    assert "never mind" not in stream.getvalue()


def test_people_get_one_readable_line_without_secrets(stream: io.StringIO) -> None:
    configure_logs(level="info", layout="console", stream=stream)
    log.info("server.started", url="http://127.0.0.1:8080", token=CANARY)
    try:
        int(f"password={CANARY}")
    except ValueError:
        log.exception("server.failed")
    assert "server.started" in stream.getvalue()
    assert "ValueError: invalid literal" in stream.getvalue()
    assert CANARY not in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


def test_lines_can_be_captured_in_tests(lines: Lines) -> None:
    with capture_logs() as captured:
        log.info("draw.committed", number=3)
    assert captured == [{"event": "draw.committed", "number": 3, "log_level": "info"}]
    assert lines() == []


@dataclass
class Credentials:
    value: str


@pytest.mark.parametrize(
    "name",
    [
        "token",
        "access_token",
        "refreshToken",
        "client_secret",
        "password",
        "Authorization",
        "kick-event-signature",
        "key",
        "signing_key",
        "cookie",
        "Set-Cookie",
        "dsn",
        "api_key",
    ],
)
def test_a_field_whose_name_tells_is_redacted_at_any_depth(lines: Lines, name: str) -> None:
    log.info("x", **{name: CANARY}, nested={"list": [{name: CANARY}, ({name: [CANARY]},)]})
    (line,) = lines()
    assert line[name] == REDACTED
    assert line["nested"] == {"list": [{name: REDACTED}, [{name: REDACTED}]]}


def secret_texts() -> dict[str, tuple[str, str]]:
    """By kind: a text, and the part of it that must not come out."""
    token = jwt.encode({"sub": "somebody"}, secrets.token_bytes(32), algorithm="HS256")
    block = kicks_key().private_pem.decode()
    of_the_key = block.splitlines()[3]
    standard = base64.b64encode(secrets.token_bytes(256)).decode()
    url_safe = secrets.token_urlsafe(48)
    hexadecimal = secrets.token_hex(32)
    return {
        "jwt": (f"refused {token}.", token.split(".")[1]),
        "pem": (f"cannot read {block} sorry", of_the_key),
        "cut pem": (block[:-30], of_the_key),
        "a platform's code": (f"GET /oauth/kick/callback?state=x&code={CANARY} HTTP/1.1", CANARY),
        "a sign-in's state": (f"GET /oauth/kick/callback?state={CANARY}", CANARY),
        "database url": (f"cannot reach postgres://regulars:{CANARY}@db:5432/x", CANARY),
        "odd database url": (f"cannot reach postgres://regulars:{CANARY}@p@db/x", CANARY),
        "query": (f"GET /o?kind=a&token={CANARY}&x=1", CANARY),
        "bearer": (f"header Bearer {CANARY}", CANARY),
        "header": (f"'Authorization': 'Basic {CANARY}'", CANARY),
        "mapping": (str({"password": f"{CANARY} with spaces"}), CANARY),
        "assignment": (f"client_secret = {CANARY}", CANARY),
        "signature": (f"bad one: {standard}", standard[10:30]),
        "random text": (f"got {url_safe}", url_safe[5:25]),
        "hexadecimal": (f"got {hexadecimal}", hexadecimal[5:25]),
        "known": (f"about whole-{CANARY}, sadly", CANARY),
    }


@pytest.mark.parametrize("kind", secret_texts())
def test_a_secret_in_any_text_is_redacted(lines: Lines, kind: str) -> None:
    text, hidden = secret_texts()[kind]
    log.info(text)
    log.info("x", note=text, nested=[{"inner": (text,)}], names={text: 1}, error=ValueError(text))
    logging.getLogger("library").warning("said %s", text)
    written = json.dumps(lines())
    assert hidden not in written
    assert written.count(REDACTED) >= 6


@pytest.mark.parametrize("kind", secret_texts())
def test_a_secret_in_an_error_is_redacted_in_message_cause_and_traceback(lines: Lines, kind: str) -> None:
    text, hidden = secret_texts()[kind]
    try:
        fail_twice(text)
    except ValueError:
        log.exception("worker.failed")
        logging.getLogger("library").exception("failed")
    ours, theirs = lines()
    for line in (ours, theirs):
        assert "Traceback" in line["exception"]
        assert hidden not in json.dumps(line)


def fail_twice(text: str) -> None:
    try:
        {"known": 1}.pop(text)
    except KeyError as cause:
        raise ValueError(text) from cause


def test_an_unknown_object_shows_its_kind_only(lines: Lines) -> None:
    log.info("x", given=Credentials(CANARY), raw=CANARY.encode())
    (line,) = lines()
    assert (line["given"], line["raw"]) == ("<Credentials>", f"[{len(CANARY)} bytes]")


@pytest.mark.parametrize(
    "text",
    [
        "01JD3V5T8QH2Y7C4M6N9P0R1S2",
        "kick:gift:1234567:2026-11-20T22:18:42Z",
        "6f1e2a34-9b7c-4d21-8e55-0a1b2c3d4e5f",
        "/usr/lib/python3.11/site-packages/aiohttp/web_protocol.py",
        "test_watch_time_is_the_union_of_the_evidence_of_all_accounts",
        "duplicate key value violates unique constraint entry_source_key",
        "http://127.0.0.1:8080/graphql?operation=board",
        "KeyError: 'viewer'",
    ],
)
def test_what_names_a_thing_stays_readable(text: str) -> None:
    assert Redactor().text(text) == text


def test_harmless_fields_stay_readable(lines: Lines) -> None:
    log.info("x", source_key="a", idempotency_key="b", token_id="c", has_token=True)
    (line,) = lines()
    assert (line["source_key"], line["idempotency_key"], line["token_id"], line["has_token"]) == ("a", "b", "c", True)


def test_short_words_are_not_taken_for_known_secrets() -> None:
    assert Redactor(("postgres", "")).text("postgres answers") == "postgres answers"


def test_the_longest_of_two_known_secrets_goes_first() -> None:
    assert Redactor(("0123456789", "0123456789-and-more")).text("x 0123456789-and-more") == f"x {REDACTED}"


def test_a_line_is_bounded(lines: Lines) -> None:
    nested: dict[str, object] = {}
    for _ in range(50):
        nested = {"inner": nested}
    log.info("x", long="y " * TEXT_LENGTH_MAX, many=list(range(100_000)), nested=nested)
    (line,) = lines()
    assert len(line["long"]) == TEXT_LENGTH_MAX
    assert len(line["many"]) == ITEMS_MAX
    assert json.dumps(line["nested"]).count("inner") == DEPTH_MAX - 1


@pytest.mark.parametrize(
    "piece", ["a", "-eyJ", "token", "token-", "token=", "aa://", "?code=", "-----BEGIN ", "bearer ", "a.-"]
)
def test_a_hostile_text_is_redacted_in_little_time(piece: str) -> None:
    text = piece * TEXT_LENGTH_MAX
    began_s = time.process_time()
    Redactor(("0123456789",)).text(text)
    # It takes 20 ms on a small machine; the square of the length would take minutes.
    assert time.process_time() - began_s < 5


@given(st.text(max_size=300))
def test_any_text_can_be_redacted_twice_with_the_same_outcome(text: str) -> None:
    once = Redactor().text(text)
    assert Redactor().text(once) == once
