"""Say on pages of other things whether a customer's first ninety days are worth a section."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import template
from django.utils import timezone

register = template.Library()

SHOWN_FOR = timedelta(days=365)
"""The finished record is looked for within the first year; then it is found by its own address."""


@register.filter
def joined_lately(person: Any) -> bool:
    """Tell whether a person joined within the last year, so that there may be a journey to show."""
    joined, today = person.joined_date, timezone.localdate()
    return joined is not None and today - SHOWN_FOR <= joined <= today
