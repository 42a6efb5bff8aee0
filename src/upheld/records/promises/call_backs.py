"""Read the calls that employees owe: promised during a call, due at an instant (CT-10, CT-12)."""

from __future__ import annotations

from django.db.models import Q

from upheld.records.promises.models import Promise


def call_backs_of(employee_id: int, *, limit: int = 12) -> list[Promise]:
    """Give the call-backs an employee still owes, the earliest due first, each with its subject and case.

    One that broke stays until the customer is reached. One query, by index.
    """
    owed = Q(state="open") | Q(state="broken", late=False)
    rows = Promise.objects.filter(owed, responsible_id=employee_id, action="call_back", case__isnull=False)
    rows = rows.select_related("person", "group", "case").defer(
        "person__bigrams", "person__pinyin_key", "group__bigrams", "group__pinyin_key", "case__facts"
    )
    return list(rows.order_by("due_at", "pk")[:limit])


def call_back_with_id(promise_id: int) -> Promise | None:
    """Give one call-back with its subject and case, or None."""
    rows = Promise.objects.select_related("person", "group", "case", "responsible")
    return rows.filter(pk=promise_id, action="call_back", case__isnull=False).first()
