"""Where the made-up operator's staff and some of its customers are reached by mail and messengers: nowhere real."""

from __future__ import annotations

import random

Row = dict[str, object]

ONE_IN = 12
"""So many customers have told a mail address."""


def addresses_of(*, seed: int, staff: list[Row], customers: list[Row]) -> list[Row]:
    """Return the addresses, the same for the same seed; `.example` is nobody's."""
    chance = random.Random(f"{seed}:addresses")
    told = sorted(chance.sample([str(one["customer_id"]) for one in customers], len(customers) // ONE_IN))
    rows = [_row(customer=code, channel="mail", address=f"{code.lower()}@mail.example") for code in told]
    for one in staff:
        code = str(one["employee_id"])
        rows.append(_row(employee=code, channel="mail", address=f"{one['username']}@operator.example"))
        rows.append(
            _row(employee=code, channel="wecom", address=f"{code.lower()}-{chance.getrandbits(48):012x}")
        )
    return rows


def _row(*, customer: str = "", employee: str = "", channel: str, address: str) -> Row:
    return {"customer_id": customer, "employee_id": employee, "channel": channel, "address": address}
