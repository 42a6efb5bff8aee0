"""Turn an employee's promises and events into a calendar: what is planned, agreed, moved and called off."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext

from upheld.faces import why
from upheld.faces.masking import masked_name
from upheld.faces.workbench.day import district_of
from upheld.gateways.calendar import CalendarEntry
from upheld.records.audit.queries import entries
from upheld.records.events.queries import events_between
from upheld.records.people.names import pinyin_key
from upheld.records.promises.planned import Setting, of_the_calendar, settings_of

PAST, AHEAD, CALLED_OFF = timedelta(days=31), timedelta(days=184), timedelta(days=31)
_ENDED = ("cancelled", "waived")
_SIGNS = {"kept": "✓ ", "broken": "✗ "}


def entries_of(
    *, employee_id: int, names: str, address_of: Callable[[Any], str], now: datetime
) -> Iterable[CalendarEntry]:
    """Give the calendar of an employee: a month back, half a year ahead.

    Planned days are whole days, agreed times have their hours. What was called off stays as cancelled for a month, so
    that programs take it out; what the night only suggested is tentative.
    """
    today = timezone.localdate(now)
    promises = of_the_calendar(employee_id=employee_id, from_date=today - PAST, until_date=today + AHEAD)
    settings = settings_of(one.pk for one in promises)
    for promise in promises:
        entry = _entry(promise, settings.get(promise.pk), names, address_of(promise), now)
        if entry is not None:
            yield entry
    for event in events_between(now - PAST, now + AHEAD):
        if event.planned_by_id == employee_id:
            yield _of_event(event, address_of(event))


def _of_event(event: Any, address: str) -> CalendarEntry:
    """Write an event that the employee planned; each change of it is in the audit trail."""
    changes = [
        one.at
        for one in entries(subject_kind="event", subject_id=event.pk)
        if one.act in ("change_event", "cancel_event") and one.allowed
    ]
    return CalendarEntry(
        uid=f"event-{event.pk}@upheld",
        summary=event.title,
        begins=event.starts_at,
        ends=event.ends_at,
        changed_at=max([event.planned_at, *changes]),
        created_at=event.planned_at,
        sequence=len(changes),
        status="CANCELLED" if event.state == "cancelled" else "CONFIRMED",
        description=", ".join(event.clauses),
        location=event.place,
        url=address,
        kind=event.kind,
    )


def _entry(
    promise: Any, setting: Setting | None, names: str, address: str, now: datetime
) -> CalendarEntry | None:
    day = promise.planned_on or (setting.day_before if setting else None)
    if day is None:
        return None
    is_off = promise.state in _ENDED or promise.planned_on is None
    changed = [promise.created_at, *([setting.set_at] if setting else [])]
    if promise.ended_at is not None:
        changed.append(promise.ended_at)
    if is_off and now - max(changed) > CALLED_OFF:
        return None
    hour = setting.at_time if setting and promise.source == "appointment" else None
    # A first day that the night suggested has no row of its own; an appointment begins with one.
    times = (setting.times if setting else 0) - (1 if promise.source == "appointment" else 0)
    return CalendarEntry(
        uid=f"promise-{promise.pk}@upheld",
        summary=f"{_SIGNS.get(promise.state, '')}{_title(promise)}{_name(promise, names)}",
        begins=timezone.make_aware(datetime.combine(day, hour)) if hour else day,
        ends=promise.due_at if hour else day,
        changed_at=max(changed),
        created_at=promise.created_at,
        sequence=max(times, 0) + (promise.state in _ENDED),
        status="CANCELLED" if is_off else "CONFIRMED" if setting or promise.state != "open" else "TENTATIVE",
        description=gettext("%(clause)s, from %(from)s to %(due)s")
        % {"clause": promise.clause, "from": promise.from_date, "due": promise.due_date},
        location=district_of(promise.person or promise.group),
        url=address,
        kind=promise.action,
    )


def _title(promise: Any) -> str:
    return why.title_of(action=promise.action, on_occasion=promise.on_occasion)


def _name(promise: Any, names: str) -> str:
    """Give a group's name, and of a person's as much as was chosen: whose telephone it is nobody can know here."""
    if promise.person is None:
        return f" · {promise.group.name}"
    if names == "none":
        return ""
    if names == "initials":
        # A name of signs, or of single letters, has one word alone, which may be the whole of it.
        words = pinyin_key(promise.person.name).split() or [""]
        return f" · {(words[1] if len(words) > 1 else words[0][:1]).upper()}"
    return f" · {masked_name(promise.person.name)}"
