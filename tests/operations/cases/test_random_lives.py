"""Random lives of cases against a walk from minute to minute: whatever happens, in whatever order, both tell the same.

A few dozen lives by default; `UPHELD_CASE_LIVES=3000` makes thousands. Each life is drawn from its own number, which
the name of a failing test shows.
"""

from __future__ import annotations

import os
import random
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from upheld.operations.activate_edition import activate_edition
from upheld.operations.cases.call_backs import promise_call_back
from upheld.operations.cases.change_case import change_case, recount_case
from upheld.operations.cases.close_case import close_case
from upheld.operations.cases.hand_over import hand_over
from upheld.operations.cases.notes import add_note
from upheld.operations.cases.open_case import open_case
from upheld.operations.cases.reach_event import reach_event
from upheld.operations.cases.reopen_case import reopen_case
from upheld.operations.cases.settle_case import settle_case
from upheld.operations.cases.wait_for import resume_case, wait_for
from upheld.operations.refusals import ActRefused
from upheld.operations.sweep_warnings import sweep_warnings
from upheld.operations.waive_promise import waive_promise
from upheld.records.cases.models import Case, CaseClock, CaseStep, ClockEvent
from upheld.records.cases.queries import clocks_of_case, states_at
from upheld.records.people.models import Person
from upheld.records.promises.models import Promise
from upheld.records.standards.models import Activation, EditionRecord
from upheld.records.tiers.models import Membership, Rating

from .made_standards import CALL_BACK, KINDS, WAITS, make, write
from .minute_walk import Paper, Sheet, instant_of, minute_of
from .walked_case import WalkedCase

pytestmark = pytest.mark.django_db

LIVES = int(os.environ.get("UPHELD_CASE_LIVES", "30"))
LIVES_A_TEST = 15
STEPS = 14
EDITIONS = 4
EVENTS = ("first_answer", "in_force", "pre_accepted", "user_opened", "server_configured")
MINUTE = timedelta(minutes=1)


