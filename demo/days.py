"""Give the demo its days: what is owed lies on suggested days, and a few managers have agreed times with customers.

The times are drawn from the seed and the day, so a day may be walked again: who has appointments on it gets no others.
"""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from upheld.operations.appointments import agree_appointment
from upheld.operations.record_contact import record_contact
from upheld.operations.suggest_days import suggest_days
from upheld.operations.sweep_warnings import sweep_warnings
from upheld.records.people.models import Person
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee

ZONE = ZoneInfo("Asia/Shanghai")
AHEAD = timedelta(days=35)
WHO = ("am101", "am102", "phone1")
# Hours of today, tomorrow and the day after, and how each of today's ends once it is over.
TIMES = ((0, 9, "kept"), (0, 10, "kept"), (0, 11, ""), (0, 14, "kept"), (0, 16, ""), (1, 10, ""), (2, 15, ""))


def live_days(*, seed: int, now: datetime) -> int:
    """Agree on times for today and the next days, let those that are over be kept or missed, then suggest days."""
    today = now.astimezone(ZONE).date()
    number = 0
    for one in Employee.objects.filter(username__in=WHO).order_by("username"):
        chance = random.Random(f"{seed}:days:{one.username}:{today}")
        for days, hour, end in TIMES:
            number += _live(one, today + timedelta(days=days), hour, end, chance, now)
    sweep_warnings(now=now)
    suggest_days(from_date=today, until_date=today + AHEAD)
    return number


def _live(by: Employee, day: date, hour: int, end: str, chance: random.Random, now: datetime) -> int:
    begins_at = datetime.combine(day, time(hour), ZONE)
    theirs = Promise.objects.filter(responsible=by, state="open", due_date__gte=day, person__isnull=False)
    people = list(theirs.order_by("person__code").values_list("person_id", flat=True).distinct()[:40])
    taken = Promise.objects.filter(responsible=by, source="appointment", due_date=day, planned_on=day)
    if not people or any(one.due_at == begins_at + timedelta(hours=1) for one in taken):
        return 0
    # Nobody is visited at the weekend; a call was agreed.
    channel = "call" if by.job == "phone_manager" or day.weekday() >= 5 else "visit"
    person = Person.objects.get(pk=chance.choice(people))
    agreed = agree_appointment(
        by=by,
        person=person,
        begins_at=begins_at,
        until_at=begins_at + timedelta(hours=1),
        channel=channel,
        remind=False,
        now=min(now, begins_at - timedelta(hours=18)),
    )
    if end == "kept" and begins_at + timedelta(minutes=20) < now:
        record_contact(
            by=by,
            person=person,
            channel=channel,
            happened_at=begins_at + timedelta(minutes=5),
            promise=agreed.promise_id,
            report="按约定时间联系，谈了近期使用情况。",
            key=f"demo:days:{agreed.promise_id}",
            now=now,
        )
    return 1
