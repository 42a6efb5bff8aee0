"""Hide what a task does not need: telephone numbers always, names for those who do not serve the person.

A number is shown whole only on request, to staff who serve the person, and the request leaves an audit row
(`operations/reveal_number.py`).
"""

from __future__ import annotations

_KEPT_AHEAD, _KEPT_BEHIND = 3, 4


def masked_number(number: str | None) -> str:
    """Keep the first three and last four digits: 13812341234 -> 138****1234; short ones keep the last two."""
    digits = (number or "").strip()
    if not digits:
        return ""
    if len(digits) < _KEPT_AHEAD + _KEPT_BEHIND + 2:
        return "*" * max(len(digits) - 2, 1) + digits[-2:] if len(digits) > 2 else "*" * len(digits)
    return f"{digits[:_KEPT_AHEAD]}{'*' * 4}{digits[-_KEPT_BEHIND:]}"


def masked_name(name: str | None) -> str:
    """Keep the first character: 王小明 -> 王**; a name of one character is hidden whole."""
    whole = (name or "").strip()
    if not whole:
        return ""
    return whole[0] + "**" if len(whole) > 1 else "**"
