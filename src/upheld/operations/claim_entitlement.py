"""Claim what a clause gives: an emergency reopening, a spare phone, a payment at home, a trial.

A use is a row that is only ever added. How many of a quota are taken is counted where it is added, behind a lock and in
one round trip, so that of two who claim the last one at the same instant one is told who was first.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from upheld.operations.cases.open_case import open_case
from upheld.operations.claim_handed_on import CHANNELS, Taker, hand_on, taker_of
from upheld.operations.entitlements_held import Held, Line, entitlements_held
from upheld.operations.job_required import require_job
from upheld.operations.refusals import ActRefused
from upheld.operations.sql import entitlements as sql
from upheld.policy.entitlements import Claimable, fault_in_claim
from upheld.policy.facts import fen_as_yuan, read_amount
from upheld.records.cases.models import Case
from upheld.records.entitlements.queries import UseSeen, use_with_id, use_with_key, who_used
from upheld.records.people.models import Group, Person, Service
from upheld.records.staff.models import Employee

WRITTEN_DOWN_WITHIN = timedelta(days=3)
"""How much later a claim may be written down: the quota of its own day counts, which must not be chosen at will."""
TOLD = ("purpose", "way", "amount_yuan", "place", "product", "item")
LONGEST_TOLD, LONGEST_NOTE = 200, 2_000


@dataclass(frozen=True)
class Claimed:
    """A use: how many are left of its quota (None: no quota), until when it lasts, the case it opened.

    `handed_on_as`: the case by which it was handed on to whoever carries it out (None: who took it does). `is_new` is
    false where the key had been stored before.
    """

    use_id: int
    left: int | None
    until_at: datetime | None
    is_new: bool = True
    case_id: int | None = None
    handed_on_as: int | None = None


class ClaimRefused(ActRefused):
    """Refuse a claim, with what pages need to say it in their reader's language in `told`."""

    def __init__(self, code: str, message: str, **told: Any) -> None:
        super().__init__(code, message)
        self.told = told


def claim_entitlement(
    *,
    by: Employee | None,
    entitlement: str,
    key: str,
    person: Person | int | None = None,
    group: Group | int | None = None,
    service: Service | int | None = None,
    case: int | None = None,
    note: str = "",
    detail: Mapping[str, Any] | None = None,
    summary: str = "",
    at: datetime | None = None,
) -> Claimed:
    """Claim an entitlement for a person or a group under an idempotency `key`; sent twice, it is used once.

    `detail` tells what the clause asks for, of purpose, way, amount_yuan, place, product and item. What is claimed at
    home may open a case with its clocks, which `summary` sums up in words; left out, it is summed up in codes. What
    somebody else carries out by its clause is handed on to them as a case of its own (CT-44, CT-46). Raises
    ActRefused, and stores nothing: no such entitlement for this card, a frozen membership, something not told, a quota
    used up (`ClaimRefused` says by whom and when the next begins), a loan still out, a product tried before;
    NotAllowed (with an audit entry) for whose job it is not.
    """
    why = "claiming entitlements is not part of the job"
    require_job(
        by, "claim_entitlement", act="claim_entitlement", subject_kind="person", subject_id=person or "", why=why
    )  # fmt: skip
    now = timezone.now()
    used_at = at or now
    person_id, group_id = _id(person), _id(group)
    _check(person_id, group_id, key, note, used_at, now)
    service_id = service.pk if isinstance(service, Service) else service
    day = timezone.localdate(used_at)
    held = entitlements_held(person=person_id, group=group_id, service=service_id, day=day)
    one = _claimable(held, entitlement)
    told = _told(detail or {}, one)
    _check_line(one, told, person_id, service_id, held.line)
    _check_case(case, person_id, group_id)
    values: dict[str, Any] = {
        "person": person_id, "group": group_id, "service": service_id, "entitlement": entitlement,
        "clause": one.clause, "edition": held.edition_id, "card": held.card, "at": used_at,
        "until": one.until(used_at, told.get("purpose")), "times": one.quota.times if one.quota else None,
        "period": one.quota.from_date if one.quota else None, "is_loan": one.terms.form == "loan",
        "by": by.pk if by else None, "case": case, "note": note.strip(), "detail": Jsonb(told), "key": key,
        "subject_kind": "group" if person_id is None else "person", "subject_id": str(person_id or group_id),
    }  # fmt: skip
    taker = taker_of(one.terms.carried_out_by, by=by, person_id=person_id, group_id=group_id, at=used_at)
    at_home = one.terms.opens is not None and told.get("way") == "home" and case is None
    if not at_home and taker is None:
        return _claim(one, values)
    return _claim_with_cases(one, values, by, taker, at_home=at_home, summary=summary.strip())


