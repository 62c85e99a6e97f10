"""What each overlay shows."""

from server.ports import Reader, Tx


async def chosen(reader: Reader, community_id: int, overlay: str) -> str | None:
    """The widget that staff chose for an overlay; None where nobody did."""
    row = await reader.find("SELECT widget FROM scene WHERE community_id = $1 AND overlay = $2", community_id, overlay)
    return None if row is None else row["widget"]


async def choose(tx: Tx, community_id: int, overlay: str, widget: str) -> None:
    """Keep the choice for an overlay."""
    await tx.execute(
        "INSERT INTO scene (community_id, overlay, widget) VALUES ($1, $2, $3) "
        "ON CONFLICT (community_id, overlay) DO UPDATE SET widget = excluded.widget",
        community_id,
        overlay,
        widget,
    )
