"""Work out, in reading alone, what handing a book over changes: who gets which promise, who stands in, on which day.

The act does what stands here, and the preview shows it: so the two never differ, and looking locks nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from django.db.models import Count, Q

from upheld.operations.appointment_clashes import Agreed, Clash, appointments_of, clashes_among
from upheld.operations.book_shares import Shares
from upheld.operations.move_promises import Answering, who_answers
from upheld.operations.suggest_days import ToSpread, level_anew
from upheld.policy.day_spread import is_on_the_road
from upheld.policy.deputies import Away, on_duty
from upheld.records.cases.models import Case
from upheld.records.periods import on_day
from upheld.records.promises.choices import Source
from upheld.records.promises.models import PlannedDay, Promise
from upheld.records.staff.models import Absence, Assignment, Employee, Lent
from upheld.records.staff.queries import leavers

CASE_STILL_OWES = Q(state="open") | Q(state="broken", late=False, action="call_back")
"""What goes over with a case, as in `cases/hand_over.py`."""


@dataclass(frozen=True)
class Load:
    """How much somebody has: customers served, open promises, open cases."""

    customers: int = 0
    promises: int = 0
    cases: int = 0


class Lending(NamedTuple):
    """Somebody else's promise that a deputy is to have: because of which absence, and who."""

    absence_id: int
    to_id: int


@dataclass
class BookPlan:
    """What will be done; nothing is written yet."""

    giver_id: int
    day: date
    shares: Shares
    deputies: dict[int, int | None] = field(default_factory=dict)
    """Who stands in instead of the giver, by absence; None: nobody."""
    called_off: list[int] = field(default_factory=list)
    owners: dict[int, int] = field(default_factory=dict)
    """Who has each promise that changes hands."""
    lent: dict[int, Lending] = field(default_factory=dict)
    back: list[int] = field(default_factory=list)
    """The promises that are lent no longer, or otherwise than before."""
    cases_lent: dict[int, int] = field(default_factory=dict)
    spread: list[ToSpread] = field(default_factory=list)
    days: dict[int, date] = field(default_factory=dict)
    """The day on which each promise with a suggested one is to be done by who gets it."""
    things: Counter[str] = field(default_factory=Counter)
    before: dict[int, Load] = field(default_factory=dict)
    after: dict[int, Load] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)


def plan_book(giver: Employee, shares: Shares, *, day: date) -> BookPlan:
    """Say what handing over a book in these shares changes as of a day. Reads alone."""
    return _Planning(giver, shares, day).plan


def promises_concerned(giver: Employee, shares: Shares, day: date) -> Q:
    """Select the open promises outside cases that may change hands: the giver's, and those of the customers."""
    lent = Lent.objects.filter(Q(absence__employee=giver) | Q(to=giver), back_at__isnull=True)
    answering = _answering(giver, shares, day)
    theirs = Q(person_id__in=answering.person_ids) | Q(group_id__in=answering.group_ids)
    mine = Q(responsible=giver) | Q(pk__in=lent.values("promise_id"))
    return (mine | theirs) & Q(state="open", case__isnull=True)


def _answering(giver: Employee, shares: Shares, day: date) -> Answering:
    """Read who answers before, as if the giver were still there; what somebody who left owes is to be moved too."""
    people = [pk for (column, _), served in shares.now.items() if column == "person" for pk in served]
    groups = [pk for (column, _), served in shares.now.items() if column == "group" for pk in served]
    found = who_answers(person_ids=people, group_ids=groups, day=day)
    if giver.is_active:
        return found
    everybody = {pk: found.people.get(pk, giver.pk) for pk in found.person_ids}
    all_groups = {pk: found.groups.get(pk, giver.pk) for pk in found.group_ids}
    return Answering(day, everybody, all_groups, found.person_ids, found.group_ids)


class _Owed(NamedTuple):
    pk: int
    person_id: int | None
    group_id: int | None
    source: str
    due_date: date
    due_at: object
    planned_on: date | None
    responsible_id: int | None
    action: str
    from_date: date
    home: int | None
    seat: int | None

    @property
    def to_spread(self) -> tuple[int, int, int]:
        return (self.home or self.seat or 0, self.group_id or 0, self.person_id or 0)


