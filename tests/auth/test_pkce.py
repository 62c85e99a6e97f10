"""The proof of a sign-in: the standard's own example, enough chance, and nothing shown."""

from collections.abc import Iterator

import pytest

from server.auth.pkce import VERIFIER, challenge_of, fresh_pkce
from server.system import SystemIds


class CountedIds:
    """Hands out what it is given."""

    def __init__(self, *tokens: str) -> None:
        self._tokens: Iterator[str] = iter(tokens)

    def token(self) -> str:
        return next(self._tokens)


def test_the_example_of_the_standard() -> None:
    """RFC 7636, appendix B."""
    assert challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_a_pair_is_made_of_two_fresh_identifiers() -> None:
    pair = fresh_pkce(CountedIds("a" * 22, "b" * 22))
    assert pair.verifier == "a" * 22 + "b" * 22
    assert pair.challenge == challenge_of(pair.verifier)


def test_every_pair_is_another_and_keeps_to_the_standard() -> None:
    pairs = [fresh_pkce(SystemIds()) for _ in range(100)]
    assert len({pair.verifier for pair in pairs}) == 100
    assert all(VERIFIER.fullmatch(pair.verifier) for pair in pairs)
    assert {len(pair.challenge) for pair in pairs} == {43}


def test_a_pair_does_not_show_its_verifier() -> None:
    pair = fresh_pkce(SystemIds())
    assert pair.verifier not in f"{pair} {pair!r}"


@pytest.mark.parametrize("verifier", ["", "a" * 42, "a" * 129, "a" * 43 + "+", "a" * 43 + "\n", "ä" * 43])
def test_another_form_is_refused_and_not_shown(verifier: str) -> None:
    with pytest.raises(ValueError, match="43 to 128") as caught:
        challenge_of(verifier)
    assert not verifier or verifier not in str(caught.value)
