"""What goes wrong on the played Discord when somebody asks for it."""

import re
from dataclasses import dataclass, field

from clients.simulator.discord.refusals import Refusal


@dataclass(slots=True, kw_only=True)
class Stumble:
    """The next `times` requests that fit are answered with the refusal, and change nothing."""

    method: str
    path: re.Pattern[str]
    refusal: Refusal
    times: int = 1


@dataclass(slots=True)
class Faults:
    """Each answer comes `latency_s` late, with `content_type` as a proxy may write it.

    Requests stumble in the order in which that was asked for.
    """

    latency_s: float = 0.0
    content_type: str = "application/json"
    stumbles: list[Stumble] = field(default_factory=list[Stumble])

    def stumble(self, method: str, path: str, refusal: Refusal, *, times: int = 1) -> None:
        """Refuse the next requests whose path this expression fits as a whole."""
        self.stumbles.append(Stumble(method=method, path=re.compile(path), refusal=refusal, times=times))

    def strike(self, method: str, path: str) -> Refusal | None:
        """Return what this request stumbles over."""
        for one in self.stumbles:
            if one.times > 0 and one.method == method and one.path.fullmatch(path):
                one.times -= 1
                return one.refusal
        return None
