"""A further draw knows which one it supplements, and how many prizes nobody was left to have."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Add the columns."""
    return """
ALTER TABLE draw ADD COLUMN supplement_of BIGINT;
ALTER TABLE draw ADD COLUMN winners INT;
"""


async def downgrade(db: BaseDBAsyncClient) -> str:  # noqa: ARG001 - aerich's signature
    """Refuse, as every migration does: a database goes back by a backup alone."""
    raise RuntimeError("Migrations are not undone one by one; restore a backup instead.")
