"""Who is away and who left: an absence with its deputy, one that nobody stands in for, a book handed over by a lead."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from upheld.operations.absences import note_absence
from upheld.operations.close_account import close_account
from upheld.operations.hand_over_book import hand_over_book
from upheld.operations.refusals import ActRefused
from upheld.records.staff.models import Absence, Employee, Handover

AWAY, STANDS_IN, AWAY_KEY = "am103", "am102", "demo:away"
LONG_AWAY, LONG_AWAY_KEY = "phone3", "demo:long-away"
TEAM_OF_THE_LEAVER, LEFT_KEY = "am2", "demo:left"


def live_books(*, now: datetime) -> None:
    """Let one manager be away from two days ago, and the last manager of the second city have left; told once."""
    today = timezone.localdate(now)
    staff = Employee.objects.in_bulk(field_name="username")
    if not Absence.objects.filter(key=AWAY_KEY).exists():
        note_absence(
            employee=staff[AWAY],
            deputy=staff[STANDS_IN],
            from_date=today - timedelta(days=2),
            until_date=today + timedelta(days=5),
            reason="leave",
            by=staff["lead1"],
            key=AWAY_KEY,
            day=today,
        )
    if not Absence.objects.filter(key=LONG_AWAY_KEY).exists():
        # The only phone manager of a city, and nobody stands in: next month this cannot be kept, as feasibility shows.
        note_absence(
            employee=staff[LONG_AWAY],
            from_date=today + timedelta(days=3),
            until_date=today + timedelta(days=80),
            reason="sickness",
            by=staff["lead3"],
            key=LONG_AWAY_KEY,
            day=today,
        )
    if not Handover.objects.filter(key=LEFT_KEY).exists():
        leaver = max(name for name in staff if name.startswith(TEAM_OF_THE_LEAVER))
        try:
            hand_over_book(employee=staff[leaver], by=staff["lead2"], reason="left", key=LEFT_KEY, day=today)
        except ActRefused:  # a very small demo may have nothing in that book
            return
        close_account(username=leaver, by=staff["admin"])
