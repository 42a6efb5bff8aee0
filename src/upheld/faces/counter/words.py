"""The words of the counter: what a request is composed of, its fields and papers, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.functional import Promise as Lazy
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from upheld.faces import case_words, wording
from upheld.faces.masking import masked_name, masked_number
from upheld.operations.counter.items import ITEMS

FIELDS: dict[str, Lazy | str] = {
    "service": _("Service"),
    "service_kind": _("Kind of service"),
    "plan": _("Plan"),
    "address": _("Address"),
    "area": _("Town or country"),
    "fee": _("Fee (yuan)"),
    "new_owner": _("New owner"),
    "new_owner_phone": _("New owner's number"),
    "wanted_date": _("Wanted on"),
    "reason": _("Reason"),
    "until_date": _("Until"),
    "switch": _("Open or close"),
    "places": _("Countries or places"),
    "new_plan": _("New plan"),
    "why": _("Why a new card"),
    "amount": _("Amount (yuan)"),
    "clears": _("It pays all arrears: the service is reopened"),
    "text": _("What the customer says"),
}
CHOICES: dict[str, Lazy | str] = {
    **wording.SERVICE_KINDS,
    "open": _("to be opened"),
    "close": _("to be closed"),
    "lost": _("lost"),
    "damaged": _("damaged"),
    "upgrade": _("upgrade"),
}
PAPERS: dict[str, Lazy | str] = {
    "identity_card": _("Identity card"),
    "passport": _("Passport"),
    "organisation_licence": _("Organisation's licence"),
    "authorisation": _("Authorisation"),
    "home_deed": _("Proof of the home"),
}
FAULTS: dict[str, Lazy | str] = {
    "missing": _("is missing"),
    "unknown": _("is not known"),
    "no_amount": _("is no amount in yuan"),
    "too_large": _("is too large"),
    "no_date": _("is no day"),
    "no_service": _("is none of this customer's services"),
    "too_long": _("is too long"),
}
REFUSALS: dict[str, Lazy | str] = {
    "no_items": _("Choose at least one thing that the customer asks for."),
    "key_used": _("This form was already used. Open it again."),
    "no_edition": _("No standards are in force, so that no clock can begin. Ask the administrator."),
    "outside_dates": _("The calendar does not reach this day. Ask the administrator."),
    "no_store": _("You belong to no store. Ask the administrator for a unit."),
    "other_clerk": _("Another clerk serves this number."),
    "not_called": _("Nobody has called this number yet."),
    "no_such_arrival": _("Nobody waits under this number."),
    "bad_case": _("This is longer than we can keep. Say it a little shorter."),
}
PRIORITIES: dict[int, Lazy | str] = {2: _("contact, first"), 1: _("VIP, ahead")}


def item_name(code: str) -> str:
    """Name what is asked for: an order, or a kind of case."""
    words = case_words.ORDERS.get(code)
    return str(capfirst(str(words))) if words else str(capfirst(case_words.kind_name(code)))


def field_name(name: str) -> str:
    """Name a field."""
    return wording.word(FIELDS, name)


def value_in_words(code: str, name: str, value: str, *, services: Mapping[str, str]) -> str:
    """Write what was filled in: words for codes, the number of a service."""
    known = ITEMS[code].field(name)
    kind = known.kind if known is not None else "text"
    if kind == "service":
        return services.get(value, value)
    if kind == "area":
        return case_words.area_name(value)
    if kind == "choice":
        return wording.word(CHOICES, value)
    if kind == "tick":
        return gettext("yes")
    return value


def item_in_words(code: str, values: Mapping[str, str], *, services: Mapping[str, str]) -> str:
    """Write an item with all that was filled in on one line, as the case says it: the case masks another's name too."""
    hidden = {"new_owner": masked_name, "new_owner_phone": masked_number}
    told = []
    for one in ITEMS[code].fields:
        if values.get(one.name):
            said = value_in_words(code, one.name, values[one.name], services=services)
            told.append(f"{field_name(one.name)} {hidden.get(one.name, str)(said)}")
    name = item_name(code)
    return gettext("%(name)s: %(said)s") % {"name": name, "said": gettext("; ").join(told)} if told else name


def faults_in_words(faults: Iterable[tuple[str, str, str]]) -> list[str]:
    """Write every fault of a request; missing papers name what to bring."""
    return [_fault(code, name, why) for code, name, why in faults]


def _fault(code: str, name: str, why: str) -> str:
    item = item_name(code) if code in ITEMS else code
    if name == "papers":
        return gettext("%(item)s: identity has to be seen first (LAW-11). To bring: %(papers)s") % {
            "item": item,
            "papers": papers_in_words(
                one for one in ("identity_card", "passport", "organisation_licence") if one in PAPERS
            ),
        }
    said = {"item": item, "field": field_name(name), "fault": wording.word(FAULTS, why)}
    return gettext("%(item)s: %(field)s %(fault)s") % said


def papers_in_words(papers: Iterable[str]) -> str:
    """Write a list of papers."""
    return gettext(", ").join(wording.word(PAPERS, one) for one in papers)


def refusal_in_words(refused: Any) -> str:
    """Give a refusal in the reader's language."""
    return str(REFUSALS.get(refused.code, refused.message))


def service_name(service: Any, *, whole: bool = True) -> str:
    """Name a service as a clerk chooses it: its number, kind and plan's brand; masked for who reads it later."""
    kind = wording.word(CHOICES, service.kind) if service.kind else ""
    number = service.number if whole else masked_number(service.number)
    parts = [number or service.code, kind, wording.word(wording.BRANDS, service.brand)]
    return " · ".join(part for part in parts if part)
