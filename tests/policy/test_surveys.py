"""The question after a case is asked by the standard's own parameters, and by nothing where it has none."""

from datetime import UTC, datetime, timedelta

import pytest

from upheld.policy.editions import load_edition, shipped_edition
from upheld.policy.problems import StandardRefused
from upheld.policy.surveys import is_low, may_be_asked, survey_terms

CLOSED_AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
OTHER_HOURS = {"business_hours": "09:00-12:00, 13:00-18:00"}


def test_the_shipped_standard_asks_once_in_thirty_days_and_calls_back_within_a_working_day():
    terms = survey_terms(shipped_edition())
    assert (terms.clause, terms.standard, terms.every_days, terms.low_score) == ("CARE-3", "CARE", 30, 2)
    assert terms.call_back_within == timedelta(hours=8)
    assert (terms.measure.unit, terms.measure.calendar) == ("working_hours", "china")


def test_the_call_back_counts_in_the_business_hours_of_the_edition():
    assert survey_terms(load_edition(parameters=OTHER_HOURS)).measure.hours == OTHER_HOURS["business_hours"]


def test_nobody_is_asked_again_before_the_days_are_over():
    terms = survey_terms(shipped_edition())
    assert may_be_asked(terms, asked_at=None, at=CLOSED_AT)
    assert not may_be_asked(
        terms, asked_at=CLOSED_AT - timedelta(days=30) + timedelta(seconds=1), at=CLOSED_AT
    )
    assert may_be_asked(terms, asked_at=CLOSED_AT - timedelta(days=30), at=CLOSED_AT)


def test_a_low_score_is_a_parameter():
    terms = survey_terms(shipped_edition())
    assert [score for score in range(1, 6) if is_low(terms, score)] == [1, 2]
    stricter = survey_terms(load_edition(parameters={"survey_low_score": 3}))
    assert [score for score in range(1, 6) if is_low(stricter, score)] == [1, 2, 3]


@pytest.mark.parametrize(
    "wrong", [{"survey_low_score": 6}, {"survey_every_days": -1}, {"survey_low_score": "2"}]
)
def test_a_number_that_means_nothing_is_refused(wrong):
    with pytest.raises(StandardRefused, match=next(iter(wrong))):
        load_edition(parameters=wrong)


def test_a_standard_without_these_parameters_asks_nobody():
    folder = shipped_edition().sources
    without = {
        path: "\n".join(
            line for line in text.splitlines() if "survey_" not in line or "parameters" not in str(path)
        )
        for path, text in folder.items()
    }
    assert survey_terms(load_edition(sources=without)) is None
