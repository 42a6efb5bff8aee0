"""Close the account of somebody who left, and open it again: from that moment on nobody gets in with it.

What the employee still owes stays as it is, and shows as of somebody who left, until it is handed over by a
row of assignments. The password goes with the account, so that no session of before lives again, and an
account opened by mistake lets nobody in.
"""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.hashers import make_password
from django.db import transaction

from upheld.operations.audit_trail import write_entry
from upheld.operations.refusals import ActRefused
from upheld.records.staff.models import Employee


@transaction.atomic
def close_account(*, username: str, by: Employee | None) -> Employee:
    """Close the account of the employee who signs in as `username`, and return the employee.

    Every session ends with its next request. Closed once more, nothing changes. Raises ActRefused for an
    unknown name.
    """
    employee = _named(username)
    if employee.is_active:
        Employee.objects.filter(pk=employee.pk).update(is_active=False)
        end_accounts([employee.pk], by=by)
        employee.refresh_from_db()
    return employee


@transaction.atomic
def open_account(*, username: str, by: Employee | None) -> Employee:
    """Open a closed account again; it needs a new password. Raises ActRefused for an unknown name."""
    employee = _named(username)
    if not employee.is_active:
        employee.is_active = True
        employee.save(update_fields=["is_active"])
        write_entry(act="open_account", by=by, subject_kind="employee", subject_id=employee.pk)
    return employee


def end_accounts(employee_ids: Collection[int], *, by: Employee | None) -> None:
    """Take the passwords of employees whose accounts were closed just now, and note each; inside the act's
    transaction.
    """
    for employee_id in employee_ids:
        # A password that fits nothing changes what every session is signed with.
        Employee.objects.filter(pk=employee_id).update(password=make_password(None))
        write_entry(act="close_account", by=by, subject_kind="employee", subject_id=employee_id)


def _named(username: str) -> Employee:
    employee = Employee.objects.select_for_update().filter(username=username).first()
    if employee is None:
        raise ActRefused("no_such_employee", f"nobody signs in as {username!r}")
    return employee
