"""What the Discord bot is asked to post of draws, and overlays to show."""

from datetime import datetime

import strawberry

from server.schema.jobs import ClientJob, DiscordPost
from server.schema.linking import Platform
from server.schema.names import PUBLIC_NAME
from server.schema.policies import SERVES
from server.schema.scalars import BigInt


@strawberry.type(
    description="Post the code of a draw before its round; an overlay shows it. Acknowledge at once, with the id of "
    "the message, or of the recording and the second in it: what you acknowledge with one before the round counts as "
    "evidence that the code was seen."
)
class DrawCommittedJob(ClientJob, DiscordPost):
    """Post a draw's code."""

    draw_id: strawberry.ID = strawberry.field(description="Which draw.", metadata=SERVES)
    title: str = strawberry.field(description="What is drawn.", metadata=SERVES)
    is_test: bool = strawberry.field(
        description="Whether it only tries things out and nothing is won; say so plainly.", metadata=SERVES
    )
    code: str = strawberry.field(description="The code to post.", metadata=SERVES)
    round: BigInt = strawberry.field(description="The beacon's round that is waited for.", metadata=SERVES)
    round_at: datetime = strawberry.field(
        description="When it comes; later than this, posting is no use.", metadata=SERVES
    )
    entrants: int = strawberry.field(description="How many people are in the list.", metadata=SERVES)
    tickets: BigInt = strawberry.field(description="How many tickets they have.", metadata=SERVES)
    file_url: str = strawberry.field(description="Where anybody finds the list.", metadata=SERVES)


@strawberry.type(description="Somebody who won.")
class DrawWinner:
    """A winner."""

    position: int = strawberry.field(description="In which place he was drawn, from 1.", metadata=SERVES)
    ticket: BigInt = strawberry.field(description="The number of the ticket.", metadata=SERVES)
    platform: Platform = strawberry.field(description="Where his account is.", metadata=SERVES)
    platform_id: str = strawberry.field(description="The platform's own id of it.", metadata=SERVES)
    name: str = strawberry.field(description="His whole name there, which is not for the public.", metadata=SERVES)
    public_name: str = strawberry.field(description=PUBLIC_NAME, metadata=SERVES)


@strawberry.type(description="Tell who won a draw.")
class DrawDoneJob(ClientJob, DiscordPost):
    """Tell the winners."""

    draw_id: strawberry.ID = strawberry.field(description="Which draw.", metadata=SERVES)
    title: str = strawberry.field(description="What was drawn.", metadata=SERVES)
    is_test: bool = strawberry.field(
        description="Whether it only tries things out and nothing is won; say so plainly.", metadata=SERVES
    )
    reveal_at: datetime = strawberry.field(description="When it is to be told; not before.", metadata=SERVES)
    claim_seconds: int | None = strawberry.field(
        description="Within how many seconds a winner must write in chat; null where he need not.", metadata=SERVES
    )
    winners: list[DrawWinner] = strawberry.field(description="Who won, the first 10 of them.", metadata=SERVES)
    count: int = strawberry.field(description="How many won.", metadata=SERVES)
    file_url: str = strawberry.field(description="Where anybody checks it.", metadata=SERVES)


DRAW_JOB_TYPES = (DrawCommittedJob, DrawDoneJob)
