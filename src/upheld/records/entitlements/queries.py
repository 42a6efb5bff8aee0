"""Read the uses of entitlements: how many of a quota are taken, what was used when and by whom, what is lent out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from upheld.records.entitlements.models import EntitlementUse, QuotaPlace
from upheld.records.people.models import Group, Person


@dataclass(frozen=True)
class UseSeen:
    """One use as pages and refusals show it; `taken_back_at` and `returned_at` are None while it stands."""

    id: int
    person_id: int | None
    group_id: int | None
    customer_code: str
    customer_name: str
    service_id: int | None
    entitlement: str
    clause: str
    card: str | None
    used_at: datetime
    until_at: datetime | None
    period: date | None
    by_id: int | None
    by_name: str
    number: str
    case_id: int | None
    note: str
    detail: dict[str, Any]
    taken_back_at: datetime | None
    taken_back_by: str
    taken_back_note: str
    returned_at: datetime | None
    returned_state: str
    returned_to: str
    returned_note: str

    @property
    def is_loan(self) -> bool:
        """Tell whether something was lent."""
        return bool(self.detail.get("form") == "loan")

    @property
    def is_out(self) -> bool:
        """Tell whether something was lent and is out still."""
        return self.is_loan and self.returned_at is None and self.taken_back_at is None


def subject_key(*, person: int | None, group: int | None) -> str:
    """Name a person or a group as `QuotaPlace.subject` and the lock of claims do: `p12`, `g3`."""
    return f"p{person}" if person is not None else f"g{group}"


def places_taken(
    *, person: int | None = None, group: int | None = None, periods: Collection[date]
) -> dict[tuple[str, date], int]:
    """Count the taken places of a subject's quotas by entitlement and first day of the period. One query."""
    if not periods:
        return {}
    taken = QuotaPlace.objects.filter(
        subject=subject_key(person=person, group=group), period__in=set(periods)
    ).values("entitlement", "period")
    counted = taken.annotate(n=Count("pk")).values_list("entitlement", "period", "n")
    return {(entitlement, period): n for entitlement, period, n in counted}


def uses_of_person(person_id: int, month: date | None = None, *, limit: int = 200) -> list[UseSeen]:
    """Give a person's uses, the latest first; with `month`, a day of it, only those of that month of Beijing."""
    return _seen(_of_month(EntitlementUse.objects.filter(person_id=person_id), month), limit)


def uses_of_group(group_id: int, month: date | None = None, *, limit: int = 200) -> list[UseSeen]:
    """Give the uses of a group itself, as `uses_of_person` gives a person's."""
    return _seen(_of_month(EntitlementUse.objects.filter(group_id=group_id), month), limit)


def who_used(
    *, person: int | None, group: int | None, entitlement: str, period: date
) -> list[tuple[str, datetime]]:
    """Say by whom (empty: a system) and when the taken places of a quota were used, the earliest first."""
    subject = subject_key(person=person, group=group)
    places = QuotaPlace.objects.filter(subject=subject, entitlement=entitlement, period=period)
    named = places.order_by("use__used_at", "use_id").values_list("use__by__name", "use__used_at")
    return [(name or "", used_at) for name, used_at in named]


def loans_out(
    *, people: QuerySet[Person] | None = None, groups: QuerySet[Group] | None = None, limit: int = 500
) -> list[UseSeen]:
    """Give what is lent and has not come back, the longest out first; within some people and groups, None: all."""
    # The first two conditions are those of the index `entitlement_use_lent`; without both it cannot answer.
    lent = EntitlementUse.objects.filter(detail__form="loan", reverses__isnull=True)
    out = lent.filter(returned__isnull=True, reversed_by__isnull=True)
    if people is not None and groups is not None:
        out = out.filter(Q(person_id__in=people) | Q(group_id__in=groups))
    return _seen(out, limit, "used_at", "pk")


def use_with_id(use_id: int) -> UseSeen | None:
    """Give one use, or None; a row that takes another back is none."""
    return next(iter(_seen(EntitlementUse.objects.filter(pk=use_id), 1)), None)


def use_with_key(key: str) -> UseSeen | None:
    """Give the use that was claimed under a key, or None."""
    return next(iter(_seen(EntitlementUse.objects.filter(key=key), 1)), None)


def _of_month(uses: QuerySet[EntitlementUse], month: date | None) -> QuerySet[EntitlementUse]:
    if month is None:
        return uses
    first = timezone.make_aware(datetime(month.year, month.month, 1))  # noqa: DTZ001 - made aware here
    last = datetime(month.year + month.month // 12, month.month % 12 + 1, 1)  # noqa: DTZ001
    return uses.filter(used_at__gte=first, used_at__lt=timezone.make_aware(last))


_NAMES: dict[str, Any] = {
    "customer_code": Coalesce("person__code", "group__code"),
    "customer_name": Coalesce("person__name", "group__name"),
    "by_name": "by__name", "number": "service__number", "taken_back_at": "reversed_by__used_at",
    "taken_back_by": "reversed_by__by__name", "taken_back_note": "reversed_by__note",
    "returned_at": "returned__returned_at", "returned_state": "returned__state", "returned_to": "returned__by__name",
    "returned_note": "returned__note",
}  # fmt: skip
_TEXTS = (
    "by_name",
    "number",
    "taken_back_by",
    "taken_back_note",
    "returned_state",
    "returned_to",
    "returned_note",
)


def _seen(uses: QuerySet[EntitlementUse], limit: int, *order: str) -> list[UseSeen]:
    """Read uses that stand for themselves; one query, whatever became of them."""
    columns = [_NAMES.get(name, name) for name in UseSeen.__dataclass_fields__]
    rows = uses.filter(reverses__isnull=True).order_by(*(order or ("-used_at", "-pk"))).values_list(*columns)
    found = []
    for row in rows[:limit]:
        shown = dict(zip(UseSeen.__dataclass_fields__, row, strict=True))
        found.append(UseSeen(**{**shown, **{name: shown[name] or "" for name in _TEXTS}}))
    return found
