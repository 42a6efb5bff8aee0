"""What a missed limit of the law gives back: reckoned again hour by hour with fractions, and never for nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upheld.policy.compensation import Missed, compensations_of
from upheld.policy.editions import load_edition, shipped_edition
from upheld.policy.problems import StandardRefused
from upheld.policy.standards import read_sources, shipped_folder

BEIJING = ZoneInfo("Asia/Shanghai")
REPORTED = datetime(2026, 3, 2, 10, tzinfo=BEIJING)
DAY = date(2026, 3, 2)


def missed(
    done_at: datetime, *, clause: str = "LAW-1", stops_at: str = "repaired", public: bool = True
) -> Missed:
    return Missed(clause, stops_at, public, REPORTED, REPORTED + timedelta(hours=48), done_at)


def owed(subject: dict, *clocks: Missed) -> list[tuple[str, int, int | None]]:
    found = compensations_of(edition=shipped_edition(), subject=subject, as_of=DAY, missed=clocks)
    return [(one.clause, one.days, one.amount_fen) for one in found]


def walked(seconds: int, monthly_fen: int) -> tuple[int, int]:
    """Count days by walking through them, and share the rent out in exact fractions of a fen."""
    days = 0
    while seconds > 0:
        days, seconds = days + 1, seconds - 86_400
    exact = Fraction(monthly_fen) / 30 * days
    fen = 0 if exact == 0 else next(n for n in range(int(exact), int(exact) + 2) if n >= exact)
    return days, fen


@given(seconds=st.integers(1, 60 * 86_400), monthly=st.integers(0, 1_000_000))
def test_the_rent_of_an_outage_agrees_with_a_walk_through_its_days(seconds: int, monthly: int) -> None:
    subject = {"case": "fault", "plan_monthly_yuan": monthly}
    found = owed(subject, missed(REPORTED + timedelta(seconds=seconds)))
    if seconds <= 48 * 3600:
        assert found == []
    else:
        assert found == [("LAW-1", *walked(seconds, monthly))]


def test_only_the_laws_own_clock_gives_rent_back() -> None:
    late = REPORTED + timedelta(hours=60)
    subject = {"case": "fault", "plan_monthly_yuan": 8_900}
    assert owed(subject, missed(late, clause="CT-15"), missed(late, clause="LAW-5")) == []
    assert owed(subject, missed(late, clause="CT-15"), missed(late)) == [("LAW-1", 3, 890)]


def test_a_late_installation_is_paid_for_once_though_two_published_clocks_broke() -> None:
    subject = {"case": "installation", "fee_yuan": 10_000}
    one = missed(REPORTED + timedelta(hours=49), clause="X-1", stops_at="user_opened")
    other = missed(REPORTED + timedelta(hours=97), clause="X-1", stops_at="settled")
    assert owed(subject, one, other) == owed(subject, other, one) == [("LAW-2", 3, 300)]


def test_a_clock_that_no_customer_was_told_of_is_no_published_time() -> None:
    inner = missed(REPORTED + timedelta(hours=49), clause="X-1", stops_at="settled", public=False)
    assert owed({"case": "installation", "fee_yuan": 10_000}, inner) == []


def test_a_day_means_the_same_when_a_clock_is_written_in_another_zone() -> None:
    utc = missed(REPORTED + timedelta(days=3))
    utc = utc._replace(done_at=utc.done_at.astimezone(ZoneInfo("UTC")))
    assert owed({"case": "fault", "plan_monthly_yuan": 3_000}, utc) == [("LAW-1", 3, 300)]


def test_a_share_without_its_parts_is_a_fault_of_the_standard() -> None:
    sources = dict(read_sources(shipped_folder()))
    path = "law/rules/deadlines.yaml"
    sources[path] = sources[path].replace(", percent: 1}", "}", 1)
    with pytest.raises(StandardRefused, match="needs 'percent'"):
        load_edition(sources=sources)
