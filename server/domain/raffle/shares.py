"""What a source gives by its sum in a period, shared out among the accounts of one viewer (the ticket law)."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, pairwise


def shares(sums: Sequence[int], rate: Fraction) -> list[int]:
    """The tickets of each account of a viewer, given in fixed order with what each has of a source.

    Together they are the floor of the viewer's sum times `rate`, exact, so that splitting a sum differently never
    changes it: the k-th account has the floor of the first k sums less that of the first k - 1. A sum below zero, which
    corrections may leave, gives nothing.
    """
    gained = [max(total, 0) * rate.numerator // rate.denominator for total in accumulate(sums, initial=0)]
    return [after - before for before, after in pairwise(gained)]
