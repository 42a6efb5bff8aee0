"""Note who signed in and who tried to: the first question of whoever looks into a leak or a quarrel.

The name that was typed is noted only where somebody signs in by it: a password typed into the wrong field must not
stand in a log that is never deleted.
"""

from __future__ import annotations

from upheld.operations.audit_trail import note_refusal, write_entry
from upheld.records.audit.models import Entry
from upheld.records.staff.models import Employee

LONGEST_NAME: int = Employee._meta.get_field("username").max_length or 0


def note_sign_in(*, employee: Employee, address: str) -> Entry:
    """Note that an employee signed in, from which network address."""
    return write_entry(
        act="sign_in",
        by=employee,
        subject_kind="employee",
        subject_id=employee.pk,
        detail={"address": address},
    )


def note_failed_sign_in(*, username: str, address: str, locked: bool) -> Entry:
    """Note that somebody failed to sign in as `username`, `locked` where no password would have been let in.

    The subject is the employee of that name, active or not; none where nobody has it.
    """
    known = None if "\0" in username else Employee.objects.filter(username=username).first()
    if locked:
        why = "too many wrong passwords before"
    elif known is None:
        why = "nobody has this name"
    else:
        why = "wrong password" if known.is_active else "the account is closed"
    subject_id = known.pk if known is not None else ""
    detail = {"address": address}
    return note_refusal(
        act="sign_in", by=None, subject_kind="employee", subject_id=subject_id, why=why, detail=detail
    )
