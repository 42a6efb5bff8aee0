"""Read the counter: a request with its cases, a customer's requests, and a store's waiting list in its order."""

from __future__ import annotations

from datetime import date

from upheld.records.counter.models import Arrival, Request, RequestCase

WAITING_SHOWN = 50


def request_with_id(request_id: int) -> Request | None:
    """Give a request with its customer, clerk and store, or None."""
    return Request.objects.select_related("person", "clerk", "unit").filter(pk=request_id).first()


def request_of_case(case_id: int) -> Request | None:
    """Give the request that opened a case, or None."""
    return Request.objects.filter(cases__case_id=case_id).first()


def cases_of_request(request_id: int) -> list[int]:
    """Give the ids of the cases that a request opened."""
    return list(
        RequestCase.objects.filter(request_id=request_id).order_by("pk").values_list("case_id", flat=True)
    )


def waiting_in(unit_id: int, *, day: date, limit: int = WAITING_SHOWN) -> list[Arrival]:
    """Give who waits in a store on a day, whoever is next ahead, each with the person where known."""
    rows = Arrival.objects.filter(unit_id=unit_id, day=day, called_at__isnull=True, ended_at__isnull=True)
    return list(rows.select_related("person").order_by("-priority", "arrived_at", "pk")[:limit])


def waiting_number(unit_id: int, *, day: date) -> int:
    """Count who waits in a store on a day."""
    return Arrival.objects.filter(
        unit_id=unit_id, day=day, called_at__isnull=True, ended_at__isnull=True
    ).count()


def being_served_by(employee_id: int, *, day: date) -> list[Arrival]:
    """Give whom a clerk has called and not finished with, the first called ahead."""
    rows = Arrival.objects.filter(
        called_by_id=employee_id, day=day, called_at__isnull=False, ended_at__isnull=True
    )
    return list(rows.select_related("person").order_by("called_at", "pk"))


def arrival_with_id(arrival_id: int) -> Arrival | None:
    """Give one arrival with the person, or None."""
    return Arrival.objects.select_related("person").filter(pk=arrival_id).first()
