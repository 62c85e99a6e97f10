"""What a raffle's rules say in plain words."""

from server.domain.raffle.rules import KICKS_PER_RATE, USD_PER_RATE, RaffleRules


def ways_to_earn(rules: RaffleRules) -> list[str]:
    """A sentence for each way to have tickets, the free one first."""
    told = [
        (rules.free_tickets, "for your free entry, once: write !enter in chat, or take it on Discord"),
        (rules.watch_time, "for each hour that you watch and chat"),
        (rules.gifted_sub, "for each subscription that you give"),
        (rules.own_sub, "for each subscription or renewal of your own"),
        (rules.kicks, f"for each {KICKS_PER_RATE} KICKs that you send"),
        (rules.wager, f"for each {USD_PER_RATE:,} US dollars that you wager under the community's code"),
    ]
    ways = [f"{many} ticket{'' if many == 1 else 's'} {what}." for many, what in told if many]
    return [*ways, "What a channel reward gives."] if rules.rewards else ways


def in_one_line(text: str) -> str:
    """A text of several lines where only one may be written, as in chat."""
    return " / ".join(line.strip() for line in text.split("\n") if line.strip())
