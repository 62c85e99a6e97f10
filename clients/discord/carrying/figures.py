"""What is counted of jobs."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge


@dataclass(frozen=True, slots=True)
class JobFigures:
    """How many wait as the server last said, how many ended and how, and whether the server is listened to."""

    waiting: Gauge
    ended: Counter
    feed: Gauge

    @classmethod
    def fresh(cls, registry: CollectorRegistry) -> "JobFigures":
        """Figures that all begin at nothing."""
        return cls(
            waiting=Gauge(
                "regulars_bot_jobs_waiting", "Jobs that waited when the server last said.", registry=registry
            ),
            ended=Counter("regulars_bot_jobs", "Jobs that ended.", ["outcome"], registry=registry),
            feed=Gauge("regulars_bot_feed_up", "1 while the bot is told at once of new jobs.", registry=registry),
        )
