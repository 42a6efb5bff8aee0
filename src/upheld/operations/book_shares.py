"""Work out who gets which part of somebody's book: one colleague all of it, or several by region, language and load.

Nothing is written here. Whatever has no customer of its own, or nobody to choose for, goes to one who takes the rest:
the colleague named, else the lead above, else a colleague of the same job. So nothing is left with nobody.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, F, Q, QuerySet

from upheld.operations.assign_manager import JOB_OF, choose_for
from upheld.operations.refusals import ActRefused
from upheld.operations.who_may import job_may
from upheld.records.cases.models import Case
from upheld.records.staff.models import Assignment, Employee, Lent
from upheld.records.staff.near import leads_above

Place = tuple[str, str]
"""A column of an assignment (person or group) and its kind."""


@dataclass
class Shares:
    """Who gets what; `rest` takes what nobody else does."""

    rest: Employee
    to_one: bool = False
    now: dict[Place, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    """Who serves each person or group from the day on, by place."""
    later: dict[int, int] = field(default_factory=dict)
    """Who is to have each assignment that begins later, by assignment."""
    cases: dict[int, int] = field(default_factory=dict)

    @property
    def receivers(self) -> frozenset[int]:
        """Give everybody who gets something."""
        served = {one for employee_of in self.now.values() for one in employee_of.values()}
        return frozenset(served | set(self.later.values()) | set(self.cases.values()))


def share_out(
    employee: Employee, *, to: Employee | None, day: date, within: Collection[int] | None
) -> Shares:
    """Say who gets which part of a book from a day on; `within` narrows whom to choose from (a lead's own team).

    Raises ActRefused (`nobody_to_choose`) where there is nobody at all.
    """
    shares = Shares(rest=to or _who_takes_the_rest(employee, within), to_one=to is not None)
    still = Q(until_date__isnull=True) | Q(until_date__gt=day)
    rows = Assignment.objects.filter(still, employee=employee).order_by("pk")
    found: dict[Place, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    begins_later: set[int] = set()
    for pk, person, group, kind, begins in rows.values_list(
        "pk", "person_id", "group_id", "kind", "from_date"
    ):
        place, subject = (("person", kind), person) if person is not None else (("group", kind), group)
        found[place][subject].append(pk)
        if begins > day:
            begins_later.add(pk)
    added: dict[str, Counter[int]] = defaultdict(Counter)
    for place, assignments_of in found.items():
        column, kind = place
        chosen = _chosen(employee, column, list(assignments_of), kind, to, day, within, added[kind])
        for subject, ids in assignments_of.items():
            receiver = chosen.get(subject, shares.rest.pk)
            for pk in ids:
                if pk in begins_later:
                    shares.later[pk] = receiver
                else:
                    shares.now[place][subject] = receiver
    shares.cases = _cases(employee, to, shares.rest)
    return shares


def _chosen(
    employee: Employee,
    column: str,
    subjects: list[int],
    kind: str,
    to: Employee | None,
    day: date,
    within: Collection[int] | None,
    added: Counter[int],
) -> dict[int, int]:
    if to is not None and to.job in (JOB_OF[kind], "team_lead"):
        return dict.fromkeys(subjects, to.pk)
    choices = choose_for(
        column, subjects, kind=kind, day=day, within=within, without={employee.pk}, added=added
    )
    return {subject: choice.employee_id for subject, choice in choices.items()}


def _who_takes_the_rest(employee: Employee, within: Collection[int] | None) -> Employee:
    for lead in leads_above(employee.unit_id):
        if lead.pk != employee.pk and (within is None or lead.pk in within):
            return lead
    same = Employee.objects.filter(job=employee.job, is_active=True).exclude(pk=employee.pk)
    if within is not None:
        same = same.filter(pk__in=within)
    found = same.order_by("code").first()
    if found is None:
        raise ActRefused("nobody_to_choose", "there is nobody who could take the book")
    return found


def cases_of(employee: Employee) -> QuerySet[Case]:
    """Select the open cases of an employee, those that a deputy has meanwhile among them."""
    lent = Lent.objects.filter(absence__employee=employee, back_at__isnull=True, case__handler=F("to"))
    mine = Q(handler=employee) | Q(pk__in=lent.values("case_id"))
    return Case.objects.filter(mine).exclude(state="closed")


def _cases(employee: Employee, to: Employee | None, rest: Employee) -> dict[int, int]:
    """Give open cases to the colleague, or spread them over those of the same unit and job who have the fewest."""
    open_cases = list(cases_of(employee).order_by("pk").values_list("pk", flat=True))
    if not open_cases:
        return {}
    if to is not None:
        return dict.fromkeys(open_cases, to.pk)
    colleagues = Employee.objects.filter(unit=employee.unit, job=employee.job, is_active=True)
    mates = [one for one in colleagues.exclude(pk=employee.pk) if job_may(one, "work_case")] or [rest]
    has = Counter(
        dict(
            Case.objects.filter(handler__in=mates)
            .exclude(state="closed")
            .values_list("handler_id")
            .annotate(Count("pk"))
        )
    )
    shared: dict[int, int] = {}
    for pk in open_cases:
        receiver = min(mates, key=lambda one: (has[one.pk], one.code))
        shared[pk] = receiver.pk
        has[receiver.pk] += 1
    return shared
