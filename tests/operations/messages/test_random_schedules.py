"""No schedule of sources, provinces and clock positions ever gets a message out that the rules forbid.

Schedules are random: messages of every purpose are queued for customers in three provinces, consent is given and taken
back, also while a message is claimed and has not left, the clock goes forward, jumps and is set back, senders claim and
wait before they hand over, and the centre takes, refuses or never answers. The judge knows none of our code: it has the
law and the clause in its own few lines.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.operations.conftest import at

from upheld.operations.messages.claim_messages import Claimed, claim_messages, may_still_go
from upheld.operations.messages.consent import note_consent
from upheld.operations.messages.last_word import agreeing
from upheld.operations.messages.queue_message import queue_message
from upheld.operations.messages.store_results import PartAnswer, Result, store_results
from upheld.policy.message_gate import Gate
from upheld.records.messages.models import Message
from upheld.records.people.models import Person, Region

pytestmark = pytest.mark.django_db

BEGIN = at("2026-08-03", 10)
WORDS: dict[str, tuple[str, dict[str, str]]] = {
    "service": ("channels_told", {}),
    "care": ("greeting_new_year", {}),
    "commercial": ("club_offer", {"offer": "九折", "until": "8月31日"}),
}
PEOPLE = ("east", "west", "nowhere")
MINUTES = (-3000, -700, -90, -1, 0, 1, 5, 20, 20, 45, 59, 60, 90, 120, 239, 300, 700, 1440, 1440, 5000)


def schedule(chance: Random) -> list[tuple[Any, ...]]:
    """Draw a schedule: much is queued and sent in a few days, for the caps and the quiet hours to matter."""
    steps: list[tuple[Any, ...]] = [("say", "east", "given", 0), ("say", "west", "given", 0)]
    for _ in range(chance.randint(20, 60)):
        what = chance.choice(["queue", "queue", "send", "send", "send", "clock", "clock", "say"])
        if what == "queue":
            purpose = chance.choice(sorted(WORDS))
            steps.append(
                (what, chance.choice(PEOPLE), purpose, chance.randint(1, 4), chance.choice([2, 30, 90]))
            )
        elif what == "say":
            steps.append(
                (
                    what,
                    chance.choice(PEOPLE),
                    chance.choice(["given", "given", "refused"]),
                    chance.randint(0, 600),
                )
            )
        elif what == "clock":
            steps.append((what, chance.choice(MINUTES)))
        else:
            ending = chance.choice(["accepted", "accepted", "refused", "unanswered"])
            refuses = chance.choice([None, None, None, *PEOPLE])
            steps.append((what, chance.randint(1, 12), chance.choice([0, 0, 0, 1, 45, 300]), ending, refuses))
    return steps


class Judge:
    """What the rules say, in a few lines of their own: quiet hours, consent, caps, expiry, numbers."""

    def __init__(self) -> None:
        self.got: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
        self.said: dict[str, list[tuple[datetime, int, str]]] = defaultdict(list)
        self.seen = 0

    def forbids(self, person: str, purpose: str, now: datetime, expires: datetime, number: str) -> str:
        minute = now.hour * 60 + now.minute
        shift = 120 if person == "west" else 0
        if not (480 + shift <= minute < 720 + shift or 840 + shift <= minute < 1200 + shift):
            return "quiet hours"
        if now >= expires:
            return "expired"
        if purpose == "commercial" and (not self.said[person] or max(self.said[person])[2] != "given"):
            return "no consent"
        if (number == "10690002") != (purpose == "commercial"):
            return "the wrong number"
        caps = (
            (24, {"commercial"}, 1),
            (720, {"commercial"}, 4),
            (24, {"care", "commercial"}, 3),
            (24, set(WORDS), 12),
        )
        for hours, purposes, most in caps:
            since = now - timedelta(hours=hours)
            counted = [1 for instant, what in self.got[person] if instant > since and what in purposes]
            if purpose in purposes and len(counted) >= most:
                return f"more than {most} in {hours} hours"
        return ""


def people() -> dict[str, Person]:
    """Make a customer in Shandong, one in a city of Xinjiang, and one of whom no place is known."""
    places = {}
    for name, top in (("east", "山东省"), ("west", "新疆维吾尔自治区")):
        province = Region.objects.create(code=f"{name}-0", name=top)
        places[name] = Region.objects.create(code=f"{name}-1", name="某市", parent=province)
    return {
        name: Person.objects.create(code=name, name=name, phone=f"1390000000{n}", region=places.get(name))
        for n, name in enumerate(PEOPLE)
    }


class Life:
    """One schedule being lived: our code acts, the judge looks at everything that leaves."""

    def __init__(self) -> None:
        self.now, self.judge, self.people = BEGIN, Judge(), people()
        self.names = {one.pk: name for name, one in self.people.items()}
        self.step = 0

    def live(self, steps: list[Any]) -> None:
        for step in steps:
            self.step += 1
            getattr(self, step[0])(*step[1:])

    def queue(self, person: str, purpose: str, many: int, hours: int) -> None:
        template, variables = WORDS[purpose]
        for n in range(many):
            queue_message(
                template=template, to=self.people[person], source=f"source-{n}", key=f"{self.step}-{n}",
                variables=variables, expires_at=self.now + timedelta(hours=hours), at=self.now,
            )  # fmt: skip

    def say(self, person: str, kind: str, minutes_ago: int) -> None:
        when = self.now - timedelta(minutes=minutes_ago)
        note_consent(
            person=self.people[person],
            kind=kind,
            way="paper",
            proof="form",
            key=f"{self.step}",
            at=when,
            now=self.now,
        )
        self.judge.said[person].append((when, self.step, kind))

    def clock(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    def send(self, limit: int, minutes: int, ending: str, refuses: str | None = None) -> None:
        """Claim, wait, hand over; a customer may refuse offers in between."""
        claims = claim_messages(worker="w", limit=limit, at=self.now)
        self.now += timedelta(minutes=minutes)
        if refuses is not None:
            self.say(refuses, "refused", 0)
        results = []
        for one in claims.claimed:
            gate = None if claims.edition is None else Gate(claims.edition, self.now)
            if not may_still_go(one, gate, at=self.now) or not self._agrees(one):
                results.append(Result(one.message_id, one.attempt_id, "not_sent", again_at=self.now))
                continue
            row = Message.objects.get(pk=one.message_id)
            person = self.names[row.person_id]
            wrong = self.judge.forbids(person, row.purpose, self.now, row.expires_at, one.sender)
            # Between claim and handing over the cap's place was taken at the instant of the claim.
            assert not wrong, f"{row.purpose} to {person} at {self.now}: {wrong}"
            self.judge.seen += 1
            part = PartAnswer(1, 1, ending, centre_id=f"id{one.attempt_id}")
            results.append(Result(one.message_id, one.attempt_id, ending, (part,), why="x"))
            if ending != "refused":
                self.judge.got[person].append((row.sent_at, row.purpose))
        store_results(results=results, at=self.now)

    def _agrees(self, one: Claimed) -> bool:
        """Look once more, as the sender does right before an offer leaves."""
        is_offer = one.asked is not None and one.asked.purpose == "commercial"
        return not is_offer or one.person_id in agreeing([one.person_id or 0])


def lived(steps: list[Any]) -> Life:
    life = Life()
    life.live(steps)
    return life


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_nothing_forbidden_ever_leaves(numbers, seed):
    """And what nothing forbids does leave: a notice queued at the end goes out at half past ten of the next day."""
    with transaction.atomic():
        life = lived(schedule(Random(seed)))
        Message.objects.filter(state__in=["waiting", "held"]).update(expires_at=life.now)
        life.now = max(life.now, BEGIN + timedelta(days=40))
        life.clock(3 * 24 * 60)
        life.now = life.now.replace(hour=10, minute=30)
        before = life.judge.seen
        life.step += 1
        for person in PEOPLE:
            life.queue(person, "service", 1, 5)
            life.step += 1
        for _ in range(40):
            life.send(50, 0, "accepted")
        assert life.judge.seen == before + len(PEOPLE)
        transaction.set_rollback(True)


def test_the_judge_catches_what_is_forbidden():
    """A judge that never objects would prove nothing."""
    judge, noon, later = Judge(), at("2026-08-03", 12), at("2026-09-01")
    open_hour = noon.replace(hour=11)
    assert judge.forbids("east", "care", noon, later, "10690001") == "quiet hours"
    assert judge.forbids("west", "care", open_hour.replace(hour=9), later, "10690001") == "quiet hours"
    assert judge.forbids("east", "care", open_hour, open_hour, "10690001") == "expired"
    assert judge.forbids("east", "commercial", open_hour, later, "10690002") == "no consent"
    assert judge.forbids("east", "care", open_hour, later, "10690002") == "the wrong number"
    judge.got["east"] = [(open_hour, "care")] * 3
    assert judge.forbids("east", "care", open_hour, later, "10690001") == "more than 3 in 24 hours"
    assert judge.forbids("east", "service", open_hour, later, "10690001") == ""
