"""The bot's settings, read from the environment and from an .env file."""

from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "REGULARS_BOT_"
TOKEN = "REGULARS_DISCORD_TOKEN"  # noqa: S105 - the name of a setting

MEANING = {
    TOKEN: "The token of your application; Discord shows it under Bot.",
    f"{PREFIX}SERVICE_KEY": "The bot's key on the server; make one with: regulars service-key add discord-bot",
    f"{PREFIX}SERVER_URL": "Where the server answers, such as http://127.0.0.1:8080",
    f"{PREFIX}HEALTH_PORT": "A port from 0 to 65535; 0 for no health page.",
}


class UnfitSettings(ValueError):
    """The bot cannot start; the message says what to set, and shows no value."""


class Settings(BaseSettings):
    """Everything that a bot is told; secrets show themselves nowhere."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    discord_token: SecretStr = Field(validation_alias=AliasChoices(TOKEN))
    service_key: SecretStr
    server_url: str = Field(default="http://127.0.0.1:8080", pattern=r"^https?://[^\s/]+/?$")
    discord_api: str = Field(default="https://discord.com/api/v10", pattern=r"^https?://[^\s]+[^/]$")
    data: Path = Path("data")
    health_port: int = Field(default=8081, ge=0, le=65535)


def load() -> Settings:
    """The settings of this process; raises `UnfitSettings` with everything that is missing or odd at once."""
    try:
        return Settings()  # pyright: ignore[reportCallIssue] - it fills itself from the environment
    except ValidationError as unfit:
        names = [str(one["loc"][0]) for one in unfit.errors(include_input=False, include_url=False)]
        named = [name if name in MEANING else PREFIX + name.upper() for name in names]
        lines = [f"  {name}: {MEANING.get(name, 'has an odd value.')}" for name in named]
        raise UnfitSettings("\n".join(["The bot needs other settings:", *lines])) from None
