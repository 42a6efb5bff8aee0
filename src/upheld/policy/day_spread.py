"""Spread what somebody owes over the days of its windows, so that no day is fuller than it has to be.

A window says until when; nobody can do a month's visits on its last day. The days are chosen in two steps. First the
lowest level is found under which everything fits: no day to which something is added ends above it, and no smaller
level would do (earliest due first is exact for windows, each thing taking one place). Then each window's share is
levelled out over its days, time and again, which never raises a day above that level.

Whole numbers, no clock, no chance: the same question has the same answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from heapq import heappop, heappush

Window = tuple[date, date]
"""First and last day, both included."""

ON_THE_ROAD = frozenset({"visit", "care_day", "event", "lecture", "training", "onsite_arrival"})
"""What takes a way to the customer; all else is done at the desk, and the two do not fill each other's day."""

_SWEEPS = 3
"""How often the windows are levelled out; the second time hardly moves anything any more."""
_Span = tuple[int, int]


def is_on_the_road(action: str) -> bool:
    """Say whether an action takes a way to the customer."""
    return action in ON_THE_ROAD


def spread_days(
    *,
    windows: Sequence[Window],
    load: Mapping[date, int],
    is_working: Callable[[date], bool],
    first_day: date,
) -> list[date]:
    """Return a day for each window, in their order: not before `first_day`, a working day where the window has one.

    `load` is how much lies on a day already; it stays there. Of equal windows the earlier in the order has the earlier
    day, so who comes with neighbours side by side has them on one day. ValueError for a window that ends before
    `first_day` or before it begins.
    """
    days_of: dict[Window, tuple[bool, list[date]]] = {}
    for window in windows:
        if window not in days_of:
            days_of[window] = _days(window, first_day, is_working)
    chosen: list[date | None] = [None] * len(windows)
    # Days of work and days off have nothing to do with each other: no window is spread over both.
    for at_work in (True, False):
        numbers = [place for place, window in enumerate(windows) if days_of[window][0] is at_work]
        if not numbers:
            continue
        every_day = sorted({day for window in days_of for day in _kind(days_of[window], at_work)})
        index = {day: place for place, day in enumerate(every_day)}
        spans = {
            window: (index[days[0]], index[days[-1]])
            for window, (working, days) in days_of.items()
            if working is at_work
        }
        asked = Counter(spans[windows[place]] for place in numbers)
        shares = level_out(asked, [load.get(day, 0) for day in every_day])
        left = {span: _one_by_one(span, share) for span, share in shares.items()}
        for place in numbers:
            chosen[place] = every_day[left[spans[windows[place]]].pop()]
    return [day for day in chosen if day is not None]


def level_out(asked: Mapping[_Span, int], base: Sequence[int]) -> dict[_Span, list[int]]:
    """Return for each span of days (first and last place, both included) how many go on each of its days.

    `asked` says how many for each span, `base` what lies on the days already.
    """
    level = least_level(asked, base)
    shares = _earliest_due_first(asked, base, level)
    assert shares is not None
    loads = list(base)
    for (first, _), share in shares.items():
        for place, number in enumerate(share):
            loads[first + place] += number
    for _ in range(_SWEEPS):
        # The narrow spans have little choice; the wide ones fill what those leave.
        for span in sorted(shares, key=lambda one: (one[0] - one[1], one)):
            _fill_evenly(span, shares[span], loads)
    return shares


def least_level(asked: Mapping[_Span, int], base: Sequence[int]) -> int:
    """Return the lowest load above which no day need be raised for all that is asked."""
    low, high = 0, max(base, default=0) + sum(asked.values())
    while low < high:
        middle = (low + high) // 2
        if _earliest_due_first(asked, base, middle) is None:
            low = middle + 1
        else:
            high = middle
    return low


def _days(window: Window, first_day: date, is_working: Callable[[date], bool]) -> tuple[bool, list[date]]:
    """Give the days on which it can be done, and whether they are days of work."""
    begins, due = max(window[0], first_day), window[1]
    if window[0] > due or begins > due:
        raise ValueError(f"the window {window[0]} to {due} has no day from {first_day} on")
    every_day = [begins + timedelta(days=number) for number in range((due - begins).days + 1)]
    working = [day for day in every_day if is_working(day)]
    return (True, working) if working else (False, every_day)


def _kind(days: tuple[bool, list[date]], at_work: bool) -> list[date]:
    return days[1] if days[0] is at_work else []


def _earliest_due_first(
    asked: Mapping[_Span, int], base: Sequence[int], level: int
) -> dict[_Span, list[int]] | None:
    """Fill the days up to a level, what is due first first; None where something is left when its last day is over."""
    begins: dict[int, list[_Span]] = {}
    for span in sorted(asked):
        begins.setdefault(span[0], []).append(span)
    shares = {span: [0] * (span[1] - span[0] + 1) for span in asked}
    left = dict(asked)
    waiting: list[tuple[int, _Span]] = []
    for place, lies_there in enumerate(base):
        for span in begins.get(place, ()):
            if left[span]:
                heappush(waiting, (span[1], span))
        room = level - lies_there
        while room > 0 and waiting:
            due, span = waiting[0]
            if due < place:
                return None
            number = min(room, left[span])
            shares[span][place - span[0]] += number
            left[span] -= number
            room -= number
            if not left[span]:
                heappop(waiting)
        if waiting and waiting[0][0] <= place:
            return None
    return shares


def _fill_evenly(span: _Span, share: list[int], loads: list[int]) -> None:
    """Take one span's share off its days and pour it back like water: always onto the emptiest, the earlier first."""
    first = span[0]
    number = sum(share)
    for place, here in enumerate(share):
        loads[first + place] -= here
        share[place] = 0
    order = sorted(range(len(share)), key=lambda place: (loads[first + place], place))
    reached, filled = _water_line([loads[first + place] for place in order], number)
    rest = number
    for place in order[:filled]:
        share[place] = reached - loads[first + place]
        rest -= share[place]
    # What does not make a whole layer any more goes onto the first days at the line.
    at_line = sorted(place for place in range(len(share)) if loads[first + place] + share[place] == reached)
    for place in at_line[:rest]:
        share[place] += 1
    for place, here in enumerate(share):
        loads[first + place] += here


def _water_line(heights: list[int], number: int) -> tuple[int, int]:
    """Return the whole line up to which a number fills the ascending heights, and how many of them lie below it."""
    held = 0
    for filled in range(1, len(heights) + 1):
        held += heights[filled - 1]
        line = (number + held) // filled
        if filled == len(heights) or line <= heights[filled]:
            return line, filled
    return 0, 0


def _one_by_one(span: _Span, share: list[int]) -> list[int]:
    """Write a share out as places, the last first, so that the next one is taken off the end."""
    return [span[0] + place for place in range(len(share) - 1, -1, -1) for _ in range(share[place])]
