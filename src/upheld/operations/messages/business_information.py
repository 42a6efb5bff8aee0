"""Business information for groups (KEY-21): written once for some days, and sent to the contact of each group owed it.

What recommends something is commercial (LAW-8): it takes another wording, goes out from another number, and to those
alone who agreed. Everything is asked at the moment of sending, as of every message.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.job_required import require_job
from upheld.operations.messages.queue_message import content_of, queue_message, template_of
from upheld.operations.messages.queue_promised_messages import (
    Promised,
    by_sms,
    one_by_one,
    owed_by_message,
    window_of_promise,
)
from upheld.operations.refusals import ActRefused
from upheld.records.messages.models import Bulletin
from upheld.records.messages.queries import bulletin_of
from upheld.records.people.models import GroupRole, Person
from upheld.records.people.queries import members_of_group
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee
from upheld.records.standards.queries import edition_in_force, loaded_edition

ACTION = "information"
TEMPLATES = {False: "business_information", True: "business_information_offer"}
"""Which wording it takes, by whether it recommends something."""


def write_bulletin(
    *, zh: str, en: str, promotes: bool, from_date: date, until_date: date, by: Employee, key: str,
    at: datetime | None = None,
) -> Bulletin:  # fmt: skip
    """Write what groups are told in some days, in both languages; a later one takes the place of an earlier one.

    Raises ActRefused for words too long for the wording, or none; for days that end before they begin or are over; and
    for a standard without the wording. Stored once for each key, which carries no other words. Clause: KEY-21.
    """
    require_job(by, "write_bulletin", act="write_bulletin", subject_kind="bulletin")
    now = at or timezone.now()
    said = {"zh": " ".join(zh.split()), "en": " ".join(en.split())}
    if not all(said.values()):
        raise ActRefused("nothing_said", "business information is written in both languages")
    if until_date < from_date:
        raise ActRefused("ends_before", "it would end before it begins")
    if until_date < timezone.localdate(now):
        raise ActRefused("is_over", "its last day is over")
    record = edition_in_force(max(from_date, timezone.localdate(now)))
    if record is None:
        raise ActRefused("no_edition", "no standard is in force, so there is no wording")
    edition = loaded_edition(record)
    for language, words in said.items():
        wording = template_of(edition, TEMPLATES[promotes])
        content_of(edition, wording, name="王小明", language=language, variables={"summary": words})
    with transaction.atomic():
        told = {**said, "promotes": promotes, "from_date": from_date, "until_date": until_date}
        row, is_new = Bulletin.objects.get_or_create(key=key, defaults={**told, "by": by, "written_at": now})
        if not is_new and any(getattr(row, name) != value for name, value in told.items()):
            raise ActRefused("key_used", "this form was sent before with other words or days")
        if is_new:
            detail = {**said, "promotes": promotes, "from": str(from_date), "until": str(until_date)}
            write_entry(
                act="write_bulletin", by=by, subject_kind="bulletin", subject_id=row.pk, detail=detail
            )
        return row


def queue_business_information(*, day: date | None = None, at: datetime | None = None) -> Promised:
    """Queue the business information of a day for the contact of every group that is owed it; each gets it once.

    Nothing where nothing was written for the day. A group without a contact has its other key persons told; the first
    one's message keeps the promise. Clause: KEY-21.
    """
    now = at or timezone.now()
    day = day or timezone.localdate(now)
    done = Promised()
    bulletin = bulletin_of(day)
    if bulletin is None:
        return done
    owed = owed_by_message(day=day, actions=(ACTION,)).filter(group__isnull=False)
    for promise in one_by_one(owed.select_related("edition")):
        if by_sms(promise):
            _queue(promise, bulletin, day, now, done)
    return done


def _queue(promise: Promise, bulletin: Bulletin, day: date, now: datetime, done: Promised) -> None:
    begins, ends = window_of_promise(promise, now)
    if bulletin.until_date < promise.due_date:
        ends = datetime.combine(bulletin.until_date + timedelta(days=1), time(), ends.tzinfo)
    keeps: Promise | None = promise
    template = TEMPLATES[bulletin.promotes]
    queued = []
    try:
        with transaction.atomic():
            for person in _told(members_of_group(promise.group_id or 0, day=day)):
                language = "en" if person.wished_language == "en" else "zh"
                one = queue_message(
                    template=template,
                    to=person,
                    source=promise.source,
                    key=f"information:{promise.pk}:{person.pk}",
                    clause=promise.clause,
                    promise=keeps,
                    variables={"summary": bulletin.en if language == "en" else bulletin.zh},
                    language=language,
                    not_before=begins,
                    expires_at=ends,
                    at=now,
                )
                keeps = None
                queued.append(one.is_new)
    except ActRefused as refused:
        done.refused[refused.code] += 1
        return
    done.queued[template] += sum(queued)
    done.before += queued.count(False)


def _told(members: list[GroupRole]) -> list[Person]:
    """Choose whom to tell: a group's contacts, or where it has none its key persons; of them those with a phone."""
    reached = [one for one in members if one.role and one.person.phone]
    contacts = [one for one in reached if one.role == "contact"]
    return list({one.person_id: one.person for one in contacts or reached}.values())
