"""Every setting with its default and its meaning, read from the environment and from an .env file."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from server.auth.keys import key_list, spellings
from server.settings_platforms import Platforms
from server.settings_serving import Serving
from server.soundness import DAYS, Setting

PREFIX = "REGULARS_"


class Settings(Platforms, Serving):
    """All settings of one process; the name in the environment is REGULARS_ and the field in capitals.

    Listed are those of the server itself first, then those of platforms, then how it works and what it keeps.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=False,
    )

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

    def secret_values(self) -> tuple[str, ...]:
        """Return every secret text in these settings, for the log lines to leave out."""
        sealed = (self.secret_key, self.kick_client_secret)
        urls = (self.database_url, self.redis_url)
        passwords = (urlsplit(url).password for url in urls if url is not None)
        unquoted = (text for password in passwords if password for text in (password, unquote(password)))
        listed = key_list(self.master_keys.get_secret_value(), self.master_keys_file)
        plain = (key.get_secret_value() for key in sealed if key is not None)
        return tuple(filter(None, (*plain, *unquoted, *spellings(listed))))
