"""Read an employee's own calendar feed: whether there is one, since when, and when it was last read."""

from __future__ import annotations

from upheld.records.calendars.models import CalendarFeed


def feed_of(employee_id: int) -> CalendarFeed | None:
    """Give the feed that opens now, or None. The secret is not in it."""
    return CalendarFeed.objects.filter(employee_id=employee_id, ended_at__isnull=True).first()
