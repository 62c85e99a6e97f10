"""How the demo says where everything is: as a table for people, or as JSON for programs."""

from typing import Any

from server.auth.tokens import CommunityScope
from server.demo.community import CHANNEL_NAME, SLUG, SPEED
from server.demo.discord import TRANSCRIPT, DiscordServer
from server.domain.draws.plan import DrawSubject, draw_name
from server.running import Server
from server.store.raffle.periods import PeriodRecord


def invitation(
    server: Server, community_id: int, raffle: PeriodRecord, *, origin: str, home: DiscordServer, bot: str, overlay: str
) -> dict[str, Any]:
    """Where everything is, and the tokens to get in."""
    operator = server.tokens.mint("admin", subject="demo")
    owner = server.tokens.mint("admin", CommunityScope(id=community_id, slug=SLUG), subject="demo")
    return {
        "community": SLUG,
        "urls": {
            "playground": f"{origin}/playground#token={owner}",
            "graphql": f"{origin}/graphql",
            "websocket": f"{origin.replace('http', 'ws', 1)}/graphql",
            "webhook": f"{origin}/webhooks/kick",
            "health": f"{origin}/healthz",
            "ready": f"{origin}/readyz",
            "metrics": f"{origin}/metrics",
            "kick": f"{server.settings.kick_api_url}/progress",
            "discord": f"{home.controls}/transcript",
            "bot": bot,
            "raffle": f"{origin}/c/{SLUG}/raffle",
            "draw": f"{origin}/draws/{draw_name(DrawSubject.RAFFLE, raffle.id, 1)}",
            "verify": f"{origin}/verify",
            "overlay": f"{origin}/overlay/draw#k={overlay}",
            "alerts": f"{origin}/overlay/alerts#k={overlay}",
            "studio": f"{origin}/c/{SLUG}/overlays",
        },
        "tokens": {"operator": operator, "owner": owner},
    }


def table(told: dict[str, Any]) -> str:
    """The URLs and tokens for people."""
    lines = [
        "",
        f"  Regulars demo: the community {told['community']!r} follows a simulated Kick channel.",
        f"  Its stream began two hours ago: that past is told at {SPEED} times its speed, then life goes on.",
        "",
        *(f"  {name:<12} {url}" for name, url in told["urls"].items()),
        "",
        "  A raffle runs along. Within three minutes it is drawn, from a beacon that the simulator plays. The file at",
        "  `draw`, there once its list is closed, shows how anybody checks a draw; that of a demo proves nothing.",
        "",
        "  `overlay` is what OBS shows on stream, by a key that stands behind the #; put `leaderboard`, `tickets`,",
        "  `ticker`, `goal`, `slots` or `giveaway` in the place of `draw` for the others. `alerts` tells, with sound,",
        "  who follows, subscribes, gives and wins, as soon as the past was told; between them it is empty. A key is",
        "  good in three places at once. `studio` is where staff sees every overlay, makes keys and sends test alerts:",
        f"  sign in there as {CHANNEL_NAME}, the streamer.",
        "",
        "  The Discord bot runs along, too, in a simulated Discord. What people ask there, and what it answers and",
        f"  posts, goes by below; all of it is at `discord` and in {TRANSCRIPT}.",
        "",
        "  The playground link signs you in as the community's owner. For other tools, send the header",
        f"  Authorization: Bearer {told['tokens']['owner']}",
        "",
        "  Ctrl-C stops everything.",
    ]
    return "\n".join(lines)
