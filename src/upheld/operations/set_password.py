"""Give an employee a password, so that the employee may sign in; the audit notes that, and never the password."""

from __future__ import annotations

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from upheld.operations.audit_trail import write_entry
from upheld.operations.refusals import ActRefused
from upheld.records.staff.models import Employee


@transaction.atomic
def set_password(*, username: str, password: str, by: Employee | None) -> Employee:
    """Set the password of the employee who signs in as `username` and return the employee.

    Raises ActRefused for an unknown name, a closed account, or a password that the settings' rules find too weak.
    """
    employee = Employee.objects.filter(username=username).first()
    if employee is None:
        raise ActRefused("no_such_employee", f"nobody signs in as {username!r}; import the staff first")
    if not employee.is_active:
        raise ActRefused("account_closed", f"the account of {username!r} is closed; open it first")
    try:
        validate_password(password, employee)
    except ValidationError as weak:
        raise ActRefused("weak_password", " ".join(weak.messages)) from None
    employee.password = make_password(password)
    employee.save(update_fields=["password"])
    write_entry(act="set_password", by=by, subject_kind="employee", subject_id=employee.pk)
    return employee
