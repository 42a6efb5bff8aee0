"""Say which clocks a case begins, until when, and what the customer may be told of them.

A time that is public may be promised on the telephone; one that is inferred, unconfirmed or meant for our own work is
marked, so that no agent says it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext

from upheld.faces import case_words, wording
from upheld.faces.editions import clause_title
from upheld.faces.templatetags.shown import in_language
from upheld.policy.editions import Edition


@dataclass(frozen=True)
class Told:
    """A clock in words: what is owed, until when; `because` says why the customer is not told."""

    title: str
    clause: str
    clause_title: str
    due: str
    left: str
    public: bool
    because: str
    provisional: bool


def told_of(clocks: Iterable[Any], *, edition: Edition, now: datetime) -> list[Told]:
    """Write clocks of policy, as a preview of what a case would begin."""
    return [
        _told(one, clause=one.clause, due_at=one.due_at, edition=edition, now=now)
        for one in sorted(clocks, key=lambda one: one.due_at)
    ]


def told_of_stored(clocks: Iterable[Any], *, edition: Edition, now: datetime) -> list[Told]:
    """Write the clocks that a case has begun (`records.cases.queries.ClockOfCase`), the earliest due first."""
    open_ones = [one for one in clocks if one.promise.state == "open"]
    return [
        _told(one.clock, clause=one.promise.clause, due_at=one.promise.due_at, edition=edition, now=now)
        for one in sorted(open_ones, key=lambda one: one.promise.due_at)
    ]


def _told(clock: Any, *, clause: str, due_at: datetime, edition: Edition, now: datetime) -> Told:
    return Told(
        title=wording.word(wording.ACTIONS, clock.stops_at),
        clause=clause,
        clause_title=in_language(clause_title(edition, clause)),
        due=instant_in_words(due_at, now=now),
        left=case_words.span(due_at - now),
        public=clock.public,
        because=_why_not_told(clock),
        provisional=clock.provisional,
    )


def _why_not_told(clock: Any) -> str:
    if clock.public:
        return ""
    if clock.confidence == "unconfirmed":
        return gettext("the number is not confirmed")
    if clock.confidence == "inferred":
        return gettext("the number is inferred, not stated")
    return gettext("an aim of our own")


def instant_in_words(at: datetime, *, now: datetime) -> str:
    """Write an instant as one would say it: `today 16:20`, `tomorrow 09:00`, `Fri 6 Mar 18:00`."""
    local, today = timezone.localtime(at), timezone.localtime(now).date()
    time = f"{local:%H:%M}"
    if local.date() == today:
        return gettext("today %(time)s") % {"time": time}
    if local.date() == today + timedelta(days=1):
        return gettext("tomorrow %(time)s") % {"time": time}
    same_year = local.year == today.year
    shape = pgettext("day with weekday", "D j M") if same_year else gettext("j M Y")
    return f"{date_format(local, shape)} {time}"
