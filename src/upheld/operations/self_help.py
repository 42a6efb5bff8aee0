"""Guide a customer through what can be tried before anybody is sent (CT-15): every answer is a step of the case."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from upheld.operations.cases.acting import act_on
from upheld.operations.cases.settle_case import settle_case
from upheld.operations.job_required import require_job
from upheld.operations.refusals import ActRefused
from upheld.operations.which_edition import edition_for
from upheld.policy.editions import Edition
from upheld.policy.self_help import Guide, guide_for
from upheld.records.cases.models import Case, CaseStep
from upheld.records.people.models import Service
from upheld.records.staff.models import Employee

ANSWERS = ("solved", "not_solved", "skipped", "seen")
"""What came of a step; `seen`: what needs an engineer at once was seen, and the rest need not be tried."""


def guide_of_case(case: Case, *, edition: Edition) -> Guide | None:
    """Return the guide for the service of a case, by its kind in the feed's word."""
    kind = Service.objects.filter(pk=case.service_id or 0).values_list("kind", flat=True).first()
    return guide_for(edition.self_help, service_kind=kind)


def answer_help_step(
    *,
    case: Case | int,
    by: Employee,
    guide: str,
    step: str,
    answer: str,
    key: str,
    note: str = "",
    outcome: str = "",
    at: datetime | None = None,
) -> CaseStep:
    """Write down what came of a step; solved, the case is settled at once with the `outcome` as it was told.

    Raises ActRefused for a guide, step or answer that there is not.
    """
    pk = case.pk if isinstance(case, Case) else case
    if answer not in ANSWERS:
        raise ActRefused("unknown_answer", f"{answer!r} is not one of {', '.join(ANSWERS)}")
    require_job(by, "work_case", act="answer_help_step", subject_kind="case", subject_id=pk)
    with transaction.atomic():
        with act_on(pk, by=by, key=key, at=at) as act:
            if act.done is not None:
                return act.done
            _, edition = edition_for(timezone.localdate(act.at))
            found = next((one for one in edition.self_help if one.name == guide), None)
            if found is None or found.step(step) is None:
                raise ActRefused("unknown_step", f"no guide {guide!r} has a step {step!r}")
            detail = {"guide": guide, "step": step, "answer": answer, "clause": found.clause}
            answered = act.step("note", note=note, detail=detail)
            act.save()
        if answer == "solved":
            settle_case(case=pk, by=by, outcome=outcome or note or step, key=f"{key}:settled", at=at)
        return answered
