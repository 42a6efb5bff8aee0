"""Judge how the use of what was sold develops, so that care comes before the customer asks (MGR-7, MGR-11).

Register B asks to track the use and gives no number; what counts as falling is the company's own choice, a fifth below
the months before.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

MONTHS_BEFORE = 3
"""With how many months the last one is compared; fewer say nothing."""
FALLS_BELOW = Fraction(4, 5)


def is_falling(quantities: Sequence[int]) -> bool:
    """Say whether the last of some months' quantities, the earliest first, is below four fifths of the mean of the
    three before it.

    Fewer than four months, and three months without use, never fall (MGR-7).
    """
    if len(quantities) <= MONTHS_BEFORE:
        return False
    *_, last = quantities
    before = quantities[-MONTHS_BEFORE - 1 : -1]
    return Fraction(last) < FALLS_BELOW * Fraction(sum(before), MONTHS_BEFORE)
