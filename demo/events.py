"""Give the demo its events: some held with their lists ticked, some to come with seats, a waiting list, one called off.

Each event is drawn from the seed and its day alone and carries a key, so a day may be walked again: what was planned is
found planned, and what has come to pass since is lived.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from upheld.operations.events.answer import answer_invitation
from upheld.operations.events.attend import end_event, record_attendance
from upheld.operations.events.invite import invite
from upheld.operations.events.plan_event import cancel_event, plan_event
from upheld.operations.events.propose import proposals
from upheld.records.events.models import Event, Invitation
from upheld.records.staff.models import Employee
from upheld.records.staff.queries import book_of

ZONE = ZoneInfo("Asia/Shanghai")
KEY = "demo:event"
NOTICE = timedelta(days=16)
"""How long before it an event is planned, and its guests are invited."""
EARLY = timedelta(days=75)
"""The same for the large ones."""


@dataclass(frozen=True)
class Kind:
    """One event of every month: on which day, by whom, for what."""

    day: int
    hour: int
    kind: str
    title: str
    place: str
    seats: int
    clauses: tuple[str, ...]
    by: str
    called_off_in: int = 0
    """One in so many is called off; 0: none."""
    to_come: bool = False
    """Only ever to come: in the past its promises were kept in other ways (history.py)."""


MONTHLY = (
    Kind(5, 14, "training", "云专线使用培训", "客户体验中心", 4, ("KEY-34",), "service1", to_come=True),
    Kind(14, 18, "gathering", "政企联系人之夜", "滨海会议中心海景厅", 12, ("KEY-8", "KEY-12"), "service1"),
    Kind(21, 15, "lecture", "数字化转型大讲堂", "市图书馆报告厅", 10, ("KEY-43",), "service1"),
    Kind(28, 19, "club", "企业家羽毛球俱乐部", "奥体中心三号馆", 10, ("KEY-44",), "service1", 3),
)
# What is owed once a year is owed from New Year on, so the first months have the large ones.
OF_JANUARY = (
    Kind(16, 18, "gathering", "新春客户联谊会", "滨海会议中心海景厅", 24, ("KEY-8", "KEY-42"), "service1"),
    Kind(22, 10, "care_day", "驻地关怀日", "客户办公楼一层大厅", 3, ("KEY-45",), "service1"),
)


def live_events(*, seed: int, first: date, now: datetime) -> int:
    """Live the events of all months from `first` until a little ahead of `now`; return how many there are."""
    staff = {
        one.username: one
        for one in Employee.objects.filter(username__in={one.by for one in MONTHLY + OF_JANUARY})
    }
    planned = []
    month = first.replace(day=1)
    while month <= (now + EARLY).date():
        planned += [(kind, month, NOTICE) for kind in MONTHLY]
        planned += [(kind, month, EARLY) for kind in OF_JANUARY if month.month == 1]
        month = (month + timedelta(days=31)).replace(day=1)
    number = 0
    for kind, month, notice in planned:
        # A day that the month lacks is its 28th. Nothing is planned before the standards are in force.
        begins = datetime.combine(month.replace(day=min(kind.day, 28)), time(kind.hour), ZONE)
        at = max(begins - notice, datetime.combine(first, time(9), ZONE))
        if at + timedelta(days=3) <= begins and at <= now and not (kind.to_come and begins < now):
            _live(kind, begins, staff[kind.by], at=at, seed=seed, now=now)
            number += 1
    return number


def _live(kind: Kind, begins: datetime, by: Employee, *, at: datetime, seed: int, now: datetime) -> None:
    key = f"{KEY}:{kind.kind}:{begins.date()}"
    chance = random.Random(f"{seed}:{key}")
    event = Event.objects.filter(key=key).first()
    if event is None:
        event = _plan(kind, begins, by, at=at, key=key, chance=chance)
        if kind.called_off_in and chance.randrange(kind.called_off_in) == 0:
            cancel_event(event=event, by=by, reason="场馆检修，另行安排", at=at + timedelta(days=2))
            return
    if event.state == "planned" and event.ends_at <= now:
        _tick(event, by, chance=random.Random(f"{seed}:{key}:door"))


def _plan(
    kind: Kind, begins: datetime, by: Employee, *, at: datetime, key: str, chance: random.Random
) -> Event:
    event = plan_event(
        by=by,
        key=key,
        kind=kind.kind,
        title=kind.title,
        place=kind.place,
        starts_at=begins,
        ends_at=begins + timedelta(hours=2),
        capacity=kind.seats,
        clauses=kind.clauses,
        unit=by.unit_id,
        at=at,
    )
    # A manager invites the own customers, the department those of all.
    book = book_of(by, day=begins.date()) if by.job == "account_manager" else None
    found = proposals(
        event=event,
        people=book.people if book else None,
        groups=book.groups if book else None,
        limit=kind.seats + 4,
    )
    invite(
        event=event,
        by=by,
        promises=[one.promise_id for one in found if one.promise_id is not None],
        people=[one.person.pk for one in found if one.promise_id is None and one.person is not None],
        at=at,
    )
    for one in Invitation.objects.filter(event=event).order_by("pk"):
        drawn = chance.randrange(100)
        if drawn < 78:
            answer_invitation(
                invitation=one,
                by=by,
                answer="accepted" if drawn < 62 else "declined",
                at=at + timedelta(days=2),
            )
    return event


def _tick(event: Event, by: Employee, *, chance: random.Random) -> None:
    """Tick who came: four in five of those who said so, half of those who said nothing."""
    at = event.starts_at + timedelta(minutes=10)
    for one in Invitation.objects.filter(event=event, state__in=["accepted", "invited"]).order_by("pk"):
        if chance.randrange(100) < (82 if one.state == "accepted" else 50):
            record_attendance(invitation=one, by=by, attended=True, at=at)
    end_event(event=event, by=by, at=event.ends_at)
