"""Read who works on cases: the colleagues that one may be handed to, and the names behind the ids of old steps."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from upheld.records.staff.models import Employee, Unit


def colleagues_on_cases(unit_ids: Collection[int], *, jobs: Collection[str], limit: int) -> list[Employee]:
    """Give the active employees of some units who have one of the jobs, by unit and code; at most `limit`."""
    found = Employee.objects.filter(unit_id__in=unit_ids, job__in=jobs, is_active=True)
    return list(found.select_related("unit").order_by("unit__code", "code")[:limit])


def employee_names(employee_ids: Iterable[int]) -> dict[int, str]:
    """Give the names of employees by id, who left among them."""
    return dict(Employee.objects.filter(pk__in=set(employee_ids)).values_list("pk", "name"))


def unit_names(unit_ids: Iterable[int]) -> dict[int, str]:
    """Give the names of units by id."""
    return dict(Unit.objects.filter(pk__in=set(unit_ids)).values_list("pk", "name"))
