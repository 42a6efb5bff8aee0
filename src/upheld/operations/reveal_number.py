"""Show a masked number in full: the look itself is an act, and leaves its audit entry before the number
is given.
"""

from __future__ import annotations

from upheld.operations.audit_trail import note_unmasking
from upheld.operations.refusals import ActRefused
from upheld.records.people.models import Person
from upheld.records.staff.models import Employee


def reveal_number(*, person: Person | int, by: Employee) -> str:
    """Return a person's telephone number in full; '' where none is known. Raises ActRefused for nobody
    there.
    """
    pk = person.pk if isinstance(person, Person) else person
    numbers = Person.objects.filter(pk=pk).values_list("phone", flat=True)
    if not numbers:
        raise ActRefused("no_such_person", f"there is no person {pk}")
    note_unmasking(by=by, subject_kind="person", subject_id=pk, field="phone")
    return numbers[0] or ""
