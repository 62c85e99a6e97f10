"""The name of every topic that can be poked or listened to; nobody writes one by hand."""


def feed(community_id: int) -> str:
    """Poked when the feed of a community has grown."""
    return f"feed:{community_id}"


def deliveries() -> str:
    """Poked when deliveries wait for the worker."""
    return "deliveries"


def jobs() -> str:
    """Poked when a job may be due; the tick alone is enough, a poke makes it sooner."""
    return "jobs"
