"""How settings are read from the environment and an .env file, and what is said of those that cannot be used."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource

from server.auth.keys import UnfitKeys, key_list, master_keys
from server.settings import PREFIX, Settings
from server.soundness import Setting

HOW_TO_MAKE_A_MASTER = "Make one with: python3 -c \"import secrets; print('k1:' + secrets.token_urlsafe(32))\""
HOW_TO_MAKE_ONE = 'Make one with: python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
# Platforms hand these over under plain names; ours win when both are there.
PLATFORM_NAMES = {"database_url": "DATABASE_URL", "port": "PORT"}
# The test suite and its runner read these; a server started by a test inherits them.
TEST_NAMES = ("REGULARS_TEST_", "REGULARS_REQUIRE_ALL")
# The Discord bot reads these, often from the same file.
BOT_NAMES = ("REGULARS_BOT_", "REGULARS_DISCORD_TOKEN")
ENV_FILE = Path(".env")


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
    problems = [
        *_typing_errors(given),
        *_missing(given, secret_key_required=secret_key_required),
        *_unfit_master_keys(given),
    ]
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
        if name.startswith(PREFIX) and name not in known and not name.startswith(TEST_NAMES + BOT_NAMES):
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


def _unfit_master_keys(given: Mapping[str, str]) -> Iterator[str]:
    names = (_name("master_keys"), _name("master_keys_file"))
    text, path = map(given.get, names)
    if text is not None and path is not None:
        yield f"{names[0]} and {names[1]} are both set. Set one of them."
        return
    try:
        master_keys(key_list(text or "", None if path is None else Path(path)), "")
    except UnfitKeys as unfit:
        name = names[0] if path is None else names[1]
        yield from (f"{name} cannot be used: {problem} {HOW_TO_MAKE_A_MASTER}" for problem in unfit.problems)
