"""The kinds of `rules/windows.yaml`."""

from __future__ import annotations

from typing import Any

from upheld.policy.day_spans import Span, read_span
from upheld.policy.kinds.forms import Kind, Reader, list_of, never, true_or_false, whole_between


def day_span(value: Any) -> Span:
    """Read a stretch of every day, `20:00-08:00`: the start is inside, the end outside."""
    return read_span(value)


def shift(value: Any) -> int:
    """Read by how many whole hours the stretches begin and end later."""
    if type(value) is not int or not 0 <= value < 24:
        raise ValueError(f"'{value}' is not a whole number of hours below 24")
    return value


positive = whole_between(1, 10_000)


def words(value: Any) -> str:
    """Read words parted by commas, none of them empty."""
    if not isinstance(value, str) or not all(word.strip() for word in value.split(",")):
        raise ValueError(f"'{value}' is not words parted by commas")
    return value


KINDS = {
    "quiet": Kind(
        {"hours": list_of(day_span)},
        {"later_hours": shift, "lifted_by_wish": true_or_false},
        takes=("first",),
    ),
    "visit_hours": Kind(
        {"hours": list_of(day_span)},
        {"later_hours": shift, "lifted_by_wish": true_or_false},
        takes=("first",),
    ),
    "consent": Kind(
        {"needs_consent": true_or_false, "ends_on_refusal": true_or_false}, {}, contradicts=never
    ),
    # All messages that meet the row are counted together, whatever sent them; `window_of` knows no counts.
    "frequency": Kind({"at_most": positive, "within_hours": positive}, {}, contradicts=never),
}

PARAMETERS: dict[str, Reader] = {"refusal_words": words}
"""Parameters that no row names: what a customer replies to refuse commercial messages, the one shown first."""
