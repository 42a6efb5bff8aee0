"""Say whose craft a reader looks at: the own, a member of the team, or anybody's for who oversees."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils import timezone

from upheld.faces.addresses import text_in
from upheld.faces.book import book_of
from upheld.faces.permissions import StaffRequest
from upheld.records.craft.queries import prospect_with_id
from upheld.records.staff.queries import employees_serving


def owners_within(user: Any) -> tuple[int, ...] | None:
    """Give the ids of those whose sales and targets the reader may see; None for everybody's."""
    return book_of(user, day=timezone.localdate()).employee_ids


def managers_offered(user: Any) -> list[Any]:
    """Give the managers among whom a lead chooses; none for a manager."""
    within = owners_within(user)
    if within is not None and len(within) <= 1:
        return []
    rows = employees_serving().filter(is_active=True)
    return list(rows if within is None else rows.filter(pk__in=within))


def manager_asked(request: StaffRequest) -> Any:
    """Give the manager that an address or a form names, within reach; else the reader, where that is a manager."""
    code = text_in(request.GET if request.method == "GET" else request.POST, "who")[:64]
    offered = managers_offered(request.user)
    if not code or code == request.user.code:
        is_manager = request.user.job in ("account_manager", "phone_manager", "chief_representative")
        return request.user if is_manager or not offered else offered[0]
    found = next((one for one in offered if one.code == code), None)
    if found is None:
        raise Http404(f"no manager {code} within reach")
    return found


def sale_asked(request: StaffRequest, prospect_id: int) -> Any:
    """Give the prospect of an address, within the reader's reach, or answer 404."""
    found = prospect_with_id(prospect_id) if prospect_id < 2**63 else None
    within = owners_within(request.user)
    if found is None or (within is not None and found.owner_id not in within):
        raise Http404(f"no prospect {prospect_id} within reach")
    return found


def number_in(text: str) -> int | None:
    """Read a whole number that somebody typed, of at most fifteen digits, or None."""
    written = text.strip()
    return int(written) if written.isascii() and written.isdigit() and len(written) <= 15 else None
