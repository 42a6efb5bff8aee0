"""Lay the made-up operator out as files, in the columns that `upheld import` declares.

Bills are Parquet because they are many; everything else is CSV, which anybody can open. The same operator
gives the same bytes.
"""

from __future__ import annotations

import csv
import random
from pathlib import Path

from .bills import Row
from .province import Operator
from .stories import OVERRIDDEN_CUSTOMER

# In the order in which they must be imported: what is referred to comes first.
KINDS = (
    "staff",
    "groups",
    "customers",
    "services",
    "members",
    "bills",
    "assignments",
    "addresses",
    "signals",
)


def write_feeds(operator: Operator, folder: Path) -> dict[str, Path]:
    """Write one file a kind into `folder`; return the paths by kind, in the order to import."""
    folder.mkdir(parents=True, exist_ok=True)
    written: dict[str, Path] = {}
    for kind in KINDS:
        rows: list[Row] = getattr(operator, kind)
        if kind == "bills":
            written[kind] = _write_parquet(rows, folder / "bills.parquet")
        else:
            written[kind] = _write_csv(rows, folder / f"{kind}.csv")
    return written


def write_changes(operator: Operator, folder: Path) -> dict[str, Path]:
    """Write what the operator's systems say some weeks later: spend, arrears, a few who leave.

    Only changed rows are written, so that re-rating moves some cards up and some down, freezes, thaws and
    cancels.
    """
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(operator.seed + 1)
    customers: list[Row] = []
    for person in operator.customers:
        changed = _changed_customer(chance, person)
        if changed is not None:
            customers.append(changed)
    services: list[Row] = []
    for service in operator.services:
        drawn = chance.random()
        if service["status"] == "suspended" and int(str(service["arrears_months"])) < 4 and drawn < 0.5:
            services.append(service | {"status": "active", "arrears_months": 0})
        elif service["status"] == "active" and drawn < 0.008:
            services.append(service | {"status": "suspended", "arrears_months": chance.randrange(1, 4)})
    return {
        "customers": _write_csv(customers, folder / "customers.csv"),
        "services": _write_csv(services, folder / "services.csv"),
    }


def write_signals(rows: list[Row], path: Path) -> Path:
    """Write what the systems noticed on a day."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return _write_csv(rows, path)


def _changed_customer(chance: random.Random, person: Row) -> Row | None:
    """Return the customer's row as it is some weeks later, or None where nothing changed."""
    if person["customer_id"] == OVERRIDDEN_CUSTOMER:
        return person | {"annual_spend_yuan": "1900.00", "override_card": "diamond",
                         "override_approved_by": "省公司市场部"}  # fmt: skip
    drawn = chance.random()
    if drawn < 0.03:
        return person | {"annual_spend_yuan": f"{float(str(person['annual_spend_yuan'])) * 1.7:.2f}"}
    if drawn < 0.06:
        return person | {"annual_spend_yuan": f"{float(str(person['annual_spend_yuan'])) * 0.55:.2f}"}
    if drawn < 0.063:
        return person | {"cancel_requested": True}
    return None


def _write_csv(rows: list[Row], path: Path) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({name: _cell(value) for name, value in row.items()})
    return path


def _write_parquet(rows: list[Row], path: Path) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(rows), path, compression="zstd")
    return path


def _cell(value: object) -> object:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else value
