"""What a request at the counter can be composed of: each item with the few fields it needs and its kind of case.

Order types are those of CT-20. The items that need their papers seen first are those of LAW-11: identity is verified at
joining, relocation and transfer. Which clocks run, the standard says by the kind of case; here is only which it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from upheld.records.cases.choices import CaseKind, OrderType

PAPERS = ("identity_card", "passport", "organisation_licence", "authorisation", "home_deed")
"""What a clerk may be shown; the number on it is not written down here."""

IDENTITY = frozenset({"identity_card", "passport", "organisation_licence"})
SERVICE_KINDS = ("mobile", "broadband", "fixed")


@dataclass(frozen=True)
class Field:
    """One thing to fill in. `kind`: text, long, amount, date, service, area, tick or choice (of `choices`)."""

    name: str
    kind: str = "text"
    required: bool = True
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class ItemKind:
    """One sort of item; `identity`: LAW-11 asks for papers that prove who the customer is before it is taken."""

    code: str
    case: str
    fields: tuple[Field, ...]
    identity: bool = False
    papers: tuple[str, ...] = ()

    def field(self, name: str) -> Field | None:
        """Return a field by its name, or None."""
        return next((one for one in self.fields if one.name == name), None)


_SERVICE = Field("service", "service", required=False)
_ADDRESS, _AREA = Field("address"), Field("area", "area")
_FEE = Field("fee", "amount", required=False)

ITEMS: dict[str, ItemKind] = {
    one.code: one
    for one in (
        ItemKind(
            OrderType.JOIN,
            CaseKind.ORDER,
            (
                Field("service_kind", "choice", choices=SERVICE_KINDS),
                Field("plan"),
                Field("address", required=False),
                Field("area", "area", required=False),
                _FEE,
            ),
            identity=True,
            papers=("identity_card", "passport", "organisation_licence", "authorisation"),
        ),
        ItemKind(
            OrderType.TRANSFER_OF_OWNERSHIP,
            CaseKind.ORDER,
            (Field("service", "service"), Field("new_owner"), Field("new_owner_phone")),
            identity=True,
            papers=("identity_card", "passport", "organisation_licence", "authorisation"),
        ),
        ItemKind(
            OrderType.RELOCATION,
            CaseKind.INSTALLATION,
            (Field("service", "service"), _ADDRESS, _AREA, Field("wanted_date", "date", required=False), _FEE),
            identity=True,
            papers=("identity_card", "passport", "organisation_licence", "authorisation", "home_deed"),
        ),
        ItemKind(
            OrderType.CLOSE_ACCOUNT, CaseKind.ORDER, (Field("service", "service"), Field("reason", required=False))
        ),
        ItemKind(
            OrderType.SUSPEND_KEEPING_NUMBER,
            CaseKind.ORDER,
            (Field("service", "service"), Field("until_date", "date", required=False)),
        ),
        ItemKind(
            OrderType.ROAMING,
            CaseKind.ORDER,
            (
                Field("service", "service"),
                Field("switch", "choice", choices=("open", "close")),
                Field("places", required=False),
            ),
        ),
        ItemKind(OrderType.SERVICE_CHANGE, CaseKind.ORDER, (Field("service", "service"), Field("new_plan"))),
        ItemKind(
            OrderType.REPLACEMENT_CARD,
            CaseKind.ORDER,
            (Field("service", "service"), Field("why", "choice", choices=("lost", "damaged", "upgrade"))),
        ),
        ItemKind(OrderType.TOP_UP, CaseKind.ORDER, (Field("service", "service"), Field("amount", "amount"))),
        ItemKind(
            OrderType.PAYMENT,
            CaseKind.ORDER,
            (_SERVICE, Field("amount", "amount"), Field("clears", "tick", required=False)),
        ),
        ItemKind(CaseKind.ENQUIRY, CaseKind.ENQUIRY, (_SERVICE, Field("text", "long"))),
        ItemKind(CaseKind.COMPLAINT, CaseKind.COMPLAINT, (_SERVICE, Field("text", "long"))),
        ItemKind(
            CaseKind.FAULT, CaseKind.FAULT, (Field("service", "service"), _ADDRESS, _AREA, Field("text", "long"))
        ),
    )
}  # fmt: skip


def case_kind_of(item: ItemKind, values: Mapping[str, str]) -> str:
    """Say which kind of case an item is, by what was filled in.

    Joining by a line into the house is an installation (LAW-2); a payment that clears all arrears reopens (LAW-4).
    """
    if item.code == OrderType.JOIN and values.get("service_kind") in ("broadband", "fixed"):
        return str(CaseKind.INSTALLATION)
    if item.code == OrderType.PAYMENT and values.get("clears"):
        return str(CaseKind.REOPENING)
    return str(item.case)
