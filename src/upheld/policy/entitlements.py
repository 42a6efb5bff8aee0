"""What a subject may claim: entitlements with their quotas, amounts and terms, each with its clause.

A grant says what somebody has a right to, a claim row of the same clause how it is claimed. Quotas are counted by
calendar months and years of Beijing; how many places of a quota are taken the caller knows.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from upheld.policy.editions import Edition
from upheld.policy.facts import Subject, fen_as_yuan, read_amount, read_subject
from upheld.policy.kinds.entitlements import ANY_LINE
from upheld.policy.working_time import BEIJING


@dataclass(frozen=True, slots=True)
class Grant:
    """One entitlement; `details` holds what the clause gives: times, per, amount_yuan, months, how ..."""

    entitlement: str
    clause: str
    details: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Return the grant in the shape of the ask contract."""
        return {"entitlement": self.entitlement, "clause": self.clause, **self.details}


@dataclass(frozen=True, slots=True)
class Quota:
    """How often something may be claimed from `from_date` to before `until_date` (None: there is no next period)."""

    times: int
    from_date: date
    until_date: date | None

    def left(self, used: int) -> int:
        """Return how many are left when `used` are taken: never below nought, for a card may have fallen since."""
        return max(self.times - used, 0)


@dataclass(frozen=True, slots=True)
class Terms:
    """How an entitlement is claimed.

    `purposes`: what for, one of them to be named; `limited`: those that end with the longest use (empty: all).
    `ways`: where it is done; `line`: the kinds of line it is for, `any` for every kind, empty where no line is asked.
    `asks`: what the claim must tell; `amount`: how an amount is held against the grant's. `places`: where the single
    card serves. `opens`: the kind of case that a claim at home opens. `while_frozen`: also for a frozen membership.
    `carried_out_by`: who does what was claimed, where whoever takes the claim hands it on (None: nobody else).
    """

    form: str = "use"
    of: tuple[str, ...] = ("person",)
    purposes: tuple[str, ...] = ()
    limited: tuple[str, ...] = ()
    ways: tuple[str, ...] = ()
    line: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    amount: str = "at_least"
    places: tuple[str, ...] = ()
    opens: str | None = None
    while_frozen: bool = False
    carried_out_by: str | None = None


@dataclass(frozen=True, slots=True)
class Claimable:
    """A grant that can be claimed, by which terms and out of which quota; `is_frozen`: not while the membership is."""

    grant: Grant
    terms: Terms
    quota: Quota | None
    is_frozen: bool = False

    @property
    def entitlement(self) -> str:
        """Name the entitlement."""
        return self.grant.entitlement

    @property
    def clause(self) -> str:
        """Cite the clause."""
        return self.grant.clause

    def until(self, used_at: datetime, purpose: str | None = None) -> datetime | None:
        """Return when a use that begins at an instant ends at the latest; None where the clause sets no end.

        Days are whole days of 24 hours from the instant on (CT-24), hours likewise. Months end with the day that
        corresponds to the first (Civil Code, article 202).
        """
        if self.terms.limited and purpose not in self.terms.limited:
            return None
        details = self.grant.details
        if "each_max_days" in details:
            return used_at + timedelta(days=details["each_max_days"])
        if isinstance(details.get("hours"), int):
            return used_at + timedelta(hours=details["hours"])
        if "months" in details:
            last = _corresponding_day(used_at.astimezone(BEIJING).date(), details["months"])
            return datetime.combine(last + timedelta(days=1), time(), BEIJING)
        return None

    def card_for(self, place: str) -> str:
        """Say which card serves in a place: the international one, or outside the list the dual-mode one (CT-45)."""
        return "international" if place in self.terms.places else "dual_mode"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a claim: a stable word, and a plain sentence."""

    code: str
    message: str


def entitlements_of(*, edition: Edition, subject: Subject, as_of: date) -> tuple[Grant, ...]:
    """Return every entitlement of a subject on a day, in the order of the standards. Raises `OutsideDates`."""
    edition.require_day(as_of)
    return tuple(
        Grant(
            row.answer["entitlement"],
            row.clause,
            {key: value for key, value in row.answer.items() if key != "entitlement"},
        )
        for table in edition.tables("entitlements", "grant")
        for row in table.matching(subject, as_of)
    )


def quota_of(grant: Grant, day: date) -> Quota | None:
    """Return the quota that a claim on a day uses, None where the grant has none.

    Calendar months and years; a number of times without a period is given once and for all.
    """
    times = grant.details.get("times")
    if times is None:
        return None
    per = grant.details.get("per")
    if per == "calendar_month":
        first = day.replace(day=1)
        return Quota(times, first, (first + timedelta(days=31)).replace(day=1))
    if per == "year":
        return Quota(times, date(day.year, 1, 1), date(day.year + 1, 1, 1))
    return Quota(times, date.min, None)


def claims_of(
    *, edition: Edition, subject: Subject, as_of: date, of: str = "person"
) -> tuple[Claimable, ...]:
    """Return what a subject may claim on a day, for a person or a group (`of`), one for each entitlement.

    The fact `frozen` says that the membership is: what comes with the card alone is then held back, unless its clause
    is made for members in arrears. Of two grants of one name the one with more times counts. Raises `OutsideDates`.
    """
    grants = entitlements_of(edition=edition, subject=subject, as_of=as_of)
    return claims_among(grants, edition=edition, subject=subject, as_of=as_of, of=of)


def claims_among(
    grants: Iterable[Grant], *, edition: Edition, subject: Subject, as_of: date, of: str = "person"
) -> tuple[Claimable, ...]:
    """Return which of a subject's own grants it may claim, as `claims_of` does."""
    terms = _terms(edition, subject, as_of)
    without_card: set[tuple[str, str]] | None = None
    if subject.get("frozen"):
        bare = {name: value for name, value in subject.items() if name != "card"}
        left = entitlements_of(edition=edition, subject=bare, as_of=as_of)
        without_card = {(grant.clause, grant.entitlement) for grant in left}
    found: dict[str, Claimable] = {}
    for grant in grants:
        named = (grant.clause, grant.entitlement)
        how, quota = terms.get(named), quota_of(grant, as_of)
        if how is None and quota is not None:
            how = Terms(of=("person", "group"))
        if how is None or of not in how.of:
            continue
        frozen = without_card is not None and named not in without_card and not how.while_frozen
        one = Claimable(grant, how, quota, frozen)
        known = found.get(grant.entitlement)
        if known is None or _worth(one) > _worth(known):
            found[grant.entitlement] = one
    return tuple(found.values())


