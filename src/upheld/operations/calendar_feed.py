"""Make, renew, take back and open an employee's private calendar address.

Whoever has the address reads the calendar, so it is long chance, kept as a hash, shown once, and renewed by one press.
Calendar programs ask every hour or so; who asks far more often is told to wait.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.job_required import require_job
from upheld.operations.refusals import ActRefused
from upheld.records.calendars.choices import NamesShown
from upheld.records.calendars.models import CalendarFeed
from upheld.records.staff.models import Employee

OPENINGS_AN_HOUR = 60
RENEWALS_A_DAY = 10
WINDOW = timedelta(hours=1)


class TooOften(ActRefused):
    """Refuse to open a calendar that is asked for too often; `wait_seconds` is when it may be asked for again."""

    def __init__(self, wait_seconds: int) -> None:
        super().__init__("too_often", f"this calendar is asked for too often; wait {wait_seconds} seconds")
        self.wait_seconds = wait_seconds


def make_calendar_feed(
    *, by: Employee, names: str = NamesShown.MASKED, language: str | None = None, now: datetime | None = None
) -> str:
    """Make an employee's calendar address anew, and return its secret part, which is stored nowhere.

    The address before opens nothing any more. Raises ActRefused for an unknown way of showing names, and after
    RENEWALS_A_DAY.
    """
    require_job(by, "keep_calendar", act="make_calendar_feed", subject_kind="calendar")
    now = now or timezone.now()
    if names not in NamesShown.values:
        raise ActRefused("unknown_names", f"{names!r} is not one of {', '.join(NamesShown.values)}")
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        # The employee's own row stands for the feed that may not be there yet: two presses come one after the other.
        Employee.objects.select_for_update(no_key=True).get(pk=by.pk)
        theirs = CalendarFeed.objects.filter(employee=by)
        if theirs.filter(made_at__gte=now - timedelta(days=1)).count() >= RENEWALS_A_DAY:
            raise ActRefused("too_often", "the address was renewed too often today")
        ended = theirs.filter(ended_at__isnull=True).update(ended_at=now)
        CalendarFeed.objects.create(
            employee=by, token_hash=_hash(token), names=names, language=language or by.language, made_at=now
        )
        detail = {"renewed": bool(ended), "names": names}
        write_entry(act="make_calendar_feed", by=by, subject_kind="calendar", subject_id=by.pk, detail=detail)
    return token


def end_calendar_feed(*, by: Employee, now: datetime | None = None) -> bool:
    """Take an employee's own calendar address back; tell whether there was one."""
    require_job(by, "keep_calendar", act="end_calendar_feed", subject_kind="calendar")
    with transaction.atomic():
        ended = CalendarFeed.objects.filter(employee=by, ended_at__isnull=True).update(
            ended_at=now or timezone.now()
        )
        if ended:
            write_entry(act="end_calendar_feed", by=by, subject_kind="calendar", subject_id=by.pk)
    return bool(ended)


@transaction.atomic
def open_calendar_feed(*, token: str, program: str = "", now: datetime | None = None) -> CalendarFeed | None:
    """Return the feed behind a secret with its employee, and count the opening; None where it opens nothing.

    The first opening of a day is in the audit trail, with what the calendar program calls itself. An employee whose
    account is closed has no calendar. Raises TooOften beyond OPENINGS_AN_HOUR.
    """
    now = now or timezone.now()
    feed = (
        CalendarFeed.objects.select_related("employee")
        .select_for_update(of=("self",), no_key=True)
        .filter(token_hash=_hash(token), ended_at__isnull=True, employee__is_active=True)
        .first()
    )
    if feed is None:
        return None
    if feed.window_at is None or now - feed.window_at >= WINDOW:
        feed.window_at, feed.opened = now, 0
    if feed.opened >= OPENINGS_AN_HOUR:
        raise TooOften(int((feed.window_at + WINDOW - now).total_seconds()) + 1)
    first_today = feed.opened_at is None or timezone.localdate(feed.opened_at) < timezone.localdate(now)
    feed.opened, feed.opened_at = feed.opened + 1, now
    feed.save(update_fields=["window_at", "opened", "opened_at"])
    if first_today:
        write_entry(
            act="open_calendar_feed",
            by=feed.employee,
            subject_kind="calendar",
            subject_id=feed.employee_id,
            detail={"program": program.replace("\0", "")[:120]},
        )
    return feed


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
