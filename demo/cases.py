"""Live through the demo's cases: opened, answered, repaired or not, with their clocks, by the real operations.

Each case of a day is drawn from the seed and the day alone, and every act on it carries a key, so that a day may be
walked again: what was done is found done, what could not happen yet happens.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from upheld.operations.answer_survey import answer_survey
from upheld.operations.cases.call_backs import keep_call_back
from upheld.operations.cases.close_case import close_case
from upheld.operations.cases.hand_over import hand_over, take_case
from upheld.operations.cases.open_case import open_case
from upheld.operations.cases.reach_event import reach_event
from upheld.operations.cases.reopen_case import reopen_case
from upheld.operations.cases.settle_case import settle_case
from upheld.operations.cases.wait_for import resume_case, wait_for
from upheld.operations.refusals import ActRefused
from upheld.operations.sweep_warnings import sweep_warnings
from upheld.records.cases.models import Case, CaseClock
from upheld.records.people.models import GroupRole, Person
from upheld.records.staff.models import Assignment, Employee
from upheld.records.surveys.models import Survey

from .case_stories import OF_GROUPS, OF_PEOPLE, REASONS, REOPENINGS, STANDING, WAITS, Kind, Standing

ZONE = ZoneInfo("Asia/Shanghai")
LONGEST_LIFE = timedelta(days=21)
"""A case that is not over after three weeks stays as it is."""
STANDING_KEY = "demo:standing:"
CALLS_RECORDED_WITHIN = timedelta(days=55)
PEOPLE_A_CASE = 500
"""How many customers there are for one case a day."""
EVENT_AFTER_HOURS = {
    "first_answer": (0.3, 7), "outcome_reply": (3, 40), "onsite_arrival": (2, 26), "repaired": (1, 8),
    "pre_accepted": (8, 50), "user_opened": (20, 110), "server_configured": (20, 110), "in_force": (0.2, 5),
}  # fmt: skip
"""How long it takes to reach an event after the one before, at least and mostly at most."""


@dataclass
class Cases:
    """Count what happened."""

    opened: int = 0
    settled: int = 0
    reopened: int = 0
    answered: int = 0


def live_cases(
    *,
    seed: int,
    first: date,
    now: datetime,
    since: date | None = None,
    progress: Callable[[int, int], object],
) -> Cases:
    """Live the cases of all days from `first` until `now`; with `since`, only those that may still have gone on."""
    begin = first if since is None else max(first, since - LONGEST_LIFE)
    today = now.astimezone(ZONE).date()
    days = (today - begin).days + 1
    house = _House(seed=seed, now=now)
    for number in range(days):
        house.live_day(begin + timedelta(days=number))
        progress(number + 1, days)
    house.stand_open()
    sweep_warnings(now=now)
    return house.lived


class _House:
    """Who works on cases and who has them."""

    def __init__(self, *, seed: int, now: datetime) -> None:
        self.seed, self.now, self.lived = seed, now, Cases()
        self.staff: dict[str, list[Employee]] = {}
        for one in Employee.objects.select_related("unit").order_by("username"):
            self.staff.setdefault(one.job, []).append(one)
        self.people: list[int] = list(Person.objects.order_by("pk").values_list("pk", flat=True))
        contacts = GroupRole.objects.filter(role="contact", until_date=None).order_by("pk")
        self.contacts: list[tuple[int, int]] = list(contacts.values_list("person_id", "group_id"))
        serving = Assignment.objects.filter(kind="account_manager", group__isnull=False, until_date=None)
        self.manager_of: dict[int, int] = dict(serving.values_list("group_id", "employee_id"))
        self.by_id = {one.pk: one for them in self.staff.values() for one in them}

    def live_day(self, day: date) -> None:
        """Open the cases of a day and let each live as far as the clock allows."""
        chance = random.Random(f"{self.seed}:cases:{day}")
        busy = 0.6 if day.weekday() >= 5 else 1.0
        # A small base has no case on many days: what is left of a whole number is drawn.
        for turn in range(int(len(self.people) / PEOPLE_A_CASE * busy + chance.random())):
            of_group = bool(self.contacts) and chance.random() < 0.25
            life = _Life(self, random.Random(f"{self.seed}:case:{day}:{turn}"), f"demo:case:{day}:{turn}")
            life.live(day, _drawn(chance, OF_GROUPS if of_group else OF_PEOPLE), of_group=of_group)

    def stand_open(self) -> None:
        """Leave some cases open in every kind of hands, and end those that stood open the last time."""
        day = self.now.astimezone(ZONE).date()
        for case in Case.objects.filter(key__startswith=STANDING_KEY).exclude(state="closed"):
            if not case.key.startswith(f"{STANDING_KEY}{day}:"):
                self._end_standing(case)
        for turn, story in enumerate(STANDING):
            key = f"{STANDING_KEY}{day}:{turn}"
            if not Case.objects.filter(key=key).exists():
                self._stand(story, key, random.Random(f"{self.seed}:{key}"))

    def _end_standing(self, case: Case) -> None:
        worker = case.handler or case.first_asked
        try:
            settle_case(case=case, by=worker, outcome="已处理并告知客户", key=f"{case.key}:settle")
            close_case(case=case, by=worker, key=f"{case.key}:close")
        except ActRefused:
            return

    def _stand(self, story: Standing, key: str, chance: random.Random) -> None:
        person, group = chance.choice(self.contacts) if story.of_group else (chance.choice(self.people), None)
        agent = (
            self.staff["hotline_agent"][0] if story.hands == "agent" else self.one(chance, "hotline_agent")
        )
        manager = self.by_id.get(self.manager_of.get(group or 0, 0))
        worker = manager if story.hands == "manager" and manager else agent
        at = self.now - timedelta(minutes=story.minutes_ago)
        case = open_case(
            by=worker, kind=story.kind, channel="hotline", key=key, summary=story.summary, person=person,
            group=group, area=story.area, address="柳溪村 3 组" if story.area == "rural" else "城关街道 12 号",
            unit=agent.unit if story.hands == "queue" else None, at=at,
        ).case_id  # fmt: skip
        if story.hands in ("field", "waiting"):
            region_id = Case.objects.values_list("region_id", flat=True).get(pk=case)
            engineer = self.one(chance, "field_engineer", region_id=region_id)
            at += timedelta(minutes=10)
            hand_over(case=case, by=worker, to_employee=engineer, note="请上门", key=f"{key}:out", at=at)
            if story.hands == "waiting":
                at += timedelta(minutes=60)
                wait_for(
                    case=case, by=engineer, waiting_for="customer", note=WAITS[0], key=f"{key}:wait", at=at
                )

    def one(self, chance: random.Random, job: str, *, region_id: int | None = None) -> Employee:
        """Choose somebody of a job, of the region's city where there is one."""
        them = self.staff[job]
        near = [one for one in them if one.unit and one.unit.region_id == region_id] if region_id else []
        return chance.choice(near or them)


