"""Measure contestants as processes of their own, in turn, and print medians, ratios and whether marks are met.

A folder and not a file, so that `make bench`, which runs every file beside it, does not run it. Only the standard
library is imported, and that where it is needed: a small parent keeps the children's memory figures their own, and a
contestant does not pay for starting what only the parent uses.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Run:
    """One run of one contestant: CPU seconds (user and system), wall seconds, peak memory in MB, and what it said."""

    cpu: float
    wall: float
    peak: float
    said: Mapping[str, Any]


@dataclass(frozen=True)
class Mark:
    """A ratio of two contestants that must not be passed."""

    what: str
    value: float
    most: float

    def line(self) -> str:
        """Return the mark as one line: what, measured, allowed, met or missed."""
        verdict = "met" if self.value <= self.most else "MISSED"
        return f"  {self.what:<64} {self.value:7.2f}   at most {self.most:<5g} {verdict}"


def data_folder() -> Path:
    """Return the folder for generated data: UPHELD_BENCH_DATA, else in the system's folder for temporary files."""
    import tempfile

    folder = Path(os.environ.get("UPHELD_BENCH_DATA") or Path(tempfile.gettempdir()) / "upheld-bench")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def run(command: list[str]) -> Run:
    """Run a command that may print one line of JSON, and measure it. `UPHELD_BENCH_BEGAN` tells it when it began."""
    import subprocess

    began = time.time()
    clock = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env={**os.environ, "UPHELD_BENCH_BEGAN": repr(began)}
    ) as child:
        assert child.stdout is not None
        printed = child.stdout.read().decode()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}")
    lines = printed.strip().splitlines()
    said = json.loads(lines[-1]) if lines else {}
    return Run(used.ru_utime + used.ru_stime, time.perf_counter() - clock, used.ru_maxrss / 1024, said)


def in_turn(names: Iterable[str], command: Callable[[str], list[str]], repeats: int) -> dict[str, Run]:
    """Run every contestant once, then every one again, `repeats` times; return each one's medians."""
    names = list(names)
    runs: dict[str, list[Run]] = {name: [] for name in names}
    for _ in range(repeats):
        for name in names:
            runs[name].append(run(command(name)))
    return {name: _median(found) for name, found in runs.items()}


def _median(runs: list[Run]) -> Run:
    import statistics

    said = {
        key: statistics.median(one.said[key] for one in runs) if isinstance(value, float) else value
        for key, value in runs[0].said.items()
    }
    return Run(
        statistics.median(one.cpu for one in runs),
        statistics.median(one.wall for one in runs),
        statistics.median(one.peak for one in runs),
        said,
    )


def table(results: Mapping[str, Run], against: str, titles: Mapping[str, str]) -> None:
    """Print each contestant's medians, and its CPU as a multiple of one of them."""
    print(f"  {'':<52} {'CPU s':>8} {'wall s':>8} {'peak MB':>8} {'ratio':>7}")
    for name, one in results.items():
        ratio = one.cpu / results[against].cpu
        print(f"  {titles.get(name, name):<52} {one.cpu:8.2f} {one.wall:8.2f} {one.peak:8.0f} {ratio:7.2f}")


def verdict(marks: Iterable[Mark]) -> int:
    """Print every mark; return how many were missed."""
    marks = list(marks)
    for mark in marks:
        print(mark.line())
    return sum(mark.value > mark.most for mark in marks)


def since_began() -> float:
    """Return the seconds since the parent started this process."""
    return time.time() - float(os.environ.get("UPHELD_BENCH_BEGAN", time.time()))


def say(**words: Any) -> None:
    """Tell the parent something, as its child."""
    print(json.dumps(words), flush=True)


def child(script: str, *words: object) -> list[str]:
    """Return the command that runs a benchmark's own file as a contestant."""
    return [sys.executable, script, *map(str, words)]
