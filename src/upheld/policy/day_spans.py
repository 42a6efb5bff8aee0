"""Stretches of a day as standards write them, `08:30-12:00`: business hours, quiet hours, hours of visits."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

_SPAN = re.compile(r"\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*\Z")
DAY_SECONDS = 86_400


class Span(NamedTuple):
    """A stretch of a day in seconds from midnight; the end is outside and may be 86400."""

    start: int
    end: int

    def __str__(self) -> str:
        return "-".join(f"{second // 3600:02d}:{second % 3600 // 60:02d}" for second in self)


def read_spans(value: object) -> tuple[Span, ...]:
    """Read `08:30-12:00, 13:30-18:00` into spans, in order and apart; raises ValueError."""
    spans = [read_span(part) for part in str(value).split(",")]
    for start, end in spans:
        if start >= end:
            raise ValueError(f"'{value}' holds a stretch that does not end after it begins")
    for (_, end), (start, _) in pairwise(spans):
        if start < end:
            raise ValueError(f"the stretches of '{value}' are not in order, or run into each other")
    return tuple(spans)


def read_span(value: object) -> Span:
    """Read `20:00-08:00` as two times of day; the first may be the later one, over midnight. Raises ValueError."""
    found = _SPAN.match(str(value))
    if found is None:
        raise ValueError(f"'{value}' is not written as HH:MM-HH:MM")
    hour, minute, last_hour, last_minute = (int(part) for part in found.groups())
    start, end = hour * 3600 + minute * 60, last_hour * 3600 + last_minute * 60
    if minute > 59 or last_minute > 59 or start >= DAY_SECONDS or end > DAY_SECONDS or start == end:
        raise ValueError(f"'{value}' is not a stretch of a day")
    return Span(start, end)
