"""The audit log takes plain values under names that hold no secret, and nothing else."""

from typing import Any

import pytest
from pydantic import SecretStr

from server.domain.audit import Audited, changed


@pytest.mark.parametrize(
    "name", ["token", "api_key", "client_secret", "Password", "authorization", "webhook_signature"]
)
def test_a_name_that_sounds_like_a_secret_is_refused(name: str) -> None:
    for values in ({"before": {name: "x"}}, {"after": {name: "x"}}):
        with pytest.raises(ValueError, match="may hold a secret"):
            Audited(action="settings.change", target=("settings", "x"), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [SecretStr("x"), b"x", {"nested": "x"}, ["x", b"x"], 1.5, object()])
def test_a_value_that_is_not_plain_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="plain values only"):
        Audited(action="settings.change", target=("settings", "x"), after={"name": value})


@pytest.mark.parametrize("action", ["", "Watchtime.adjust", "watchtime", "watchtime.", "a.b.c"])
def test_an_action_is_two_words_with_a_dot(action: str) -> None:
    with pytest.raises(ValueError, match="no action"):
        Audited(action=action, target=("viewer", 1))


def test_only_what_differs_is_told() -> None:
    before = {"window": 300, "cap": None, "excluded": ["kick:1"], "tracking": True}
    after = {"window": 60, "cap": 3600, "excluded": ["kick:1"], "tracking": True}
    assert changed(before, after) == ({"window": 300, "cap": None}, {"window": 60, "cap": 3600})
    assert changed(before, before) == ({}, {})
