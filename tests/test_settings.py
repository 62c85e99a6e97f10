"""What the environment may say, and how wrong settings are answered."""

import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from server.environment import ENV_FILE, InvalidSettingsError, describe, load_settings
from server.settings import Settings

Environment = pytest.MonkeyPatch
EVERYWHERE = "0.0.0.0"  # noqa: S104 - compared with, never bound


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting is left from the machine that runs the tests, nor from a file in its working directory."""
    for description in describe():
        monkeypatch.delenv(description.name, raising=False)
    for name in ("DATABASE_URL", "PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> str:
    key = secrets.token_urlsafe(48)
    monkeypatch.setenv("REGULARS_SECRET_KEY", key)
    return key


def problems(*, secret_key_required: bool = True) -> tuple[str, ...]:
    with pytest.raises(InvalidSettingsError) as caught:
        load_settings(secret_key_required=secret_key_required)
    return caught.value.problems


def test_a_secret_key_is_all_that_is_needed(secret: str) -> None:
    settings = load_settings()
    assert settings.secret_key.get_secret_value() == secret
    assert settings.database_url == "sqlite://data/regulars.sqlite3"
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert (settings.raw_retention_days, settings.feed_retention_days, settings.idempotency_retention_days) == (
        14,
        7,
        7,
    )
    assert settings.audit_retention_days == 365
    assert (settings.webhook_body_max_bytes, settings.webhook_body_timeout_s) == (64 * 1024, 5.0)
    assert (settings.sqlite_batch_ms, settings.postgres_batch_ms) == (25, 200)
    assert settings.spool_directory is settings.redis_url is settings.kick_public_key_file is None


def test_a_command_that_signs_nothing_needs_nothing() -> None:
    assert load_settings(secret_key_required=False).secret_key.get_secret_value() == ""


def test_a_missing_secret_key_is_named_with_the_way_to_make_one() -> None:
    (problem,) = problems()
    assert problem.startswith("REGULARS_SECRET_KEY is not set.")
    assert "secrets.token_urlsafe" in problem


@pytest.mark.parametrize(
    "key",
    [
        "short",
        "a" * 64,
        "ab" * 32,
        "abcdabdcacbdacdbadbcadcbbacdbadcbcad",
        "0123456789abcdef" * 2,
        "please-changeme-please-0123456789-xyz",
        "this-is-the-SECRET-of-my-own-server-1",
    ],
)
def test_a_guessable_secret_key_is_refused_and_not_shown(monkeypatch: Environment, key: str) -> None:
    monkeypatch.setenv("REGULARS_SECRET_KEY", key)
    (problem,) = problems()
    assert problem.startswith("REGULARS_SECRET_KEY must be at least 32 characters")
    assert key not in problem


@pytest.mark.parametrize(
    "make", [lambda: secrets.token_urlsafe(48), lambda: secrets.token_hex(32)], ids=["base64", "hex"]
)
def test_real_chance_is_accepted_always(make: Callable[[], str]) -> None:
    for _ in range(200):
        key = make()
        assert Settings(secret_key=key).secret_key.get_secret_value() == key


@pytest.mark.usefixtures("secret")
def test_proxies_are_networks_and_single_addresses(monkeypatch: Environment) -> None:
    assert load_settings().trusted_proxies == ()
    monkeypatch.setenv("REGULARS_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8,::1,")
    assert [str(one) for one in load_settings().trusted_proxies] == ["127.0.0.1/32", "10.0.0.0/8", "::1/128"]


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize("listed", ["proxy", "10.0.0.1/8", "10.0.0.0/33", "0.0.0.0/0", "::/0", "10.0.0.0/8 ::1"])
def test_proxies_that_are_no_networks_or_everybody_are_refused(monkeypatch: Environment, listed: str) -> None:
    monkeypatch.setenv("REGULARS_TRUSTED_PROXIES", listed)
    assert [problem.split()[0] for problem in problems()] == ["REGULARS_TRUSTED_PROXIES"]


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize("factor", ["0", "0.09", "100.1", "-1", "nan", "inf", "wide"])
def test_a_factor_that_would_end_limits_or_everything_is_refused(monkeypatch: Environment, factor: str) -> None:
    monkeypatch.setenv("REGULARS_RATE_LIMIT_FACTOR", factor)
    assert [problem.split()[0] for problem in problems()] == ["REGULARS_RATE_LIMIT_FACTOR"]


def test_everything_wrong_is_said_at_once(monkeypatch: Environment) -> None:
    monkeypatch.setenv("REGULARS_PORT", "eighty")
    monkeypatch.setenv("REGULARS_DATABASE_URL", "mysql://root:swordfish@db/x")
    monkeypatch.setenv("REGULARS_REDIS_URL", "localhost")
    monkeypatch.setenv("REGULARS_LOG_FORMAT", "yaml")
    monkeypatch.setenv("REGULARS_KICK_PUBLIC_KEY_FILE", "nowhere.pem")
    monkeypatch.setenv("REGULARS_KICK_CLIENT_SECRET", "swordfish")
    monkeypatch.setenv("REGULARS_PUBLIC_URL", "ftp://files")
    monkeypatch.setenv("REGULARS_ALLOWED_ORIGINS", "https://a.example, nonsense")
    monkeypatch.setenv("REGULARS_RAW_RETENTION_DAYS", "0")
    monkeypatch.setenv("REGULARS_DATABSE_URL", "swordfish")
    found = problems()
    assert sorted(problem.split()[0] for problem in found) == [
        "REGULARS_ALLOWED_ORIGINS",
        "REGULARS_DATABASE_URL",
        "REGULARS_DATABSE_URL",
        "REGULARS_KICK_CLIENT_ID",
        "REGULARS_KICK_PUBLIC_KEY_FILE",
        "REGULARS_LOG_FORMAT",
        "REGULARS_PORT",
        "REGULARS_PUBLIC_URL",
        "REGULARS_RAW_RETENTION_DAYS",
        "REGULARS_REDIS_URL",
        "REGULARS_SECRET_KEY",
    ]
    assert "REGULARS_PORT must be a whole number from 1 to 65535. Correct it, or remove it to use 8080." in found


def test_no_value_is_ever_shown(monkeypatch: Environment) -> None:
    monkeypatch.setenv("REGULARS_DATABASE_URL", "postgres://u:swordfish@host:notaport/x")
    monkeypatch.setenv("REGULARS_REDIS_URL", "swordfish")
    monkeypatch.setenv("REGULARS_SECRET_KEY", "swordfish")
    with pytest.raises(InvalidSettingsError) as caught:
        load_settings()
    assert "swordfish" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.usefixtures("secret")
def test_a_mistyped_name_is_answered_with_the_nearest(monkeypatch: Environment) -> None:
    monkeypatch.setenv("REGULARS_KICK_CLIENTID", "x")
    assert problems() == (
        "REGULARS_KICK_CLIENTID is not a setting. Did you mean REGULARS_KICK_CLIENT_ID? Rename it or remove it.",
    )


def test_the_names_of_the_test_suite_are_no_mistakes(monkeypatch: Environment, secret: str) -> None:
    monkeypatch.setenv("REGULARS_TEST_DATABASE_URL", "x")
    monkeypatch.setenv("REGULARS_REQUIRE_ALL", "1")
    assert load_settings().secret_key.get_secret_value() == secret


def test_one_half_of_the_kick_app_is_refused(monkeypatch: Environment, secret: str) -> None:
    monkeypatch.setenv("REGULARS_KICK_CLIENT_ID", "01HZ")
    (problem,) = problems()
    assert problem.startswith("REGULARS_KICK_CLIENT_SECRET is not set although REGULARS_KICK_CLIENT_ID is.")
    monkeypatch.setenv("REGULARS_KICK_CLIENT_SECRET", secret)
    assert load_settings().kick_client_id == "01HZ"


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_both_spellings_of_postgres_are_one(monkeypatch: Environment, scheme: str) -> None:
    monkeypatch.setenv("REGULARS_DATABASE_URL", f"{scheme}://u:p%40ss@db:5432/regulars?sslmode=require")
    assert load_settings().database_url == "postgres://u:p%40ss@db:5432/regulars?sslmode=require"


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize("url", ["sqlite://", "sqlite://:memory:", "regulars.sqlite3", "postgres://"])
def test_an_unfit_database_url_is_refused(monkeypatch: Environment, url: str) -> None:
    monkeypatch.setenv("REGULARS_DATABASE_URL", url)
    assert [problem.split()[0] for problem in problems()] == ["REGULARS_DATABASE_URL"]


@pytest.mark.usefixtures("secret")
def test_a_platform_injects_port_and_database(monkeypatch: Environment) -> None:
    monkeypatch.setenv("PORT", "3000")
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@db/x")
    settings = load_settings()
    assert (settings.host, settings.port) == (EVERYWHERE, 3000)
    assert settings.database_url == "postgres://u@db/x"


@pytest.mark.usefixtures("secret")
def test_our_names_win_over_the_platforms_even_from_the_file(monkeypatch: Environment) -> None:
    monkeypatch.setenv("PORT", "3000")
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@db/x")
    ENV_FILE.write_text("REGULARS_PORT=4000\nREGULARS_DATABASE_URL=sqlite://mine.sqlite3\n")
    settings = load_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 4000)
    assert settings.database_url == "sqlite://mine.sqlite3"


@pytest.mark.usefixtures("secret")
def test_a_stated_host_wins_beside_an_injected_port(monkeypatch: Environment) -> None:
    monkeypatch.setenv("PORT", "3000")
    monkeypatch.setenv("REGULARS_HOST", "127.0.0.1")
    assert load_settings().host == "127.0.0.1"


@pytest.mark.usefixtures("secret")
def test_a_wrong_value_from_the_platform_is_named_as_the_platform_names_it(monkeypatch: Environment) -> None:
    monkeypatch.setenv("PORT", "http")
    assert [problem.split()[0] for problem in problems()] == ["PORT"]


@pytest.mark.usefixtures("secret")
def test_the_environment_wins_over_the_file_and_empty_means_unset(monkeypatch: Environment) -> None:
    ENV_FILE.write_text("REGULARS_PORT=4000\nREGULARS_HOST=0.0.0.0\nOTHER=x\n")
    monkeypatch.setenv("REGULARS_PORT", "5000")
    monkeypatch.setenv("REGULARS_HOST", "")
    monkeypatch.setenv("REGULARS_REDIS_URL", "")
    settings = load_settings()
    assert (settings.host, settings.port, settings.redis_url) == (EVERYWHERE, 5000, None)
    assert load_settings(env_file=None).host == "127.0.0.1"


@pytest.mark.usefixtures("secret")
def test_a_mistyped_name_in_the_file_is_found() -> None:
    ENV_FILE.write_text("REGULARS_HOSTS=x\n")
    assert [problem.split()[0] for problem in problems()] == ["REGULARS_HOSTS"]


@pytest.mark.usefixtures("secret")
def test_origins_are_separated_by_commas(monkeypatch: Environment) -> None:
    monkeypatch.setenv("REGULARS_ALLOWED_ORIGINS", "https://a.example/, http://127.0.0.1:5173")
    monkeypatch.setenv("REGULARS_PUBLIC_URL", "https://regulars.example/")
    settings = load_settings()
    assert settings.allowed_origins == ("https://a.example", "http://127.0.0.1:5173")
    assert settings.public_url == "https://regulars.example"


@pytest.mark.usefixtures("secret")
def test_kick_is_asked_at_its_own_addresses_unless_a_simulator_is_named(monkeypatch: Environment) -> None:
    settings = load_settings()
    assert (settings.kick_api_url, settings.kick_auth_url) == ("https://api.kick.com", "https://id.kick.com")
    monkeypatch.setenv("REGULARS_KICK_API_URL", "http://127.0.0.1:8090/")
    monkeypatch.setenv("REGULARS_KICK_AUTH_URL", "http://[::1]:8090")
    settings = load_settings()
    assert (settings.kick_api_url, settings.kick_auth_url) == ("http://127.0.0.1:8090", "http://[::1]:8090")


@pytest.mark.usefixtures("secret")
def test_relays_of_the_beacon_are_few_and_secure(monkeypatch: Environment) -> None:
    assert load_settings().drand_relays == ()
    monkeypatch.setenv("REGULARS_DRAND_RELAYS", "https://relay.example/, http://127.0.0.1:8090")
    assert load_settings().drand_relays == ("https://relay.example", "http://127.0.0.1:8090")
    for unfit in ("http://relay.example", "relay.example", ",".join(["https://relay.example"] * 11)):
        monkeypatch.setenv("REGULARS_DRAND_RELAYS", unfit)
        with pytest.raises(InvalidSettingsError, match="REGULARS_DRAND_RELAYS must be up to 10 addresses"):
            load_settings()


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize("name", ["REGULARS_KICK_API_URL", "REGULARS_KICK_AUTH_URL"])
@pytest.mark.parametrize(
    "url",
    [
        "http://api.kick.com",
        "http://127.0.0.1.example.org",
        "http://localhost.example.org",
        "https://id.kick.com/oauth",
        "https://user:pass@id.kick.com",
        "https://id.kick.com?next=elsewhere",
        "ftp://127.0.0.1",
        "id.kick.com",
    ],
)
def test_an_address_that_would_carry_secrets_in_the_open_is_refused(
    monkeypatch: Environment, name: str, url: str
) -> None:
    monkeypatch.setenv(name, url)
    (problem,) = problems()
    assert problem.startswith(f"{name} must be an address with https and without a path")


@pytest.mark.usefixtures("secret")
def test_everything_wrong_with_the_master_keys_is_told_at_once_and_no_key(monkeypatch: Environment) -> None:
    monkeypatch.setenv("REGULARS_MASTER_KEYS", "swordfish,a:swordfish,b:c3dvcmRmaXNo")
    found = problems()
    assert [problem.split(" cannot be used: ")[0] for problem in found] == ["REGULARS_MASTER_KEYS"] * 3
    assert [problem.split()[5] for problem in found] == ["1", "2", "3"]
    assert all("secrets.token_urlsafe(32)" in problem for problem in found)
    assert not any("swordfish" in problem or "c3dv" in problem for problem in found)


@pytest.mark.usefixtures("secret")
def test_master_keys_come_as_text_or_in_a_file_but_not_both(monkeypatch: Environment, tmp_path: Path) -> None:
    key = "a:" + secrets.token_urlsafe(32)
    file = tmp_path / "keys"
    monkeypatch.setenv("REGULARS_MASTER_KEYS_FILE", str(file))
    assert [problem.split()[0] for problem in problems()] == ["REGULARS_MASTER_KEYS_FILE"]
    file.write_text(key)
    assert key.removeprefix("a:") in load_settings().secret_values()
    monkeypatch.setenv("REGULARS_MASTER_KEYS", key)
    assert problems() == ("REGULARS_MASTER_KEYS and REGULARS_MASTER_KEYS_FILE are both set. Set one of them.",)


def test_settings_show_no_secret_and_list_them_for_the_log(monkeypatch: Environment, secret: str) -> None:
    monkeypatch.setenv("REGULARS_DATABASE_URL", "postgres://u:sword%20fish@db/x")
    monkeypatch.setenv("REGULARS_REDIS_URL", "redis://:trout-and-pike@cache:6379/0")
    monkeypatch.setenv("REGULARS_KICK_CLIENT_ID", "01HZ")
    monkeypatch.setenv("REGULARS_KICK_CLIENT_SECRET", "salmon-and-eel")
    master = secrets.token_urlsafe(32)
    monkeypatch.setenv("REGULARS_MASTER_KEYS", f"a:{master}")
    settings = load_settings()
    planted = {secret, master, "sword%20fish", "sword fish", "trout-and-pike", "salmon-and-eel"}
    assert planted <= set(settings.secret_values())
    assert not any(value in f"{settings!r} {settings}" for value in planted)


def test_every_setting_is_described_for_the_documentation() -> None:
    descriptions = describe()
    assert [description.name for description in descriptions] == [
        f"REGULARS_{field.upper()}" for field in Settings.model_fields
    ]
    assert all(description.meaning.endswith(".") for description in descriptions)
    port = next(description for description in descriptions if description.name == "REGULARS_PORT")
    assert port.default == "8080"
    assert {d.default for d in descriptions if "SECRET" in d.name} == {""}


def test_a_setting_says_that_it_is_not_used_exactly_while_nothing_reads_it() -> None:
    folder = Path(__file__).parents[1] / "server"
    code = "".join(path.read_text() for path in folder.rglob("*.py") if path.name != "settings.py")
    unread = {field for field in Settings.model_fields if f"settings.{field}" not in code}
    said = {described.name for described in describe() if "Not used yet" in described.meaning}
    assert said == {f"REGULARS_{field.upper()}" for field in unread}
