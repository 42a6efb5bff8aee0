"""Whose staff a reader may look at and act on: a lead the own units, who oversees all of them or a chosen one."""

from __future__ import annotations

from typing import Any

from upheld.faces.team.page import Reach, reach_of
from upheld.records.staff.unserved import employees_of

SERVING = ("account_manager", "phone_manager", "chief_representative", "team_lead")
"""The jobs that have a book."""


def staff_within(user: Any, unit_code: str) -> tuple[Reach, list[Any]]:
    """Give the reach of the reader and the employees within it who serve customers, by unit and code."""
    reach = reach_of(user, unit_code)
    return reach, employees_of(reach.units, jobs=SERVING)
