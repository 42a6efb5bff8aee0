"""Many deadlines at once are the deadlines of policy one by one, announced years and later ones alike."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upheld.batch.deadlines import WorkingTimeArrays
from upheld.policy.calendars import read_calendars
from upheld.policy.problems import OutsideDates
from upheld.policy.working_time import BEIJING, working_time

TIME = working_time(read_calendars({}, [])["china"])
ARRAYS = WorkingTimeArrays(TIME)
FIRST = datetime(2004, 1, 1, tzinfo=BEIJING)
LAST = datetime(2032, 1, 1, tzinfo=BEIJING)
CASES = st.lists(
    st.tuples(st.integers(0, int((LAST - FIRST).total_seconds())), st.integers(1, 60)),
    min_size=1,
    max_size=60,
)


def as_array(moments: list[datetime]) -> np.ndarray:
    return np.array([moment.replace(tzinfo=None) for moment in moments], dtype="datetime64[s]")


@pytest.mark.parametrize("count", ["after_days", "after_hours"])
@settings(max_examples=150, deadline=None)
@given(CASES)
def test_in_bulk_as_one_by_one(count, cases):
    opened = [FIRST + timedelta(seconds=second) for second, _ in cases]
    amounts = np.array([amount for _, amount in cases])
    due, provisional = getattr(ARRAYS, count)(as_array(opened), amounts)
    wanted = [
        getattr(TIME, count)(moment, int(amount)) for moment, amount in zip(opened, amounts, strict=True)
    ]
    assert due.tolist() == [moment.replace(tzinfo=None) for moment, _ in wanted]
    assert provisional.tolist() == [unsure for _, unsure in wanted]


def test_one_number_serves_every_case():
    due, _ = ARRAYS.after_days(as_array([datetime(2026, 3, 6, 9, tzinfo=BEIJING)] * 3), 1)
    assert due.tolist() == [datetime.fromisoformat("2026-03-09T18:00:00")] * 3
    assert len(ARRAYS.after_days(as_array([]), 1)[0]) == len(ARRAYS.after_hours(as_array([]), 1)[0]) == 0


@pytest.mark.parametrize("year", [2003, 2047])
def test_what_the_tables_do_not_hold_is_refused(year):
    opened = as_array([datetime(year, 12, 31, tzinfo=BEIJING)])
    for count in (ARRAYS.after_days, ARRAYS.after_hours):
        with pytest.raises(OutsideDates, match="2004"):
            count(opened, 20)
