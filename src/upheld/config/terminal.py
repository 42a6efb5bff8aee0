"""What a command shows while it works and when it is done: bars for somebody who watches, plain lines for a log."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class Bars:
    """Show one progress bar a piece of work, on standard error; nothing where that is no terminal."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<28}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Bars:
        """Begin to show."""
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the last state standing."""
        self.close()

    def close(self) -> None:
        """Stop showing, so that other lines may be printed."""
        self._progress.stop()

    def of(self, work: str) -> Callable[[int, int], None]:
        """Return a function of (done, total) that moves the bar of this work."""
        return lambda done, total: self._move(work, done, total)

    def show(self, work: str, done: int, total: int) -> None:
        """Move the bar of a work."""
        self._move(work, done, total)

    def count(self, work: str, done: int) -> None:
        """Move the bar of a work whose size nobody knows."""
        self._move(work, done, None)

    def _move(self, work: str, done: int, total: int | None) -> None:
        if work not in self._tasks:
            self._tasks[work] = self._progress.add_task(work, total=total)
        self._progress.update(self._tasks[work], completed=done, total=total)


def print_counts(title: str, counts: Mapping[str, int] | None) -> None:
    """Print a title and one line a count that is not nought, the numbers in a column; None is a mere heading."""
    shown = {name: number for name, number in (counts or {}).items() if number}
    print(title if shown or counts is None else f"{title}: none")
    widest = max(map(len, shown), default=0)
    for name, number in shown.items():
        print(f"  {name:<{widest}}  {number:>8,}")
