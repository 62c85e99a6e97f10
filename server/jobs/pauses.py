"""How long to wait before trying again: longer after every failure, never too long, and never in step with others."""

from datetime import timedelta

from server.ports import Chance

DRAWN_BYTES = 4
DOUBLED_MAX = 30


class Middle:
    """A `ports.Chance` for whoever is alone with his database and need not keep out of anybody's step."""

    __slots__ = ()

    def draw(self, count: int) -> bytes:
        """The middle of all that could be drawn."""
        return b"\x80".ljust(count, b"\0")


def pause(chance: Chance, failures: int, *, first: timedelta, longest: timedelta) -> timedelta:
    """A random pause after so many failures, at least one.

    It is anything up to `first` after one failure, and up to twice as much after each further one, but never more than
    `longest`.
    """
    bound = min(first * 2 ** min(failures - 1, DOUBLED_MAX), longest)
    return bound * (int.from_bytes(chance.draw(DRAWN_BYTES)) / 2 ** (8 * DRAWN_BYTES))
