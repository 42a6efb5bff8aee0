"""Store the row that says that a contact was recorded by mistake; whoever takes something back does it by this row."""

from __future__ import annotations

from datetime import datetime

from upheld.records.evidence.models import Interaction
from upheld.records.staff.models import Employee


def store_reversing_row(
    contact: Interaction, *, by: Employee | None, reason: str, now: datetime
) -> tuple[Interaction, bool]:
    """Return the row that reverses a contact, and whether it is new: a contact has one at the most."""
    return Interaction.objects.get_or_create(
        key=f"reverses {contact.pk}",
        defaults={
            "person_id": contact.person_id, "group_id": contact.group_id, "employee": by,
            "channel": contact.channel, "happened_at": now, "report": reason, "outcome": contact.outcome,
            "reverses": contact,
        },
    )  # fmt: skip
