"""Lead the demo's joiners through their first ninety days: counter, hotline and managers tick, some forget.

What a joiner lives is drawn from the seed and the joiner alone, and every tick carries a key, so that it may be walked
again: what was done is found done, what could not happen yet happens.
"""

from __future__ import annotations

import csv
import random
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from upheld.operations.close_overdue import close_overdue
from upheld.operations.import_feed import import_feed
from upheld.operations.journeys.start_journeys import start_journeys
from upheld.operations.journeys.tick_step import tick_steps
from upheld.operations.refusals import ActRefused
from upheld.records.journeys.models import Journey
from upheld.records.people.models import Person
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee

ZONE = ZoneInfo("Asia/Shanghai")
GUIDE = ("channels_told", "paying_told", "data_use_told")
TOLD = ("plan_price_told", "agreement_points_told", "club_recommended", "internet_coached")
# Step, who does it, on which days at the earliest and latest, and of a hundred how often.
LATER = (
    (("rights_told",), "manager", (1, 3), 70),
    (("vip_first_return_visit",), "manager", (3, 9), 80),
    (("first_return_visit",), "hotline", (4, 10), 85),
    (("first_bill_explained",), "hotline", (14, 30), 70),
    (("plan_fit_coached",), "manager", (36, 60), 70),
    (("value_added_recommended",), "hotline", (62, 85), 75),
    (("closing_visit",), "manager", (64, 88), 80),
)  # fmt: skip
NOTES = ("问过套餐，已讲清", "当面教会下载软件", "账单逐项说明", "客户满意，暂无疑问", "")


def live_journeys(*, seed: int, first: date, now: datetime, since: date | None, folder: Path) -> int:
    """Start the journeys of who joined until `now`, tick what was done by then, break what was not; count the ticks."""
    today = now.astimezone(ZONE).date()
    joiners = list(
        Person.objects.filter(joined_date__gte=first, joined_date__lte=today).order_by("joined_date", "pk")
    )
    _bring_bills(joiners, today, folder, seed)
    for day in sorted({one.joined_date for one in joiners if one.joined_date is not None} | {today}):
        if since is None or day >= since:
            start_journeys(day=day, now=min(datetime.combine(day, time(3), ZONE), now), tell=day == today)
    staff = {one.username: one for one in Employee.objects.filter(username__in=["clerk11", "agent1"])}
    done = sum(_live(joiner, seed, now, staff) for joiner in joiners)
    close_overdue(as_of=today, by=None, now=now)
    return done


def _live(joiner: Person, seed: int, now: datetime, staff: dict[str, Employee]) -> int:
    chance = random.Random(f"{seed} {joiner.code}")
    journey = Journey.objects.filter(person=joiner).first()
    if journey is None or joiner.joined_date is None:
        return 0
    plan: list[tuple[tuple[str, ...], str, str, tuple[int, int]]] = []
    if chance.random() < 0.85:
        plan.append((GUIDE, "counter", "guide", (0, 0)))
    told = tuple(step for step in TOLD if chance.random() < 0.8)
    if told:
        plan.append((told, "counter", "staff", (0, 2)))
    plan += [
        (steps, who, "staff", days) for steps, who, days, likely in LATER if chance.random() * 100 < likely
    ]
    count = 0
    for steps, channel, way, (earliest, latest) in plan:
        day, hour = chance.randint(earliest, latest), chance.randint(9, 17)
        note = chance.choice(NOTES)
        at = datetime.combine(
            joiner.joined_date + timedelta(days=day), time(hour, chance.randrange(60)), ZONE
        )
        by = staff.get({"counter": "clerk11", "hotline": "agent1"}.get(channel, "")) or _manager(journey)
        if at > now or by is None:
            continue
        try:
            count += len(
                tick_steps(
                    journey=journey, steps=steps, by=by, channel=channel, way=way, at=at, note=note, now=at,
                    contact=_contact(chance, at) if channel == "manager" else None,
                    key=f"demo:journey:{journey.pk}:{steps[0]}",
                ).ticks
            )  # fmt: skip
        except ActRefused:
            continue  # not this customer's step, or the journey is closed already
    return count


def _contact(chance: random.Random, at: datetime) -> str:
    """Say how a manager reached the customer; nobody makes visits at the weekend."""
    chosen = chance.choice(("call", "visit"))
    return "call" if at.weekday() >= 5 else chosen


def _manager(journey: Journey) -> Employee | None:
    owed = Promise.objects.filter(person_id=journey.person_id, source="journey", responsible__isnull=False)
    found = owed.filter(responsible__job__in=["account_manager", "phone_manager"]).select_related(
        "responsible"
    )
    first = found.order_by("pk").first()
    return first.responsible if first is not None else None


def _bring_bills(joiners: list[Person], today: date, folder: Path, seed: int) -> None:
    """Bring the bills of the full months since each joined: mostly the rent and something beyond it."""
    rows = []
    for joiner in joiners:
        chance = random.Random(f"{seed} bills {joiner.code}")
        month = joiner.joined_date
        beyond = chance.choice((0, 0, 1, 30, 70))
        while month is not None and (month := _next(month)) < today.replace(day=1):
            fen = (joiner.plan_monthly_fen or 5_900) + (chance.randrange(beyond * 100) if beyond else 0)
            rows.append([joiner.code, f"{month:%Y-%m}", f"{fen / 100:.2f}"])
    if not rows:
        return
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "joiners-bills.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([["customer_id", "month", "amount_yuan"], *rows])
    report = import_feed(by=None, file=file, kind="bills", rejects_folder=folder / "rejects")
    if not report.is_clean:
        raise RuntimeError(f"the joiners' bills were not taken in whole: {report.files}")


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
