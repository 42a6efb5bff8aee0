"""What may be done with a case: which acts its state and the reader's job offer, and the operation behind each.

One table says it all; the page shows a form for each act that is offered, and the view of acts looks it up here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from upheld.faces import wording
from upheld.faces.cases import forms as shapes
from upheld.faces.cases.files import kept_type
from upheld.faces.permissions import may
from upheld.operations.answer_survey import answer_survey
from upheld.operations.cases.acting import OPEN_STATES
from upheld.operations.cases.call_backs import keep_call_back, promise_call_back
from upheld.operations.cases.change_case import change_case
from upheld.operations.cases.close_case import close_case
from upheld.operations.cases.hand_over import hand_over, take_case
from upheld.operations.cases.notes import add_note, attach_file
from upheld.operations.cases.reach_event import REACHED, reach_event
from upheld.operations.cases.reopen_case import reopen_case
from upheld.operations.cases.settle_case import settle_case
from upheld.operations.cases.wait_for import resume_case, wait_for
from upheld.operations.refusals import ActRefused
from upheld.operations.who_may import JOBS_ALLOWED
from upheld.records.staff.near import leads_above, units_near
from upheld.records.staff.on_cases import colleagues_on_cases

COLLEAGUES_OFFERED = 40


@dataclass(frozen=True)
class Act:
    """One act: its name in the address, its words, its sign, its form, and what does it."""

    name: str
    label: Any
    done: Any
    icon: str
    form: type[shapes.ActForm]
    do: Callable[..., object]


@dataclass
class Offered:
    """An act with its form, ready to be shown; `opened` where it was just refused."""

    act: Act
    form: shapes.ActForm
    opened: bool = False
    first: bool = False


def _hand(*, case: Any, by: Any, key: str, to: str, note: str) -> object:
    kind, _sign, pk = to.partition("-")
    if not pk.isdigit():
        raise ActRefused("to_whom", "name a colleague or a unit")
    target: dict[str, Any] = {"to_unit": int(pk)} if kind == "unit" else {"to_employee": int(pk)}
    return hand_over(case=case, by=by, note=note, key=key, **target)


def _change(*, case: Any, by: Any, key: str, kind: str, area: str, note: str) -> object:
    return change_case(case=case, by=by, kind=kind, area=area or None, note=note, key=key)


def _withdraw(*, case: Any, by: Any, key: str, note: str) -> object:
    return close_case(case=case, by=by, withdrawn=True, note=note, key=key)


def _attach(*, case: Any, by: Any, key: str, file: Any) -> object:
    content = file.read()
    return attach_file(
        case=case, by=by, name=file.name, content_type=kept_type(content), content=content, key=key
    )


def _called(*, case: Any, by: Any, key: str, promise: str, outcome: str, note: str) -> object:
    return keep_call_back(promise=int(promise), by=by, key=key, outcome=outcome, note=note)


def _answer(*, case: Any, by: Any, key: str, score: int, reason: str, survey: Any = None) -> object:
    answered = answer_survey(survey=survey, score=score, reason=reason, by=by)
    if not answered.is_new and (answered.answer.score, answered.answer.reason) != (score, reason.strip()):
        raise ActRefused("already_answered", "the question was answered before; the first answer stands")
    return answered


ACTS = {
    act.name: act
    for act in (
        Act("take", _("Take"), _("The case is yours now."), "check", shapes.ActForm, take_case),
        Act("reach", _("Done just now"), _("Written down; its clocks stopped."), "kept", shapes.ReachForm, reach_event),
        Act("settle", _("Settle"), _("The case is settled."), "kept", shapes.SettleForm, settle_case),
        Act("resume", _("Go on"), _("The case goes on."), "next", shapes.OptionalNoteForm, resume_case),
        Act("wait", _("Wait"), _("The case waits."), "frozen", shapes.WaitForm, wait_for),
        Act("hand-over", _("Hand over"), _("Handed over."), "people", shapes.HandOverForm, _hand),
        Act("called", _("Call made"), _("The call is recorded."), "call", shapes.CallMadeForm, _called),
        Act("call-back", _("Promise a call-back"), _("The call-back is promised."), "call", shapes.CallBackForm,
            promise_call_back),
        Act("close", _("Close"), _("The case is closed."), "lock", shapes.OptionalNoteForm, close_case),
        Act("reopen", _("Reopen"), _("The case is open again."), "open", shapes.ReasonForm, reopen_case),
        Act("survey", _("Answer by telephone"), _("The answer is written down."), "sms", shapes.SurveyForm, _answer),
        Act("note", _("Note"), _("The note is kept."), "note", shapes.NoteForm, add_note),
        Act("attach", _("Attach a file"), _("The file is kept."), "link", shapes.FileForm, _attach),
        Act("change", _("Change kind or place"), _("Changed; the clocks are counted anew."), "filter",
            shapes.ChangeForm, _change),
        Act("withdraw", _("Withdrawn by the customer"), _("The case is closed as withdrawn."), "cancelled",
            shapes.ReasonForm, _withdraw),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """What the offer of acts depends on besides the case: open clocks, open call-backs, an unanswered question."""

    open_events: tuple[str, ...]
    call_backs: tuple[tuple[int, str], ...]
    survey: Any
    owed: bool


def acts_offered(case: Any, user: Any, standing: Standing) -> list[str]:
    """Name the acts that a case in its state offers to a reader, the likeliest first."""
    if not may(user, "work_case"):
        return []
    is_open, state = case.state in OPEN_STATES, case.state
    takeable = case.handler_id is None or may(user, "lead_cases")
    offers = {
        "take": is_open and case.handler_id != user.pk and takeable,
        "reach": is_open and bool(reachable(case, standing)),
        "settle": is_open,
        "resume": state == "waiting",
        "wait": is_open and state != "waiting",
        "hand-over": is_open,
        "called": bool(standing.call_backs),
        "call-back": True,
        "close": state == "settled" or (is_open and not standing.owed),
        "reopen": state in ("settled", "closed"),
        "survey": standing.survey is not None,
        "note": True,
        "attach": True,
        "change": is_open,
        "withdraw": is_open or state == "settled",
    }
    return [name for name, offered in offers.items() if offered]


def reachable(case: Any, standing: Standing) -> list[str]:
    """Give the events that the open clocks of a case wait for; settling is an act of its own."""
    return [event for event in REACHED if event in standing.open_events]


def form_of(
    act: Act, case: Any, user: Any, standing: Standing, data: Any = None, files: Any = None
) -> shapes.ActForm:
    """Make the form of an act, with its lists filled for this case."""
    given: dict[str, Any] = {"choices": _choices(act.name, case, user, standing)}
    if act.name == "change":
        given["initial"] = {"kind": case.kind, "area": case.area or ""}
    if act.name == "call-back":
        given["initial"] = {"due_at": shapes.in_an_hour()}
    return act.form(data, files, **given) if data is not None else act.form(**given)


def do_act(act: Act, form: shapes.ActForm, *, case: Any, by: Any, standing: Standing) -> None:
    """Do what a valid form asks for. Raises ActRefused as the operation does."""
    given = dict(form.cleaned_data)
    if act.name == "survey":
        given["survey"] = standing.survey
    act.do(case=case.pk, by=by, **given)


def _choices(name: str, case: Any, user: Any, standing: Standing) -> dict[str, list[tuple[str, Any]]]:
    if name == "reach":
        events = reachable(case, standing)
        return {"event": [(event, wording.word(wording.ACTIONS, event)) for event in events]}
    if name == "wait":
        return {"waiting_for": shapes.reasons_offered()}
    if name == "change":
        return {"kind": shapes.kinds_offered(), "area": shapes.areas_offered()}
    if name == "called":
        return {"promise": [(str(pk), words) for pk, words in standing.call_backs]}
    if name == "hand-over":
        return {"to": _places(case, user)}
    return {}


def _places(case: Any, user: Any) -> list[tuple[str, Any]]:
    """Offer to whom a case may go: the leads above, colleagues of the case's unit and the own, the teams near."""
    leads = leads_above(user.unit_id)
    units = [one for one in {case.unit_id, user.unit_id} if one is not None]
    colleagues = colleagues_on_cases(units, jobs=JOBS_ALLOWED["work_case"], limit=COLLEAGUES_OFFERED)
    people = {one.pk: one for one in (*leads, *colleagues) if one.pk not in (case.handler_id,)}
    offered: list[tuple[str, Any]] = [("", _("Choose …"))]
    offered += [
        (f"person-{one.pk}", f"{one.name} · {wording.word(wording.JOBS, one.job)}") for one in people.values()
    ]
    return offered + [
        (f"unit-{one.pk}", gettext("queue of %(unit)s") % {"unit": one.name})
        for one in units_near(user.unit_id)
    ]
