"""Compose a journey for its page and for its section on other pages: the steps, who did them, what may be ticked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from upheld.faces import rule_words, wording
from upheld.faces.journeys import words
from upheld.faces.journeys.advice import Advice, advice_for
from upheld.faces.journeys.drawing import Drawing, drawing_of
from upheld.faces.permissions import may
from upheld.operations.journeys.tick_step import CHANNELS_OF, CONTACTS, steps_known
from upheld.policy.checklists import CheckList
from upheld.policy.journeys import Step, ways_of
from upheld.records.evidence.queries import interactions_with_ids
from upheld.records.journeys.queries import day_of_journey, ticks_of
from upheld.records.promises.of_journeys import promises_of_journeys
from upheld.records.promises.queries import evidence_of
from upheld.records.standards.queries import loaded_edition
from upheld.records.surveys.queries import survey_of_journey

PLAN_FIT, ALONE = "plan_fit_coached", "manager_assigned"
VISITS = ("first_return_visit", "vip_first_return_visit", "closing_visit")


@dataclass(frozen=True)
class TickLine:
    """One tick: who, by which channel and way, when, what was noted, and whether it was taken back."""

    id: int
    who: str
    channel: str
    way: str
    at: datetime
    note: str
    taken_back: str
    may_take_back: bool


@dataclass
class StepLine:
    """One step: its window, how it stands, who did it, and the ways in which the reader may tick it."""

    step: str
    title: str
    clause: str
    from_date: date | None
    due_date: date
    state: str
    state_words: str
    tone: str
    done_on: date | None
    responsible: str
    ways: str
    ticks: list[TickLine] = field(default_factory=list)
    may_tick: str = ""
    digit: int = 0
    checklists: Sequence[CheckList] = ()
    advice: Advice | None = None


@dataclass
class JourneyPage:
    """The journey of one customer as a reader sees it."""

    journey: Any
    day: int
    lines: list[StepLine]
    drawing: Drawing
    done: int
    owed: int
    channel: str
    contacts: list[dict[str, str]]
    ending: str
    guide: bool
    may_tell: bool
    question: dict[str, Any] | None = None

    @property
    def tickable(self) -> list[StepLine]:
        """Give the lines that the reader may tick now."""
        return [line for line in self.lines if line.may_tick]


def journey_page(journey: Any, *, user: Any, now: datetime, with_advice: bool = True) -> JourneyPage:
    """Compose a journey for a reader at an instant; a handful of queries."""
    edition, today = loaded_edition(journey.edition), timezone.localdate(now)
    promises = {one.action: one for one in promises_of_journeys([journey.person_id]).get(journey.person_id, [])
                if one.from_date >= journey.joined_date}  # fmt: skip
    known = steps_known(journey, day=now)
    ticks: dict[str, list[Any]] = {}
    for tick in ticks_of([journey.pk]).get(journey.pk, []):
        ticks.setdefault(tick.step, []).append(tick)
    recorded = _recorded(promises, ticks)
    running = journey.closed_at is None
    channels = CHANNELS_OF.get(user.job, ()) if may(user, "tick_journey") and running else ()
    lines = []
    for step in dict.fromkeys([*known, *promises, *ticks]):
        ways = ways_of(edition=edition, step=step, as_of=journey.started_on)
        line = _line(step, known.get(step), promises.get(step), ticks.get(step, []), ways, today, user)
        if line is None:
            continue
        for one in recorded.get(step, ()):
            line.ticks.append(one)
            if not one.taken_back:
                line.done_on = line.done_on or timezone.localdate(one.at)
        if (
            channels
            and step in known
            and known[step].from_date <= today
            and line.state not in ("kept", "late", "seen")
        ):
            line.may_tick = next((way for way in ("staff", "guide") if way in ways), "")
        line.checklists = (
            [one for one in edition.checklists if one.step == step] if line.state != "never" else ()
        )
        lines.append(line)
    lines.sort(key=lambda one: (one.from_date or journey.joined_date, one.due_date))
    for digit, line in enumerate((one for one in lines if one.may_tick), start=1):
        line.digit = digit if digit <= 9 else 0
    if with_advice:
        for line in lines:
            if line.step == PLAN_FIT and line.from_date is not None and line.from_date <= today:
                line.advice = advice_for(journey, edition=edition, as_of=today)
    counted = [one for one in lines if one.state not in ("never", "seen")]
    return JourneyPage(
        journey=journey,
        day=day_of_journey(journey, today if running else timezone.localdate(journey.closed_at)),
        lines=lines,
        drawing=drawing_of(lines, joined=journey.joined_date, today=today if running else None,
                           parameters=edition.parameters),
        done=sum(one.state in ("kept", "late", "waived") for one in counted),
        owed=len(counted),
        channel=channels[0] if channels else "",
        contacts=_contacts(channels),
        ending=wording.word(words.ENDINGS, journey.closed_how) if journey.closed_how else "",
        guide=bool(channels) and any("guide" in ways_of(edition=edition, step=one, as_of=journey.started_on)
                                     for one in known),
        may_tell=bool(channels),
        question=_question(journey) if journey.closed_at else None,
    )  # fmt: skip


def _question(journey: Any) -> dict[str, Any] | None:
    """Give the question on satisfaction, where it stands and what was answered; None where nobody was asked."""
    asked = survey_of_journey(journey.pk)
    if asked is None:
        return None
    answer = getattr(asked, "answer", None)
    return {"path": reverse("survey", args=[asked.word]), "score": answer.score if answer else None,
            "reason": answer.reason if answer else ""}  # fmt: skip


def _contacts(channels: Sequence[str]) -> list[dict[str, str]]:
    """Offer how the customer was reached, where the reader's channel has more than one way."""
    if not channels or channels[0] != "manager":
        return []
    return [{"code": code, "name": wording.word(wording.ACTIONS, code)} for code in CONTACTS[channels[0]]]


