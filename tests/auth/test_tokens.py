"""Which tokens are believed, and which are not."""

import base64
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from server.auth.actors import Actor
from server.auth.keys import derived_key
from server.auth.tokens import (
    AUDIENCE,
    HOLDERS_MAX,
    ISSUER,
    PURPOSE,
    REQUIRED,
    CommunityScope,
    TokenFault,
    TokenSigner,
)
from server.domain.staff import EVERYTHING, NOTHING, Capability

START = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
SECRET = secrets.token_urlsafe(48)
SCOPE = CommunityScope(id=7, slug="nightowls")
INVALID = TokenFault("invalid")


class SetClock:
    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0


class CountedIds:
    def __init__(self) -> None:
        self.given = 0

    def token(self) -> str:
        self.given += 1
        return f"id-{self.given}"


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def signer(clock: SetClock) -> TokenSigner:
    return TokenSigner(SECRET, clock, CountedIds())


def sound_claims() -> dict[str, Any]:
    issued_s = int(START.timestamp())
    times = {"iat": issued_s, "exp": issued_s + 3600}
    return {"iss": ISSUER, "aud": AUDIENCE, "sub": "somebody", "jti": "id-1", "role": "admin"} | times


def signed(claims: dict[str, Any], *, algorithm: str = "HS256", key: Any = None) -> str:
    return jwt.encode(claims, derived_key(SECRET, PURPOSE) if key is None else key, algorithm=algorithm)


def unsigned(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def test_a_token_without_a_community_is_the_operators(signer: TokenSigner) -> None:
    assert signer.read(signer.mint("admin")) == Actor(
        kind="operator",
        community_id=None,
        subject="command-line",
        token_id="id-1",
        expires_at=START + timedelta(days=30),
    )


def test_a_token_with_a_community_is_its_owners(signer: TokenSigner) -> None:
    token = signer.mint("admin", SCOPE, timedelta(hours=2), subject="dashboard")
    assert signer.read(token) == Actor(
        kind="owner",
        community_id=7,
        community_slug="nightowls",
        subject="dashboard",
        token_id="id-1",
        expires_at=START + timedelta(hours=2),
    )


def test_a_persons_token_names_his_accounts_and_its_bounds(signer: TokenSigner) -> None:
    holders = [("kick", "123"), ("discord_role", "77")]
    ceiling = frozenset({Capability.ALERTS_READ, Capability.COMMUNITY_READ})
    assert signer.read(signer.mint_person(holders, SCOPE, ceiling, timedelta(hours=2))) == Actor(
        kind="person",
        community_id=7,
        community_slug="nightowls",
        subject="discord_role:77",
        token_id="id-1",
        expires_at=START + timedelta(hours=2),
        holders=frozenset(holders),
        ceiling=ceiling,
    )
    unbound = signer.read(signer.mint_person(holders, subject="somebody"))
    assert isinstance(unbound, Actor)
    assert (unbound.subject, unbound.community_id, unbound.ceiling) == ("somebody", None, None)
    none = signer.read(signer.mint_person(holders, ceiling=NOTHING))
    assert isinstance(none, Actor)
    assert none.ceiling == NOTHING


def test_a_person_with_all_the_accounts_there_may_be_fits_into_a_token(signer: TokenSigner) -> None:
    holders = [("discord_role", f"1{number:019}") for number in range(HOLDERS_MAX)]
    scope = CommunityScope(id=2**63 - 1, slug="s" * 40)
    found = signer.read(signer.mint_person(holders, scope, EVERYTHING))
    assert isinstance(found, Actor)
    assert found.holders == frozenset(holders)
    with pytest.raises(ValueError, match="accounts"):
        signer.mint_person([*holders, ("kick", "1")])


@pytest.mark.parametrize("holders", [[], [("kick", "name")], [("shuffle", "1")], [("kick", "0")]])
def test_a_person_without_a_proper_account_gets_no_token(signer: TokenSigner, holders: list[tuple[str, str]]) -> None:
    with pytest.raises(ValueError, match="accounts"):
        signer.mint_person(holders)


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"holders": []},
        {"holders": "kick"},
        {"holders": ["ki"]},
        {"holders": [["kick", 1]]},
        {"holders": [["kick", "1", "2"]]},
        {"holders": [["kick", "1"], "x"]},
        {"holders": [["kick", "1"]] * 21},
        {"holders": [[["kick"], "1"]]},
        {"holders": [["kick", "1"]], "ceiling": ["community.read"]},
        {"holders": [["kick", "1"]], "community": {"id": "x", "slug": "s"}},
        {"role": ["person"], "holders": [["kick", "1"]]},
        {"role": "overlay", "holders": [["kick", "1"]]},
    ],
)
def test_a_person_who_cannot_be_is_not_believed(signer: TokenSigner, claims: dict[str, Any]) -> None:
    sound = sound_claims() | {"role": "person", "holders": [["kick", "1"]]}
    assert isinstance(signer.read(signed(sound)), Actor)
    unsound = sound_claims() | {"role": "person"} | claims
    assert signer.read(signed(unsound)) == INVALID


