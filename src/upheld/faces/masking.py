"""Hide what a task does not need: telephone numbers always, names for those who do not serve the person.

The rule, on every page, list and search: who serves a person (`Book.served`: the own customers, or the team's for its
lead) reads the name whole, everybody else reads it masked. Nobody reads a number whole unasked.

- Who does not serve the person may ask for the name on the person's page (`operations/reveal_name.py`).
- Who serves the person may ask for the number there (`operations/reveal_number.py`); nobody else may.

Either request leaves an audit row. Names of groups are names of organisations, and are not hidden.
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


def masked_address(address: str | None) -> str:
    """Keep the first character and the house of a mail address: l***@example.com; of others what a number keeps."""
    whole = (address or "").strip()
    name, sign, house = whole.rpartition("@")
    return f"{name[:1]}***@{house}" if sign else masked_number(whole)
