"""Set a month's targets, tell what was reached from real evidence, and review what was missed (MGR-2, MGR-3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.craft.reach import require_craft
from upheld.operations.refusals import ActRefused
from upheld.records.craft.choices import Cause, Chapter, Measure
from upheld.records.craft.models import MonthlyTarget, TargetReview
from upheld.records.craft.queries import entered_between
from upheld.records.evidence.models import Interaction
from upheld.records.evidence.queries import standing
from upheld.records.people.models import GroupRole
from upheld.records.periods import on_day
from upheld.records.staff.models import Employee

MOST = 10**15


def set_targets(
    *,
    by: Employee,
    employee: Employee,
    month: date,
    values: Mapping[str, tuple[int, int]],
    today: date | None = None,
) -> list[str]:
    """Set (share, target) of some measures for a month; return the measures whose target lies below the share.

    MGR-2 asks for targets slightly above the share; a lower one is warned of and stored. Raises ActRefused for a month
    that is over, unknown measures, and numbers that cannot be meant.
    """
    require_craft(by, employee.pk, act="set_targets", subject_kind="employee", subject_id=employee.pk)
    month, today = month.replace(day=1), today or timezone.localdate()
    if (month + timedelta(days=31)).replace(day=1) <= today:
        raise ActRefused("month_is_over", "targets are set before the month is over")
    for measure, numbers in values.items():
        if measure not in Measure.values:
            raise ActRefused("unknown_measure", f"{measure!r} is not one of {', '.join(Measure.values)}")
        if not all(0 <= number <= MOST for number in numbers):
            raise ActRefused("no_such_number", "a target is a number of zero or more")
    with transaction.atomic():
        for measure, (share, target) in sorted(values.items()):
            MonthlyTarget.objects.update_or_create(
                employee=employee,
                month=month,
                measure=measure,
                defaults={"share": share, "target": target, "set_by": by},
            )
        detail = {"month": month.isoformat(), "values": {name: list(two) for name, two in values.items()}}
        write_entry(act="set_targets", by=by, subject_kind="employee", subject_id=employee.pk, detail=detail)
    return [measure for measure, (share, target) in values.items() if target <= share]


def reached(*, employee: Employee | int, month: date) -> dict[str, int]:
    """Count what an employee reached in a month, where the system knows it: groups visited, signings, first contacts.

    Visits: groups that the employee's own standing visits met, by the group or one of its people. Signings: sales that
    went on to implementation. First contacts: prospects found. Sales volume is written down at the review.
    """
    pk = employee.pk if isinstance(employee, Employee) else employee
    first, until = _instants(month)
    visits = standing(
        Interaction.objects.filter(
            employee_id=pk, channel="visit", outcome="reached", happened_at__gte=first, happened_at__lt=until
        )
    )
    pairs = list(visits.values_list("person_id", "group_id"))
    groups = {group for _, group in pairs if group is not None}
    people = {person for person, _ in pairs if person is not None}
    roles = GroupRole.objects.filter(on_day(month), person_id__in=people)
    groups |= set(roles.values_list("group_id", flat=True))
    return {
        Measure.VISITS.value: len(groups),
        Measure.SIGNINGS.value: entered_between(pk, Chapter.IMPLEMENTATION, first=first, until=until),
        Measure.FIRST_CONTACTS.value: entered_between(pk, Chapter.VISIT, first=first, until=until),
    }


def review_target(
    *,
    by: Employee,
    target: MonthlyTarget | int,
    reached_number: int | None = None,
    objective_cause: str = "",
    subjective_cause: str | None = None,
    correction: str = "",
    today: date | None = None,
) -> TargetReview:
    """Write down what came of a target; a new review takes the place of the one before.

    What the system knows it counts itself; `reached_number` is for the sales volume alone. A missed target needs an
    objective cause, a subjective one (A effort, B plan, C target, D other), or both, and a correction (MGR-3). Raises
    ActRefused without them, and before the last week of the month.
    """
    stored = (
        MonthlyTarget.objects.select_related("employee")
        .filter(pk=target.pk if isinstance(target, MonthlyTarget) else target)
        .first()
    )
    if stored is None:
        raise ActRefused("no_such_target", "there is no such target")
    require_craft(by, stored.employee_id, act="review_target", subject_kind="target", subject_id=stored.pk)
    today = today or timezone.localdate()
    if today < (stored.month + timedelta(days=31)).replace(day=1) - timedelta(days=7):
        raise ActRefused("not_yet", "a month is reviewed at its end")
    if subjective_cause is not None and subjective_cause not in Cause.values:
        raise ActRefused("unknown_cause", f"{subjective_cause!r} is not one of {', '.join(Cause.values)}")
    known = reached(employee=stored.employee_id, month=stored.month).get(stored.measure)
    number = known if known is not None else reached_number
    if number is None or not 0 <= number <= MOST:
        raise ActRefused("no_such_number", "say how much was reached")
    objective, correction = objective_cause.strip(), correction.strip()
    if number < stored.target and not (correction and (objective or subjective_cause)):
        raise ActRefused("needs_a_cause", "a missed target has a cause and a correction")
    with transaction.atomic():
        review = TargetReview.objects.create(
            target=stored,
            reached=number,
            objective_cause=objective,
            subjective_cause=subjective_cause,
            correction=correction,
            by=by,
        )
        detail = {"reached": number, "target": stored.target, "cause": subjective_cause}
        write_entry(act="review_target", by=by, subject_kind="target", subject_id=stored.pk, detail=detail)
        return review


def _instants(month: date) -> tuple[datetime, datetime]:
    zone = timezone.get_default_timezone()
    first = month.replace(day=1)
    until = (first + timedelta(days=31)).replace(day=1)
    return datetime.combine(first, time(), zone), datetime.combine(until, time(), zone)
