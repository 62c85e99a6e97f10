import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from server.platforms.kick import headers as names
from server.platforms.kick.headers import DeliveryHeaders, HeaderFault, read_headers

SIGNATURE = bytes(range(256))
USUAL = {
    names.MESSAGE_ID: "01K6PMZD7R4V8W2N5TQX3CJYHA",
    names.SUBSCRIPTION_ID: "01K5ZZ0B3M6E9QKS1D4GHTWVRX",
    names.SIGNATURE: base64.b64encode(SIGNATURE).decode(),
    names.TIMESTAMP: "2026-10-03T19:20:21.5Z",
    names.TYPE: "chat.message.sent",
    names.VERSION: "1",
}
NEEDED = [names.MESSAGE_ID, names.TIMESTAMP, names.SIGNATURE, names.TYPE]


def usual_but(**changes: str) -> CIMultiDict[str]:
    return CIMultiDict({**USUAL, **{getattr(names, name): value for name, value in changes.items()}})


def fault_of(headers: CIMultiDict[str]) -> tuple[str, str]:
    read = read_headers(headers)
    assert isinstance(read, HeaderFault)
    return read.header, read.code


def test_reads_a_delivery() -> None:
    assert read_headers(usual_but()) == DeliveryHeaders(
        message_id="01K6PMZD7R4V8W2N5TQX3CJYHA",
        timestamp="2026-10-03T19:20:21.5Z",
        sent_at=datetime(2026, 10, 3, 19, 20, 21, 500_000, tzinfo=UTC),
        signature=SIGNATURE,
        type="chat.message.sent",
        subscription_id="01K5ZZ0B3M6E9QKS1D4GHTWVRX",
        version="1",
    )


def test_names_are_read_without_regard_to_case() -> None:
    assert read_headers(CIMultiDict({name.lower(): value for name, value in USUAL.items()})) == read_headers(
        usual_but()
    )


def test_a_kind_nobody_knows_yet_is_accepted() -> None:
    read = read_headers(usual_but(TYPE="Channel.raid-started_v2"))

    assert isinstance(read, DeliveryHeaders)
    assert read.type == "Channel.raid-started_v2"


def test_unsigned_extras_may_be_missing_or_odd() -> None:
    odd = read_headers(usual_but(SUBSCRIPTION_ID="../etc", VERSION="one two"))
    bare = read_headers(CIMultiDict({name: USUAL[name] for name in NEEDED}))

    assert isinstance(odd, DeliveryHeaders)
    assert (odd.subscription_id, odd.version) == (None, None)
    assert odd == bare


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_header_is_refused(name: str) -> None:
    headers = usual_but()
    del headers[name]

    assert fault_of(headers) == (name, "missing")


@pytest.mark.parametrize("name", list(USUAL))
def test_a_repeated_header_is_refused_even_with_the_same_value(name: str) -> None:
    headers = usual_but()
    headers.add(name.upper(), USUAL[name])

    assert fault_of(headers) == (name, "repeated")


@pytest.mark.parametrize(
    "message_id",
    [
        "",
        "01K6PMZD7R4V8W2N5TQX3CJYH",
        "01K6PMZD7R4V8W2N5TQX3CJYHAA",
        "81K6PMZD7R4V8W2N5TQX3CJYHA",
        "01k6pmzd7r4v8w2n5tqx3cjyha",
        "01K6PMZD7R4V8W2N5TQX3CJYHI",
        "01K6PMZD7R4V8W2N5TQX3CJYH.",
        "01K6PMZD7R4V8W2N5TQX3CJYHA\n",
        "01K6PMZD7R4V8W2N5TQX3CJYHA.2026-10-03T19:20:21",
    ],
)
def test_an_id_that_is_no_ulid_is_refused(message_id: str) -> None:
    assert fault_of(usual_but(MESSAGE_ID=message_id)) == (names.MESSAGE_ID, "malformed")


@pytest.mark.parametrize("timestamp", ["", "1791055221", "2026-10-03T19:20:21", "5Z", "2026-02-30T19:20:21Z"])
def test_a_timestamp_that_is_not_rfc_3339_is_refused(timestamp: str) -> None:
    assert fault_of(usual_but(TIMESTAMP=timestamp)) == (names.TIMESTAMP, "malformed")


@pytest.mark.parametrize(
    "signature",
    [
        "",
        base64.b64encode(bytes(255)).decode(),
        base64.b64encode(bytes(258)).decode(),
        base64.urlsafe_b64encode(b"\xff" * 256).decode(),
        base64.b64encode(bytes(256)).decode()[:-1],
        # Decodes to the same bytes as the genuine spelling.
        base64.b64encode(bytes(256)).decode()[:-3] + "B==",
        base64.b64encode(bytes(256)).decode()[:-4] + " A==",
    ],
)
def test_a_signature_that_is_not_344_characters_of_canonical_base64_is_refused(signature: str) -> None:
    assert fault_of(usual_but(SIGNATURE=signature)) == (names.SIGNATURE, "malformed")


@pytest.mark.parametrize("kind", ["", "chat message", "chat\tmessage", "a" * 101, "sjøgang"])
def test_a_type_of_insane_syntax_is_refused(kind: str) -> None:
    assert fault_of(usual_but(TYPE=kind)) == (names.TYPE, "malformed")


def test_the_first_fault_in_order_is_told() -> None:
    wrong = dict.fromkeys(("MESSAGE_ID", "TIMESTAMP", "SIGNATURE", "TYPE"), "?" * 200)
    told: list[str] = []
    while wrong:
        told.append(fault_of(usual_but(**wrong))[0])
        del wrong[next(iter(wrong))]

    assert told == NEEDED


def test_a_fault_shows_nothing_of_what_was_sent() -> None:
    read = read_headers(usual_but(SIGNATURE="canary"))

    assert isinstance(read, HeaderFault)
    assert "canary" not in repr(read)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(USUAL)) | st.text(min_size=1),
            st.text() | st.sampled_from(list(USUAL.values())) | st.text(st.characters(categories=["Cs"])),
        )
    )
)
def test_reading_never_raises(sent: list[tuple[str, str]]) -> None:
    assert isinstance(read_headers(CIMultiDict(sent)), DeliveryHeaders | HeaderFault)


@given(st.sampled_from(list(USUAL)), st.text() | st.text(st.characters(categories=["Cs"])))
def test_reading_a_delivery_with_one_odd_header_never_raises(name: str, value: str) -> None:
    read = read_headers(CIMultiDict({**USUAL, name: value}))

    assert isinstance(read, DeliveryHeaders) or read.header == name
