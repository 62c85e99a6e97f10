"""One-time codes: what is kept of them leads to none without the key."""

from string import ascii_letters

from hypothesis import given
from hypothesis import strategies as st

from server.auth.codes import Codes

KEY = b"k" * 32
SALTS = st.text(ascii_letters, min_size=1, max_size=44)


@given(SALTS)
def test_a_code_is_known_again_however_it_is_typed(salt: str) -> None:
    codes = Codes(KEY)
    code = codes.code("invitation", salt)
    assert len(code) == 14
    for typed in (code, code.lower(), code.replace("-", ""), f" {code.replace('-', ' ')} "):
        assert codes.is_right("invitation", salt, typed)


@given(SALTS, SALTS)
def test_no_other_salt_purpose_or_key_gives_the_code(salt: str, other: str) -> None:
    code = Codes(KEY).code("invitation", salt)
    assert not Codes(KEY).is_right("guild", salt, code)
    assert not Codes(b"x" * 32).is_right("invitation", salt, code)
    assert Codes(KEY).is_right("invitation", other, code) == (salt == other)


def test_what_is_no_code_is_never_right() -> None:
    for typed in ("", "AAAA-BBBB-CCCC", "é" * 12, "A" * 10_000):
        assert not Codes(KEY).is_right("invitation", "salt", typed)
