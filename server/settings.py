"""Every setting with its default and its meaning, read from the environment and from an .env file."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from server.auth.addresses import Network, networks
from server.auth.keys import key_list, spellings
from server.domain.limits import FACTOR_MAX, FACTOR_MIN
from server.soundness import (
    DAYS,
    GUESSABLE,
    LOOPBACK,
    SECRET_KEY_DISTINCT_MIN,
    SECRET_KEY_LENGTH_MIN,
    SECURE_ORIGIN,
    Setting,
    origin_of,
    sound,
)

PREFIX = "REGULARS_"
RELAYS_MAX = 10


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
    kick_client_id: Annotated[
        str | None,
        Setting(
            "Client id of your Kick app, for sign-in and Kick's API.",
            "the client id that Kick shows for your app",
        ),
    ] = None
    kick_client_secret: Annotated[
        SecretStr | None,
        Setting("Client secret of your Kick app.", "the client secret that Kick shows for your app"),
    ] = None
    kick_api_url: Annotated[
        str,
        Setting("Where Kick's API answers; tests and the demo name a simulator here.", SECURE_ORIGIN),
    ] = "https://api.kick.com"
    kick_auth_url: Annotated[
        str,
        Setting("Where people sign in with Kick; tests and the demo name a simulator here.", SECURE_ORIGIN),
    ] = "https://id.kick.com"
    kick_sockets: Annotated[
        Literal["auto", "pusher", "off"],
        Setting(
            "Whether Kick's websockets are listened to: auto by the transport that Kick names, pusher by the older one "
            "without asking, off not at all.",
            "auto, pusher or off",
        ),
    ] = "auto"
    kick_web_url: Annotated[
        str,
        Setting(
            "Where Kick says which transport its chat uses; tests and the demo name a simulator here.", SECURE_ORIGIN
        ),
    ] = "https://web.kick.com"
    kick_pusher_url: Annotated[
        str,
        Setting(
            "Kick's app at Pusher, the older transport; tests and the demo name a simulator here.",
            "an address with wss and without a query (ws only on this machine)",
        ),
    ] = "wss://ws-us2.pusher.com/app/32cbd69e4b950bf97679"
    shuffle_url: Annotated[
        str, Setting("Where Shuffle tells of affiliates; tests name a simulator here.", SECURE_ORIGIN)
    ] = "https://affiliate.shuffle.com"
    howl_url: Annotated[str, Setting("Where Howl tells of affiliates; tests name a simulator here.", SECURE_ORIGIN)] = (
        "https://howl.gg"
    )
    drand_relays: Annotated[
        tuple[str, ...],
        NoDecode,
        Setting(
            "Relays of the beacon drand, asked in this order, separated by commas; the public ones when not set.",
            "up to 10 addresses such as https://api.drand.sh separated by commas",
        ),
    ] = ()
    kick_live_every_s: Annotated[
        int,
        Field(ge=30, le=600),
        Setting(
            "Seconds after which Kick is asked again which of the attached channels are live; all in one question.",
            "a whole number of seconds from 30 to 600",
        ),
    ] = 60
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
    chat_pace_ms: Annotated[
        int,
        Field(ge=0, le=60_000),
        Setting(
            "Milliseconds between two lines that are said in one channel's chat.",
            "a whole number of milliseconds from 0 to 60000",
        ),
    ] = 1000
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
    audit_retention_days: Annotated[
        int,
        Field(ge=31, le=3650),
        Setting("Days that the lines of the audit log are kept.", "a whole number of days from 31 to 3650"),
    ] = 365
    forget_grace_days: Annotated[
        int,
        Field(ge=1, le=30),
        Setting(
            "Days in which somebody who asked to be forgotten can still think better of it.",
            "a whole number of days from 1 to 30",
        ),
    ] = 7
    alert_silence_minutes: Annotated[
        int,
        Field(ge=5, le=1440),
        Setting(
            "Minutes that nothing may arrive of a live channel before staff is alerted.",
            "a whole number of minutes from 5 to 1440",
        ),
    ] = 30
    alert_gap_minutes: Annotated[
        int,
        Field(ge=1, le=1440),
        Setting(
            "Minutes that a source may be silent before staff is alerted; what nobody recovered is told anyway.",
            "a whole number of minutes from 1 to 1440",
        ),
    ] = 15
    alert_quarantined_min: Annotated[
        int,
        Field(ge=1, le=100_000),
        Setting("Deliveries in quarantine from which on staff is alerted.", "a whole number from 1 to 100000"),
    ] = 5
    doctor_every_hours: Annotated[
        int,
        Field(ge=1, le=744),
        Setting(
            "Hours between two examinations by the doctor while the server runs.",
            "a whole number of hours from 1 to 744",
        ),
    ] = 24
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

    @field_validator("kick_pusher_url")
    @classmethod
    def _a_secure_socket(cls, url: str) -> str:
        parts = urlsplit(url)
        is_plain = bool(parts.hostname) and not parts.query and parts.port != 0 and "@" not in parts.netloc
        is_secure = parts.scheme == "wss" or (parts.scheme == "ws" and parts.hostname in LOOPBACK)
        return sound(url.rstrip("/"), good=is_plain and is_secure)

    @field_validator("kick_api_url", "kick_auth_url", "kick_web_url", "shuffle_url", "howl_url")
    @classmethod
    def _a_secure_origin(cls, url: str) -> str:
        parts = urlsplit(url)
        return sound(origin_of(url), good=parts.scheme == "https" or parts.hostname in LOOPBACK)

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _origins(cls, origins: str | tuple[str, ...]) -> tuple[str, ...]:
        several = origins.split(",") if isinstance(origins, str) else origins
        return tuple(origin_of(origin.strip()) for origin in several if origin.strip())

    @field_validator("drand_relays", mode="before")
    @classmethod
    def _relays(cls, listed: str | tuple[str, ...]) -> tuple[str, ...]:
        relays = cls._origins(listed)
        return sound(tuple(map(cls._a_secure_origin, relays)), good=len(relays) <= RELAYS_MAX)

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

    @field_validator("kick_public_key_file")
    @classmethod
    def _a_file(cls, path: Path) -> Path:
        return sound(path, good=path.is_file())

    def secret_values(self) -> tuple[str, ...]:
        """Return every secret text in these settings, for the log lines to leave out."""
        sealed = (self.secret_key, self.kick_client_secret)
        urls = (self.database_url, self.redis_url)
        passwords = (urlsplit(url).password for url in urls if url is not None)
        unquoted = (text for password in passwords if password for text in (password, unquote(password)))
        listed = key_list(self.master_keys.get_secret_value(), self.master_keys_file)
        plain = (key.get_secret_value() for key in sealed if key is not None)
        return tuple(filter(None, (*plain, *unquoted, *spellings(listed))))
