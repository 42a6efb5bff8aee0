"""Half-open periods [from_date, until_date): the one condition by which every app asks what held on a day."""

from __future__ import annotations

from datetime import date

from django.db.models import Q


def on_day(day: date, prefix: str = "") -> Q:
    """Select rows whose period holds the day.

    `prefix` such as `group__assignments__` leads to a joined table.
    """
    still = Q(**{f"{prefix}until_date__isnull": True}) | Q(**{f"{prefix}until_date__gt": day})
    return Q(**{f"{prefix}from_date__lte": day}) & still
