"""Who does on a day what an employee owes: the employee, or whoever stands in while the employee is away.

A deputy who is away as well has a deputy of one's own. Where the chain ends with somebody who is away, or goes round in
a circle, what is owed stays with whom it belongs to: somebody always has it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple


class Away(NamedTuple):
    """Days [from_date, until_date) on which an employee is away, and who stands in; None: nobody."""

    from_date: date
    until_date: date
    deputy_id: int | None


Absences = Mapping[int, Sequence[Away]]
"""When each employee is away; whoever is always there is left out."""


def is_away(employee_id: int, *, day: date, absences: Absences) -> bool:
    """Tell whether an employee is away on a day."""
    return _on(employee_id, day, absences) is not None


def on_duty(employee_id: int, *, day: date, absences: Absences, gone: Collection[int] = ()) -> int:
    """Return who does what the employee owes on a day; `gone` are those who left and stand in for nobody."""
    if employee_id not in absences:
        return employee_id
    seen, there = {employee_id}, employee_id
    while (away := _on(there, day, absences)) is not None:
        if away.deputy_id is None or away.deputy_id in seen or away.deputy_id in gone:
            return employee_id
        there = away.deputy_id
        seen.add(there)
    return there


def _on(employee_id: int, day: date, absences: Absences) -> Away | None:
    return next((one for one in absences.get(employee_id, ()) if one.from_date <= day < one.until_date), None)
