"""Times that an agent promises in words, read from speech and measured in minutes.

三个工作日, 24小时, 半天, 一周 and 两三天 are read; of a range the longer end counts, for that is what was promised.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from upheld.policy.kinds.deadlines import Limit

DAY = 24 * 60
_MINUTES = {"分钟": 1, "分鐘": 1, "小时": 60, "小時": 60, "钟头": 60, "鐘頭": 60, "工作日": DAY, "工作天": DAY,
            "天": DAY, "日": DAY, "周": 7 * DAY, "週": 7 * DAY, "星期": 7 * DAY, "礼拜": 7 * DAY, "禮拜": 7 * DAY,
            "月": 30 * DAY}  # fmt: skip
_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"两": 2, "兩": 2}
_LIMIT = re.compile(
    r"(?<![0-9.月年第])([0-9]{1,4}(?:\.[0-9]{1,2})?|[零一二两兩三四五六七八九十百半]{1,7}) ?(?:多)?(个半|個半|个|個)? ?"
    rf"({'|'.join(sorted(_MINUTES, key=len, reverse=True))})(半)?"
)

# What no length of time is without: a unit's first character after a number, 个, 多 or a space.
_QUICK = re.compile(
    rf"[{''.join(sorted({unit[0] for unit in _MINUTES}))}](?<=[0-9零一二两兩三四五六七八九十百半个個多 ].)"
)


class SpokenLimit(NamedTuple):
    """A length of time in a text, from character start to end; `in_days` where it was said in days or longer."""

    start: int
    end: int
    minutes: int
    in_days: bool


def spoken_limits(text: str) -> list[SpokenLimit]:
    """Return every length of time that a text holds, in its order."""
    found = []
    for match in _LIMIT.finditer(text):
        number, measure, unit, half = match.groups()
        count = read_number(number)
        if count is None or (unit == "月" and not measure):
            continue
        if half or (measure or "").endswith("半"):
            count += Fraction(1, 2)
        found.append(SpokenLimit(*match.span(), int(count * _MINUTES[unit]), in_days=_MINUTES[unit] >= DAY))
    return found


def may_hold_limit(text: str) -> bool:
    """Say quickly whether a text holds a length of time."""
    return _QUICK.search(text) is not None


def read_number(written: str) -> Fraction | None:
    """Read 24, 1.5, 二十四, 两, 半, or 两三 (the larger); None for what is no number."""
    if written[0].isdecimal():
        return Fraction(written)
    if written == "半":
        return Fraction(1, 2)
    total, digit = 0, None
    for character in written:
        if character in _DIGITS:
            digit = _DIGITS[character]  # 两三天: the later digit counts
        elif character in "十百":
            total += (1 if digit is None else digit) * (10 if character == "十" else 100)
            digit = None
        else:
            return None
    return Fraction(total + (digit or 0))


def longest_minutes(limits: Iterable[Limit]) -> int:
    """Return the longest of some clocks' limits; a working day counts as a day, as it does when a caller is told."""
    minutes = {"minutes": 1, "hours": 60, "working_hours": 60, "days": DAY, "working_days": DAY}
    return max(limit.amount * minutes[limit.unit] for limit in limits)
