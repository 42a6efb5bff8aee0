"""Write the rows that were not let in, so that someone can mend them without hunting.

One line for each fault: a row with three faults stands there three times, each time with the whole row as
it was. The file is written beside its final name and then renamed, so a reader never sees half of it.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

HEADER = ("line", "column", "value", "reason", "remedy", "row")


class Reject(NamedTuple):
    """Hold one fault of one row.

    `line` is the line of the file (in a spreadsheet or Parquet file the row), `row` the cells as they were.
    """

    line: int
    column: str
    value: str
    reason: str
    remedy: str
    row: tuple[str, ...]


def write_rejects(folder: Path, kind: str, rejects: Iterable[Reject]) -> Path | None:
    """Write `<folder>/<kind>-rejects.csv` in the order of lines and return its path.

    With no rejects an older file of the same name is removed and None returned: what lies there is always
    the last run. The file is UTF-8 with a byte order mark, which spreadsheets need to show Chinese.
    """
    target = Path(folder) / f"{kind}-rejects.csv"
    ordered = sorted(rejects, key=lambda reject: reject.line)
    if not ordered:
        target.unlink(missing_ok=True)
        return None
    target.parent.mkdir(parents=True, exist_ok=True)
    passing = target.with_name(f".{target.name}.{os.getpid()}")
    with passing.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADER)
        for reject in ordered:
            writer.writerow((*reject[:5], _as_it_was(reject.row)))
    passing.replace(target)
    return target


def _as_it_was(row: tuple[str, ...]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(row)
    return out.getvalue()
