"""Take in how much groups use of what they bought: single figures, or a file with its faulty rows apart (MGR-7)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.job_required import require_job
from upheld.operations.refusals import ActRefused
from upheld.operations.turns import wait_for_turn
from upheld.operations.who_may import OVERSEEING
from upheld.policy.usage import is_falling
from upheld.records.craft.models import UsageFigure
from upheld.records.craft.queries import usage_of
from upheld.records.people.models import Group
from upheld.records.staff.models import Employee
from upheld.records.staff.queries import book_of, book_of_all, team_of

COLUMNS = ("group", "product", "month", "quantity", "unit")
MOST_ROWS = 5_000
MOST_QUANTITY = 10**15


@dataclass(frozen=True)
class Figure:
    """One month's use of a product by a group, named by the operator's own number."""

    group_code: str
    product: str
    month: date
    quantity: int
    unit: str = ""


@dataclass
class UsageReport:
    """What an import did: figures stored, those stored before, and the rows that were not taken, with why."""

    stored: int = 0
    same: int = 0
    rejects: list[tuple[int, str, str]] = field(default_factory=list)
    """Line of the file, a word for the reason, and what stood there."""


@dataclass(frozen=True)
class UsageTrend:
    """The use of one product by one group over the months, the earliest first, and whether it falls."""

    group: Group
    product: str
    unit: str
    months: tuple[date, ...]
    quantities: tuple[int, ...]
    falling: bool


def import_usage(*, by: Employee, content: bytes, today: date | None = None) -> UsageReport:
    """Read a CSV with the columns group, product, month (2026-03), quantity and unit, and store its good rows.

    A row alike one that holds already changes nothing; another quantity is a new row and holds from now on. Groups out
    of the reader's reach are rejected like unknown ones. Raises ActRefused for a file that is none, or has more rows
    than MOST_ROWS.
    """
    require_job(by, "use_craft", act="import_usage", subject_kind="usage")
    report, good = _read(content, today or timezone.localdate())
    with transaction.atomic():
        _keep(by, good, report)
        report.rejects.sort()
        detail = {"stored": report.stored, "same": report.same, "rejects": len(report.rejects)}
        write_entry(act="import_usage", by=by, subject_kind="usage", detail=detail)
    return report


def note_usage(
    *,
    by: Employee,
    group: Group,
    product: str,
    month: str,
    quantity: str,
    unit: str = "",
    today: date | None = None,
) -> bool:
    """Write one month's use down by hand, by the rules of a row of a file; True where it is news (MGR-7).

    Raises ActRefused with the word by which a file's row would be rejected.
    """
    require_job(by, "use_craft", act="note_usage", subject_kind="group", subject_id=group.pk)
    row = {"group": group.code, "product": product, "month": month, "quantity": quantity, "unit": unit}
    figure = _figure({name: written.strip() for name, written in row.items()}, today or timezone.localdate())
    if not isinstance(figure, Figure):
        raise ActRefused(figure[0], f"{figure[1]!r} cannot be taken")
    report = UsageReport()
    with transaction.atomic():
        wait_for_turn(f"usage {group.pk}")
        _keep(by, [(1, figure)], report)
        if report.rejects:
            raise ActRefused(report.rejects[0][1], f"group {group.code} is not within reach")
        if report.stored:
            detail = {"product": figure.product, "month": month, "quantity": figure.quantity}
            write_entry(act="note_usage", by=by, subject_kind="group", subject_id=group.pk, detail=detail)
    return bool(report.stored)


def _keep(by: Employee, good: Iterable[tuple[int, Figure]], report: UsageReport) -> None:
    """Store the figures that are news, and count into the report what was stored, was the same, or out of reach."""
    rows = list(good)
    known = _within_reach(by, {one.group_code for _, one in rows})
    held = usage_of(list(known.values()), since=date.min)
    fresh = []
    for line, one in rows:
        group_id = known.get(one.group_code)
        if group_id is None:
            report.rejects.append((line, "unknown_group", one.group_code))
            continue
        months = held.setdefault((group_id, one.product), {})
        last = months.get(one.month)
        if last is not None and (last.quantity, last.unit) == (one.quantity, one.unit):
            report.same += 1
            continue
        months[one.month] = UsageFigure(
            group_id=group_id,
            product=one.product,
            month=one.month,
            quantity=one.quantity,
            unit=one.unit,
            by=by,
        )
        fresh.append(months[one.month])
    UsageFigure.objects.bulk_create(fresh)
    report.stored = len(fresh)


def usage_trends(
    *, by: Employee, group: Group | None = None, months: int = 12, today: date | None = None
) -> list[UsageTrend]:
    """Give the use of every product by the groups within reach, or one of them, the falling first. It only reads."""
    today = today or timezone.localdate()
    since = date(today.year - (months // 12), today.month, 1)
    groups = _groups(by, today)
    if group is not None:
        groups = (Group.objects.all() if groups is None else groups).filter(pk=group.pk)
    found = []
    for (_group, product), figures in usage_of(
        None if groups is None else groups.values("pk"), since=since
    ).items():
        ordered = sorted(figures.items())
        quantities = tuple(one.quantity for _, one in ordered)
        last = ordered[-1][1]
        found.append(
            UsageTrend(
                last.group, product, last.unit, tuple(month for month, _ in ordered), quantities,
                is_falling(quantities),
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (not one.falling, one.group.name, one.product))


def _groups(by: Employee, day: date) -> QuerySet[Group] | None:
    if by.job in OVERSEEING:
        return None
    if by.job == "team_lead":
        return book_of_all(team_of(by).values_list("pk", flat=True), day=day).groups
    return book_of(by, day=day).groups


def _within_reach(by: Employee, codes: Iterable[str]) -> dict[str, int]:
    rows = _groups(by, timezone.localdate())
    rows = Group.objects.all() if rows is None else rows
    return dict(rows.filter(code__in=list(codes)).values_list("code", "pk"))


def _read(content: bytes, today: date) -> tuple[UsageReport, list[tuple[int, Figure]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ActRefused("not_a_table", "the file is not a CSV in UTF-8") from None
    rows = csv.DictReader(io.StringIO(text.replace("\0", "\ufffd")))
    if not set(COLUMNS[:4]) <= set(rows.fieldnames or ()):
        raise ActRefused("not_a_table", f"the first line names the columns {', '.join(COLUMNS)}")
    report = UsageReport()
    good: list[tuple[int, Figure]] = []
    try:
        for number, row in enumerate(rows, start=2):
            if number > MOST_ROWS + 1:
                raise ActRefused("too_many_rows", f"a file has at most {MOST_ROWS} rows")
            figure = _figure({name: (row.get(name) or "").strip() for name in COLUMNS}, today)
            if isinstance(figure, Figure):
                good.append((number, figure))
            else:
                report.rejects.append((number, *figure))
    except csv.Error:
        raise ActRefused("not_a_table", "the file is not a CSV in UTF-8") from None
    return report, good


def _figure(row: dict[str, str], today: date) -> Figure | tuple[str, str]:
    """Read one row, or say by a word what is wrong with it."""
    if not row["group"] or "\ufffd" in row["group"]:
        return "unknown_group", row["group"][:64]
    if not row["product"] or len(row["product"]) > 100 or "\ufffd" in row["product"] + row["unit"]:
        return "bad_product", row["product"][:64]
    try:
        month = datetime.strptime(row["month"][:7], "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except ValueError:
        return "bad_month", row["month"][:64]
    if month > today or month.year < 2000:
        return "bad_month", row["month"][:64]
    written = row["quantity"]
    if not (written.isascii() and written.isdigit() and len(written) <= 15) or int(written) > MOST_QUANTITY:
        return "bad_quantity", written[:64]
    return Figure(row["group"][:64], row["product"], month, int(written), row["unit"][:32])
