"""Working days and hours of many cases at once, by the same tables that policy counts one case with.

Instants are numpy `datetime64[s]` in the calendar's zone (+08:00), without an offset of their own. Past the announced
years the same arithmetic on weekdays goes on, and the second answer says which results are provisional.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from upheld.policy.problems import OutsideDates
from upheld.policy.working_time import WorkingTime

Instants = NDArray[np.datetime64]
_DAY = 86_400
_ORDINAL_OF_1970 = 719_163


class WorkingTimeArrays:
    """The look-up tables of a `WorkingTime` as arrays, with the weekdays of some years after the announced ones."""

    def __init__(self, time: WorkingTime, years_after: int = 20) -> None:
        self.time = time
        self.first = time.first - _ORDINAL_OF_1970
        self.last = time.last - _ORDINAL_OF_1970
        assumed = np.arange(self.last + 1, self.last + 1 + years_after * 366)
        self.end = int(assumed[-1])
        # Day 0 is a Thursday.
        working = (assumed + 3) % 7 < 5
        announced = np.array(time.days, dtype=np.int64) - _ORDINAL_OF_1970
        self.days = np.concatenate([announced, assumed[working]])
        counted = np.array(time.counted, dtype=np.int64)
        self.counted = np.concatenate([counted, counted[-1] + np.cumsum(working)])
        self.is_working = np.diff(self.counted, prepend=0).astype(bool)
        self.closes = (self.days * _DAY + int(time.close.total_seconds())).astype("datetime64[s]")

    def after_days(self, opened_at: Instants, days: Any) -> tuple[Instants, NDArray[np.bool_]]:
        """Return the close of business of the Nth working day after each day of opening, and which are provisional.

        `days` is a whole number or an array of them. Raises `OutsideDates` for an instant outside the tables.
        """
        place = self._days_of(opened_at)
        found = self.counted[place]
        found += days
        found -= 1
        self._require(int(found.max(initial=0)) < len(self.days))
        return self.closes[found], found >= len(self.time.days)

    def after_hours(self, opened_at: Instants, hours: Any) -> tuple[Instants, NDArray[np.bool_]]:
        """Return the instants at which so many hours of business have passed, and which are provisional.

        Raises `OutsideDates` for an instant outside the tables.
        """
        place = self._days_of(opened_at)
        second = opened_at.astype("datetime64[s]").astype(np.int64) - (place + self.first) * _DAY
        worked = np.zeros(len(place), dtype=np.int64)
        for start, end in self.time.spans:
            worked += np.clip(second - start, 0, end - start)
        inside = self.is_working[place]
        # On a day off the count begins with the next working day; on a working day with what has passed of it.
        worked = np.where(inside, worked, 0) + np.asarray(hours, dtype=np.int64) * 3600
        full, rest = np.divmod(worked - 1, self.time.seconds_a_day)
        found = self.counted[place] - inside + full
        self._require(int(found.max(initial=0)) < len(self.days))
        due = self.days[found] * _DAY + self._time_after(rest + 1)
        return due.astype("datetime64[s]"), found >= len(self.time.days)

    def _days_of(self, opened_at: Instants) -> NDArray[np.int64]:
        place = opened_at.astype("datetime64[D]").astype(np.int64)
        place -= self.first
        if len(place):
            self._require(int(place.min()) >= 0 and int(place.max()) < len(self.counted))
        return place

    def _require(self, inside: bool) -> None:
        if not inside:
            raise OutsideDates(
                f"calendar '{self.time.calendar.name}' is laid out from {self.time.calendar.first_year} "
                f"to {(np.datetime64(self.end, 'D')).astype('datetime64[Y]')}"
            )

    def _time_after(self, worked: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the second of the day at which so much business (from one second up) has passed."""
        second, left = np.zeros(len(worked), dtype=np.int64), worked.copy()
        for start, end in self.time.spans:
            here = (left > 0) & (left <= end - start)
            second[here] = start + left[here]
            left -= end - start
        return second
