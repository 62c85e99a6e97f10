"""What somebody won is found by his account, and for which raffles on somebody's shares are to be looked at again."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Add the index and the column; who is marked already is looked at for every raffle."""
    return """
CREATE INDEX idx_draw_place_account ON draw_place (account_id);
ALTER TABLE ticket_due ADD COLUMN first_period BIGINT NOT NULL DEFAULT 0;
"""


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse, as every migration does: a database goes back by a backup alone."""
    raise RuntimeError("Migrations are not undone one by one; restore a backup instead.")
