"""Read who is near an employee: the leads above, and the units that stand beside, to hand something over to."""

from __future__ import annotations

from upheld.records.staff.choices import Job
from upheld.records.staff.models import Employee, Unit
from upheld.records.staff.queries import units_below

UNITS_OFFERED = 60


def units_above(unit_id: int) -> list[int]:
    """Give the ids of a unit and of every unit above it, the nearest first. One query."""
    sql = """
        WITH RECURSIVE above AS (
            SELECT id, parent_id, 0 AS height FROM staff_unit WHERE id = %s
            UNION ALL
            SELECT unit.id, unit.parent_id, height + 1 FROM staff_unit unit JOIN above ON unit.id = above.parent_id
        ) SELECT id FROM above ORDER BY height"""
    return [unit.pk for unit in Unit.objects.raw(sql, [unit_id])]


def leads_above(unit_id: int | None) -> list[Employee]:
    """Give the active team leads of a unit and of those above it, the nearest first."""
    if unit_id is None:
        return []
    heights = {pk: height for height, pk in enumerate(units_above(unit_id))}
    leads = Employee.objects.filter(job=Job.TEAM_LEAD, is_active=True, unit_id__in=list(heights))
    return sorted(
        leads.select_related("unit").order_by("code"), key=lambda one: heights[one.unit_id or unit_id]
    )


def nearest_unit_with(job: str, *, unit_id: int | None) -> int | None:
    """Give the nearest unit in which somebody active has a job: the own one, else one below the nearest above."""
    staff = Employee.objects.filter(job=job, is_active=True, unit__isnull=False).order_by("unit__code")
    for above in units_above(unit_id) if unit_id is not None else ():
        here = staff.filter(unit_id__in=units_below(above)).values_list("unit_id", flat=True).first()
        if here is not None:
            return here
    return staff.values_list("unit_id", flat=True).first()


def units_near(unit_id: int | None, *, limit: int = UNITS_OFFERED) -> list[Unit]:
    """Give the teams of the same company: those below the nearest units above, the own one first."""
    if unit_id is None:
        return list(Unit.objects.filter(kind="team").order_by("code")[:limit])
    above = units_above(unit_id)
    near = Unit.objects.filter(parent_id__in=above, kind="team").order_by("code")[:limit]
    heights = {pk: height for height, pk in enumerate(above)}
    return sorted(near, key=lambda one: (one.pk != unit_id, heights.get(one.parent_id or 0, len(heights))))
