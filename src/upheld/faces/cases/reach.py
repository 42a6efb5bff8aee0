"""Say who may look at a case: who has to do with it, who serves its customer, and those above them.

Desks, the service department and inspectors reach every customer and so every case (`faces/book.py`).
"""

from __future__ import annotations

from typing import Any

from upheld.faces.book import Book
from upheld.records.staff.queries import team_of, units_below


def reaches_case(book: Book, case: Any) -> bool:
    """Tell whether a case is within a reader's reach."""
    user = book.user
    if book.whole or user.pk in (case.handler_id, case.first_asked_id):
        return True
    if user.unit_id is not None and case.unit_id == user.unit_id:
        return True
    if user.job == "team_lead" and _is_of_team(case, user):
        return True
    return (case.person_id is not None and book.holds_person(case.person_id)) or (
        case.group_id is not None and book.holds_group(case.group_id)
    )


def _is_of_team(case: Any, lead: Any) -> bool:
    if lead.unit_id is not None and case.unit_id in units_below(lead.unit_id):
        return True
    return team_of(lead).filter(pk__in=[case.handler_id or 0, case.first_asked_id or 0]).exists()
