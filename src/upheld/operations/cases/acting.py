"""Hold a case while something is done with it: one act at a time, dated no earlier than the one before, stored once.

Every act on a case goes the same way: the case is locked, a key that was used before is answered with what was stored
then, the act is refused or done, and it ends in a step, the evidence of what happened.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.cases.live_clocks import Live, clocks_of
from upheld.operations.job_required import require_job
from upheld.operations.refusals import ActRefused
from upheld.records.cases.models import Case, CaseStep
from upheld.records.staff.models import Employee

OPEN_STATES = frozenset({"open", "assigned", "waiting", "answered", "reopened"})
"""The states in which something is still to be done."""


@dataclass
class Act:
    """An act under way on a locked case. `done` is the step that was stored under the same key before, if any."""

    case: Case
    by: Employee | None
    at: datetime
    key: str | None
    done: CaseStep | None = None
    _clocks: list[Live] | None = field(default=None, repr=False)

    @property
    def clocks(self) -> list[Live]:
        """Give the clocks of the case as they stood when the act began, locked."""
        if self._clocks is None:
            self._clocks = clocks_of(self.case.pk)
        return self._clocks

    def step(
        self, what: str, *, note: str = "", detail: dict[str, Any] | None = None, **fields: Any
    ) -> CaseStep:
        """Add the step of this act and its audit entry."""
        step = CaseStep.objects.create(
            case=self.case,
            what=what,
            at=self.at,
            by=self.by,
            note=note,
            detail=detail or {},
            key=self.key,
            **fields,
        )
        told = {"step": step.pk, **{name: value for name, value in fields.items() if value}, **(detail or {})}
        write_entry(act=f"case_{what}", by=self.by, subject_kind="case", subject_id=self.case.pk, detail=told)
        return step

    def save(self, **fields: Any) -> None:
        """Write changed columns of the case, and that this was its last step."""
        for name, value in fields.items():
            setattr(self.case, name, value)
        self.case.last_step_at = self.at
        self.case.save(update_fields=[*fields, "last_step_at"])


@contextmanager
def act_on(
    case: Case | int,
    *,
    by: Employee | None,
    at: datetime | None = None,
    key: str | None = None,
    permission: str = "work_case",
    states: Collection[str] = OPEN_STATES,
) -> Any:
    """Lock a case and yield the `Act`; one transaction.

    `by` None is the system. Without `at` the act is dated now, or with the last step where the machine's clock was set
    back. Raises NotAllowed (noted in the audit trail), and ActRefused for a case that is not there (`no_such_case`) or
    in none of the `states` (`wrong_state`), a time to come or before the last step.
    """
    pk = case.pk if isinstance(case, Case) else case
    require_job(by, permission, act=permission, subject_kind="case", subject_id=pk)
    with transaction.atomic():
        locked = Case.objects.select_for_update(no_key=True).filter(pk=pk).first()
        if locked is None:
            raise ActRefused("no_such_case", f"there is no case {pk}")
        done = CaseStep.objects.filter(key=key).first() if key else None
        if done is not None:
            if done.case_id != pk:
                raise ActRefused("key_used", f"the key {key!r} was used for another case")
            yield Act(locked, by, done.at, key, done)
            return
        if locked.state not in states:
            raise ActRefused("wrong_state", f"the case is {locked.state}")
        yield Act(locked, by, _instant(at, locked.last_step_at), key)


def _instant(at: datetime | None, last: datetime) -> datetime:
    now = timezone.now()
    if at is None:
        return max(now, last)
    if at > now:
        raise ActRefused("in_the_future", f"{at.isoformat()} lies in the future")
    if at < last:
        raise ActRefused("before_last_step", f"the last step of the case was at {last.isoformat()}")
    return at
