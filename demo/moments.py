"""Live the demo's key moments: signals come in, are sent out, most are talked about; then points are counted.

Days are drawn from the seed and the day alone and results carry keys, so that a day may be walked again.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from upheld.operations.award_points import award_points, first_day_to_count
from upheld.operations.dispatch_moments import dispatch_moments
from upheld.operations.import_feed import import_feed
from upheld.operations.object_to_points import answer_objection, object_to_points
from upheld.operations.record_moment import record_moment
from upheld.operations.refusals import ActRefused
from upheld.records.moments.models import Moment
from upheld.records.people.models import Person
from upheld.records.staff.models import Employee
from upheld.records.staff_points.models import Objection, PointsRow

from .feeds import write_signals
from .signals import signals_about

ZONE = ZoneInfo("Asia/Shanghai")
WEEKS = 3
NOTICED_IN = 120
NOTES = {
    "stays": ("已说明优惠与服务，客户愿意留下", "解释了账单，客户满意", "换成更合适的套餐"),
    "thinks": ("客户要与家人商量，下周再谈", "在比较另一家的套餐"),
    "leaves": ("因工作调动离开本市", "信号问题一直未解决"),
    "not_reached": ("无人接听", "占线"),
    "refused": ("不愿多谈",),
}
OBJECTION, ANSWER = "客户住院，改约已报备，不应算未兑现", "已核实病历与报备记录，不计入"


def live_moments(*, seed: int, first: date, now: datetime, folder: Path) -> int:
    """Live the moments of the last weeks until `now`, count points, object to one row; return how many were sent."""
    today = now.astimezone(ZONE).date()
    codes = list(Person.objects.order_by("pk").values_list("code", flat=True))
    for day in _days(today):
        if day < first:
            continue
        rows = signals_about(seed=seed, codes=codes, day=day, noticed_in=NOTICED_IN)
        file = write_signals(rows, folder / f"{day}" / "signals.csv")
        import_feed(by=None, file=file, kind="signals", rejects_folder=folder / "rejects", today=today)
        dispatch_moments(as_of=day, by=None, today=today)
    sent = list(Moment.objects.filter(fate__kind="sent").select_related("fate__employee").order_by("pk"))
    for moment in sent:
        _talk(moment, seed=seed, now=now)
    award_points(from_date=max(first, first_day_to_count(today)), until_date=today, by=None, today=today)
    _object(now)
    return len(sent)


def _days(today: date) -> Iterator[date]:
    """Give the days on which signals come in: some Mondays, and today."""
    monday = today - timedelta(days=today.weekday())
    for back in range(WEEKS, 0, -1):
        yield monday - timedelta(weeks=back)
    if monday != today:
        yield monday
    yield today


def _talk(moment: Moment, *, seed: int, now: datetime) -> None:
    """Let most moments be talked about within their period; those of today only now and then."""
    employee = moment.fate.employee
    chance = random.Random(f"{seed}:moment:{moment.person_id}:{moment.moment}:{moment.found_on}")
    if employee is None or chance.random() < 0.2:
        return
    days = 0 if moment.dispatch == "day" else chance.randrange(5)
    at = datetime.combine(
        moment.fate.day + timedelta(days=days), time(9 + chance.randrange(8), chance.randrange(60)), ZONE
    )
    if at > now:
        return
    outcome = chance.choices(("reached", "not_reached", "refused"), weights=(78, 17, 5))[0]
    decision, offer, accepted = "", "", None
    if outcome == "reached":
        decision = chance.choices(("stays", "thinks", "leaves"), weights=(62, 26, 12))[0]
        if moment.offers and chance.random() < 0.55:
            offer = str(chance.choice(moment.offers)["offer"])
            accepted = decision == "stays" and chance.random() < 0.6
    try:
        record_moment(
            moment=moment, by=employee, outcome=outcome, decision=decision, offer=offer,
            accepted=accepted, agreed_to_offers=bool(offer), note=chance.choice(NOTES[decision or outcome]),
            key=f"demo:{moment.pk}", happened_at=at, now=now,
        )  # fmt: skip
    except ActRefused:
        # Whoever looks at the demo may have gone on with it in another way.
        return


def _object(now: datetime) -> None:
    """Let two people of the first lead's team object, and the lead answer one of them."""
    lead = Employee.objects.filter(username="lead1").first()
    if lead is None or lead.unit_id is None or Objection.objects.exists():
        return
    broken = PointsRow.objects.filter(event="broken", reverses=None, employee__unit_id=lead.unit_id)
    rows = broken.exclude(employee=lead).order_by("employee__username", "pk").distinct("employee__username")
    for number, row in enumerate(rows[:2]):
        objection = object_to_points(row=row, by=row.employee, reason=OBJECTION, now=now)
        if number == 1:
            answer_objection(objection=objection, by=lead, accepted=True, words=ANSWER, now=now)
