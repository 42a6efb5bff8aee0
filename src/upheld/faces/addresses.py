"""Read what stands in an address, which anybody may type: page numbers, codes and short texts, within bounds.

What cannot be meant is as good as not there, so that no address makes a page fail.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import MAXYEAR, MINYEAR, datetime

from django.urls.converters import StringConverter
from django.utils import timezone

LAST_PAGE = 10_000
"""No list has more pages; a number beyond would only make the database count."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class CodeConverter(StringConverter):
    """A code of a customer, a standard or a clause: no control characters, which the database cannot be asked for."""

    regex = r"[^/\x00-\x1f\x7f]{1,64}"


def page_number(asked: Mapping[str, str]) -> int:
    """Read `page`, 1 to LAST_PAGE; what is no number means the first page."""
    written = asked.get("page", "")
    if not (written.isascii() and written.isdigit()):
        return 1
    digits = written.lstrip("0")
    return LAST_PAGE if len(digits) > len(str(LAST_PAGE)) else min(max(int(digits or 0), 1), LAST_PAGE)


def text_in(asked: Mapping[str, str], name: str) -> str:
    """Read a short text, such as the key of a form; one with control characters is none."""
    written = asked.get(name, "")
    return "" if _CONTROL.search(written) else written


def instant_in(written: str) -> datetime | None:
    """Read day and time, by the clock of this place where no zone is written; None where it is none."""
    try:
        at = datetime.fromisoformat(written.strip()[:40])
    except ValueError:
        return None
    # At the calendar's own ends there is no room for a zone.
    if not MINYEAR < at.year < MAXYEAR:
        return None
    return timezone.make_aware(at) if timezone.is_naive(at) else at


def is_code(text: str | None) -> bool:
    """Tell whether a text can stand in an address as a code."""
    return re.fullmatch(CodeConverter.regex, text or "") is not None