class _Planning:
    """One reading; the steps stand in the order in which they need each other."""

    def __init__(self, giver: Employee, shares: Shares, day: date) -> None:
        self.giver, self.shares, self.day = giver, shares, day
        self.plan = BookPlan(giver.pk, day, shares)
        self.gone = leavers() | {giver.pk}
        self._absences()
        self._read()
        for owed in self.rows:
            self._owner(owed)
        self._cases_lent()
        self._days()
        self._count()
        self._loads()
        self._clashes()

    def _absences(self) -> None:
        """Let somebody else stand in wherever the giver was to, and call off when the giver was to be away."""
        self.away: dict[int, list[tuple[int, Away]]] = defaultdict(list)
        rest = self.shares.rest.pk
        columns = ("pk", "employee_id", "from_date", "until_date", "deputy_id")
        for pk, employee, begins, ends, deputy in Absence.objects.order_by("from_date").values_list(*columns):
            if employee == self.giver.pk and begins > self.day:
                self.plan.called_off += [pk] if ends > begins else []
                continue
            if deputy == self.giver.pk and ends > self.day:
                deputy = self.plan.deputies[pk] = rest if employee != rest else None
            if ends > begins:
                self.away[employee].append((pk, Away(begins, ends, deputy)))
        self.absences = {pk: [one for _, one in found] for pk, found in self.away.items()}

    def _read(self) -> None:
        concerned = promises_concerned(self.giver, self.shares, self.day)
        columns = ("pk", "person_id", "group_id", "source", "due_date", "due_at", "planned_on", "responsible_id",
                   "action", "from_date", "person__region_id", "group__region_id")  # fmt: skip
        self.rows = [
            _Owed(*row) for row in Promise.objects.filter(concerned).order_by("pk").values_list(*columns)
        ]
        lent = Lent.objects.filter(promise_id__in=[one.pk for one in self.rows], back_at__isnull=True)
        self.lent_of = {
            promise: (Lending(absence, to), owner)
            for promise, absence, to, owner in lent.values_list(
                "promise_id", "absence_id", "to_id", "absence__employee_id"
            )
            if promise is not None
        }
        self.before = _answering(self.giver, self.shares, self.day)
        self.after = who_answers(
            person_ids={*self.before.person_ids, *(one.person_id for one in self.rows if one.person_id)},
            group_ids={*self.before.group_ids, *(one.group_id for one in self.rows if one.group_id)},
            day=self.day,
            instead=self.shares.now,
        )

    def _owner(self, owed: _Owed) -> None:
        """Say who is to owe a promise, and who does it where that one is away on its last day."""
        lending, owner = self.lent_of.get(owed.pk, (None, owed.responsible_id))
        if owner == self.giver.pk:
            owner = self._of_the_giver(owed)
        elif owed.responsible_id != self.giver.pk:
            owner = self._of_the_customer(owed, owner)
            if owner is None:
                return
        assert owner is not None
        has_it = on_duty(owner, day=owed.due_date, absences=self.absences, gone=self.gone)
        wanted = None
        if has_it != owner and owed.source != Source.CONTACT_PLAN:
            wanted = Lending(self._absence_of(owner, owed.due_date), has_it)
        if lending is not None and lending != wanted:
            self.plan.back.append(owed.pk)
        if wanted is not None and lending != wanted:
            self.plan.lent[owed.pk] = wanted
        if has_it != owed.responsible_id:
            self.plan.owners[owed.pk] = has_it

    def _of_the_giver(self, owed: _Owed) -> int:
        answers, before = _of(self.after, owed), _of(self.before, owed)
        if answers in (None, self.giver.pk):
            return self.shares.rest.pk
        served = owed.source == Source.CONTACT_PLAN or before == self.giver.pk
        assert answers is not None
        return answers if served or not self.shares.to_one else self.shares.rest.pk

    def _of_the_customer(self, owed: _Owed, owner: int | None) -> int | None:
        """Say who is to owe what is with somebody else; None where that stays as it is."""
        answers, before = _of(self.after, owed), _of(self.before, owed)
        if answers is None or (owed.source != Source.CONTACT_PLAN and owner not in (None, before)):
            return None
        return None if answers == owner else answers

    def _absence_of(self, employee: int, day: date) -> int:
        return next(pk for pk, one in self.away[employee] if one.from_date <= day < one.until_date)

    def _cases_lent(self) -> None:
        """Let whoever takes a case, or the rest, have what the giver has of those who are away."""
        held = Lent.objects.filter(to=self.giver, case__isnull=False, back_at__isnull=True)
        for pk, case in held.values_list("pk", "case_id"):
            self.plan.cases_lent[pk] = self.shares.cases.get(case or 0, self.shares.rest.pk)

    def _days(self) -> None:
        """Spread what has a suggested day anew for who gets it; a day that somebody chose stays chosen."""
        moved = [
            one for one in self.rows if one.pk in self.plan.owners and one.due_at is None and one.planned_on
        ]
        settings = PlannedDay.objects.filter(promise_id__in=[one.pk for one in moved]).order_by("pk")
        chosen = {promise for promise, by in dict(settings.values_list("promise_id", "by")).items() if by}
        rows = {one.pk: self._to_spread(one) for one in moved}
        given = [one for pk, one in rows.items() if pk in chosen]
        self.plan.spread = [one for pk, one in rows.items() if pk not in chosen]
        self.plan.days = level_anew(self.plan.spread, from_date=self.day, given=given)

    def _to_spread(self, one: _Owed) -> ToSpread:
        return ToSpread(
            id=one.pk,
            employee_id=self.plan.owners[one.pk],
            on_the_road=is_on_the_road(one.action),
            from_date=one.from_date,
            due_date=one.due_date,
            was=one.planned_on,
            place=one.to_spread,
        )

    def _count(self) -> None:
        things = self.plan.things
        things["cases"] = len(self.shares.cases)
        for (column, _), served in self.shares.now.items():
            things[f"{column}s"] += len(served)
        things["later"] = len(self.shares.later)
        things["stands_in"] = len(self.plan.deputies)
        mine = [one for one in self.rows if self.giver.pk in (one.responsible_id, self._owner_before(one))]
        things["appointments"] = sum(one.source == Source.APPOINTMENT for one in mine)
        things["planned_days"] = sum(one.planned_on is not None for one in mine)
        things["promises"] = len(mine)

    def _owner_before(self, owed: _Owed) -> int | None:
        return self.lent_of[owed.pk][1] if owed.pk in self.lent_of else owed.responsible_id

    def _loads(self) -> None:
        """Count what everybody concerned has now, and add what comes and goes."""
        moves: list[tuple[str, int | None, int]] = []
        for served in self.shares.now.values():
            moves += [("customers", self.giver.pk, receiver) for receiver in served.values()]
        holders = {one.pk: one.responsible_id for one in self.rows}
        moves += [("promises", holders[pk], receiver) for pk, receiver in self.plan.owners.items()]
        receivers = self.shares.cases
        handlers = Case.objects.filter(pk__in=receivers).values_list("pk", "handler_id")
        moves += [("cases", handler, receivers[pk]) for pk, handler in handlers]
        clocks = Promise.objects.filter(case_id__in=receivers, state="open")
        moves += [
            ("promises", holder, receivers[case])
            for case, holder in clocks.values_list("case_id", "responsible_id")
            if case is not None
        ]
        gains: dict[int, Counter[str]] = defaultdict(Counter)
        for what, giver, receiver in moves:
            gains[receiver][what] += 1
            if giver is not None:
                gains[giver][what] -= 1
        concerned = {self.giver.pk, self.shares.rest.pk, *self.shares.receivers, *gains}
        self.plan.before = loads_of(sorted(concerned), day=self.day)
        self.plan.after = {pk: _plus(load, gains[pk]) for pk, load in self.plan.before.items()}

    def _clashes(self) -> None:
        """Find the appointments that come to lie in the time of another one of who gets them."""
        moved = {one.pk for one in self.rows if one.source == Source.APPOINTMENT} & self.plan.owners.keys()
        if not moved:
            return
        agreed = appointments_of({*self.plan.owners.values(), self.giver.pk}, also=moved, from_date=self.day)
        after = [Agreed(pk, self.plan.owners.get(pk, who), begins, ends) for pk, who, begins, ends in agreed]
        self.plan.clashes = [one for one in clashes_among(after) if moved & {one.first_id, one.second_id}]


def _of(answering: Answering, owed: _Owed) -> int | None:
    if owed.person_id is not None:
        return answering.people.get(owed.person_id)
    return answering.groups.get(owed.group_id or 0)


def _plus(load: Load, gains: Mapping[str, int]) -> Load:
    return Load(
        load.customers + gains["customers"], load.promises + gains["promises"], load.cases + gains["cases"]
    )


def loads_of(employee_ids: Iterable[int], *, day: date) -> dict[int, Load]:
    """Count what each of some employees has: customers served on a day, open promises, open cases. Three queries."""
    ids = list(employee_ids)
    served = Assignment.objects.filter(on_day(day), employee_id__in=ids).values_list("employee_id")
    owed = Promise.objects.filter(responsible_id__in=ids, state="open").values_list("responsible_id")
    cases = Case.objects.filter(handler_id__in=ids).exclude(state="closed").values_list("handler_id")
    counted = [dict(rows.annotate(Count("pk")).order_by()) for rows in (served, owed, cases)]
    return {pk: Load(*(one.get(pk, 0) for one in counted)) for pk in ids}
