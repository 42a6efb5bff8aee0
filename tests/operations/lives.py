"""The small operator day after day, for stories that carry out whatever acts come, in whatever order."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import count

from upheld.operations.close_overdue import close_overdue
from upheld.operations.rate_base import rate_base
from upheld.operations.refusals import ActRefused
from upheld.records.people.models import Person

from .conftest import at


class DayAfterDay:
    """Carry out acts by their names on the small operator; what is refused is passed over."""

    def __init__(self, begin: date) -> None:
        self.today, self.keys = begin, count()

    def now(self) -> datetime:
        return at(self.today, 12)

    def do(self, name: str, *values) -> None:
        with suppress(ActRefused):
            getattr(self, name.replace(" ", "_"))(*values)

    def days_pass(self, days):
        self.today += timedelta(days=days)

    def spend(self, code, fen):
        Person.objects.filter(code=code).update(annual_spend_fen=fen)

    def rate(self):
        rate_base(as_of=self.today, by=None)

    def close(self):
        close_overdue(as_of=self.today, by=None)
