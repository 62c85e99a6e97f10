"""Settings of the server itself: where it listens and keeps its data, its secrets, and whom it lets in."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode

from server.auth.addresses import Network, networks
from server.domain.limits import FACTOR_MAX, FACTOR_MIN
from server.soundness import (
    GUESSABLE,
    SECRET_KEY_DISTINCT_MIN,
    SECRET_KEY_LENGTH_MIN,
    Setting,
    origin_of,
    origins_of,
    sound,
)


class Serving(BaseSettings):
    """Settings of the server itself."""

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
    master_keys: Annotated[
        SecretStr,
        Setting(
            "Keys under which the tokens of connected channels and bots are stored, as ID:KEY separated by commas: the "
            "first one seals, all of them open. Derived from the secret key when not set; see operations.md.",
            "a list of ID:KEY separated by commas",
        ),
    ] = SecretStr("")
    master_keys_file: Annotated[
        Path | None,
        Setting(
            "File that holds such a list, one key per line, instead of the list itself.",
            "the path of a file that exists",
        ),
    ] = None
    public_url: Annotated[
        str | None,
        Setting(
            "The address under which browsers and Kick reach this server; http://HOST:PORT when not set.",
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
    open_sign_up: Annotated[
        bool,
        Setting(
            "Whether everybody who signs in may make communities, five at most; otherwise it takes a code.",
            "true or false",
        ),
    ] = False
    rate_limit_factor: Annotated[
        float,
        Field(ge=FACTOR_MIN, le=FACTOR_MAX),
        Setting(
            "How much wider every rate limit is than the table in graphql.md; below 1 they are narrower.",
            "a number from 0.1 to 100",
        ),
    ] = 1.0
    trusted_proxies: Annotated[
        tuple[Network, ...],
        NoDecode,
        Setting(
            "Networks of the reverse proxies in front, separated by commas. Only these are believed when they name a "
            "sender in X-Forwarded-For; rate limits count by him.",
            "networks such as 127.0.0.1, 10.0.0.0/8 separated by commas, and not the whole internet",
        ),
    ] = ()
    redis_url: Annotated[
        str | None,
        Field(repr=False),
        Setting(
            "Redis that carries wake-ups and rate limits between several processes; may be wiped at any time without "
            "loss.",
            "redis://HOST:6379/0 or rediss://USER:PASSWORD@HOST:6379/0",
        ),
    ] = None
    postgres_connections_max: Annotated[
        int,
        Field(ge=2, le=200),
        Setting("Connections to PostgreSQL held by one process.", "a whole number from 2 to 200"),
    ] = 10

    @field_validator("database_url")
    @classmethod
    def _one_of_two_engines(cls, url: str) -> str:
        scheme, _, rest = url.partition("://")
        if scheme == "sqlite":
            return sound(url, good=rest not in {"", ":memory:"})
        parts = urlsplit(url)
        # Reading the port refuses one that is not a number.
        reachable = bool(parts.netloc or parts.query) and parts.port != 0
        return sound(f"postgres://{rest}", good=scheme in {"postgres", "postgresql"} and reachable)

    @field_validator("redis_url")
    @classmethod
    def _a_redis(cls, url: str) -> str:
        parts = urlsplit(url)
        return sound(url, good=parts.scheme in {"redis", "rediss"} and bool(parts.hostname) and parts.port != 0)

    @field_validator("public_url")
    @classmethod
    def _an_origin(cls, url: str) -> str:
        return origin_of(url)

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _origins(cls, origins: str | tuple[str, ...]) -> tuple[str, ...]:
        return origins_of(origins)

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, listed: str | tuple[Network, ...]) -> tuple[Network, ...]:
        several = networks(listed) if isinstance(listed, str) else listed
        return sound(several, good=all(one.prefixlen > 0 for one in several))

    @field_validator("secret_key")
    @classmethod
    def _not_guessable(cls, key: SecretStr) -> SecretStr:
        text = key.get_secret_value()
        repeated = text in (text + text)[1:-1]
        guessable = repeated or any(word in text.lower() for word in GUESSABLE)
        varied = len(set(text)) >= SECRET_KEY_DISTINCT_MIN
        return sound(key, good=len(text) >= SECRET_KEY_LENGTH_MIN and varied and not guessable)
