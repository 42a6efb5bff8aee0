"""How many agents a day to come needs, half hour by half hour: the forecast from history, then Erlang C or A."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from upheld.faces.calls.asked import StaffingAsked
from upheld.faces.calls.figures import rules_of, seconds_in_words, time_of
from upheld.policy.calendars import DEFAULT_CALENDAR
from upheld.policy.call_forecast import (
    SLOT_SECONDS,
    SLOTS,
    DayOfCalls,
    Forecast,
    days_that_may_count,
    forecast_of,
)
from upheld.policy.editions import Edition
from upheld.policy.erlang import StaffingAnswer, agents_needed
from upheld.records.telephony.queries import measured_patience, work_of_days

BASES: dict[str, Lazy | str] = {
    "weekday": _("the same weekday, holidays left out"),
    "working_day": _("working days, for this weekend day is worked"),
    "holiday": _("the holidays before it"),
    "sunday": _("Sundays, for no earlier holiday has calls here"),
}
PATIENCE_FROM = timedelta(days=28)


def usual_target(edition: Edition, day: date) -> StaffingAsked:
    """Return what the form begins with: the limit and share of the first clause; where it wants no share, 80 %."""
    rules = rules_of(edition, day)
    if not rules:
        return StaffingAsked()
    return StaffingAsked(
        target_percent=min(max(rules[0].at_least_percent or 80, 1), 99),
        target_seconds=rules[0].within_seconds,
    )


def staffing_of(
    day: date, *, queue: str | None, asked: StaffingAsked, edition: Edition
) -> SimpleNamespace | None:
    """Return what the staffing page shows; None where no past day tells anything."""
    calendar = edition.calendars[DEFAULT_CALENDAR]
    forecast = forecast_of(
        day=day,
        history=_history(days_that_may_count(day=day, calendar=calendar, weeks=asked.weeks), queue),
        calendar=calendar,
        weeks=asked.weeks,
    )
    if not forecast.days:
        return None
    rows = [_row(slot, forecast, asked) for slot in _open_slots(forecast)]
    return SimpleNamespace(
        basis=str(BASES[forecast.basis]),
        days=", ".join(date_format(one, "SHORT_DATE_FORMAT") for one in forecast.days),
        is_provisional=forecast.is_provisional,
        total=round(forecast.total),
        rows=rows,
        never_answered=forecast.talk_seconds[0] is None,
        most=max((row.needed.agents for row in rows if row.needed), default=0),
        hours=_hours(sum(row.needed.rostered for row in rows if row.needed)),
        has_patience=asked.patience is not None,
        chart=_chart(rows),
    )


def _history(days: tuple[date, ...], queue: str | None) -> dict[date, DayOfCalls]:
    found: dict[date, tuple[list[int], list[int], list[float]]] = defaultdict(
        lambda: ([0] * SLOTS, [0] * SLOTS, [0.0] * SLOTS)
    )
    for past in work_of_days(days, queue=queue):
        asked, talks, seconds = found[past.day]
        asked[past.slot], talks[past.slot], seconds[past.slot] = past.asked, past.talks, past.talk_seconds
    return {day: DayOfCalls(*lists) for day, lists in found.items()}


def _open_slots(forecast: Forecast) -> range:
    """Return the half hours from the first with a call to the last."""
    busy = [slot for slot, calls in enumerate(forecast.calls) if calls > 0]
    return range(busy[0], busy[-1] + 1) if busy else range(0)


def _row(slot: int, forecast: Forecast, asked: StaffingAsked) -> SimpleNamespace:
    calls, talk = forecast.calls[slot], forecast.talk_seconds[slot]
    needed: StaffingAnswer | None = None
    if talk is not None:
        needed = agents_needed(
            calls=calls,
            mean_talk_seconds=max(talk + asked.wrap_up, 1.0),
            interval_seconds=SLOT_SECONDS,
            target_seconds=asked.target_seconds,
            target_percent=asked.target_percent,
            patience_seconds=asked.patience,
            shrinkage_percent=asked.shrinkage,
        )
    return SimpleNamespace(
        time=time_of(slot),
        calls=f"{calls:.1f}",
        talk="" if talk is None else seconds_in_words(talk),
        needed=needed,
        share=None if needed is None else needed.expected_percent / 100,
        gone=None if needed is None else needed.abandoned_percent / 100,
        wait="" if needed is None else seconds_in_words(needed.mean_wait_seconds),
    )


def _hours(half_hours: int) -> str:
    return f"{half_hours / 2:.1f}".removesuffix(".0")


def _chart(rows: list[SimpleNamespace]) -> dict[str, Any]:
    return {
        "times": [row.time for row in rows],
        "bars": [
            {
                "name": gettext("Agents on the phones"),
                "data": [row.needed.agents if row.needed else 0 for row in rows],
                "tone": "accent",
            }
        ],
        "lines": [{"name": gettext("Expected calls"), "data": [float(row.calls) for row in rows]}],
        "percent": False,
        "left": gettext("agents"),
        "right": gettext("calls"),
    }


def patience_measured(*, before: date, queue: str | None) -> int | None:
    """Return the patience, in seconds, that the callers of the last four weeks had; None where nobody hung up."""
    until = datetime.combine(before, time(), timezone.get_default_timezone())
    found = measured_patience(since=until - PATIENCE_FROM, until=until, queue=queue)
    return None if found is None else min(max(round(found), 1), 7_200)
