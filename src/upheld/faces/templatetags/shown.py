"""How stored codes, clauses and days are shown: the one library of tags and filters that every page loads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext, pgettext

from upheld.faces import wording
from upheld.faces.masking import masked_name, masked_number
from upheld.faces.permissions import may as job_may

register = template.Library()

register.filter("masked_name", masked_name)
register.filter("masked_number", masked_number)


ICONS = {
    **dict.fromkeys(wording.STEPS, "information"),
    **dict.fromkeys(("first_return_visit", "vip_first_return_visit", "closing_visit"), "return_visit"),
    **dict.fromkeys(("call_back", "first_answer", "outcome_reply", "remote_support"), "call"),
    **dict.fromkeys(("repaired", "in_force", "pre_accepted", "user_opened", "server_configured"), "kept"),
    "manager_assigned": "person",
    "mms": "sms",
    "message": "sms",
    "mail": "note",
    "legal_answer": "scale",
    "onsite_arrival": "visit",
    "settled": "scale",
    "coordination": "inbox",
}
"""Which icon of the sprite an action has that has none of its own name."""


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """Show one icon of the sprite; it is decoration, so a word always stands beside it or in the label."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("upheld/icons.svg"),
        ICONS.get(name, name),
    )


@register.filter
def may(user: Any, permission: str) -> bool:
    """Tell whether the user's job carries the permission."""
    return job_may(user, permission)


@register.filter
def in_language(text: Any) -> str:
    """Pick the reader's language from {zh, en}; plain text stays."""
    if not isinstance(text, Mapping):
        return "" if text is None else str(text)
    first, second = ("en", "zh") if (get_language() or "").startswith("en") else ("zh", "en")
    return str(text.get(first) or text.get(second) or "")


@register.filter
def action_name(code: str) -> str:
    """Name an action or channel."""
    return wording.word(wording.ACTIONS, code)


@register.filter
def state_name(code: str) -> str:
    """Name a promise's state."""
    return wording.word(wording.STATES, code)


@register.filter
def standing_name(code: str) -> str:
    """Name a membership's state."""
    return wording.word(wording.STANDINGS, code)


@register.filter
def card_name(code: str) -> str:
    """Name a card."""
    return wording.word(wording.CARDS, code)


@register.filter
def role_name(code: str | None) -> str:
    """Name a key person's role; no role is an ordinary member."""
    return wording.word(wording.ROLES, code) if code else gettext("member")


@register.filter
def job_name(code: str) -> str:
    """Name an employee's job."""
    return wording.word(wording.JOBS, code)


@register.filter
def group_kind_name(code: str) -> str:
    """Name a kind of group."""
    return wording.word(wording.GROUP_KINDS, code)


@register.filter
def brand_name(code: str) -> str:
    """Name a brand."""
    return wording.word(wording.BRANDS, code)


@register.filter
def outcome_name(code: str) -> str:
    """Name the outcome of a contact."""
    return wording.word(wording.OUTCOMES, code)


@register.filter
def entitlement_name(code: str) -> str:
    """Name an entitlement."""
    return wording.word(wording.ENTITLEMENTS, code)


@register.filter
def return_state_name(code: str) -> str:
    """Name the state in which a loan came back."""
    return wording.word(wording.RETURN_STATES, code)


@register.filter
def clause_status_name(code: str) -> str:
    """Name a clause's status."""
    return wording.word(wording.CLAUSE_STATUSES, code)


@register.filter
def confidence_name(code: str) -> str:
    """Name how sure the source is of a number."""
    return wording.word(wording.CONFIDENCES, code)


@register.filter
def days_left(due: date, today: date) -> str:
    """Say how long is left until a due day, or since when it is past."""
    days = (due - today).days
    if days == 0:
        return gettext("due today")
    if days == 1:
        return gettext("due tomorrow")
    if days > 0:
        return ngettext("%(n)d day left", "%(n)d days left", days) % {"n": days}
    return ngettext("%(n)d day overdue", "%(n)d days overdue", -days) % {"n": -days}


@register.filter
def broken_since(due: date, today: date) -> str:
    """Say how long ago a promise broke, which it did as its due day ended."""
    days = (today - due).days
    return ngettext("broken %(n)d day ago", "broken %(n)d days ago", days) % {"n": days}


@register.filter
def nearness(due: date, today: date) -> str:
    """Give the class that colours a due day: past, soon (three days), or nothing."""
    days = (due - today).days
    return "past" if days < 0 else "soon" if days <= 2 else ""


@register.filter
def day(value: date | None) -> str:
    """Write a day shortly (3 Mar, 3月3日), with the year where it is another one."""
    if value is None:
        return ""
    if value.year != timezone.localdate().year:
        return date_format(value, pgettext("date with year", "j M Y"))
    return date_format(value, pgettext("date without year", "j M"))


@register.filter
def window(promise: Any) -> str:
    """Write a promise's window: one day, or from the first day to the last."""
    if promise.from_date == promise.due_date:
        return day(promise.due_date)
    return f"{day(promise.from_date)} – {day(promise.due_date)}"


@register.filter
def percent(rate: Any) -> str:
    """Write a rate with one decimal; nothing decided has no rate, so nothing is written."""
    return "" if rate is None else f"{float(rate) * 100:.1f} %"


@register.simple_tag
def clause_chip(clause: str) -> SafeString:
    """Show a clause's id as a link to its page; by hand and kept, for some pages show fifty of them."""
    return _chip(clause, get_language())


@lru_cache(maxsize=2_048)
def _chip(clause: str, _language: str | None) -> SafeString:
    title = gettext("Clause %(clause)s") % {"clause": clause}
    return format_html(
        '<a class="clause" href="{}" title="{}">{}</a>', reverse("clause", args=[clause]), title, clause
    )