def test_two_tokens_differ_in_their_id(signer: TokenSigner) -> None:
    first, second = (signer.read(signer.mint("admin")) for _ in range(2))
    assert isinstance(first, Actor)
    assert isinstance(second, Actor)
    assert first.token_id != second.token_id


def test_the_hand_made_claims_of_these_tests_are_believed(signer: TokenSigner) -> None:
    """Otherwise every refusal below would prove nothing."""
    assert isinstance(signer.read(signed(sound_claims())), Actor)
    scoped = sound_claims() | {"community": {"id": "7", "slug": "nightowls"}}
    assert isinstance(signer.read(signed(scoped)), Actor)


@pytest.mark.parametrize("lifetime", [timedelta(0), timedelta(seconds=-1), timedelta(days=367)])
def test_a_lifetime_without_sense_is_refused(signer: TokenSigner, lifetime: timedelta) -> None:
    with pytest.raises(ValueError, match="366 days"):
        signer.mint("admin", lifetime=lifetime)


def test_a_token_ends_at_its_expiry_by_the_injected_clock(signer: TokenSigner, clock: SetClock) -> None:
    token = signer.mint("admin", lifetime=timedelta(minutes=1))
    clock.at = START + timedelta(seconds=59)
    assert isinstance(signer.read(token), Actor)
    clock.at = START + timedelta(seconds=60)
    assert signer.read(token) == TokenFault("expired")


def test_a_token_from_the_future_waits_but_a_little_skew_is_forgiven(signer: TokenSigner, clock: SetClock) -> None:
    token = signer.mint("admin")
    clock.at = START - timedelta(seconds=30)
    assert isinstance(signer.read(token), Actor)
    clock.at = START - timedelta(seconds=31)
    assert signer.read(token) == TokenFault("not_yet_valid")


def test_a_stated_beginning_is_respected(signer: TokenSigner) -> None:
    claims = sound_claims()
    assert signer.read(signed(claims | {"nbf": claims["iat"] + 600})) == TokenFault("not_yet_valid")
    assert isinstance(signer.read(signed(claims | {"nbf": claims["iat"]})), Actor)


@pytest.mark.parametrize("missing", REQUIRED)
def test_every_claim_is_needed(signer: TokenSigner, missing: str) -> None:
    claims = sound_claims()
    del claims[missing]
    assert signer.read(signed(claims)) == INVALID


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", "somebody-else"),
        ("aud", "another-api"),
        ("aud", ["another-api"]),
        ("role", "superuser"),
        ("role", ["admin"]),
        ("role", None),
        ("sub", ""),
        ("sub", 5),
        ("sub", "x" * 101),
        ("jti", ""),
        ("exp", "never"),
        ("exp", True),
        ("exp", 1e300),
        ("exp", 10**30),
        ("exp", -1),
        ("iat", "long ago"),
        ("nbf", "soon"),
        ("nbf", None),
        ("community", None),
        ("community", ""),
        ("community", {}),
        ("community", {"slug": "nightowls"}),
        ("community", {"id": 7, "slug": "nightowls"}),
        ("community", {"id": "0", "slug": "nightowls"}),
        ("community", {"id": "07", "slug": "nightowls"}),
        ("community", {"id": str(2**63), "slug": "nightowls"}),
        ("community", {"id": "7", "slug": ""}),
    ],
)
def test_a_claim_with_a_senseless_value_is_refused(signer: TokenSigner, claim: str, value: object) -> None:
    assert signer.read(signed(sound_claims() | {claim: value})) == INVALID


