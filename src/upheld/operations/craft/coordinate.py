"""Let departments promise each other what a group needs: asked with a time agreed, then answered or broken (KEY-28)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from upheld.operations.audit_trail import note_refusal, write_entry
from upheld.operations.customer_reach import reaches, refuse_reach
from upheld.operations.job_required import require_job
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.operations.turns import wait_for_turn
from upheld.operations.waive_promise import is_of_team
from upheld.operations.which_edition import edition_for
from upheld.operations.who_may import job_may
from upheld.policy.clocks import warning_shares
from upheld.records.craft.models import Coordination, CoordinationAnswer, Prospect
from upheld.records.people.models import Group
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee

CLAUSE = "KEY-28"
ACTION = SOURCE = "coordination"
LATE = "answered after it was due"
FURTHEST = timedelta(days=183)
"""How far ahead a time is agreed: the standard names no figure, so it is that of an appointment with a customer."""


def ask_department(
    *,
    by: Employee,
    to: Employee | int,
    group: Group | int,
    what: str,
    due_at: datetime,
    key: str,
    prospect: Prospect | int | None = None,
    at: datetime | None = None,
) -> Coordination:
    """Ask a colleague of another department for something a group needs, due at the time agreed. Once for a key.

    It becomes a promise of the colleague, with warnings as any clock has. Raises ActRefused without words, for a time
    that has passed or lies too far ahead, and for oneself or somebody who left; NotAllowed for a group whom `by` does
    not reach.
    """
    require_job(by, "use_craft", act="ask_department", subject_kind="coordination")
    group_id = group.pk if isinstance(group, Group) else group
    at = at or timezone.now()
    if not reaches(by, person_id=None, group_id=group_id, day=timezone.localdate(at)):
        raise refuse_reach(by, act="ask_department", subject_kind="group", subject_id=group_id)
    if not what.strip():
        raise ActRefused("no_words", "say what is asked for")
    if due_at <= at:
        raise ActRefused("due_in_the_past", "the time agreed has passed")
    if due_at - at > FURTHEST:
        raise ActRefused("too_far_ahead", f"nothing is agreed more than {FURTHEST.days} days ahead")
    with transaction.atomic():
        wait_for_turn(f"ask_department {group_id}")
        stored = Coordination.objects.filter(key=key).first()
        if stored is not None:
            return stored
        asked = Employee.objects.filter(pk=to.pk if isinstance(to, Employee) else to, is_active=True).first()
        if asked is None or asked.pk == by.pk:
            raise ActRefused("nobody_to_ask", "choose a colleague of another department")
        promise = _promise(group_id, asked, at=at, due_at=due_at)
        coordination = Coordination.objects.create(
            promise=promise,
            group_id=group_id,
            prospect_id=prospect.pk if isinstance(prospect, Prospect) else prospect,
            what=what.strip(),
            asked_by=by,
            asked_at=at,
            key=key,
        )
        detail = {"to": asked.pk, "due_at": due_at.isoformat(), "promise": promise.pk}
        write_entry(
            act="ask_department",
            by=by,
            subject_kind="coordination",
            subject_id=coordination.pk,
            detail=detail,
        )
        return coordination


def answer_department(
    *, by: Employee, coordination: Coordination | int, words: str, at: datetime | None = None
) -> Promise:
    """Answer a request and keep its promise; after the time agreed it is, or stays, broken and done late.

    A further answer is added and changes nothing else; the same words pressed twice are one. Only who was asked
    answers, the lead of their team, or who oversees all.
    """
    at = at or timezone.now()
    pk = coordination.pk if isinstance(coordination, Coordination) else coordination
    if not words.strip():
        raise ActRefused("no_words", "say what is answered")
    asked = Coordination.objects.select_related("promise").filter(pk=pk).first()
    if asked is None:
        raise ActRefused("no_such_request", f"there is no request {pk}")
    if not _may_answer(asked.promise, by):
        why = "somebody else was asked"
        note_refusal(act="answer_department", by=by, subject_kind="coordination", subject_id=pk, why=why)
        raise NotAllowed("not_yours", why)
    with transaction.atomic():
        promise = Promise.objects.select_for_update(no_key=True).get(pk=asked.promise_id)
        assert promise.due_at is not None
        last = CoordinationAnswer.objects.filter(coordination=asked).order_by("-pk").first()
        if last is not None and (last.by_id, last.words) == (by.pk, words.strip()):
            return promise
        CoordinationAnswer.objects.create(coordination=asked, words=words.strip(), by=by, at=at)
        if promise.state == "open" and at <= promise.due_at:
            promise.state, promise.ended_at = "kept", at
        elif promise.state == "open":
            promise.state, promise.ended_at = "broken", promise.due_at
            promise.late, promise.end_reason = True, LATE
        elif promise.state == "broken":
            promise.late = True
        promise.warn_at = None
        promise.save(update_fields=["state", "ended_at", "late", "end_reason", "warn_at"])
        detail = {"promise": promise.pk, "state": promise.state, "late": promise.late}
        write_entry(act="answer_department", by=by, subject_kind="coordination", subject_id=pk, detail=detail)
        return promise


def _may_answer(owed: Promise, by: Employee) -> bool:
    if owed.responsible_id == by.pk or job_may(by, "waive_promise_of_any_team"):
        return True
    return job_may(by, "lead_cases") and is_of_team(owed, by)


def _promise(group_id: int, asked: Employee, *, at: datetime, due_at: datetime) -> Promise:
    record, edition = edition_for(timezone.localdate(at))
    try:
        standard = edition.clause(CLAUSE).standard
    except KeyError as error:
        raise ActRefused("no_clause", f"no standard in force has the clause {CLAUSE}") from error
    warn_ats = [at + (due_at - at) * share.numerator / share.denominator for share in warning_shares(edition)]
    before = Promise.objects.filter(group_id=group_id, clause=CLAUSE, action=ACTION)
    turn = (before.aggregate(last=Max("turn"))["last"] or 0) + 1
    return Promise.objects.create(
        group_id=group_id,
        action=ACTION,
        channels=[],
        clause=CLAUSE,
        standard=standard,
        from_date=timezone.localdate(at),
        due_date=timezone.localdate(due_at),
        turn=turn,
        edition=record,
        source=SOURCE,
        responsible=asked,
        due_at=due_at,
        warn_ats=warn_ats,
        warn_at=warn_ats[0],
    )
