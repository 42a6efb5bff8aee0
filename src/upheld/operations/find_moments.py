"""Find the key moments of customers and resolve those of one customer to one action (CARE-30).

What was found is written as it is found; who is sent is settled afterwards, in `dispatch_moments.py`. A moment that was
found rests for some days, so that nobody is called about the same thing every morning.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils import timezone

from upheld.operations.run_counts import RunCounts
from upheld.policy.churn import ChurnAnswer, churn_of
from upheld.policy.editions import Edition
from upheld.policy.facts import Subject
from upheld.policy.moments import MomentFound, MomentTerms, moment_terms, moments_found, period_of, screen_of
from upheld.records.among import among
from upheld.records.moments.choices import Fate
from upheld.records.moments.facts import KNOWN, monthly_bills, signals_of
from upheld.records.moments.models import Moment, MomentFate, NamedMoment
from upheld.records.people.queries import facts_of_people
from upheld.records.promises.models import Promise
from upheld.records.standards.models import EditionRecord
from upheld.records.tiers.queries import membership_on

GAVE_WAY = "a more urgent moment of the same customer took its place"
"""The end reason of a promise of care that is not owed any more, because another one is owed sooner."""


@dataclass
class DispatchReport(RunCounts):
    """Count what a run found and sent; `waiting` is what nobody could be sent yet, `unserved` of it for want of
    anybody who serves the customer.
    """

    run: str
    edition: str
    as_of: date
    looked_at: int = 0
    found: int = 0
    named: int = 0
    gone: int = 0
    gave_way: int = 0
    sent: int = 0
    waiting: int = 0
    unserved: int = 0


@dataclass
class _Standing:
    """What a customer had before: the action that waits or is owed, and the moments that rest."""

    acting: Moment | None = None
    resting: set[str] = field(default_factory=set)
    found: set[tuple[str, date, str]] = field(default_factory=set)
    """What was found in the period that holds the day: moment, first day, how it is sent out."""


@dataclass
class Finder:
    """The rules of one run: the edition, its terms, the day."""

    record: EditionRecord
    rules: Edition
    as_of: date
    terms: MomentTerms = field(init=False)
    screen: Callable[[Subject], bool] = field(init=False)
    _over: list[int] = field(default_factory=list, init=False)
    """Promises of actions that gave way: ended together, for promises are locked by id."""
    _actions: list[Moment] = field(default_factory=list, init=False)
    _names: list[NamedMoment] = field(default_factory=list, init=False)
    _fates: list[MomentFate] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.terms = moment_terms(self.rules)
        self.screen = screen_of(edition=self.rules, as_of=self.as_of, known=KNOWN)

    def find_among(self, person_ids: Sequence[int], report: DispatchReport) -> None:
        """Write what is found among some persons; call it within a transaction, with the persons' turn held."""
        signals = signals_of(person_ids, as_of=self.as_of, hold_days=self.terms.signals_hold_days)
        standing = self._standing(person_ids)
        acting = {pk for pk, one in standing.items() if one.acting is not None}
        # Most customers' bills tell nothing: whoever no row can be about is left alone before anything else is read.
        concerned = sorted(acting | {pk for pk, facts in signals.items() if self.screen(facts)})
        if not concerned:
            return
        subjects = self._subjects(concerned, signals)
        worth = monthly_bills(concerned, as_of=self.as_of)
        for person_id in concerned:
            report.looked_at += 1
            subject = subjects[person_id]
            found = moments_found(edition=self.rules, subject=subject, as_of=self.as_of)
            self._settle(person_id, subject, found, standing[person_id], worth.get(person_id), report)
        self._store()
        self._end_what_gave_way()

    def _store(self) -> None:
        """Write what was found of all of them, each kind of row in one statement; names and fates lead to actions."""
        Moment.objects.bulk_create(self._actions)
        NamedMoment.objects.bulk_create(self._names)
        MomentFate.objects.bulk_create(self._fates)
        for rows in (self._actions, self._names, self._fates):
            rows.clear()

    def _subjects(self, person_ids: Sequence[int], signals: dict[int, Subject]) -> dict[int, Subject]:
        subjects = facts_of_people(person_ids, as_of=self.as_of)
        for person_id, held in membership_on(person_ids, self.as_of).items():
            if held.state == "active" and held.card is not None:
                subjects[person_id]["card"] = held.card
        return {pk: {**subject, **signals.get(pk, {})} for pk, subject in subjects.items()}

    def _standing(self, person_ids: Sequence[int]) -> dict[int, _Standing]:
        """Read what stands of each person: the action not done yet, and what was found lately."""
        standing: dict[int, _Standing] = defaultdict(_Standing)
        since = self.as_of - timedelta(days=self.terms.again_after_days)
        lately = Q(found_on__gt=since) | Q(until_date__gte=self.as_of, from_date__lte=self.as_of)
        not_done = Q(fate=None) | Q(fate__kind=Fate.SENT, fate__promise__state="open")
        rows = Moment.objects.filter(among("person_id", person_ids), lately | not_done)
        for one in rows.select_related("fate", "fate__promise").prefetch_related("named").order_by("pk"):
            of = standing[one.person_id]
            fate = getattr(one, "fate", None)
            of.found.add((one.moment, one.from_date, one.dispatch))
            if fate is None or (fate.kind == Fate.SENT and fate.promise.state == "open"):
                of.acting = one
            elif fate.kind == Fate.GONE:
                continue  # its signal went; where it comes back, it is found anew
            of.resting |= {one.moment, *(other.moment for other in one.named.all())}
        return standing

    def _settle(
        self,
        person_id: int,
        subject: Subject,
        found: Sequence[MomentFound],
        standing: _Standing,
        worth_fen: int | None,
        report: DispatchReport,
    ) -> None:
        """Write what is new of one person: an action, a name beside the action that stands, or that its signal went."""
        acting = standing.acting
        waits = acting is not None and getattr(acting, "fate", None) is None
        if acting is not None and waits and acting.moment not in {one.moment for one in found}:
            self._fates.append(MomentFate(moment=acting, kind=Fate.GONE, day=self.as_of))
            report.gone += 1
            standing.resting -= {acting.moment, *(other.moment for other in acting.named.all())}
            acting = None
        fresh = [one for one in found if one.moment not in standing.resting and not self._had(standing, one)]
        if not fresh:
            return
        if acting is not None and acting.rank <= fresh[0].rank:
            report.named += self._name(acting, fresh)
            return
        answer = churn_of(edition=self.rules, subject=subject, as_of=self.as_of)
        action = self._write(person_id, fresh[0], answer, worth_fen)
        report.found += 1
        others = fresh[1:]
        if acting is not None:
            self._give_way(acting, action, waits)
            report.gave_way += 1
            before = {acting.moment, *(other.moment for other in acting.named.all())}
            others += [one for one in found if one.moment in before]
        report.named += self._name(action, others)

    def _had(self, standing: _Standing, found: MomentFound) -> bool:
        """Say whether the moment was found in this period before: its signal went and came back within it."""
        first, _ = period_of(found.dispatch, self.as_of)
        return (found.moment, first, found.dispatch) in standing.found

    def _write(
        self, person_id: int, found: MomentFound, answer: ChurnAnswer, worth_fen: int | None
    ) -> Moment:
        first, last = period_of(found.dispatch, self.as_of)
        action = Moment(
            person_id=person_id,
            moment=found.moment,
            clause=found.clause,
            standard=found.standard,
            urgency=found.urgency,
            dispatch=found.dispatch,
            rank=found.rank,
            reasons=_as_text(found.reasons),
            score=answer.score,
            band=answer.band or "",
            found_on=self.as_of,
            from_date=first,
            until_date=last,
            offers=[offer._asdict() for offer in answer.offers],
            suppressed_by=answer.suppressed_by or "",
            worth_fen=worth_fen,
            edition=self.record,
        )
        self._actions.append(action)
        return action

    def _name(self, action: Moment, others: Iterable[MomentFound]) -> int:
        rows = [
            NamedMoment(
                of=action,
                moment=one.moment,
                clause=one.clause,
                urgency=one.urgency,
                reasons=_as_text(one.reasons),
                found_on=self.as_of,
            )
            for one in others
            if one.moment != action.moment
        ]
        self._names += rows
        return len(rows)

    def _give_way(self, before: Moment, now: Moment, waits: bool) -> None:
        """End the action that stood: what waits is told so, what is owed already is owed no more."""
        if waits:
            self._fates.append(MomentFate(moment=before, kind=Fate.GAVE_WAY, day=self.as_of, to=now))
        elif before.fate.promise_id is not None:
            self._over.append(before.fate.promise_id)

    def _end_what_gave_way(self) -> None:
        over = Promise.objects.filter(pk__in=self._over).order_by("pk").select_for_update(no_key=True)
        still = [promise.pk for promise in over if promise.state == "open"]
        Promise.objects.filter(pk__in=still).update(
            state="cancelled", ended_at=timezone.now(), end_reason=GAVE_WAY
        )
        self._over.clear()


def _as_text(reasons: Iterable[tuple[str, Any]]) -> dict[str, str]:
    """Write facts as JSON keeps them: numbers as text, so that no decimal is lost."""
    return {fact: _text(value) for fact, value in reasons}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return format(value, "f") if isinstance(value, Decimal) else str(value)