class Life:
    """One case in PostgreSQL and the same case on paper; every act goes to both."""

    def __init__(
        self, chance: random.Random, papers: dict[int, Paper], people: dict[str, Any], moment: Any
    ) -> None:
        self.chance, self.papers, self.people, self.moment = chance, papers, people, moment
        self.now = minute_of(datetime.fromisoformat("2026-03-09T00:00+08:00")) + chance.randrange(7 * 24 * 60)
        self.told = [f"{instant_of(self.now):%m-%d %H:%M} opened"]
        self.moment(instant_of(self.now))
        self.edition = self._activate()
        self.kind, self.area = chance.choice(KINDS), chance.choice([None, "urban", "rural"])
        self._hold_card(chance.random() < 0.5)
        self.case = open_case(
            by=people["manager"], kind=self.kind, channel="hotline", key=f"life-{chance.random()}", area=self.area,
            person=people["person"], summary="客户来电",
        ).case_id  # fmt: skip
        self.walked = WalkedCase(self.papers[self.edition], self._facts(), self.now)
        self.history: dict[type, list[tuple[Any, ...]]] = {CaseStep: [], ClockEvent: []}

    # --- what happens ------------------------------------------------------------------------------

    def happens(self) -> None:
        """Let some time pass, and something happen."""
        longest = self.chance.choice([0, 5, 90, 600, 3 * 24 * 60])
        self.now += self.chance.randint(0, longest)
        self.moment(instant_of(self.now))
        state = Case.objects.values_list("state", flat=True).get(pk=self.case)
        acts = [self.activates, self.card_changes, self.is_swept, self.is_noted, self.call_is_promised]
        if state == "closed":
            acts += [self.is_reopened] * 4
        elif state == "settled":
            acts += [self.is_reopened, self.is_closed] * 3
        else:
            acts += [self.is_reached] * 3 + [
                self.is_recounted,
                self.changes,
                self.is_waived,
                self.is_handed_over,
            ]
            acts += [self.is_settled, self.is_withdrawn]
            acts += [self.goes_on] * 4 if state == "waiting" else [self.waits] * 3
        act = self.chance.choice(acts)
        self.told.append(f"{instant_of(self.now):%m-%d %H:%M} {act.__name__}")
        act()

    def _activate(self) -> int:
        number = self.chance.choice(list(self.papers))
        record = self.people["editions"][number]
        Activation.objects.create(edition=record, active_from=record.active_from)
        return number

    def _hold_card(self, active: bool) -> None:
        self.card = "gold" if active else None
        state = "active" if active else "frozen"
        Membership.objects.filter(person=self.people["person"]).update(state=state)

    def _facts(self) -> dict[str, Any]:
        known = {"case": self.kind, "area": self.area, "card": self.card}
        return {fact: value for fact, value in known.items() if value is not None}

    def _does(self, act: Any, **given: Any) -> Any:
        self.told[-1] += f" {given}" if given else ""
        return act(case=self.case, by=self.people["manager"], **given)

    def activates(self) -> None:
        self.edition = self._activate()

    def card_changes(self) -> None:
        self._hold_card(self.card is None)

    def is_swept(self) -> None:
        sweep_warnings(now=instant_of(self.now))
        self.walked.sweep(self.now)

    def is_noted(self) -> None:
        self._does(add_note, note="已联系")
        self.walked.note(self.now)

    def call_is_promised(self) -> None:
        due_at = instant_of(self.now) + timedelta(hours=self.chance.randint(1, 40))
        self._does(promise_call_back, due_at=due_at, clause=CALL_BACK)
        self.walked.note(self.now)

    def is_handed_over(self) -> None:
        here, there = self.people["manager"], self.people["colleague"]
        if Case.objects.values_list("handler_id", flat=True).get(pk=self.case) == there.pk:
            here, there = there, here
        hand_over(case=self.case, by=here, to_employee=there, note="请跟进")
        self.walked.note(self.now)

    def waits(self) -> None:
        reason = self.chance.choice(WAITS)
        self._does(wait_for, waiting_for=reason, note="等")
        self.walked.wait(reason, self.now)

    def goes_on(self) -> None:
        self._does(resume_case)
        self.walked.go_on(self.now)

    def is_reached(self) -> None:
        running = [one.given.row["stops_at"] for one in self.walked.sheets if not one.is_over]
        event = self.chance.choice([one for one in running if one != "settled"] * 3 + list(EVENTS))
        if event in self.walked.reached:
            with pytest.raises(ActRefused, match="reached before"):
                self._does(reach_event, event=event)
        else:
            self._does(reach_event, event=event)
            self.walked.reach(event, self.now)

    def is_recounted(self) -> None:
        changed = self._does(recount_case, why="夜间") is not None
        assert changed == self.walked.recount(self.papers[self.edition], self._facts(), self.now)

    def changes(self) -> None:
        was = self.kind, self.area
        self.kind, self.area = self.chance.choice(KINDS), self.chance.choice([self.area, "urban", "rural"])
        if was == (self.kind, self.area):
            return
        self._does(change_case, kind=self.kind, area=self.area)
        self.walked.recount(self.papers[self.edition], self._facts(), self.now, always=True)

    def is_waived(self) -> None:
        may = [one for one in self._pairs() if one[1].state in ("open", "broken")]
        if may:
            promise, sheet = self.chance.choice(may)
            self.told[-1] += f" {sheet.given.name}"
            waive_promise(promise=promise, reason="客户同意", approver=self.people["lead"])
            self.walked.waive(sheet, self.now)

    def is_settled(self) -> None:
        self._does(settle_case, outcome="已办")
        self.walked.settle(self.now)

    def is_withdrawn(self) -> None:
        self._does(close_case, withdrawn=True, note="不用了")
        self.walked.withdraw(self.now)

    def is_closed(self) -> None:
        if Promise.objects.filter(case_id=self.case, state="open", source="call_back").exists():
            with pytest.raises(ActRefused, match="still owed: call_back"):
                self._does(close_case)
        else:
            self._does(close_case)
            self.walked.close(self.now)

    def is_reopened(self) -> None:
        self._does(reopen_case, note="又来电")
        self.walked.reopen(self.now)

    # --- what both tell ----------------------------------------------------------------------------

    def _pairs(self) -> list[tuple[Promise, Sheet]]:
        """Give the promises with the sheets of their clocks, those begun by one act by name."""
        stored = [
            (one.events[0].step_id, one.promise.clause, one.promise.action, one.promise)
            for one in clocks_of_case(self.case)
        ]
        sheets = sorted(self.walked.sheets, key=lambda one: (one.batch, one.given.name))
        promises = [one[3] for one in sorted(stored, key=lambda one: one[:3])]
        assert [(one.clause, one.action) for one in promises] == [one.given.name for one in sheets]
        return list(zip(promises, sheets, strict=True))

    def check(self) -> None:
        """Compare every promise and clock as they are now."""
        for promise, sheet in self._pairs():
            ended = None if promise.ended_at is None else minute_of(promise.ended_at)
            of_promise = (promise.turn, promise.state, ended, promise.late)
            assert of_promise == (sheet.turn, sheet.state, sheet.ended, sheet.late), sheet.given.name
            assert minute_of(promise.due_at) == sheet.due, sheet.given.name
            stands = sheet.state == "open" and not sheet.is_over and not sheet.runs
            assert (promise.paused_at is not None) == stands, sheet.given.name
            if sheet.state == "open" and sheet.runs and promise.warned < 3:
                assert promise.warn_at is not None
        self.check_at(self.now)
        self.check_invariants()

    def check_at(self, minute: int) -> None:
        """Compare how every clock stood at a minute."""
        by_promise = {promise.pk: sheet for promise, sheet in self._pairs()}
        told = {one.promise.pk: state for one, state in states_at(self.case, instant_of(minute))}
        begun = {pk for pk, sheet in by_promise.items() if sheet.line_at(minute) is not None}
        assert set(told) == begun
        for pk in begun:
            sheet, state = by_promise[pk], told[pk]
            line, used = sheet.line_at(minute), sheet.used(minute)
            over = line.what in ("stopped", "cancelled")
            due_at = None if line.due is None else instant_of(line.due)
            walked = (line.due is not None, over, used * MINUTE, (sheet.given.whole - used) * MINUTE, due_at)
            stored = (state.running, state.ended, state.used, state.left, state.due_at)
            assert stored == walked, (sheet.given.name, minute)
            assert state.waiting_for == ("" if over or state.running else line.waits_for), sheet.given.name
            assert state.late == sheet.was_late(minute), (sheet.given.name, minute)

    def check_invariants(self) -> None:
        """What must hold of any case, whatever happened to it."""
        for model, before in self.history.items():
            where = {"case_id": self.case} if model is CaseStep else {"clock__case_id": self.case}
            rows = list(model.objects.filter(**where).order_by("pk").values_list())
            assert rows[: len(before)] == before, "history was rewritten"
            self.history[model] = rows
        for clock in clocks_of_case(self.case):
            instants = [event.at for event in clock.events]
            assert instants == sorted(instants)
            assert [event.used for event in clock.events] == sorted(event.used for event in clock.events)
            if clock.ended:
                assert clock.promise.state != "open"
        without = Promise.objects.filter(case_id=self.case, clock__isnull=True)
        assert {one.source for one in without} <= {"call_back", "follow_up"}
        clocked = Promise.objects.filter(case_id=self.case, source="case_deadline")
        assert clocked.count() == CaseClock.objects.filter(case_id=self.case).count()
        if Case.objects.get(pk=self.case).state in ("settled", "closed"):
            assert not clocked.filter(state="open").exists()


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Any]:
    """Draw the editions and write them down, once for all lives."""
    made = [make(number, random.Random(number)) for number in range(EDITIONS)]
    return {one.number: (Paper(one), write(one, tmp_path_factory.mktemp("edition"))) for one in made}


