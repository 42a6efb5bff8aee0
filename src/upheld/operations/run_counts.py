"""Count what an act over the whole base found and did: chunk by chunk, and altogether."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields
from datetime import date
from uuid import uuid4


def new_run() -> str:
    """Name a run; the audit entries of its chunks and the closing one carry the name."""
    return uuid4().hex[:12]


@dataclass
class RunCounts:
    """The counts of one run or one chunk: whatever fields a report adds that are numbers or Counters."""

    def add(self, part: RunCounts) -> None:
        """Add a chunk's counts to those of the run."""
        for one in fields(self):
            counted = getattr(part, one.name)
            if isinstance(counted, Counter):
                getattr(self, one.name).update(counted)
            elif isinstance(counted, int):
                setattr(self, one.name, getattr(self, one.name) + counted)

    def as_json(self) -> dict[str, object]:
        """Return the report as JSON can hold it, days by their ISO text."""
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in vars(self).items()
        }

    def numbers(self) -> dict[str, int]:
        """Give the numbers that are not nought."""
        named = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in named.items() if isinstance(value, int) and value}
