"""Rules that several tables share, held by PostgreSQL: periods that never overlap, closed lists, amounts.

Nothing but PostgreSQL's core is counted on. An exclusion constraint over a number and a period usually asks
for the extension `btree_gist`; `int8range(id, id, '[]')`, a range of one number, does the same work with the
core's own operators.
"""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateRangeField, RangeOperators
from django.db.models import CheckConstraint, F, Func, Q, TextChoices, Value


def never_overlapping(*subjects: str, name: str, condition: Q | None = None) -> ExclusionConstraint:
    """Forbid two rows of the same subjects whose [from_date, until_date) periods share a day.

    `subjects` are integer columns such as `person`. A period without `until_date` lasts for ever; an empty
    period (from equal to until) overlaps nothing.
    """
    same = [(_range_of_one(subject), RangeOperators.OVERLAPS) for subject in subjects]
    period = Func(F("from_date"), F("until_date"), function="daterange", output_field=DateRangeField())
    return ExclusionConstraint(
        name=name, expressions=[*same, (period, RangeOperators.OVERLAPS)], condition=condition
    )


def _range_of_one(column: str) -> Func:
    return Func(F(column), F(column), Value("[]"), function="int8range", output_field=BigIntegerRangeField())


def one_of(field: str, choices: type[TextChoices], *, name: str) -> CheckConstraint:
    """Hold a text column to a closed list. NULL, which means unknown or none, passes."""
    return CheckConstraint(name=name, condition=Q(**{f"{field}__in": choices.values}))


def exactly_one_subject(*, name: str) -> CheckConstraint:
    """Require exactly one of `person` and `group`."""
    person_only = Q(person__isnull=False, group__isnull=True)
    group_only = Q(person__isnull=True, group__isnull=False)
    return CheckConstraint(name=name, condition=person_only | group_only)


def not_negative(field: str, *, name: str) -> CheckConstraint:
    """Require an amount or a count of zero or more. NULL passes."""
    return CheckConstraint(name=name, condition=Q(**{f"{field}__gte": 0}))


def until_after_from(*, name: str, may_be_empty: bool = False) -> CheckConstraint:
    """Require `until_date`, where given, to lie after `from_date`; on it, where a period may be empty."""
    lookup = "until_date__gte" if may_be_empty else "until_date__gt"
    return CheckConstraint(name=name, condition=Q(until_date__isnull=True) | Q(**{lookup: F("from_date")}))
