"""Write down what came of a talk about a key moment; the contact is evidence, and keeps the promise.

An offer is made only where the policy names it for this customer, nothing forbids it (LAW-10), and the customer agreed
to hear it (LAW-8): like customers are offered alike, and what was offered is on record.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.customer_reach import reaches, refuse_reach
from upheld.operations.job_required import require_job
from upheld.operations.record_contact import record_contact
from upheld.operations.refusals import ActRefused
from upheld.operations.turns import wait_for_turn
from upheld.policy.facts import Subject
from upheld.policy.moments import moment_terms
from upheld.policy.windows import window_of
from upheld.records.messages.consents import last_consent
from upheld.records.moments.choices import Decision, Fate, Reached
from upheld.records.moments.models import Moment, MomentResult
from upheld.records.staff.models import Employee
from upheld.records.standards.queries import loaded_edition

LONGEST_NOTE = 2_000


@dataclass(frozen=True)
class Told:
    """A stored result; `is_new` is false where its key had been stored before."""

    result: MomentResult
    is_new: bool = True


def record_moment(
    *,
    moment: Moment | int,
    by: Employee,
    outcome: str,
    key: str,
    decision: str = "",
    offer: str = "",
    accepted: bool | None = None,
    agreed_to_offers: bool = False,
    note: str = "",
    channel: str = "call",
    happened_at: datetime | None = None,
    now: datetime | None = None,
) -> Told:
    """Store the result of one talk, or try, under an idempotency `key`, with the contact that keeps the promise.

    `decision` says what the customer means to do, and is needed where the customer was reached. An `offer` needs
    `accepted` and the customer's agreement to hear it. Raises ActRefused, and stores nothing, for a moment that nobody
    was sent, for words of no list, and for an offer that may not be made; NotAllowed for a job that serves nobody, and
    for a customer whom `by` neither reaches nor was sent to.
    """
    pk, why = moment.pk if isinstance(moment, Moment) else moment, "this job serves no customers"
    require_job(by, "record_moment", act="record_moment", subject_kind="moment", subject_id=pk, why=why)
    if not key:
        raise ValueError("a result needs a key")
    now = now or timezone.now()
    _require_reach(pk, by, now)
    said = {
        "outcome": outcome,
        "decision": decision,
        "offer": offer,
        "accepted": accepted if offer else None,
        "agreed_to_offers": agreed_to_offers,
        "note": note[:LONGEST_NOTE],
        "at": happened_at or now,
    }
    with transaction.atomic():
        wait_for_turn(f"record_moment {key}")
        stored = MomentResult.objects.filter(key=key).first()
        if stored is not None:
            if stored.moment_id != pk:
                raise ActRefused("key_used", f"the key {key!r} was used for another moment")
            return Told(stored, is_new=False)
        found = _sent(pk)
        _refuse_words(outcome, decision, offer, accepted)
        if offer:
            consent = last_consent(found.person_id)
            said["agreed_to_offers"] = agreed_to_offers or consent == "given"
            _refuse_offer(found, said, channel, consent)
        return Told(_store(found, by, key, channel, said, now))


def _require_reach(pk: int, by: Employee, now: datetime) -> None:
    """Refuse who neither reaches the customer nor owes the talk, as a deputy does."""
    sent = Moment.objects.select_related("fate__promise").filter(pk=pk, fate__promise__isnull=False).first()
    day = timezone.localdate(now)
    if sent is None or reaches(by, person_id=sent.person_id, group_id=None, day=day):
        return
    if sent.fate.promise is None or sent.fate.promise.responsible_id != by.pk:
        raise refuse_reach(by, act="record_moment", subject_kind="moment", subject_id=pk)


def _sent(pk: int) -> Moment:
    """Return the moment; refuse one that nobody was sent."""
    found = Moment.objects.select_related("fate", "edition").filter(pk=pk).first()
    fate = getattr(found, "fate", None)
    if found is None or fate is None or fate.kind != Fate.SENT:
        raise ActRefused("not_sent", "nobody was sent to this customer for this moment")
    return found


def _store(
    found: Moment, by: Employee, key: str, channel: str, said: dict[str, Any], now: datetime
) -> MomentResult:
    recorded = record_contact(
        by=by,
        person=found.person_id,
        promise=found.fate.promise_id,
        channel=channel,
        happened_at=said["at"],
        key=f"moment-{key}",
        report=said["note"],
        outcome=said["outcome"],
        now=now,
    )
    terms = moment_terms(loaded_edition(found.edition))
    cost_fen = terms.contact_cost_fen + (terms.offer_cost_fen if said["accepted"] else 0)
    result = MomentResult.objects.create(
        moment=found, employee=by, interaction=recorded.interaction, cost_fen=cost_fen, key=key, **said
    )
    detail = {name: said[name] for name in ("outcome", "decision", "offer", "accepted")}
    write_entry(act="record_moment", by=by, subject_kind="moment", subject_id=found.pk, detail=detail)
    return result


def _refuse_words(outcome: str, decision: str, offer: str, accepted: bool | None) -> None:
    if outcome not in Reached.values:
        raise ActRefused("unknown_outcome", f"{outcome!r} is not one of {', '.join(Reached.values)}")
    if outcome == Reached.REACHED and decision not in Decision.values:
        raise ActRefused("unknown_decision", f"{decision!r} is not one of {', '.join(Decision.values)}")
    if outcome != Reached.REACHED and (decision or offer):
        raise ActRefused("not_reached", "who was not spoken to decided nothing and was offered nothing")
    if bool(offer) != (accepted is not None):
        raise ActRefused(
            "offer_not_answered", "an offer is accepted or refused; without one there is neither"
        )


def _refuse_offer(moment: Moment, said: dict[str, Any], channel: str, consent: str) -> None:
    """Refuse what the policy does not name for this customer, and what the rules of consent forbid (LAW-8)."""
    offer = said["offer"]
    if moment.suppressed_by:
        raise ActRefused("offers_suppressed", f"{moment.suppressed_by} forbids any offer to this customer")
    if offer not in {one["offer"] for one in moment.offers}:
        raise ActRefused("other_offer", f"{offer!r} is not among what this customer may be offered")
    if consent == "refused":
        raise ActRefused("refused_offers", "the customer refused commercial contact; that is on record")
    subject: Subject = {
        "channel": channel,
        "purpose": "commercial",
        "consent": said["agreed_to_offers"],
        "refused": False,
        "at": said["at"],
    }
    window = window_of(
        edition=loaded_edition(moment.edition), subject=subject, as_of=timezone.localdate(said["at"])
    )
    if not said["agreed_to_offers"] or (not window.allowed and window.next_at is None):
        raise ActRefused("no_consent", "an offer is made only to who agreed to hear it")
