"""Remember which language an employee reads, so that the next sign-in, on whatever machine, speaks it."""

from __future__ import annotations

from django.db import transaction

from upheld.operations.audit_trail import write_entry
from upheld.operations.refusals import ActRefused
from upheld.records.staff.choices import Language
from upheld.records.staff.models import Employee


@transaction.atomic
def choose_language(*, employee: Employee, language: str) -> bool:
    """Keep an employee's own choice of language and tell whether it is another one than before.

    `language` is `zh-hans` or `en`; raises ActRefused for any other.
    """
    if language not in Language.values:
        raise ActRefused("no_such_language", f"pages speak {', '.join(Language.values)}, not {language!r}")
    if not Employee.objects.filter(pk=employee.pk).exclude(language=language).update(language=language):
        return False
    employee.language = language
    write_entry(
        act="choose_language",
        by=employee,
        subject_kind="employee",
        subject_id=employee.pk,
        detail={"language": language},
    )
    return True
