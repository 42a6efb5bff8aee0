"""Say in one line why a promise is owed: whose it is by the standard, and how often.

The window tells the rhythm, so a list of promises needs no second look into the standard for each row.
"""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext, pgettext

from upheld.faces import wording

# The longest window, in days, that each rhythm can have.
_RHYTHMS = (
    (3, "week"),
    (8, "week"),
    (17, "half_month"),
    (31, "month"),
    (62, "two_months"),
    (92, "quarter"),
    (184, "half_year"),
    (366, "year"),
    (732, "two_years"),
)


def title_of(*, action: str, on_occasion: str | None, subject: str = "") -> str:
    """Name a promise: `Visit`, or `Greeting · Mid-Autumn Festival`."""
    name = wording.word(wording.ACTIONS, action)
    return f"{name} · {wording.word(wording.OCCASIONS, on_occasion)}" if on_occasion else name


def rhythm_of(*, from_date: date, due_date: date, on_occasion: str | None) -> str:
    """Name how often a promise of this window comes."""
    if on_occasion == "weekend":
        return gettext("every weekend")
    if on_occasion == "birthday":
        return gettext("on the birthday")
    if on_occasion:
        return gettext("on the festival")
    days = (due_date - from_date).days + 1
    period = next((name for longest, name in _RHYTHMS if days <= longest), "two_years")
    return gettext("twice a month") if period == "half_month" else wording.word(wording.PERIODS, period)


def whose(
    *, by_card: bool, group_class: str | None, role: str | None, card: str | None, is_group: bool
) -> str:
    """Name the standing by which it is owed: `class A contact`, `class B1 group`, or `Gold card`."""
    if is_group and group_class:
        return gettext("class %(class)s group") % {"class": group_class}
    if group_class and role and not by_card:
        return pgettext("key person of a class", "class %(class)s %(role)s") % {
            "class": group_class,
            "role": wording.word(wording.ROLES, role),
        }
    return wording.word(wording.CARDS, card)


def why_in_words(*, clause_title: str, standing: str, rhythm: str) -> str:
    """Join the line: `Everyday contact: class A contact, every month`."""
    both = gettext("%(standing)s, %(rhythm)s") % {"standing": standing, "rhythm": rhythm}
    reasons = both if standing and rhythm else standing or rhythm
    return gettext("%(clause)s: %(reasons)s") % {"clause": clause_title, "reasons": reasons}
