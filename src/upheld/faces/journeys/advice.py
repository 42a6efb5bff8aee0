"""Say in words what real bills say about a plan, with the figures, and nothing where they do not (JOIN-21)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext, pgettext

from upheld.faces.templatetags.shown import in_language
from upheld.policy.editions import Edition
from upheld.policy.facts import fen_as_yuan
from upheld.policy.plan_fit import BELOW_RENT, CHEAPER, DEARER, FITS, NO_PLAN, PlanFit, plan_fit, plans_of
from upheld.records.people.queries import bills_of_person


@dataclass(frozen=True)
class Advice:
    """One piece of advice: its sentence, why, and the months it rests on; `verdict` colours it."""

    verdict: str
    says: str
    why: str = ""
    months: list[dict[str, str]] = field(default_factory=list)
    other: str = ""


def advice_for(journey: Any, *, edition: Edition, as_of: date) -> Advice | None:
    """Compare a joiner's first full bills with the price list; None where the edition has none."""
    plans = plans_of(edition)
    if not plans:
        return None
    bills = {one.month: one.amount_fen for one in bills_of_person(journey.person_id)}
    found = plan_fit(
        plans=plans,
        rent_fen=journey.person.plan_monthly_fen,
        bills=bills,
        joined_date=journey.joined_date,
        as_of=as_of,
    )
    return _in_words(found)


def _in_words(found: PlanFit) -> Advice:
    if found.verdict == NO_PLAN:
        return Advice("none", gettext("The plan is not on the price list, so nothing is recommended."))
    if found.verdict == BELOW_RENT:
        return Advice(
            "none", gettext("A bill is below the rent, so a reduction runs; nothing is recommended.")
        )
    if found.present is None or not found.months:
        return Advice("none", gettext("The first full bills are not all there yet; nothing is recommended."))
    present, count = found.present, len(found.months)
    paid = sum(one.billed_fen for one in found.months)
    beyond = sum(one.beyond_fen for one in found.months)
    given = {
        "plan": in_language(present.title), "n": count, "paid": fen_as_yuan(paid), "beyond": fen_as_yuan(beyond),
        "saved": fen_as_yuan(found.saved_fen),
    }  # fmt: skip
    why = ngettext(
        "%(n)d full month: %(paid)s yuan billed, %(beyond)s of it beyond the rent.",
        "%(n)d full months: %(paid)s yuan billed, %(beyond)s of it beyond the rent.",
        count,
    ) % given  # fmt: skip
    if found.verdict == FITS or found.recommended is None:
        return Advice(
            "fits", gettext("%(plan)s fits: no other plan is sure to cost less.") % given, why, _months(found)
        )
    given["other"] = in_language(found.recommended.title)
    sentences = {
        CHEAPER: gettext("The cheaper %(other)s would have saved at least %(saved)s yuan."),
        DEARER: gettext("The larger %(other)s would have saved at least %(saved)s yuan."),
    }
    says = sentences[found.verdict] % given
    return Advice(found.verdict, says, why, _months(found), in_language(found.recommended.title))


def _months(found: PlanFit) -> list[dict[str, str]]:
    return [
        {
            "month": date_format(one.month, pgettext("month of a bill", "M Y")),
            "billed": fen_as_yuan(one.billed_fen),
            "beyond": fen_as_yuan(one.beyond_fen),
            "other": fen_as_yuan(one.other_fen),
        }
        for one in found.months
    ]