def test_the_algorithm_none_is_refused(signer: TokenSigner) -> None:
    for name in ("none", "None", "NONE", ""):
        assert signer.read(unsigned({"alg": name, "typ": "JWT"}, sound_claims())) == INVALID


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_with_the_right_key_is_refused(signer: TokenSigner, algorithm: str) -> None:
    # These algorithms ask for longer keys, and the library says so.
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        token = signed(sound_claims(), algorithm=algorithm)
    assert signer.read(token) == INVALID


def test_an_asymmetric_signature_is_refused(signer: TokenSigner) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert signer.read(signed(sound_claims(), algorithm="RS256", key=key)) == INVALID


def test_another_key_is_refused(signer: TokenSigner, clock: SetClock) -> None:
    other = TokenSigner(secrets.token_urlsafe(48), clock, CountedIds())
    assert signer.read(other.mint("admin")) == INVALID


def test_the_secret_itself_and_keys_of_other_purposes_sign_nothing(signer: TokenSigner) -> None:
    assert signer.read(signed(sound_claims(), key=SECRET)) == INVALID
    assert signer.read(signed(sound_claims(), key=derived_key(SECRET, "page cursors v1"))) == INVALID


def test_a_short_secret_is_refused(clock: SetClock) -> None:
    with pytest.raises(ValueError, match="REGULARS_SECRET_KEY"):
        TokenSigner("x" * 31, clock, CountedIds())


def test_a_changed_character_anywhere_is_refused(signer: TokenSigner) -> None:
    token = signer.mint("admin", SCOPE)
    for place in range(len(token)):
        changed = "A" if token[place] != "A" else "B"
        tampered = token[:place] + changed + token[place + 1 :]
        # The last character of a part may hold unused bits; the same bytes are the same token.
        if decoded(tampered) != decoded(token):
            assert signer.read(tampered) == INVALID


def decoded(token: str) -> list[bytes]:
    return [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split(".")]


def test_an_oversized_token_is_refused_before_it_is_looked_at(signer: TokenSigner) -> None:
    assert signer.read(signed(sound_claims() | {"note": "x" * 4000})) == INVALID
    assert signer.read("a." * 5_000_000) == INVALID


def test_a_deeply_nested_header_is_refused(signer: TokenSigner) -> None:
    header = base64.urlsafe_b64encode(b"[" * 1500).decode()
    assert signer.read(f"{header}.e30.") == INVALID


@pytest.mark.parametrize("text", ["\ud800", "\ud800.e30.x", "e30.e30.\ud800", "\u00e9.e30.x", "\x00.\x00.\x00"])
def test_text_that_no_header_could_carry_is_refused(signer: TokenSigner, text: str) -> None:
    assert signer.read(text) == INVALID


@given(st.one_of(st.text(), st.from_regex(r"[\w=-]{0,40}(\.[\w=-]{0,40}){0,4}", fullmatch=True)))
def test_garbage_is_refused_and_never_raises(token: str) -> None:
    assert TokenSigner(SECRET, SetClock(), CountedIds()).read(token) == INVALID


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5)


@given(value=JSON, claim=st.sampled_from((*REQUIRED, "nbf", "community")))
def test_a_signed_token_with_any_claim_is_judged_and_never_raises(value: object, claim: str) -> None:
    body = json.dumps(sound_claims() | {claim: value}).encode()
    token = jwt.PyJWS().encode(body, derived_key(SECRET, PURPOSE), algorithm="HS256")
    assert isinstance(TokenSigner(SECRET, SetClock(), CountedIds()).read(token), Actor | TokenFault)


@given(JSON)
def test_a_signed_token_that_is_no_object_is_refused(value: object) -> None:
    token = jwt.PyJWS().encode(json.dumps(value).encode(), derived_key(SECRET, PURPOSE), algorithm="HS256")
    assert TokenSigner(SECRET, SetClock(), CountedIds()).read(token) == INVALID


@pytest.mark.parametrize("code", ["expired", "not_yet_valid", "invalid"])
def test_every_fault_says_what_to_do(code: Any) -> None:
    assert TokenFault(code).message.startswith("The token")
