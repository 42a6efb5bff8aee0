"""Reopen a case whose end did not hold: its last clocks go on with what they had left.

The answer that was given first stays given; what ends the matter (the settlement, the repair, the reply on the
outcome) is owed again. The time while the case was settled does not count. A clock that had run out before stays
broken and is not counted twice (docs/decisions/0015-what-reopening-owes.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from upheld.operations.cases.acting import act_on
from upheld.operations.cases.close_case import WITHDRAWN
from upheld.operations.cases.live_clocks import Begun, Live, begin_clocks, edition_with_id
from upheld.operations.refusals import ActRefused
from upheld.policy import clocks as policy
from upheld.records.cases.models import Case, CaseStep
from upheld.records.staff.models import Employee

ENDS = frozenset({"settled", "outcome_reply", "legal_answer", "repaired", "in_force", "server_configured"})
"""The events that end a matter; where a case has none of them, what was reached last was the end."""


def reopen_case(
    *,
    case: Case | int,
    by: Employee | None,
    note: str,
    key: str | None = None,
    at: datetime | None = None,
) -> CaseStep:
    """Open a settled or closed case again; raises ActRefused without a word on why."""
    with act_on(case, by=by, key=key, at=at, states={"settled", "closed"}) as act:
        if act.done is not None:
            return act.done
        if not note.strip():
            raise ActRefused("no_reason", "write down why the case is opened again")
        times = act.case.times_reopened + 1
        step = act.step("reopened", note=note, detail={"times": times})
        act.save(state="reopened", closed_at=None, times_reopened=times, outcome="")
        restarted = sorted(_owed_again(act.clocks), key=lambda one: (one.edition_id, one.id))
        for edition_id, clocks in groupby(restarted, key=lambda one: one.edition_id):
            begun = [_restarted(one, act.at) for one in clocks]
            edition = edition_with_id(edition_id)
            begin_clocks(begun, case=act.case, edition=edition, edition_id=edition_id, step_id=step.pk)
        return step


def _owed_again(clocks: Sequence[Live]) -> list[Live]:
    """Choose what is owed again, of the newest clocks of each clause and event: the kept ones that end the matter, and
    what was still owed as the customer took the case back.
    """
    by_name = {(one.clause, one.stops_at): one for one in sorted(clocks, key=lambda one: one.id)}
    newest = sorted(by_name.values(), key=lambda one: one.id)
    taken_back = [one for one in newest if one.state == "cancelled" and one.last.reason == WITHDRAWN]
    kept = [one for one in newest if one.last.what == "stopped" and one.state == "kept"]
    # A clock that another kind of case had, or that was counted anew under another clause, ended no matter.
    if taken_back or any(one.stops_at in ENDS and one.state != "cancelled" for one in newest):
        return taken_back + [one for one in kept if one.stops_at in ENDS]
    last = max((one.last.at for one in kept), default=None)
    return [one for one in kept if one.last.at == last]


def _restarted(one: Live, at: datetime) -> Begun:
    event = policy.resume(
        one.last,
        at=at,
        whole=one.whole,
        measure=one.measure,
        calendars=one.calendars,
        started_at=one.started_at,
        reason="reopened",
    )
    return Begun(one.as_given, event, turn=one.turn + 1, carries=one.id)
