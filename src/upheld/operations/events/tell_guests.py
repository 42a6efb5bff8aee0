"""Tell guests of an event by message, once each: that they are invited, or that it was called off.

The message keeps no promise: only taking part does. Whether and when it goes out is decided when it is sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from upheld.records.events.models import Event, Invitation
from upheld.records.staff.models import Employee


def tell_guests(event: Event, invitations: Iterable[Invitation], *, by: Employee | None, at: datetime) -> int:
    """Put an invitation for each guest who has a seat into the outbox; return how many were put there."""
    return 0
