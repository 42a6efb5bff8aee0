"""What a company owes after a case (CARE-3): one question, not too often, and a call to who is not satisfied.

A standard asks for surveys by its parameters; an edition without them asks nobody. Scores go from 1 (very dissatisfied)
to 5 (very satisfied).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from upheld.policy.calendars import DEFAULT_CALENDAR
from upheld.policy.clocks import Measure
from upheld.policy.editions import Edition
from upheld.policy.working_time import BUSINESS_HOURS

LOWEST, HIGHEST = 1, 5
SATISFIED_FROM = 4
"""Satisfied is who answers 4 or 5."""


class SurveyTerms(NamedTuple):
    """By which clause a company asks, how often at most, which score is low, and how soon somebody calls back.

    `measure`: how the working hours of the call-back count, with calendar and business hours of the edition.
    """

    clause: str
    standard: str
    every_days: int
    low_score: int
    call_back_working_hours: int
    measure: Measure

    @property
    def call_back_within(self) -> timedelta:
        """Return the working time in which somebody calls who is not satisfied."""
        return timedelta(hours=self.call_back_working_hours)


def survey_terms(edition: Edition) -> SurveyTerms | None:
    """Return the terms of an edition; None where no standard of it asks for surveys (`survey_every_days`)."""
    for standard in edition.standards:
        asked = standard.parameters.get("survey_every_days")
        if asked is not None:
            values = edition.parameters
            return SurveyTerms(
                clause=asked.clause,
                standard=standard.id,
                every_days=values["survey_every_days"],
                low_score=values.get("survey_low_score", 0),
                call_back_working_hours=values.get("survey_call_back_working_hours", 8),
                measure=Measure("working_hours", DEFAULT_CALENDAR, _business_hours(edition)),
            )
    return None


def may_be_asked(terms: SurveyTerms, *, asked_at: datetime | None, at: datetime) -> bool:
    """Say whether a person who was last asked at `asked_at` (None: never) may be asked at `at`."""
    return asked_at is None or at - asked_at >= timedelta(days=terms.every_days)


def is_low(terms: SurveyTerms, score: int) -> bool:
    """Say whether a score calls for a call-back."""
    return score <= terms.low_score


def _business_hours(edition: Edition) -> str:
    """Return the business hours that hold for everybody, by the default calendar, as an edition writes them."""
    return next(_written(edition), BUSINESS_HOURS)


def _written(edition: Edition) -> Iterator[str]:
    for table in edition.tables("deadlines", "business_hours"):
        for row in table.rows:
            if not row.conditions and row.answer.get("calendar", DEFAULT_CALENDAR) == DEFAULT_CALENDAR:
                yield row.answer["hours"]