def _corresponding_day(first: date, months: int) -> date:
    """Return the day of the same number some months later, or that month's last day where it has no such day."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))


def _worth(one: Claimable) -> tuple[bool, bool, int]:
    return not one.is_frozen, one.quota is None, one.quota.times if one.quota else 0


def _terms(edition: Edition, subject: Subject, as_of: date) -> dict[tuple[str, str], Terms]:
    return {
        (row.clause, row.answer["entitlement"]): Terms(
            **{key: value for key, value in row.answer.items() if key != "entitlement"}
        )
        for table in edition.tables("entitlements", "claim")
        for row in table.matching(subject, as_of)
    }


def fault_in_claim(
    one: Claimable, told: Mapping[str, Any], *, line_kind: str | None, has_line: bool
) -> Fault | None:
    """Say what a claim lacks or may not have by the terms of its clause; None where it may go on.

    `told` holds purpose, way, amount_yuan, place, product and item, as far as they are given; `line_kind` is the feed's
    word for the line, None where it is not known: what a line is then is looked at by who hands the thing out.
    """
    terms, name = one.terms, f"{one.entitlement} ({one.clause})"
    for key, allowed in (("purpose", terms.purposes), ("way", terms.ways)):
        given = told.get(key)
        if given is None and len(allowed) > 1:
            return Fault(f"no_{key}", f"{name}: say which {key}, of {', '.join(allowed)}")
        if given is not None and given not in allowed:
            offered = ", ".join(allowed) or "none"
            return Fault(f"unknown_{key}", f"{name} has no {key} {given!r}; it has {offered}")
    if terms.line and not has_line:
        return Fault("no_line", f"{name}: say for which line")
    if line_kind is not None and terms.line and ANY_LINE not in terms.line and line_kind not in terms.line:
        return Fault("other_line", f"{name} is for {', '.join(terms.line)}, and the line is {line_kind}")
    for key in terms.asks:
        told_key = "amount_yuan" if key == "amount" else key
        if not str(told.get(told_key) or "").strip():
            return Fault(f"no_{key}", f"{name}: say the {key}")
    return _amount_fault(one, told) if "amount" in terms.asks else None


def _amount_fault(one: Claimable, told: Mapping[str, Any]) -> Fault | None:
    try:
        amount = read_amount(told["amount_yuan"])
    except ValueError as error:
        return Fault("bad_amount", str(error))
    least = read_amount(one.grant.details.get("amount_yuan", "0"))
    above = one.terms.amount == "above"
    if amount > least or (amount == least and not above):
        return None
    words = f"{'above' if above else 'from'} {fen_as_yuan(least)} yuan"
    return Fault(
        "below_amount", f"{one.entitlement} ({one.clause}) is {words}, and this is {fen_as_yuan(amount)}"
    )


def answer(edition: Edition, raw: Mapping[str, Any], as_of: date) -> dict[str, Any]:
    """Answer `upheld ask entitlements`."""
    grants = entitlements_of(edition=edition, subject=read_subject(raw), as_of=as_of)
    return {"grants": [grant.as_json() for grant in grants]}


def answer_beside(edition: Edition, subject: Subject, as_of: date) -> dict[str, Any]:
    """Return what only cases ask for: what may be claimed, in which form, from which period's quota, until when."""
    grants = entitlements_of(edition=edition, subject=subject, as_of=as_of)
    return beside_grants(grants, edition=edition, subject=subject, as_of=as_of)


def beside_grants(
    grants: Iterable[Grant], *, edition: Edition, subject: Subject, as_of: date
) -> dict[str, Any]:
    """Return what cases ask of grants, by whichever engine they were found; a use begins at noon of the day."""
    noon = datetime.combine(as_of, time(12), BEIJING)
    told = {}
    for key, of in (("claims", "person"), ("group_claims", "group")):
        claims = claims_among(grants, edition=edition, subject=subject, as_of=as_of, of=of)
        told[key] = [_shown(one, noon) for one in claims]
    return told


def _shown(one: Claimable, noon: datetime) -> dict[str, Any]:
    shown: dict[str, Any] = {"entitlement": one.entitlement, "clause": one.clause, "form": one.terms.form}
    if one.is_frozen:
        return {**shown, "frozen": True}
    if one.quota is not None:
        shown |= {"left": one.quota.left(0), "from": one.quota.from_date, "next": one.quota.until_date}
    until = one.until(noon, next(iter(one.terms.limited or one.terms.purposes), None))
    if until is not None:
        shown["until"] = until.isoformat()
    return shown
