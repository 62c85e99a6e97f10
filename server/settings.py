"""Every setting with its default and its meaning, read from the environment and from an .env file."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource, NoDecode, SettingsConfigDict

PREFIX = "REGULARS_"
ENV_FILE = Path(".env")
SECRET_KEY_LENGTH_MIN = 32
SECRET_KEY_DISTINCT_MIN = 8
GUESSABLE = (
    "changeme",
    "change-me",
    "change_me",
    "secret",
    "password",
    "default",
    "example",
    "placeholder",
    "insecure",
)
HOW_TO_MAKE_ONE = 'Make one with: python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
# Platforms hand these over under plain names; ours win when both are there.
PLATFORM_NAMES = {"database_url": "DATABASE_URL", "port": "PORT"}
# The test suite and its runner read these; a server started by a test inherits them.
TEST_NAMES = ("REGULARS_TEST_", "REGULARS_REQUIRE_ALL")

Value = TypeVar("Value")


class InvalidSettingsError(Exception):
    """The settings cannot be used; `problems` holds one sentence per thing to mend and never a value."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(("The settings need attention:", *(f"  - {problem}" for problem in problems))))


@dataclass(frozen=True, slots=True)
class SettingDescription:
    """One setting as the documentation shows it; an empty default means that it is not set."""

    name: str
    default: str
    meaning: str


def _sound(value: Value, *, good: bool) -> Value:
    if not good:
        raise ValueError
    return value


def _origin(url: str) -> str:
    parts = urlsplit(url.removesuffix("/"))
    bare = parts.hostname and parts.port != 0 and "@" not in parts.netloc
    return _sound(
        f"{parts.scheme}://{parts.netloc}", good=parts.scheme in {"http", "https"} and bool(bare) and not any(parts[2:])
    )


@dataclass(frozen=True, slots=True)
class Setting:
    """What a field means, and what its value must be, in words that complete "must be"."""

    meaning: str
    expects: str


DAYS = "a whole number of days from 1 to 3650"


