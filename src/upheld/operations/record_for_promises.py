"""Record one kind of contact for many promises at once, such as the weekend SMS that went out to a whole book.

Each promise gets a contact of its own with a key made of the form's and its own, so that the same order given twice
stores nothing twice, however many it names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from django.utils import timezone

from upheld.operations.record_contact import companions, day_of, may_keep
from upheld.operations.record_contacts import Contact, RecordedMany, record_contacts
from upheld.records.promises.models import Promise
from upheld.records.promises.queries import still_owed_with_ids
from upheld.records.staff.models import Employee
from upheld.records.standards.models import EditionRecord


def record_for_promises(
    *,
    promise_ids: Collection[int],
    by: Employee,
    channel: str,
    happened_at: datetime,
    key: str,
    report: str = "",
    outcome: str = "reached",
) -> RecordedMany:
    """Store a contact under `key` for each promise that can be done; what ended meanwhile is passed over.

    One contact stands for several promises to one customer where the standard lets it keep them together. Raises
    ActRefused, and stores nothing, where one of the contacts could not be recorded alone.
    """
    owed = still_owed_with_ids(promise_ids, today=timezone.localdate())
    editions = EditionRecord.objects.defer("content").in_bulk({promise.edition_id for promise in owed})
    for promise in owed:
        promise.edition = editions[promise.edition_id]
    contacts = [
        Contact(
            channel=channel,
            happened_at=happened_at,
            key=f"{key}-{promise.pk}",
            employee_id=by.pk,
            person_id=promise.person_id,
            group_id=promise.group_id,
            promise_id=promise.pk,
            report=report,
            outcome=outcome,
        )
        for promise in _with_a_contact_of_their_own(owed, channel, happened_at)
    ]
    return record_contacts(contacts=contacts, by=by)


def _with_a_contact_of_their_own(
    owed: Iterable[Promise], channel: str, happened_at: datetime
) -> Iterable[Promise]:
    """Leave out the promises that the contact for an earlier one of the same customer keeps as well."""
    of_subject: dict[tuple[int | None, int | None], list[Promise]] = defaultdict(list)
    for promise in owed:
        of_subject[promise.person_id, promise.group_id].append(promise)
    for promises in of_subject.values():
        left = list(promises)
        while left:
            first = left.pop(0)
            yield first
            if may_keep(first, channel, happened_at):
                also = {one.pk for one in companions(first, _in_window(left, channel, happened_at))}
                left = [one for one in left if one.pk not in also]


def _in_window(promises: Iterable[Promise], channel: str, happened_at: datetime) -> list[Promise]:
    return [
        one
        for one in promises
        if may_keep(one, channel, happened_at) and day_of(happened_at, one) <= one.due_date
    ]
