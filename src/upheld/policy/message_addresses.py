"""What an address of each way of messages looks like: enough to find a slip of the pen before anything is sent."""

from __future__ import annotations

import re

SMS = "sms"
SHAPES: dict[str, str] = {
    SMS: r"^\+?[0-9]{5,20}$",
    "mail": r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+$",
    "wecom": r"^[^\s/]{2,}$",
    "dingtalk": r"^[^\s/]{2,}$",
    "feishu": r"^[^\s/]{2,}$",
}
"""Regular expressions that Python and PostgreSQL read alike."""
LONGEST = 200


def fits(channel: str, address: str) -> bool:
    """Tell whether an address may be one of a way; no way that is not known."""
    shape = SHAPES.get(channel)
    if shape is None or len(address) > LONGEST or "\n" in address:
        return False
    return re.search(shape, address) is not None
