"""Ticks in any order, by any channel, taken back or not: promises stand as a ledger kept by hand says."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from upheld.operations.close_overdue import close_overdue
from upheld.operations.journeys.take_back_tick import take_back_tick
from upheld.operations.journeys.tick_step import tick_steps
from upheld.operations.record_contact import KEPT_AFTER_ALL, record_contact
from upheld.operations.refusals import ActRefused
from upheld.operations.reverse_contact import reverse_contact
from upheld.records.evidence.models import Interaction
from upheld.records.journeys.models import Journey, JourneyStep
from upheld.records.promises.models import Promise

JOINED = date(2026, 3, 2)
WAYS = {
    "plan_price_told": ["staff", "sms"], "channels_told": ["guide", "sms"], "internet_coached": ["staff"],
    "first_return_visit": ["staff"], "first_bill_explained": ["staff", "sms"],
}  # fmt: skip
WINDOWS = {
    "plan_price_told": (0, 3), "channels_told": (0, 3), "internet_coached": (0, 3), "first_return_visit": (4, 10),
    "first_bill_explained": (11, 30),
}  # fmt: skip


class Ledger:
    """What a clerk with pencil and paper would write down: each step's evidence, and when the books were closed."""

    def __init__(self) -> None:
        self.evidence: dict[str, list[list[Any]]] = {step: [] for step in WINDOWS}
        self.broken: set[str] = set()

    def done(self, step: str) -> list[datetime]:
        return sorted(at for at, stands in self.evidence[step] if stands)

    def close_books(self, day: int) -> None:
        for step, (_, due) in WINDOWS.items():
            if day > due and not self.done(step):
                self.broken.add(step)

    def state(self, step: str, day: int) -> tuple[str, bool]:
        done, due = self.done(step), JOINED + timedelta(days=WINDOWS[step][1])
        if not done:
            return ("broken", False) if step in self.broken else ("open", False)
        in_time = done[0].date() <= due
        if in_time:
            return "kept", False
        return ("broken", True) if step in self.broken else ("kept", True)


class Life:
    """One random life of a journey beside its ledger."""

    def __init__(self, seed: int, joiner: Any, begins: datetime) -> None:
        self.seed, self.joiner, self.moment = seed, joiner, begins
        self.chance = random.Random(seed)
        self.journey = Journey.objects.get()
        self.ledger, self.ticks = Ledger(), dict[int, list[Any]]()
        people = (joiner.clerk, joiner.agent, joiner.zhang, None)
        self.who = list(zip(people, ("counter", "hotline", "manager", "system"), strict=True))

    @property
    def day(self) -> int:
        return (self.moment.date() - JOINED).days

    def tick(self, number: int) -> None:
        chance, step = self.chance, self.chance.choice(list(WAYS))
        by, channel = chance.choice(self.who)
        at = self.moment - timedelta(hours=chance.choice((0, 0, 2, 20, 50, 90, 130)))
        way = chance.choice(WAYS[step] if chance.random() < 0.8 else ["staff", "sms", "guide"])
        fits = way in WAYS[step] and (at.date() - JOINED).days >= WINDOWS[step][0]
        key = f"{self.seed}-{number if chance.random() < 0.8 else max(number - 1, 0)}"
        before = set(JourneyStep.objects.values_list("pk", flat=True))
        try:
            done = tick_steps(
                journey=self.journey, steps=[step], by=by, channel=channel, way=way, at=at, key=key,
                now=self.moment,
            )  # fmt: skip
        except ActRefused as refused:
            code = refused.code
        else:
            code = ""
        assert (code in ("", "key_used")) if fits else (code or not done.is_new)
        for tick in () if code else done.ticks:
            if tick.pk not in before:
                self.ticks[tick.pk] = [at, True]
                self.ledger.evidence[tick.step].append(self.ticks[tick.pk])

    def take_back(self) -> None:
        latest = list(self.ticks)[-4:]
        pk = self.chance.choice(latest if self.chance.random() < 0.5 else list(self.ticks))
        take_back_tick(tick=pk, by=None, reason="错", now=self.moment)
        _settle_books(self.ledger, self.ticks[pk], self.day)

    def message(self, number: int) -> None:
        step = self.chance.choice(["channels_told", "plan_price_told"])
        owed = Promise.objects.get(person=self.joiner.person, action=step)
        told = record_contact(
            by=None, channel="sms", happened_at=self.moment, key=f"m{number}", person=self.joiner.person,
            promise=owed, now=self.moment,
        )  # fmt: skip
        entry = [self.moment, True]
        self.ledger.evidence[step].append(entry)
        if self.chance.random() < 0.4:
            reverse_contact(interaction=told.interaction, by=None, reason="错", now=self.moment)
            _settle_books(self.ledger, entry, self.day)

    def close_books(self) -> None:
        close_overdue(as_of=self.moment.date(), by=None, now=self.moment)
        self.ledger.close_books(self.day)

    def live(self, number: int) -> None:
        self.moment += timedelta(hours=self.chance.choice((1, 3, 7, 15)))
        act = self.chance.random()
        if act < 0.45:
            self.tick(number)
        elif act < 0.75 and self.ticks:
            self.take_back()
        elif act < 0.85:
            self.message(number)
        else:
            self.close_books()


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
def test_promises_stand_as_the_ledger_says(
    joiner: Any, night: Any, on: Callable[..., Any], seed: int
) -> None:
    night(0)
    life = Life(seed, joiner, on(0, 8))
    for number in range(60):
        life.live(number)
        _compare(life.ledger, joiner.person, life.day)
    assert Promise.objects.filter(person=joiner.person, source="journey").count() == 12
    standing = {pk for pk, (_, stands) in life.ticks.items() if stands}
    assert JourneyStep.objects.filter(reverses__isnull=False).count() == len(life.ticks) - len(standing)
    own = Interaction.objects.filter(key__startswith="journey ", reverses__isnull=True)
    for contact in own:  # a contact that came with a tick goes with it
        stands = any(tick.pk in standing for tick in contact.journey_ticks.filter(reverses__isnull=True))
        assert stands != contact.reversed_by.exists()


def _settle_books(ledger: Ledger, entry: list[Any], day: int) -> None:
    """Take an entry back: a step whose last evidence goes is missed at once where its day is past."""
    was = {step: bool(ledger.done(step)) for step in WINDOWS}
    entry[1] = False
    for step, (_, due) in WINDOWS.items():
        if was[step] and not ledger.done(step) and day > due:
            ledger.broken.add(step)


def _compare(ledger: Ledger, person: Any, day: int) -> None:
    for owed in Promise.objects.filter(person=person, source="journey", action__in=WINDOWS):
        assert (owed.state, owed.late) == ledger.state(owed.action, day), (
            owed.action,
            ledger.evidence[owed.action],
        )
        assert (owed.ended_at is None) == (owed.state == "open")
        # Kept although the books had been closed on it: the promise says so.
        assert (owed.end_reason == KEPT_AFTER_ALL) == (
            owed.state == "kept" and not owed.late and owed.action in ledger.broken
        )
