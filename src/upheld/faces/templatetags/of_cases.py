"""How the codes of cases and the time of their clocks are shown, on the desks and on every page with a case."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from upheld.faces import case_words, wording
from upheld.faces.clock_lines import ClockLine
from upheld.faces.templatetags.shown import icon

register = template.Library()


@register.filter
def case_kind(code: str) -> str:
    """Name a kind of case."""
    return case_words.kind_name(code)


@register.filter
def case_state(code: str) -> str:
    """Name the state of a case."""
    return wording.word(case_words.STATES, code)


@register.filter
def case_channel(code: str) -> str:
    """Name where a case came in."""
    return wording.word(case_words.CHANNELS, code)


@register.filter
def case_area(code: str | None) -> str:
    """Name an area."""
    return case_words.area_name(code)


@register.filter
def waiting_for(code: str | None) -> str:
    """Name what a case waits for."""
    return wording.word(case_words.WAITING_FOR, code)


@register.filter
def clock_standing(code: str) -> str:
    """Name how a clock stands, or how it ended."""
    return (
        wording.word(case_words.STANDINGS, code)
        if code in case_words.STANDINGS
        else wording.word(wording.STATES, code)
    )


@register.filter
def moment(at: datetime | None) -> str:
    """Write an instant shortly, in the time zone of the pages."""
    return case_words.moment(at)


@register.filter
def iso(at: datetime) -> str:
    """Write an instant for scripts and for `<time>`."""
    return timezone.localtime(at).isoformat(timespec="milliseconds")


@register.inclusion_tag("cases/clock_words.html")
def clock_words() -> dict[str, Any]:
    """Put the words for `clocks.js`, and the server's time, into a page; once a page, above its clocks."""
    return {"now": timezone.now()}


@register.simple_tag
def time_left(line: ClockLine) -> SafeString:
    """Show how a clock stands and what is left of it, counting down while the page is open.

    By hand, for a desk shows fifty of them.
    """
    instants = (iso(line.due_at), iso(line.soon_at))
    counting = (
        format_html(' data-clock data-due="{}" data-soon="{}"', *instants)
        if line.running and line.live
        else ""
    )
    return format_html(
        '<span class="clock-left {}"{}><span class="tag">{}<span data-standing>{}</span></span>{}{}</span>',
        line.standing,
        counting,
        icon(_ICONS.get(line.standing, "due")),
        clock_standing(line.standing),
        format_html(' <span class="tag late">{}</span>', gettext("done late")) if line.late else "",
        format_html(' <span class="number" data-left>{}</span>', line.left) if line.running else "",
    )


_ICONS = {"still": "frozen", **{ended: ended for ended in ("kept", "broken", "waived", "cancelled")}}