@pytest.fixture
def people(operator: Any, manager: Any, colleague: Any, lead: Any, papers: Any) -> dict[str, Any]:
    """Who the stories are about, and the records of the editions."""
    person = Person.objects.get(code="P3")
    editions = {
        number: activate_edition(active_from=date(2006, 1, 1), by=None, folder=folder)
        for number, (_, folder) in papers.items()
    }
    editions = {
        number: EditionRecord.objects.defer("content").get(pk=one.pk) for number, one in editions.items()
    }
    rating = Rating.objects.create(
        person=person, edition=editions[0], as_of=date(2026, 1, 1), card="gold", state="active"
    )
    Membership.objects.create(
        person=person, card="gold", state="active", from_date=date(2026, 1, 1), rating=rating
    )
    return {"person": person, "manager": manager, "colleague": colleague, "lead": lead, "editions": editions}


@pytest.mark.parametrize("first", range(0, LIVES, LIVES_A_TEST))
def test_a_case_lives_as_the_minutes_tell(first: int, papers: Any, people: Any, moment: Any) -> None:
    for number in range(first, min(first + LIVES_A_TEST, LIVES)):
        chance = random.Random(number)
        life = Life(chance, {key: paper for key, (paper, _) in papers.items()}, people, moment)
        begun = life.now
        try:
            life.check()
            for _ in range(STEPS):
                life.happens()
                life.check()
                life.check_at(chance.randint(begun - 10, life.now + 60))
        except Exception as error:
            raise AssertionError(f"life {number}:\n" + "\n".join(life.told)) from error