class Settings(BaseSettings):
    """All settings of one process; the name in the environment is REGULARS_ and the field in capitals."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=False,
    )

    database_url: Annotated[
        str,
        Field(repr=False),
        Setting(
            "Where the data lives; DATABASE_URL is used when this is not set.",
            "sqlite://PATH_OF_A_FILE or postgres://USER:PASSWORD@HOST:5432/NAME (special characters percent-encoded)",
        ),
    ] = "sqlite://data/regulars.sqlite3"
    host: Annotated[
        str,
        Setting(
            "Address to listen on; 0.0.0.0 when the port comes from a platform's PORT and this is not set.",
            "an address of this machine",
        ),
    ] = "127.0.0.1"
    port: Annotated[
        int,
        Field(ge=1, le=65535),
        Setting("TCP port to listen on; PORT is used when this is not set.", "a whole number from 1 to 65535"),
    ] = 8080
    secret_key: Annotated[
        SecretStr,
        Setting(
            "The secret from which every signing key is derived; changing it ends all tokens. "
            "Needed to serve and to make tokens.",
            f"at least {SECRET_KEY_LENGTH_MIN} characters that nobody can guess",
        ),
    ] = SecretStr("")
    public_url: Annotated[
        str | None,
        Setting(
            "The address under which browsers and Kick reach this server. Not used yet: it is kept for sign-in.",
            "an address such as https://regulars.example.org without a path",
        ),
    ] = None
    allowed_origins: Annotated[
        tuple[str, ...],
        NoDecode,
        Setting(
            "Other web origins whose pages may open a websocket to the API, separated by commas. "
            "Browsers let only pages of the server's own origin send it plain requests.",
            "origins such as https://dashboard.example.org separated by commas",
        ),
    ] = ()
    strangers_free_form: Annotated[
        bool,
        Setting(
            "Whether callers without a token may send GraphQL documents of their own, for the development of clients; "
            "otherwise they may send registered ones only (see `regulars documents`).",
            "true or false",
        ),
    ] = False
    redis_url: Annotated[
        str | None,
        Field(repr=False),
        Setting(
            "Redis that carries wake-ups between several processes; may be wiped at any time without loss.",
            "redis://HOST:6379/0 or rediss://USER:PASSWORD@HOST:6379/0",
        ),
    ] = None
    postgres_connections_max: Annotated[
        int,
        Field(ge=2, le=200),
        Setting("Connections to PostgreSQL held by one process.", "a whole number from 2 to 200"),
    ] = 10
    kick_client_id: Annotated[
        str | None,
        Setting(
            "Client id of your Kick app. Not used yet: it is kept for sign-in and Kick's API.",
            "the client id that Kick shows for your app",
        ),
    ] = None
    kick_client_secret: Annotated[
        SecretStr | None,
        Setting(
            "Client secret of your Kick app. Not used yet: it is kept for sign-in and Kick's API.",
            "the client secret that Kick shows for your app",
        ),
    ] = None
    kick_public_key_file: Annotated[
        Path | None,
        Setting(
            "PEM file with the key that signs deliveries; Kick's published key when not set.",
            "the path of a PEM file that exists",
        ),
    ] = None
    webhook_body_max_bytes: Annotated[
        int,
        Field(ge=4096, le=1048576),
        Setting(
            "Largest body of a delivery, in bytes; larger ones are refused.",
            "a whole number of bytes from 4096 to 1048576",
        ),
    ] = 65536
    webhook_body_timeout_s: Annotated[
        float,
        Field(ge=0.1, le=60),
        Setting("Seconds that a sender may take to send a body.", "a number of seconds from 0.1 to 60"),
    ] = 5.0
    spool_directory: Annotated[
        Path | None,
        Setting(
            "Directory on a persistent disk where accepted deliveries wait while the database is down; "
            "without it they are refused with 503 and sent again.",
            "the path of a directory",
        ),
    ] = None
    sqlite_batch_ms: Annotated[
        int,
        Field(ge=1, le=1000),
        Setting(
            "Milliseconds after which the worker ends a batch on SQLite.",
            "a whole number of milliseconds from 1 to 1000",
        ),
    ] = 25
    postgres_batch_ms: Annotated[
        int,
        Field(ge=1, le=5000),
        Setting(
            "Milliseconds after which the worker ends a batch on PostgreSQL.",
            "a whole number of milliseconds from 1 to 5000",
        ),
    ] = 200
    raw_retention_days: Annotated[
        int, Field(ge=1, le=3650), Setting("Days that the raw bodies of deliveries are kept.", DAYS)
    ] = 14
    feed_retention_days: Annotated[
        int, Field(ge=1, le=3650), Setting("Days that the events of the feed are kept.", DAYS)
    ] = 7
    idempotency_retention_days: Annotated[
        int,
        Field(ge=1, le=3650),
        Setting("Days that a mutation's first result is kept for repeats with the same idempotency key.", DAYS),
    ] = 7
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Setting("Least important lines that are written.", "debug, info, warning or error"),
    ] = "info"
    log_format: Annotated[
        Literal["json", "console"],
        Setting("How log lines look: json for machines, console for people.", "json or console"),
    ] = "json"

    @field_validator("database_url")
    @classmethod
    def _one_of_two_engines(cls, url: str) -> str:
        scheme, _, rest = url.partition("://")
        if scheme == "sqlite":
            return _sound(url, good=rest not in {"", ":memory:"})
        parts = urlsplit(url)
        # Reading the port refuses one that is not a number.
        reachable = bool(parts.netloc or parts.query) and parts.port != 0
        return _sound(f"postgres://{rest}", good=scheme in {"postgres", "postgresql"} and reachable)

    @field_validator("redis_url")
    @classmethod
    def _a_redis(cls, url: str) -> str:
        parts = urlsplit(url)
        return _sound(url, good=parts.scheme in {"redis", "rediss"} and bool(parts.hostname) and parts.port != 0)

    @field_validator("public_url")
    @classmethod
    def _an_origin(cls, url: str) -> str:
        return _origin(url)

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _origins(cls, origins: str | tuple[str, ...]) -> tuple[str, ...]:
        several = origins.split(",") if isinstance(origins, str) else origins
        return tuple(_origin(origin.strip()) for origin in several if origin.strip())

    @field_validator("secret_key")
    @classmethod
    def _not_guessable(cls, key: SecretStr) -> SecretStr:
        text = key.get_secret_value()
        repeated = text in (text + text)[1:-1]
        guessable = repeated or any(word in text.lower() for word in GUESSABLE)
        varied = len(set(text)) >= SECRET_KEY_DISTINCT_MIN
        return _sound(key, good=len(text) >= SECRET_KEY_LENGTH_MIN and varied and not guessable)

    @field_validator("kick_public_key_file")
    @classmethod
    def _a_file(cls, path: Path) -> Path:
        return _sound(path, good=path.is_file())

    def secret_values(self) -> tuple[str, ...]:
        """Return every secret text in these settings, for the log lines to leave out."""
        sealed = (self.secret_key, self.kick_client_secret)
        urls = (self.database_url, self.redis_url)
        passwords = (urlsplit(url).password for url in urls if url is not None)
        spellings = (text for password in passwords if password for text in (password, unquote(password)))
        return tuple(filter(None, (*(key.get_secret_value() for key in sealed if key is not None), *spellings)))


def load_settings(*, env_file: Path | None = ENV_FILE, secret_key_required: bool = True) -> Settings:
    """Return the settings of this process, or raise InvalidSettingsError with everything that is wrong at once.

    A variable of the environment wins over the same one in `env_file`, and REGULARS_* over a platform's plain name.
    `secret_key_required` is false for commands that sign nothing.
    """
    given = _given(env_file)
    names = {field: _name(field) for field in Settings.model_fields}
    names |= {field: name for field, name in PLATFORM_NAMES.items() if _name(field) not in given and name in given}
    values: dict[str, Any] = {field: given[name] for field, name in names.items() if name in given}
    if names["port"] == PLATFORM_NAMES["port"]:
        values.setdefault("host", "0.0.0.0")  # noqa: S104 - a platform that injects the port is outside the container
    problems = [*_typing_errors(given), *_missing(given, secret_key_required=secret_key_required)]
    try:
        settings = Settings(**values)
    except ValidationError as error:
        wrong = dict.fromkeys(str(detail["loc"][0]) for detail in error.errors())
        raise InvalidSettingsError((*problems, *(_sentence(field, names[field]) for field in wrong))) from None
    if problems:
        raise InvalidSettingsError(tuple(problems))
    return settings


def describe() -> tuple[SettingDescription, ...]:
    """Return every setting in the order of the documentation."""
    return tuple(
        SettingDescription(_name(field), _default(field), _setting(field).meaning) for field in Settings.model_fields
    )


def _given(env_file: Path | None) -> Mapping[str, str]:
    sources = (DotEnvSettingsSource(Settings, env_file=env_file), EnvSettingsSource(Settings))
    return {name.upper(): value for source in sources for name, value in source.env_vars.items() if value}


def _name(field: str) -> str:
    return PREFIX + field.upper()


def _default(field: str) -> str:
    default = Settings.model_fields[field].default
    if isinstance(default, SecretStr) or default in (None, ()):
        return ""
    return str(default)


def _setting(field: str) -> Setting:
    return next(entry for entry in Settings.model_fields[field].metadata if isinstance(entry, Setting))


def _sentence(field: str, name: str) -> str:
    if field == "secret_key":
        return f"{name} must be {_setting(field).expects}, and no example, word or repeated pattern. {HOW_TO_MAKE_ONE}"
    default = _default(field)
    return f"{name} must be {_setting(field).expects}. Correct it, or remove it" + (
        f" to use {default}." if default else "."
    )


def _typing_errors(given: Mapping[str, str]) -> Iterator[str]:
    known = [_name(field) for field in Settings.model_fields]
    for name in sorted(given):
        if name.startswith(PREFIX) and name not in known and not name.startswith(TEST_NAMES):
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0)[0]
            yield f"{name} is not a setting. Did you mean {nearest}? Rename it or remove it."


def _missing(given: Mapping[str, str], *, secret_key_required: bool) -> Iterator[str]:
    if secret_key_required and _name("secret_key") not in given:
        yield f"{_name('secret_key')} is not set. {HOW_TO_MAKE_ONE}"
    pair = (_name("kick_client_id"), _name("kick_client_secret"))
    present = [name for name in pair if name in given]
    if len(present) == 1:
        absent = next(name for name in pair if name not in given)
        yield f"{absent} is not set although {present[0]} is. Set both, or neither to run without Kick's API."