def _id(row: Person | Group | int | None) -> int | None:
    return row if isinstance(row, int) or row is None else row.pk


def _check(
    person_id: int | None, group_id: int | None, key: str, note: str, used_at: datetime, now: datetime
) -> None:
    if (person_id is None) == (group_id is None):
        raise ValueError("a claim is for one person or one group")
    if not key:
        raise ValueError("a claim needs a key")
    if used_at.tzinfo is None:
        raise ValueError("`at` carries no offset")
    if len(note) > LONGEST_NOTE:
        raise ActRefused("too_long", f"a note has {LONGEST_NOTE} characters at most")
    if used_at > now:
        raise ActRefused("in_the_future", f"{used_at.isoformat()} lies in the future")
    if now - used_at > WRITTEN_DOWN_WITHIN:
        days = WRITTEN_DOWN_WITHIN.days
        raise ActRefused("too_long_ago", f"{used_at.isoformat()} is more than {days} days ago")


def _claimable(held: Held, entitlement: str) -> Claimable:
    """Find the claim, or say which clause gives it to whom."""
    one = held.claim(entitlement)
    whose = f"a {held.card} card" if held.card else "a customer without a card"
    if one is None:
        rows = [
            row
            for table in held.edition.tables("entitlements", "grant")
            for row in table.rows
            if row.answer["entitlement"] == entitlement
        ]
        given = [f"{row.clause} where {' and '.join(map(str, row.conditions))}" for row in rows]
        says = f"it is given by {'; '.join(given)}" if given else "no clause gives it"
        raise ClaimRefused(
            "not_entitled", f"{entitlement} is not for {whose} to claim: {says}",
            entitlement=entitlement, card=held.card, clauses=list(dict.fromkeys(row.clause for row in rows)),
        )  # fmt: skip
    if one.is_frozen:
        words = f"the membership is frozen (CT-37): {entitlement} ({one.clause}) is held back until arrears are paid"
        raise ClaimRefused("frozen", words, entitlement=entitlement, card=held.card, clauses=[one.clause])
    return one


def _told(detail: Mapping[str, Any], one: Claimable) -> dict[str, Any]:
    """Clean what a claim tells, and add what follows from it; raises ValueError for a name that nobody asks."""
    strange = set(detail) - set(TOLD)
    if strange:
        raise ValueError(f"a claim does not tell {', '.join(sorted(strange))}")
    told = {key: " ".join(str(value).split()) for key, value in detail.items() if value is not None}
    told = {key: value for key, value in told.items() if value}
    if any(len(value) > LONGEST_TOLD for value in told.values()):
        raise ActRefused("too_long", f"what a claim tells has {LONGEST_TOLD} characters at most")
    for key, offered in (("purpose", one.terms.purposes), ("way", one.terms.ways)):
        if len(offered) == 1:
            told.setdefault(key, offered[0])
    if "amount_yuan" in told:
        try:
            told["amount_yuan"] = fen_as_yuan(read_amount(told["amount_yuan"]))
        except ValueError as error:
            raise ActRefused("bad_amount", str(error)) from error
    if "place" in told and one.terms.places:
        told["card"] = one.card_for(told["place"])
    if one.terms.form == "loan":
        told["form"] = "loan"
    return told


def _check_line(
    one: Claimable, told: Mapping[str, Any], person_id: int | None, service_id: int | None, line: Line | None
) -> None:
    """Hold the claim against the terms of its clause, and the line against the person."""
    if service_id is not None and line is None:
        raise ActRefused("no_such_line", f"there is no line {service_id}")
    if line is not None and line.person_id != person_id:
        raise ActRefused("other_line", "the line is somebody else's")
    if line is not None and line.status == "closed":
        raise ActRefused("line_closed", "the line is closed")
    kind = line.kind if line is not None else None
    fault = fault_in_claim(one, told, line_kind=kind, has_line=line is not None)
    if fault is not None:
        raise ClaimRefused(
            fault.code, fault.message, entitlement=one.entitlement, clauses=[one.clause],
            amount_yuan=one.grant.details.get("amount_yuan"),
        )  # fmt: skip


def _check_case(case: int | None, person_id: int | None, group_id: int | None) -> None:
    if case is None:
        return
    whose = Case.objects.filter(pk=case).values_list("person_id", "group_id").first()
    if whose is None or (person_id != whose[0] if person_id is not None else group_id != whose[1]):
        raise ActRefused("other_case", f"case {case} is not one of this customer's")


