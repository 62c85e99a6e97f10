"""Refusals as data: what a rule says when it says no."""

import strawberry

from server.schema.policies import PUBLIC


@strawberry.interface(description="Why something was not done. Nothing has changed.")
class Problem:
    """What every refusal tells."""

    code: str = strawberry.field(description="Stable name of the reason, for programs.", metadata=PUBLIC)
    message: str = strawberry.field(description="What was refused and why, for people.", metadata=PUBLIC)
    remedy: str = strawberry.field(description="What to do about it.", metadata=PUBLIC)


@strawberry.type(description="A rule said no. Nothing has changed.")
class Refused(Problem):
    """The general refusal."""
