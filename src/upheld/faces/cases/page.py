"""Compose the page of a case: who and what, its clocks as they stand or stood, its steps, and what may be done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from upheld.faces import case_words, rule_words, wording
from upheld.faces.book import Book
from upheld.faces.cases.acts import ACTS, Offered, Standing, acts_offered, form_of
from upheld.faces.cases.bands import Band, bands_of
from upheld.faces.cases.drawing import Drawing, drawing_of
from upheld.faces.clock_lines import ClockLine, line_of
from upheld.faces.masking import masked_name
from upheld.policy.checklists import CheckList, checklists_for
from upheld.policy.editions import Edition
from upheld.policy.standards import Clause
from upheld.policy.surveys import survey_terms
from upheld.records.cases.queries import attachments_of, clocks_of_case, steps_of
from upheld.records.people.queries import places_of_people
from upheld.records.promises.given_warnings import warnings_of
from upheld.records.promises.of_cases import calls_of_case
from upheld.records.staff.on_cases import employee_names, unit_names
from upheld.records.surveys.queries import surveys_of_case
from upheld.records.tiers.queries import membership_on


@dataclass(frozen=True)
class StepLine:
    """One step as the list shows it."""

    at: datetime
    what: str
    by: str
    note: str
    detail: str
    attachment: Any = None


@dataclass
class CasePage:
    """What the page of a case shows."""

    case: Any
    title: str
    state: str
    waiting_for: str | None
    handler: str
    unit: str
    customer: dict[str, Any]
    bands: list[Band]
    drawing: Drawing | None
    whole: bool
    calls: list[ClockLine]
    steps: list[StepLine]
    at: datetime | None
    now: datetime
    reminders: Sequence[CheckList] = ()
    duties: Sequence[Clause] = ()
    surveys: list[dict[str, Any]] = field(default_factory=list)
    offered: list[Offered] = field(default_factory=list)


def case_page(
    case: Any, *, edition: Edition, book: Book, now: datetime, at: datetime | None = None, whole: bool = False
) -> CasePage:
    """Compose the page as it is, or as it stood at a moment; then nothing can be done with it."""
    moment = at or now
    clocks, steps = clocks_of_case(case.pk), steps_of(case.pk)
    states = [(one, one.state_at(moment)) for one in clocks]
    found = [(one, state) for one, state in states if state is not None]
    bands = bands_of(found, warnings=warnings_of([one.promise.pk for one in clocks]), at=moment, now=now)
    past = _as_it_stood(case, steps, moment) if at is not None else None
    calls = [one for one in calls_of_case(case.pk) if at is None]
    page = CasePage(
        case=case,
        title=case_words.case_title(case.kind if past is None else past["kind"], case.order_type),
        state=case.state if past is None else past["state"],
        waiting_for=case.waiting_for if past is None else past["waiting_for"],
        handler=_name(case.handler) if past is None else past["handler"],
        unit=(case.unit.name if case.unit else "") if past is None else past["unit"],
        customer=customer_of(case, book),
        bands=bands,
        drawing=drawing_of(
            bands, steps, opened_at=case.opened_at, at=moment, whole=whole,
            closed=(case.state if past is None else past["state"]) in ("closed", "settled"),
        ),
        whole=whole,
        calls=[line_of(one, now=now) for one in calls],
        steps=_steps(case.pk, [one for one in steps if one.at <= moment]),
        at=at,
        now=now,
    )  # fmt: skip
    if case.kind == "complaint":
        page.reminders = checklists_for(edition.checklists, occasion="hotline", moment="during")
        page.duties = _duties(edition)
    if at is None:
        _add_present(page, clocks, calls, user=book.user)
    return page


def standing_of_case(case: Any) -> Standing:
    """Find what the offer of acts depends on."""
    clocks = clocks_of_case(case.pk)
    return _standing(case, clocks, calls_of_case(case.pk), surveys_of_case(case.pk))


def customer_of(case: Any, book: Book) -> dict[str, Any]:
    """Give the customer of a case as the reader may see it: name, card, segment, group and class."""
    shown: dict[str, Any] = {
        "name": "",
        "url": "",
        "card": None,
        "standing": None,
        "segment": "",
        "group": None,
    }
    if case.group is not None:
        shown["group"] = {
            "name": case.group.name, "class": case.group.group_class, "url": reverse("group", args=[case.group.code]),
        }  # fmt: skip
    if case.person is not None:
        served = bool(book.served([case.person_id]))
        shown["name"] = case.person.name if served else masked_name(case.person.name)
        shown["url"] = reverse("person", args=[case.person.code])
        held = membership_on([case.person_id], book.day).get(case.person_id)
        shown["card"], shown["standing"] = (held.card, held.state) if held else (None, None)
        place = places_of_people([case.person_id], day=book.day).get(case.person_id)
        if case.group is None and place is not None:
            shown["group"] = {
                "name": place.group_name, "class": place.group_class, "url": reverse("group", args=[place.group_code]),
            }  # fmt: skip
        shown["role"] = place.role if place else None
    segment = (case.facts or {}).get("segment")
    shown["segment"] = wording.word(rule_words.VALUES["segment"], segment)
    return shown


def _add_present(page: CasePage, clocks: list[Any], calls: list[Any], *, user: Any) -> None:
    """Add what the present alone has: the questions asked, and the acts with their forms."""
    surveys = surveys_of_case(page.case.pk)
    page.surveys = [
        {"survey": one, "answer": getattr(one, "answer", None), "path": reverse("survey", args=[one.word])}
        for one in surveys
    ]
    standing = _standing(page.case, clocks, calls, surveys)
    names = acts_offered(page.case, user, standing)
    page.offered = [
        Offered(ACTS[name], form_of(ACTS[name], page.case, user, standing), first=number == 0)
        for number, name in enumerate(names)
    ]


def _standing(case: Any, clocks: Iterable[Any], calls: Iterable[Any], surveys: Iterable[Any]) -> Standing:
    going = [one for one in clocks if not one.ended]
    open_calls = [one for one in calls if one.state == "open" or (one.state == "broken" and not one.late)]
    unanswered = next((one for one in surveys if getattr(one, "answer", None) is None), None)
    return Standing(
        open_events=tuple(dict.fromkeys(one.clock.stops_at for one in going)),
        call_backs=tuple(
            (one.pk, gettext("due %(when)s") % {"when": case_words.moment(one.due_at)}) for one in open_calls
        ),
        survey=unanswered if case.state == "closed" else None,
        owed=bool(going) or any(one.source == "call_back" and one.state == "open" for one in open_calls),
    )


def _steps(case_id: int, steps: list[Any]) -> list[StepLine]:
    """Write the steps, the latest first."""
    files = {one.step_id: one for one in attachments_of(case_id)}
    people = employee_names(pk for step in steps for pk in _people_in(step))
    units = unit_names(step.detail["unit"] for step in steps if step.detail.get("unit"))
    return [
        StepLine(
            at=step.at,
            what=_what(step),
            by=wording.employee_name(step.by) if step.by else gettext("by itself"),
            note=step.note,
            detail=_detail(step, people, units),
            attachment=files.get(step.pk),
        )
        for step in reversed(steps)
    ]


def _people_in(step: Any) -> list[int]:
    return [step.detail[name] for name in ("from", "to") if isinstance(step.detail.get(name), int)]


def _what(step: Any) -> str:
    what = wording.word(case_words.STEPS, step.what)
    if step.what == "reached" and step.event:
        return f"{what} · {wording.word(wording.ACTIONS, step.event)}"
    if step.waiting_for:
        return f"{what} · {wording.word(case_words.WAITING_FOR, step.waiting_for)}"
    if step.what == "closed" and step.detail.get("withdrawn"):
        return f"{what} · {case_words.REASONS['withdrawn by the customer']}"
    return what


def _detail(step: Any, people: dict[int, str], units: dict[int, str]) -> str:
    """Say what a step changed beyond its words: to whom a case went, what it is now, when somebody calls."""
    detail = step.detail
    if step.what in ("assigned", "handed_over", "taken_over"):
        to = people.get(detail.get("to") or 0)
        if to:
            return gettext("to %(who)s") % {"who": to}
        return gettext("to the queue of %(unit)s") % {"unit": units.get(detail.get("unit") or 0, "")}
    if step.what == "changed":
        return gettext(", ").join(
            _change(name, detail["was"].get(name), value) for name, value in detail["is"].items()
        )
    if step.what == "call_back" and detail.get("due_at"):
        return gettext("due %(when)s") % {"when": case_words.moment(datetime.fromisoformat(detail["due_at"]))}
    if step.what == "note" and detail.get("waived"):
        return gettext("waived: %(clause)s") % {"clause": detail.get("clause", "")}
    return ""


def _change(name: str, was: Any, now: Any) -> str:
    if name == "kind":
        return f"{case_words.kind_name(was)} → {case_words.kind_name(now)}"
    if name == "area":
        return f"{case_words.area_name(was) or '–'} → {case_words.area_name(now)}"
    return f"{was or '–'} → {now}"


def _as_it_stood(case: Any, steps: Sequence[Any], at: datetime) -> dict[str, Any]:
    """Tell the head of a case at a past moment from its steps."""
    first = steps[0] if steps else None
    told: dict[str, Any] = {"state": "open", "waiting_for": None, "kind": case.kind}
    if first is not None:
        told["kind"] = first.detail.get("kind", case.kind)
    handler_id, unit_id = _first_holder(case, steps)
    before = "assigned" if handler_id else "open"
    told["state"] = before
    for step in (one for one in steps if one.at <= at):
        if step.what in ("assigned", "handed_over", "taken_over"):
            handler_id, unit_id = step.detail.get("to"), step.detail.get("unit")
            if told["state"] in ("open", "assigned", "reopened"):
                told["state"] = "assigned" if handler_id else "open"
        elif step.what == "waiting":
            before = told["state"]
            told |= {"state": "waiting", "waiting_for": step.waiting_for}
        elif step.what == "resumed":
            told |= {"state": before, "waiting_for": None}
        elif step.what == "reached" and step.event in ("first_answer", "outcome_reply", "legal_answer"):
            told["state"] = told["state"] if told["state"] == "waiting" else "answered"
        elif step.what in ("settled", "closed", "reopened"):
            told |= {"state": step.what, "waiting_for": None}
        elif step.what == "changed":
            told["kind"] = step.detail.get("is", {}).get("kind", told["kind"])
    told["handler"] = employee_names([handler_id]).get(handler_id, "") if handler_id else ""
    told["unit"] = unit_names([unit_id]).get(unit_id, "") if unit_id else ""
    return told


def _first_holder(case: Any, steps: Sequence[Any]) -> tuple[int | None, int | None]:
    """Find who had the case as it was opened: whom the first handing over took it from, else who has it still."""
    given = [one for one in steps if one.what in ("assigned", "handed_over", "taken_over")]
    if not given:
        return case.handler_id, case.unit_id
    # From which queue it went then, no step says.
    return given[0].detail.get("from"), None


def _duties(edition: Edition) -> list[Clause]:
    """Give the clause by which a complaint's outcome is told to the customer, and the customer asked (CARE-3)."""
    terms = survey_terms(edition)
    return [] if terms is None else [edition.clause(terms.clause)]


def _name(employee: Any) -> str:
    return wording.employee_name(employee) if employee is not None else ""