def _claim_with_cases(
    one: Claimable,
    values: dict[str, Any],
    by: Employee | None,
    taker: Taker | None,
    *,
    at_home: bool,
    summary: str,
) -> Claimed:
    """Claim with the appointment at home, or with what is handed on: they stand or fall together."""
    with transaction.atomic():
        if use_with_key(values["key"]) is None:
            if at_home:
                values["case"] = _open_case(one, values, by, values["at"], summary)
            if taker is not None and by is not None:
                handed = hand_on(
                    taker, by=by, key=values["key"], summary=summary or _summary(one, values), at=values["at"],
                    person_id=values["person"], group_id=values["group"], service_id=values["service"],
                )  # fmt: skip
                values["detail"] = Jsonb(values["detail"].obj | {"handed_on_as": handed})
        return _claim(one, values)


def _open_case(
    one: Claimable, values: Mapping[str, Any], by: Employee | None, used_at: datetime, summary: str
) -> int:
    """Open the case that a claim at home asks for."""
    opened = open_case(
        by=by, kind=one.terms.opens or "", key=f"claim {values['key']}", at=used_at, person=values["person"],
        group=values["group"], service=values["service"], summary=summary or _summary(one, values),
        channel=CHANNELS.get(by.job, "manager") if by is not None else "online",
    )  # fmt: skip
    return opened.case_id


def _summary(one: Claimable, values: Mapping[str, Any]) -> str:
    told = values["detail"].obj
    said = ", ".join(told[key] for key in ("purpose", "amount_yuan", "place", "item") if key in told)
    return f"{one.entitlement} ({one.clause}){f': {said}' if said else ''}. {values['note']}".strip()


def _claim(one: Claimable, values: Mapping[str, Any]) -> Claimed:
    """Run the one statement that locks, counts, adds and notes; say plainly why where it refuses."""
    try:
        row = _run(values)
    except IntegrityError:
        # Two subjects under one key: the other was first, and is there to be seen now.
        row = _run(values)
    use_id, until_at, used, is_new, refusal = row
    if refusal == "used_up":
        raise _used_up(one, values, used)
    if refusal is not None:
        raise _refused(refusal, one, use_id, values["key"])
    left = one.quota.left(used) if one.quota is not None else None
    if is_new:
        return Claimed(use_id, left, until_at, True, values["case"], values["detail"].obj.get("handed_on_as"))
    seen = use_with_id(use_id)
    case_id, handed_on_as = (seen.case_id, seen.detail.get("handed_on_as")) if seen else (None, None)
    return Claimed(use_id, left, until_at, False, case_id, handed_on_as)


def _run(values: Mapping[str, Any]) -> tuple[int, datetime | None, int, bool, str | None]:
    # Alone it is its own transaction; within another one a fault must not take that one along.
    with transaction.atomic() if connection.in_atomic_block else nullcontext(), connection.cursor() as cursor:
        cursor.execute(sql.CLAIM, values)
        return cursor.fetchone()


def _used_up(one: Claimable, values: Mapping[str, Any], used: int) -> ClaimRefused:
    """Tell who used the quota and when the next begins."""
    assert one.quota is not None
    uses = who_used(
        person=values["person"], group=values["group"], entitlement=one.entitlement, period=values["period"]
    )
    named = [f"{name or 'the system'} on {timezone.localtime(when):%Y-%m-%d %H:%M}" for name, when in uses]
    following = f"the next begin on {one.quota.until_date}" if one.quota.until_date else "there are no more"
    whole = f"{one.entitlement} ({one.clause}): all {one.quota.times} are used ({used})"
    message = f"{whole}, by {'; '.join(named)}; {following}"
    return ClaimRefused(
        "used_up", message, entitlement=one.entitlement, clauses=[one.clause], times=one.quota.times, used=used,
        uses=uses, next=one.quota.until_date,
    )  # fmt: skip


def _refused(code: str, one: Claimable, use_id: int, key: str) -> ActRefused:
    if code == "key_used":
        return ActRefused("key_used", f"the key {key!r} was used for another claim")
    before = use_with_id(use_id)
    told: dict[str, Any] = {"entitlement": one.entitlement, "clauses": [one.clause], "use": before}
    if code == "still_out":
        words = f"{one.entitlement} ({one.clause}) is still out{_since(before)}; no second one is lent"
        return ClaimRefused(code, words, **told)
    words = f"{one.entitlement} ({one.clause}): this product was tried before{_since(before)}"
    return ClaimRefused(code, words, **told)


def _since(use: UseSeen | None) -> str:
    if use is None:
        return ""
    item = use.detail.get("item")
    return f"{f' ({item})' if item else ''}, since {timezone.localtime(use.used_at):%Y-%m-%d %H:%M}"
