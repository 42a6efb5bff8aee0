"""Read what a centre delivers: receipts, by their parameters or by their text, and what customers send."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

RECEIPTED_MESSAGE_ID, MESSAGE_STATE = 0x001E, 0x0427
MESSAGE_PAYLOAD, USER_MESSAGE_REFERENCE = 0x0424, 0x0204
"""Tags of the optional parameters that we use (SMPP 3.4, 5.3.2)."""

_FIELD = re.compile(r"\b(id|stat|err):\s*([^\s:]+)", re.IGNORECASE)
_RECEIPT_CLASSES = (0x04, 0x08, 0x10, 0x20)
STATES = {
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    7: "UNKNOWN",
    8: "REJECTD",
}
"""message_state of SMPP 3.4, 5.2.28, as receipts spell it."""


@dataclass(frozen=True, slots=True)
class ReceiptTold:
    """A delivery receipt: which part by the centre's id, whom it reached, how it stands, and our own reference."""

    centre_id: str
    address: str
    stat: str
    error: str
    reference: int | None
    raw: str


@dataclass(frozen=True, slots=True)
class IncomingTold:
    """What a customer sent to one of our numbers."""

    from_number: str
    to_number: str
    text: str


def read_delivery(event: Any) -> ReceiptTold | IncomingTold:
    """Tell a receipt from a customer's message; never raises, whatever octets came."""
    parameters = {one.tag: one for one in event.tlvs}
    body = bytes(event.short_message)
    if not body and MESSAGE_PAYLOAD in parameters:
        body = bytes(parameters[MESSAGE_PAYLOAD].value)
    text = decoded(body, event.data_coding, has_header=bool(event.esm_class & 0x40))
    named = parameters.get(RECEIPTED_MESSAGE_ID)
    if (event.esm_class & 0x3C) not in _RECEIPT_CLASSES and named is None:
        return IncomingTold(event.source_addr, event.destination_addr, text)
    fields = {name.lower(): value for name, value in _FIELD.findall(text)}
    state = parameters.get(MESSAGE_STATE)
    reference = parameters.get(USER_MESSAGE_REFERENCE)
    return ReceiptTold(
        centre_id=_id(named) or fields.get("id", ""),
        address=event.source_addr,
        stat=fields.get("stat", "").upper()
        or STATES.get((state.as_int() if state is not None else None) or 0, ""),
        error=fields.get("err", ""),
        reference=_reference(reference.as_int() if reference is not None else None),
        raw=text.replace("\x00", ""),
    )


def _id(named: Any) -> str:
    """Return the centre's id of a part up to its first NUL, where it ends; no column would hold one."""
    told: str | None = named.as_string() if named is not None else None
    return (told or "").split("\x00", 1)[0]


def _reference(told: int | None) -> int | None:
    """Return our own reference, of two octets; a longer number is none of ours, and no column would hold it."""
    return told if told is not None and told <= 0xFFFF else None


def decoded(body: bytes, coding: int, *, has_header: bool) -> str:
    """Return octets as text by their data_coding; what does not fit becomes a replacement character."""
    if has_header and body:
        body = body[body[0] + 1 :]
    code = {8: "utf-16-be", 3: "latin-1", 1: "ascii", 0: "ascii"}.get(coding & 0x0F, "utf-8")
    return body.decode(code, "replace").replace("\x00", "")