def _drawn(chance: random.Random, kinds: Sequence[Kind]) -> Kind:
    return chance.choices(kinds, weights=[one.weight for one in kinds])[0]


class _Life:
    """One case from its opening to its end; every act is a key of its own."""

    def __init__(self, house: _House, chance: random.Random, key: str) -> None:
        self.house, self.chance, self.key = house, chance, key
        self.case_id = 0

    def live(self, day: date, kind: Kind, *, of_group: bool) -> None:
        """Open the case and go on until it is closed, or the clock says that it is now."""
        try:
            at, worker = self._open(day, kind, of_group)
            if kind.kind == "fault":
                at, worker = self._send_out(at, worker)
            at = self._reach_events(at, worker)
            self._end(at, worker, kind)
        except _NotYet:
            return
        except ActRefused:
            # Whoever looks at the demo may have gone on with the case in another way.
            return

    def _at(self, at: datetime) -> datetime:
        if at > self.house.now:
            raise _NotYet
        return at

    def _later(self, at: datetime, least: float, most: float) -> datetime:
        hours = least + (most - least) * self.chance.random() ** 2
        if self.chance.random() < 0.08:
            hours *= 4  # now and then nobody looks after it
        return at + timedelta(minutes=round(hours * 60))

    def _open(self, day: date, kind: Kind, of_group: bool) -> tuple[datetime, Employee]:
        chance, house = self.chance, self.house
        minutes = chance.randrange(8 * 60, 20 * 60)
        at = self._at(datetime.combine(day, time(minutes // 60, minutes % 60), ZONE))
        person_id, group_id = (
            chance.choice(house.contacts) if of_group else (chance.choice(house.people), None)
        )
        manager = house.by_id.get(house.manager_of.get(group_id or 0, 0))
        job = {"store": "store_clerk", "hotline": "hotline_agent"}.get(kind.channel, "account_manager")
        worker = manager or house.one(chance, job)
        urban = chance.random() < 0.7
        opened = open_case(
            by=worker, kind=kind.kind, channel=kind.channel, key=self.key, summary=chance.choice(kind.summaries),
            person=person_id, group=group_id, area="urban" if urban else "rural", at=at,
            address="" if kind.kind != "fault" else ("城关街道 12 号" if urban else "柳溪村 3 组"),
            order_type=chance.choice(kind.order_types) if kind.order_types else None,
        )  # fmt: skip
        self.case_id = opened.case_id
        house.lived.opened += opened.is_new
        return at, worker

    def _send_out(self, at: datetime, agent: Employee) -> tuple[datetime, Employee]:
        region_id = Case.objects.values_list("region_id", flat=True).get(pk=self.case_id)
        engineer = self.house.one(self.chance, "field_engineer", region_id=region_id)
        at = self._at(at + timedelta(minutes=self.chance.randrange(3, 25)))
        hand_over(
            case=self.case_id,
            by=agent,
            to_unit=engineer.unit,
            note="自助排障无效,请上门",
            key=f"{self.key}:out",
            at=at,
        )
        at = self._at(self._later(at, 0.2, 2))
        take_case(case=self.case_id, by=engineer, key=f"{self.key}:take", at=at)
        if self.chance.random() < 0.15:
            at = self._at(self._later(at, 0.5, 4))
            note = self.chance.choice(WAITS)
            wait_for(
                case=self.case_id,
                by=engineer,
                waiting_for="customer",
                note=note,
                key=f"{self.key}:wait",
                at=at,
            )
            at = self._at(self._later(at, 4, 22))
            resume_case(case=self.case_id, by=engineer, key=f"{self.key}:on", at=at)
        return at, engineer

    def _reach_events(self, at: datetime, worker: Employee) -> datetime:
        """Reach what the clocks wait for, one after another; the settlement brings the rest.

        A day that is walked again goes through the same events at the same instants, and finds them reached.
        """
        reached: set[str] = set()
        while True:
            begun = CaseClock.objects.filter(case_id=self.case_id, carries=None)
            waited = set(begun.values_list("stops_at", flat=True)) - reached
            event = next((one for one in EVENT_AFTER_HOURS if one in waited), None)
            if event is None:
                return at
            reached.add(event)
            at = self._at(self._later(at, *EVENT_AFTER_HOURS[event]))
            reach_event(case=self.case_id, by=worker, event=event, key=f"{self.key}:{event}", at=at)

    def _end(self, at: datetime, worker: Employee, kind: Kind) -> None:
        chance, house, key = self.chance, self.house, self.key
        quick = kind.kind in ("enquiry", "order")
        at = self._at(self._later(at, 0.1, 1 if quick else 30))
        settle_case(
            case=self.case_id, by=worker, outcome=chance.choice(kind.outcomes), key=f"{key}:settle", at=at
        )
        house.lived.settled += 1
        at = self._at(self._later(at, 0.2, 20))
        close_case(case=self.case_id, by=worker, key=f"{key}:close", at=at)
        if kind.kind == "complaint" and chance.random() < 0.12:
            at = self._at(self._later(at, 5, 60))
            reopen_case(
                case=self.case_id, by=worker, note=chance.choice(REOPENINGS), key=f"{key}:again", at=at
            )
            house.lived.reopened += 1
            at = self._at(self._later(at, 1, 30))
            settle_case(
                case=self.case_id,
                by=worker,
                outcome=chance.choice(kind.outcomes),
                key=f"{key}:settle2",
                at=at,
            )
            at = self._at(self._later(at, 0.2, 20))
            close_case(case=self.case_id, by=worker, key=f"{key}:close2", at=at)
        self._answer(at)

    def _answer(self, at: datetime) -> None:
        survey = Survey.objects.filter(case_id=self.case_id).order_by("-pk").first()
        if survey is None or self.chance.random() < 0.45:
            return
        score = self.chance.choices((1, 2, 3, 4, 5), weights=(4, 5, 10, 33, 48))[0]
        at = self._at(self._later(at, 0.1, 30))
        answered = answer_survey(survey=survey, score=score, reason=self.chance.choice(REASONS[score]), at=at)
        self.house.lived.answered += answered.is_new
        owed = answered.call_back
        if owed is None or owed.responsible is None or self.chance.random() < 0.2:
            return
        at = self._at(self._later(at, 1, 8))
        if self.house.now - at < CALLS_RECORDED_WITHIN:
            keep_call_back(
                promise=owed, by=owed.responsible, key=f"{self.key}:call", note="已致歉并说明", at=at
            )


class _NotYet(Exception):
    """The next act lies after now."""
