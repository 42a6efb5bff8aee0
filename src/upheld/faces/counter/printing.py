"""Compose the form that a customer signs (CT-25): everything on it was filled in from the system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, pgettext

from upheld.faces import case_words, wording
from upheld.faces.counter import words
from upheld.gateways.forms_pdf import Form, Part
from upheld.operations.counter.items import ITEMS


def form_of(
    request: Any, *, cases: Sequence[Any], services: Mapping[str, str], name: str, number: str
) -> Form:
    """Lay a stored request out as the form to print; `name` and `number` whole, for the customer signs for them."""
    return Form(
        title=gettext("Service request"),
        subtitle=gettext("No. %(number)s · one form for everything, signed once (CT-25)")
        % {"number": f"R{request.pk}"},
        about=[
            (gettext("Customer"), name),
            (gettext("Number"), number or "–"),
            (gettext("Customer no."), request.person.code),
            (gettext("Store"), request.unit.name if request.unit else "–"),
            (gettext("Clerk"), f"{request.clerk.name} {request.clerk.code}"),
            (gettext("Taken"), instant(request.at)),
        ],
        parts=[_part(case, request, services) for case in cases],
        declaration=gettext(
            "Everything above was filled in by the clerk. I have read it and it is what I ask for."
        ),
        signatures=[gettext("Customer's signature"), gettext("Clerk's signature"), gettext("Day")],
        foot=gettext("Upheld · request %(number)s") % {"number": f"R{request.pk}"},
        page_words=gettext("page {page} of {pages}"),
        missing_words=gettext("These characters cannot be printed; write them by hand: {characters}"),
        language=get_language() or "zh-hans",
    )


def _part(case: Any, request: Any, services: Mapping[str, str]) -> Part:
    """Give the box of one case: what was asked for, the papers seen, what is promised by when."""
    items = [one for one in request.items if one["case"] == case.pk]
    promised = [one for one in request.promised if one["case"] == case.pk]
    seen = [paper for one in items for paper in one["papers"]]
    return Part(
        heading=gettext("%(what)s · case %(number)s")
        % {"what": case_words.case_title(case.kind), "number": case.pk},
        lines=[
            (words.item_name(one["code"]), _values(one, services)) for one in items if one["code"] in ITEMS
        ],
        ticks=[
            (True, gettext("Seen: %(paper)s (LAW-11)") % {"paper": wording.word(words.PAPERS, one)})
            for one in dict.fromkeys(seen)
        ],
        notes=promised_in_words(promised) or [gettext("No time limit is promised in public for this.")],
        code=f"C{case.pk}",
    )


def _values(item: Mapping[str, Any], services: Mapping[str, str]) -> str:
    code, values = item["code"], item["values"]
    told = [
        f"{words.field_name(one.name)}  {words.value_in_words(code, one.name, values[one.name], services=services)}"
        for one in ITEMS[code].fields
        if values.get(one.name)
    ]
    return "\n".join(told) or "–"


def promised_in_words(promised: Sequence[Mapping[str, Any]]) -> list[str]:
    """Write what the customer was told: what, by when, by which clause."""
    lines = []
    for one in promised:
        told = {
            "what": wording.word(wording.ACTIONS, one["stops_at"]),
            "when": instant(datetime.fromisoformat(one["due_at"])),
            "clause": one["clause"],
        }
        line = gettext("Promised: %(what)s by %(when)s (%(clause)s)") % told
        if one.get("provisional"):
            line += gettext(" – may move once the holidays of that year are announced")
        lines.append(line)
    return lines


def instant(at: datetime) -> str:
    """Write day and time in full: a form is read years later."""
    return date_format(timezone.localtime(at), pgettext("instant on a form", "j M Y H:i"))
