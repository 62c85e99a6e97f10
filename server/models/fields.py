"""Column types of our own."""

from datetime import datetime
from typing import Any

from tortoise import fields

from server.domain.instants import instant_of, micros


class InstantField(fields.BigIntField):
    """An aware UTC instant, stored as integer microseconds since 1970."""

    def to_db_value(self, value: Any, instance: Any) -> int | None:  # noqa: ARG002 - tortoise's signature
        """The integer to store."""
        return micros(value) if isinstance(value, datetime) else value

    def to_python_value(self, value: Any) -> datetime | None:
        """The instant read back."""
        return instant_of(value) if isinstance(value, int) else value
