"""Read the editions.

Which one was in force on a day, as known today or as known then, and its rules, loaded again.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from django.db.models import QuerySet

from upheld.policy.editions import Edition
from upheld.records.standards.models import EditionRecord
from upheld.records.standards.snapshot import edition_from


def edition_in_force(day: date, *, known_at: datetime | None = None) -> EditionRecord | None:
    """Give the record of the edition in force on a day, without its text; None before the first.

    Of several with the same first day the one activated last holds, even where it had been activated before.
    `known_at` asks what was in force as it was known at that instant, leaving out what was activated later.
    """
    known = {} if known_at is None else {"activations__activated_at__lte": known_at}
    activated = _without_text().filter(activations__active_from__lte=day, **known)
    return activated.order_by("-activations__active_from", "-activations__pk").first()


def next_edition(day: date) -> EditionRecord | None:
    """Give the record of the edition that takes over after a day, without its text; None where none is to come."""
    coming = _without_text().filter(activations__active_from__gt=day)
    return coming.order_by("activations__active_from", "-activations__pk").first()


def edition_record(name: str) -> EditionRecord | None:
    """Give an edition's record by name, without its text, or None."""
    return _without_text().filter(name=name).first()


def editions() -> list[EditionRecord]:
    """Give all records, the latest in force first, without their text."""
    return list(_without_text().select_related("activated_by").order_by("-active_from", "-pk"))


def loaded_edition(record: EditionRecord) -> Edition:
    """Load the edition of a record from its own text, whatever lies on disk today.

    Kept in memory, for it never changes. Raises SnapshotChanged or StandardRefused, as `snapshot.edition_from` does.
    """
    return _loaded(record.name, record.content_hash, record.active_from)


def edition_with(*, name: str, content_hash: str, active_from: date) -> Edition:
    """Load an edition by what names it, where its record was read along with something else."""
    return _loaded(name, content_hash, active_from)


@lru_cache(maxsize=8)
def _loaded(name: str, content_hash: str, active_from: date) -> Edition:
    content = EditionRecord.objects.values_list("content", flat=True).get(name=name)
    return edition_from(content, active_from=active_from, content_hash=content_hash)


def _without_text() -> QuerySet[EditionRecord]:
    return EditionRecord.objects.defer("content")
