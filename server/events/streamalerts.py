"""What happens to alerts on stream."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamAlertsChanged:
    """What an overlay shows of alerts, or is about to, is another."""

    overlay: str
