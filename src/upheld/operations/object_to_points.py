"""Object to a row of points, and answer an objection: the employee says why, the lead decides and says why."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from upheld.operations.audit_trail import refusals_noted, write_entry
from upheld.operations.job_required import require_job
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.operations.turns import wait_for_turn
from upheld.operations.who_may import OVERSEEING
from upheld.records.staff.models import Employee
from upheld.records.staff.queries import team_of
from upheld.records.staff_points.models import Objection, ObjectionAnswer, PointsRow

LONGEST_REASON = 2_000


def object_to_points(
    *, row: PointsRow | int, by: Employee, reason: str, now: datetime | None = None
) -> Objection:
    """Object to one's own row, once. Raises NotAllowed for another's row, ActRefused for one that counts no more."""
    reason = reason.strip()[:LONGEST_REASON]
    if not reason:
        raise ActRefused("no_reason", "an objection says why")
    pk = row.pk if isinstance(row, PointsRow) else row
    noted = refusals_noted(act="object_to_points", by=by, subject_kind="points_row", subject_id=pk)
    try:
        with noted, transaction.atomic():
            # The ledger stands still meanwhile: a night's run must not take back what is objected to.
            wait_for_turn("award_points")
            found = PointsRow.objects.filter(pk=pk).first()
            if found is None or found.employee_id != by.pk:
                raise NotAllowed("not_your_row", "one objects to one's own points")
            if found.reverses_id is not None or PointsRow.objects.filter(reverses_id=pk).exists():
                raise ActRefused("counts_no_more", "this row was taken back")
            objection = Objection.objects.create(
                row=found, employee=by, reason=reason, at=now or timezone.now()
            )
            write_entry(act="object_to_points", by=by, subject_kind="points_row", subject_id=pk)
            return objection
    except IntegrityError:
        raise ActRefused("objected_before", "this row was objected to before") from None


def answer_objection(
    *,
    objection: Objection | int,
    by: Employee,
    accepted: bool,
    words: str,
    counts_in_full: bool = False,
    now: datetime | None = None,
) -> ObjectionAnswer:
    """Decide about an objection of one's team, once. Accepted, the row is taken back: not counted, or counted in full.

    The act is settled then: no later run counts it anew. Raises NotAllowed for oneself and for another team's
    employee; ActRefused where it was answered before, or without words.
    """
    words = words.strip()[:LONGEST_REASON]
    if not words:
        raise ActRefused("no_reason", "an answer says why")
    pk = objection.pk if isinstance(objection, Objection) else objection
    why = "this job answers no objections"
    require_job(
        by, "answer_objection", act="answer_objection", subject_kind="objection", subject_id=pk, why=why
    )
    noted = refusals_noted(act="answer_objection", by=by, subject_kind="objection", subject_id=pk)
    with noted, transaction.atomic():
        wait_for_turn("award_points")
        found = Objection.objects.select_related("row").filter(pk=pk).first()
        if found is None:
            raise ActRefused("no_such_objection", f"there is no objection {pk}")
        if found.employee_id == by.pk:
            raise NotAllowed("own_objection", "nobody answers the own objection")
        if by.job not in OVERSEEING and not team_of(by).filter(pk=found.employee_id).exists():
            raise NotAllowed("other_team", "this is another team's employee")
        if ObjectionAnswer.objects.filter(objection=found).exists():
            raise ActRefused("answered_before", "this objection was answered before")
        answer = ObjectionAnswer.objects.create(
            objection=found,
            by=by,
            accepted=accepted,
            counts_in_full=accepted and counts_in_full,
            words=words,
            at=now or timezone.now(),
        )
        if accepted:
            _settle(found, counts_in_full)
        detail = {"accepted": accepted, "counts_in_full": answer.counts_in_full}
        write_entry(act="answer_objection", by=by, subject_kind="objection", subject_id=pk, detail=detail)
        return answer


def _settle(objection: Objection, counts_in_full: bool) -> None:
    """Take the row back, and count the act in full where that was decided."""
    row = objection.row
    if PointsRow.objects.filter(reverses=row).exists():
        # Taken back by a night's run since; what it was counted as then stands or falls with a new objection.
        return
    same = {
        name: getattr(row, name)
        for name in ("employee_id", "day", "about", "event", "action", "clause", "edition_id", "promise_id",
                     "answer_id", "moment_id")
    }  # fmt: skip
    PointsRow.objects.create(
        **same, points=-row.points, possible=-row.possible, turn=row.turn, reverses=row, objection=objection
    )
    if counts_in_full:
        PointsRow.objects.create(
            **same, points=row.possible, possible=row.possible, turn=row.turn + 1, objection=objection
        )
