"""Show a masked name in full to somebody who does not serve the person: the look leaves its audit entry first."""

from __future__ import annotations

from upheld.operations.audit_trail import note_unmasking
from upheld.records.people.models import Person
from upheld.records.staff.models import Employee


def reveal_name(*, person: Person, by: Employee) -> str:
    """Return a person's name in full."""
    note_unmasking(by=by, subject_kind="person", subject_id=person.pk, field="name")
    return person.name
