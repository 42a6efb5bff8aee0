"""Write the rows that were not let in, so that someone can mend them without hunting.

One line for each fault: a row with three faults stands there three times, each time with the whole row as
it was. The file is written beside its final name and put in place once the good rows are in for certain, so a
reader never sees half of it, and an import that fails at the end leaves the list of the run before. Only the
owner may read it, for it holds customers' data.
"""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

HEADER = ("line", "column", "value", "reason", "remedy", "row")


class Reject(NamedTuple):
    """Hold one fault of one row.

    `line` is the line of the file (in a spreadsheet or Parquet file the row), `row` the cells as they were, or
    the text itself where nobody can tell its cells apart.
    """

    line: int
    column: str
    value: str
    reason: str
    remedy: str
    row: tuple[str, ...] | str


@dataclass(frozen=True)
class WaitingRejects:
    """A list that is written in whole, under a passing name, and waits to be put in place or thrown away.

    `waiting` is None where there are no rejects: putting that in place removes the list of the run before.
    """

    target: Path
    waiting: Path | None

    def put_in_place(self) -> Path | None:
        """Give the list its name and return its path, None where there are no rejects."""
        if self.waiting is None:
            self.target.unlink(missing_ok=True)
            return None
        self.waiting.replace(self.target)
        return self.target

    def throw_away(self) -> None:
        """Leave the list of the run before as it is."""
        if self.waiting is not None:
            self.waiting.unlink(missing_ok=True)


def write_rejects(folder: Path, kind: str, rejects: Iterable[Reject]) -> WaitingRejects:
    """Write what becomes `<folder>/<kind>-rejects.csv`, in the order of lines; it is on the disk when this returns.

    The file is UTF-8 with a byte order mark, which spreadsheets need to show Chinese.
    """
    target = Path(folder) / f"{kind}-rejects.csv"
    ordered = sorted(rejects, key=lambda reject: reject.line)
    if not ordered:
        return WaitingRejects(target, None)
    target.parent.mkdir(parents=True, exist_ok=True)
    # Made readable by its owner alone, under a name that no other run takes.
    number, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    waiting = WaitingRejects(target, Path(name))
    try:
        with os.fdopen(number, "w", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(HEADER)
            for reject in ordered:
                writer.writerow((*reject[:5], _as_it_was(reject.row)))
            out.flush()
            os.fsync(out.fileno())
    except BaseException:
        waiting.throw_away()
        raise
    return waiting


def _as_it_was(row: tuple[str, ...] | str) -> str:
    if isinstance(row, str):
        return row
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(row)
    return out.getvalue()
