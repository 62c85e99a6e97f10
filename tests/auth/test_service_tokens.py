"""Which signed requests of services are believed, and whom they make of their sender."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.service_key import ActingUser, ServiceKey, UnfitKey
from server.auth import service_tokens
from server.auth.service_tokens import ROLES_MAX, Signed, handed_out, kid_of, new_pair, read
from server.auth.tokens import TokenFault
from server.store.tokens.service_keys import ServiceKey as Known

START = datetime(2026, 8, 1, 18, tzinfo=UTC)
NOW_S = int(START.timestamp())
PRIVATE, PUBLIC = new_pair()
KID = "kid-of-the-test"
OURS = ServiceKey.parse(handed_out("discord-bot", KID, PRIVATE))


def known(**more: Any) -> Known:
    given: dict[str, Any] = {
        "id": 3,
        "kid": KID,
        "kind": "bot",
        "name": "discord-bot",
        "public_key": PUBLIC,
        "guilds": frozenset(),
        "community_id": None,
        "created_at": START,
        "revoked_at": None,
        "used_at": None,
    }
    return Known(**(given | more))


def claims(**more: Any) -> dict[str, Any]:
    times = {"iat": NOW_S, "exp": NOW_S + 60}
    told = {"iss": "discord-bot", "aud": "regulars-api", "jti": "a-fresh-random-id", **times, **more}
    return {name: value for name, value in told.items() if value is not None}


def signed(told: dict[str, Any], *, algorithm: str = "EdDSA", key: Any = OURS.private) -> str:
    return jwt.encode(told, key, algorithm=algorithm, headers={"kid": KID})


def judged(told: dict[str, Any], **more: Any) -> Signed | TokenFault:
    return read(signed(told), known(**more), START)


def test_a_bot_that_acts_for_nobody_is_known_by_its_name() -> None:
    found = read(OURS.sign(NOW_S), known(guilds=frozenset({"7"})), START)
    assert isinstance(found, Signed)
    actor = found.actor
    assert (actor.kind, actor.subject, actor.token_id, actor.guilds) == ("bot", "discord-bot", "service:3", {"7"})
    assert actor.serves
    assert (actor.holders, actor.guild, actor.interaction) == (frozenset(), None, None)


def test_a_bot_acts_for_a_user_with_the_roles_that_discord_told() -> None:
    acting = ActingUser("42", guild="7", roles=["8", "9"], interaction="1234", permissions=1 << 5)
    found = read(OURS.sign(NOW_S, acting), known(guilds=frozenset({"7"})), START)
    assert isinstance(found, Signed)
    actor = found.actor
    assert actor.holders == {("discord", "42"), ("discord_role", "8"), ("discord_role", "9")}
    assert (actor.subject, actor.token_id) == ("discord:42", "service:3:42")
    assert (actor.guild, actor.interaction, actor.manages_guild, actor.serves) == ("7", "1234", True, False)


@pytest.mark.parametrize(("permissions", "manages"), [("0", 0), ("8", 1), ("32", 1), ("16", 0), (str(1 << 50), 0)])
def test_discords_permissions_tell_who_manages_a_server(permissions: str, manages: int) -> None:
    found = judged(claims(user="42", guild="7", permissions=permissions))
    assert isinstance(found, Signed)
    assert found.actor.manages_guild == bool(manages)


def test_with_every_role_there_may_be_a_token_fits_into_a_header() -> None:
    roles = [f"1{number:018}" for number in range(ROLES_MAX)]
    token = OURS.sign(NOW_S, ActingUser("1" * 19, guild="1" * 19, roles=roles, interaction="1" * 19))
    assert len(f"Authorization: Bearer {token}") < 8190
    assert kid_of(token) == KID
    found = read(token, known(), START)
    assert isinstance(found, Signed)
    assert len(found.actor.holders) == ROLES_MAX + 1


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (claims(exp=NOW_S + 61), "too_long"),
        (claims(exp=NOW_S), "too_long"),
        (claims(iat=NOW_S - 60, exp=NOW_S), "expired"),
        (claims(iat=NOW_S + 31, exp=NOW_S + 60), "not_yet_valid"),
        (claims(iat=float(NOW_S)), "invalid"),
        (claims(exp=2**60), "invalid"),
        (claims(iss="somebody-else"), "invalid"),
        (claims(iss=None), "invalid"),
        (claims(aud="another-api"), "invalid"),
        (claims(aud=None), "invalid"),
        (claims(jti=None), "invalid"),
        (claims(jti="short"), "invalid"),
        (claims(jti="x" * 65), "invalid"),
        (claims(jti="no spaces in an id"), "invalid"),
        (claims(iat=None), "invalid"),
        (claims(exp=None), "invalid"),
        (claims(user="nobody"), "invalid"),
        (claims(user=42), "invalid"),
        (claims(guild="7"), "invalid"),
        (claims(roles=["8"]), "invalid"),
        (claims(user="42", roles=["8"]), "invalid"),
        (claims(user="42", permissions="32"), "invalid"),
        (claims(user="42", guild="7", permissions=32), "invalid"),
        (claims(user="42", guild="7", roles="8"), "invalid"),
        (claims(user="42", guild="7", roles=[8]), "invalid"),
        (claims(user="42", guild="7", roles=["1"] * (ROLES_MAX + 1)), "invalid"),
        (claims(user="42", guild="seven"), "invalid"),
        (claims(interaction="1234"), "invalid"),
        (claims(user="42", interaction=""), "invalid"),
        (claims(user="42", interaction=1234), "invalid"),
        (claims(user="42", interaction="1" * 65), "invalid"),
    ],
)
def test_what_is_not_as_agreed_is_refused(told: dict[str, Any], code: str) -> None:
    assert judged(told) == TokenFault(code)  # type: ignore[arg-type]


@pytest.mark.parametrize("skew_s", [-29, 0, 29])
def test_clocks_may_differ_a_little(skew_s: int) -> None:
    assert isinstance(judged(claims(iat=NOW_S + skew_s, exp=NOW_S + skew_s + 60)), Signed)


def test_another_server_than_those_of_the_key_is_refused() -> None:
    mine = frozenset({"7", "8"})
    assert isinstance(judged(claims(user="42", guild="7"), guilds=mine), Signed)
    assert judged(claims(user="42", guild="9"), guilds=mine) == TokenFault("guild_foreign")
    assert judged(claims(user="42"), guilds=mine) == TokenFault("guild_foreign")
    assert isinstance(judged(claims(user="42")), Signed)


def test_a_revoked_key_says_so_to_whoever_has_it_and_to_nobody_else() -> None:
    assert judged(claims(), revoked_at=START) == TokenFault("revoked")
    stranger = ServiceKey.parse(handed_out("discord-bot", KID, new_pair()[0]))
    assert read(stranger.sign(NOW_S), known(revoked_at=START), START) == TokenFault("invalid")


def test_no_other_algorithm_is_taken() -> None:
    for algorithm, key in (("HS256", PUBLIC), ("none", None)):
        assert read(signed(claims(), algorithm=algorithm, key=key), known(), START) == TokenFault("invalid")
        assert kid_of(signed(claims(), algorithm=algorithm, key=key)) is None


def test_an_exporter_acts_for_nobody() -> None:
    found = judged(claims(), kind="exporter", community_id=5)
    assert isinstance(found, Signed)
    assert (found.actor.kind, found.actor.community_id, found.actor.serves) == ("exporter", 5, False)
    assert judged(claims(user="42"), kind="exporter") == TokenFault("invalid")


def test_two_requests_are_two_and_one_is_one() -> None:
    tokens = [OURS.sign(NOW_S), OURS.sign(NOW_S)]
    spends = [found.spends for token in tokens * 2 if isinstance(found := read(token, known(), START), Signed)]
    assert len(spends) == 4
    assert len(set(spends)) == 2
    assert isinstance(other := read(tokens[0], known(id=4), START), Signed)
    assert other.spends not in spends


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda raw: raw.decode("latin-1")))
def test_no_text_breaks_the_reader(text: str) -> None:
    assert kid_of(text) is None or isinstance(kid_of(text), str)
    assert read(text, known(), START) == TokenFault("invalid")


@given(st.dictionaries(st.sampled_from(["user", "guild", "roles", "interaction", "permissions", "jti", "iat"]), values))
def test_no_claims_break_the_reader(told: dict[str, Any]) -> None:
    try:
        token = signed(claims() | told)
    except (TypeError, ValueError):
        return
    assert isinstance(read(token, known(), START), Signed | TokenFault)


@pytest.mark.parametrize(
    "text",
    ["", "rgs_", "rgs_a.b", "rgs_a.b.c", f"discord-bot.{KID}.{PRIVATE}"],
    ids=["nothing", "a beginning", "two parts", "no key in it", "no beginning"],
)
def test_a_text_that_is_no_key_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(UnfitKey) as told:
        ServiceKey.parse(text)
    assert PRIVATE not in str(told.value)


def test_a_key_does_not_show_itself() -> None:
    assert PRIVATE not in repr(OURS)
    assert OURS.private.private_bytes_raw().hex() not in repr(OURS)
    assert OURS.sign(NOW_S, ActingUser("42")).partition(".")[0]
    assert timedelta(minutes=1).total_seconds() == service_tokens.LIFETIME_MAX_S
