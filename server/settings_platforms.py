"""Settings of what the server asks outside: Kick, affiliate programs and the beacon."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode

from server.soundness import LOOPBACK, SECURE_ORIGIN, Setting, origin_of, origins_of, sound

RELAYS_MAX = 10


class Platforms(BaseSettings):
    """Settings of what the server asks outside."""

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

    @field_validator("drand_relays", mode="before")
    @classmethod
    def _relays(cls, listed: str | tuple[str, ...]) -> tuple[str, ...]:
        relays = origins_of(listed)
        return sound(tuple(map(cls._a_secure_origin, relays)), good=len(relays) <= RELAYS_MAX)

    @field_validator("kick_public_key_file")
    @classmethod
    def _a_file(cls, path: Path) -> Path:
        return sound(path, good=path.is_file())
