"""Tell key facts by SMS where nobody has told them yet: the second of the three ways of delivery (JOIN-2).

Staff come first. A message is queued once half of a step's window has passed and nobody has ticked it, at most two a
night for one customer, those first that nobody can tell in person. What a message says is filled in from the customer's
own data; where that is not known, none is sent. Whether it goes, the sender decides when it sends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from upheld.operations.journeys.journey_facts import Known
from upheld.operations.messages.queue_message import queue_message
from upheld.operations.refusals import ActRefused
from upheld.policy.editions import Edition
from upheld.policy.entitlements import entitlements_of
from upheld.policy.facts import fen_as_yuan
from upheld.policy.journeys import ways_of
from upheld.policy.plan_fit import Plan, plans_of
from upheld.records.journeys.models import Journey
from upheld.records.messages.models import Message
from upheld.records.people.models import Bill, Person
from upheld.records.promises.choices import Source
from upheld.records.promises.models import Promise
from upheld.records.standards.queries import loaded_edition
from upheld.records.tiers.queries import membership_on

A_NIGHT = 2
CARDS = {"silver": "银卡", "gold": "金卡", "diamond": "钻石卡"}
MOST_RIGHTS = 80


def queue_key_facts(journeys: Mapping[int, Journey], known: Known, *, now: datetime) -> int:
    """Queue what is due of some journeys, given by person; return how many messages are new."""
    day = timezone.localdate(now)
    open_ones = Promise.objects.filter(
        source=Source.JOURNEY, state="open", person_id__in=journeys, from_date__lte=day, due_date__gte=day
    )
    due: dict[int, list[Promise]] = {}
    for promise in open_ones.order_by("due_date", "pk"):
        if day >= promise.from_date + (promise.due_date - promise.from_date) // 2:
            due.setdefault(promise.person_id or 0, []).append(promise)
    queued = _queued_before(journeys)
    people = {one.pk: one for one in Person.objects.filter(pk__in=due)}
    return sum(
        _queue_for(people[person_id], journeys[person_id], promises, known, queued, now)
        for person_id, promises in due.items()
        if people[person_id].phone
    )


def message_key(journey: Journey, step: str) -> str:
    """Return the key of the one message that tells a step on a journey."""
    return f"journey {journey.pk} {step}"


def _queued_before(journeys: Mapping[int, Journey]) -> frozenset[str]:
    rows = Message.objects.filter(person_id__in=journeys, source=Source.JOURNEY.value)
    return frozenset(rows.values_list("key", flat=True))


def _queue_for(
    person: Person, journey: Journey, promises: Sequence[Promise], known: Known, queued: frozenset[str], now: datetime
) -> int:  # fmt: skip
    edition = loaded_edition(journey.edition)
    ways = {one.pk: ways_of(edition=edition, step=one.action, as_of=journey.started_on) for one in promises}
    wanted = [
        one for one in promises if "sms" in ways[one.pk] and message_key(journey, one.action) not in queued
    ]
    done = 0
    for promise in sorted(wanted, key=lambda one: ("staff" in ways[one.pk], one.due_date, one.pk)):
        if done == A_NIGHT:
            break
        done += _queue(person, journey, promise, edition, known, now)
    return done


def _queue(
    person: Person, journey: Journey, promise: Promise, edition: Edition, known: Known, now: datetime
) -> bool:
    variables = variables_of(person, promise.action, edition=edition, known=known, joined=journey.joined_date)
    if variables is None or promise.action not in edition.templates:
        return False
    ends = timezone.make_aware(datetime.combine(promise.due_date + timedelta(days=1), time()))
    try:
        with transaction.atomic():
            return queue_message(
                template=promise.action, to=person, source=Source.JOURNEY.value, clause=promise.clause,
                key=message_key(journey, promise.action), variables=variables, promise=promise,
                expires_at=ends, at=now,
            ).is_new  # fmt: skip
    except ActRefused:
        # A company's own wording may ask for what is not known here; somebody has to tell the step in person.
        return False


def variables_of(
    person: Person, step: str, *, edition: Edition, known: Known, joined: date
) -> Mapping[str, str] | None:
    """Return what the message of a step fills in, from the customer's own data; None where that is not known."""
    if step == "plan_price_told":
        plan = plan_of(person, edition)
        if plan is None:
            return None
        return {
            "plan": plan.title["zh"], "price": fen_as_yuan(plan.rent_fen), "contents": plan.contents["zh"],
        }  # fmt: skip
    if step == "paying_told":
        return {"bill_day": f"{edition.parameters.get('bill_day', 1)}日"}
    if step == "rights_told":
        return _rights(person, edition, known)
    if step == "first_bill_explained":
        bill = Bill.objects.filter(person=person, month__gte=joined.replace(day=1)).order_by("month").first()
        if bill is None:
            return None
        return {"month": f"{bill.month.month}月", "amount": fen_as_yuan(bill.amount_fen)}
    return {}


def plan_of(person: Person, edition: Edition) -> Plan | None:
    """Find a customer's plan on the price list by its rent; None where no plan, or more than one, has that rent."""
    found = [one for one in plans_of(edition) if one.rent_fen == person.plan_monthly_fen]
    return found[0] if len(found) == 1 else None


def _rights(person: Person, edition: Edition, known: Known) -> Mapping[str, str] | None:
    held = membership_on([person.pk], known.day).get(person.pk)
    if held is None or held.card is None:
        return None
    subject = {**known.subjects.get(person.pk, {}), "card": held.card}
    grants: Iterable[Any] = entitlements_of(edition=edition, subject=subject, as_of=known.day)
    named = list(dict.fromkeys(edition.clause(one.clause).title["zh"] for one in grants))
    rights = ""
    for name in named:
        longer = f"{rights}、{name}" if rights else name
        if len(longer) > MOST_RIGHTS:
            break
        rights = longer
    return {"card": CARDS[held.card], "rights": rights} if rights else None
