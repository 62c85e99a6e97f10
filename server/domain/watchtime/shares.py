"""Which accounts of a viewer a correction by staff belongs to."""

from collections.abc import Mapping, Sequence

from server.domain.watchtime.values import Micros


def shares(amount: Micros, accounts: Sequence[int], worth: Mapping[int, Micros]) -> dict[int, Micros]:
    """Split a correction of a viewer among his accounts, given in order, by what each of them has.

    What is added goes to the first. What is taken is taken from one after the other, from each no more than it has, so
    that unlinking an account is never a way out of a removal. Taking more than all have raises ValueError.
    """
    if amount >= 0:
        return {accounts[0]: amount}
    split: dict[int, Micros] = {}
    left = -amount
    for account in accounts:
        taken = min(left, max(worth[account], 0))
        if taken:
            split[account] = -taken
            left -= taken
    if left:
        raise ValueError("More is taken than the accounts have.")
    return split
