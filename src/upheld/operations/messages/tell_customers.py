"""Tell customers by message what happens in their case: a visit that will be late, and how to say how it went.

Both only queue; a customer without a person, a standard without the wording, or no public address, and nothing is
queued: the case goes on as it would.
"""

from __future__ import annotations

from calendar import month_name
from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from upheld.operations.messages.queue_message import queue_message
from upheld.operations.refusals import ActRefused
from upheld.records.cases.models import Case
from upheld.records.people.models import Person

REASONS = {
    "weather": ("天气", "the weather"),
    "traffic": ("交通", "traffic"),
    "earlier_visit": ("前一项服务延时", "an earlier visit"),
    "parts": ("等候配件", "missing parts"),
    "other": ("临时情况", "something unforeseen"),
}
WORTH_HOURS = 6
"""So long a word of a delay is worth sending; what quiet hours hold longer than that nobody needs any more."""


def tell_delay(
    *, case_id: int, key: str, reason: str, due_at: datetime | None, new_at: datetime | None, at: datetime
) -> None:
    """Queue word of a delayed visit to the person of a case (CT-49); nothing where no time had been set."""
    person = _person_of(case_id)
    if person is None or due_at is None:
        return
    english = person.wished_language == "en"
    variables = {"time": _moment(due_at, english=english), "reason": REASONS[reason][english]}
    if new_at is not None:
        variables["new_time"] = _moment(new_at, english=english)
    # A standard without the wording tells by phone alone.
    with suppress(ActRefused):
        queue_message(
            template="visit_new_time" if new_at is not None else "visit_delay",
            to=person, source="case", key=f"delay:{case_id}:{key}"[:160], variables=variables,
            expires_at=at + timedelta(hours=WORTH_HOURS), at=at,
        )  # fmt: skip


def invite_to_survey(*, person_id: int, survey_id: int, word: str, at: datetime) -> None:
    """Queue the invitation to say how a case went (CARE-3); nothing where our public address is not set."""
    if not settings.PUBLIC_ADDRESS:
        return
    person = Person.objects.get(pk=person_id)
    link = f"{settings.PUBLIC_ADDRESS.rstrip('/')}/s/{word}/"
    with suppress(ActRefused):
        queue_message(
            template="survey_invitation", to=person, source="survey", key=f"survey:{survey_id}",
            variables={"link": link}, at=at,
        )  # fmt: skip


def _person_of(case_id: int) -> Person | None:
    case = Case.objects.select_related("person").filter(pk=case_id).first()
    return case.person if case is not None else None


def _moment(instant: datetime, *, english: bool) -> str:
    local = timezone.localtime(instant)
    # By hand: a message has the customer's language, not that of whoever's act queues it.
    day = f"{local.day} {month_name[local.month]}," if english else f"{local.month}月{local.day}日"
    return f"{day} {local:%H:%M}"