def _line(
    step: str, owed: Step | None, promise: Any, ticks: list[Any], ways: Sequence[str], today: date, user: Any
) -> StepLine | None:
    standing = [one for one in ticks if one.taken_back is None]
    if owed is None and promise is None and not ticks:
        return None
    source = promise or owed
    due = source.due_date if source is not None else timezone.localdate(ticks[0].at)
    state = _state(promise, bool(standing), source, today)
    return StepLine(
        step=step,
        title=words.step_name(step),
        clause=source.clause if source is not None else "JOIN-1",
        from_date=source.from_date if source is not None else None,
        due_date=due,
        state=state,
        state_words=wording.word(words.STATES, state),
        tone={"kept": "kept", "seen": "kept", "late": "late", "due": "open", "coming": "plain",
              "broken": "broken", "waived": "waived", "never": "plain"}[state],
        done_on=timezone.localdate(standing[0].at) if standing else None,
        responsible=wording.employee_name(promise.responsible) if promise and promise.responsible_id else "",
        ways=gettext(", ").join(wording.word(rule_words.DELIVERIES, way) for way in ways),
        ticks=[_tick(one, user) for one in ticks],
    )  # fmt: skip


def _recorded(promises: Mapping[str, Any], ticks: Mapping[str, list[Any]]) -> dict[str, list[TickLine]]:
    """Give the contacts that were recorded for steps elsewhere: on the workbench, or a message that was delivered."""
    ticked = {one.interaction_id for found in ticks.values() for one in found}
    evidence = evidence_of([one.pk for one in promises.values()])
    wanted = {link.interaction_id for links in evidence.values() for link in links} - ticked
    contacts = interactions_with_ids(sorted(wanted))
    return {
        step: [
            _contact(contacts[link.interaction_id])
            for link in evidence.get(promise.pk, ())
            if link.interaction_id in contacts and contacts[link.interaction_id].outcome == "reached"
        ]
        for step, promise in promises.items()
    }


def _contact(contact: Any) -> TickLine:
    return TickLine(
        id=0,
        who=wording.employee_name(contact.employee)
        if contact.employee_id
        else wording.word(words.CHANNELS, "system"),
        channel=wording.word(wording.ACTIONS, contact.channel),
        way="",
        at=contact.happened_at,
        note=contact.report,
        taken_back=gettext("the contact was taken back") if contact.was_reversed else "",
        may_take_back=False,
    )


def _state(promise: Any, done: bool, source: Any, today: date) -> str:
    if promise is None:
        return "seen" if done else "never"
    if promise.state in ("kept", "broken"):
        return "late" if promise.late else promise.state
    if promise.state == "waived":
        return "waived"
    return "due" if source.from_date <= today else "coming"


def _tick(tick: Any, user: Any) -> TickLine:
    own = tick.by_id is not None and tick.by_id == user.pk
    back = tick.taken_back
    return TickLine(
        id=tick.pk,
        who=wording.employee_name(tick.by) if tick.by_id else wording.word(words.CHANNELS, "system"),
        channel=wording.word(words.CHANNELS, tick.channel),
        way=wording.word(rule_words.DELIVERIES, tick.way) if tick.way else "",
        at=tick.at,
        note=tick.note,
        taken_back=back.note if back is not None else "",
        may_take_back=back is None and may(user, "tick_journey" if own else "take_back_tick_of_others"),
    )


def summary_of(journey: Any, promises: Sequence[Any], *, today: date) -> Mapping[str, Any]:
    """Sum one journey up for a list: its day, how many steps are done, what is due now, and who answers."""
    own = [one for one in promises if one.from_date >= journey.joined_date]
    due = [one for one in own if one.state == "open" and one.from_date <= today]
    return {
        "journey": journey,
        "day": day_of_journey(journey, today),
        "done": sum(one.state in ("kept", "waived") or one.late for one in own),
        "owed": len(own),
        "missed": sum(one.state == "broken" and not one.late for one in own),
        "due": [
            {"title": words.step_name(one.action), "due_date": one.due_date, "clause": one.clause}
            for one in due
        ],
        "responsible": next(
            (wording.employee_name(one.responsible) for one in due if one.responsible_id), ""
        ),
    }
