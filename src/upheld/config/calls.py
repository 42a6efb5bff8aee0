"""The command that takes in files of calls: a bar for long files, a line a file that can be read in a log."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from upheld.config.serving import bring_up
from upheld.config.terminal import Bars

if TYPE_CHECKING:
    from upheld.operations.import_calls import CallFileReport, CallsReport


def import_calls_command(words: argparse.Namespace) -> int:
    """Take in files of calls; exit code 1 when a line was rejected or a file refused, 2 when a path is missing."""
    missing = [path for path in words.paths if not path.exists()]
    for path in missing:
        print(f"There is no {path}.", file=sys.stderr)
    if missing:
        return 2
    if not bring_up(quiet=True):
        return 1
    from upheld.operations.import_calls import import_calls

    with Bars() as bars:
        report = import_calls(by=None, files=words.paths, rejects_folder=words.rejects, progress=bars.show)
    for file in report.files:
        _print_file(file)
    _print_rest(report)
    return 0 if report.is_clean else 1


def _print_file(file: CallFileReport) -> None:
    if file.problems:
        print(f"{file.file.name}: refused, nothing of it was taken in")
        for line in file.refused:
            print(f"  {line}")
        return
    print(
        f"{file.file.name}: {file.read} calls read, {file.new} new, {file.known} known, "
        f"{file.rejected} lines rejected"
    )
    if file.rejects_file:
        print(f"  why, line by line: {file.rejects_file}")


def _print_rest(report: CallsReport) -> None:
    if report.waiting:
        print(f"{report.waiting} calls have not ended yet; the next import brings them in")
    if report.left_alone.legs:
        print(f"{report.left_alone.legs} records left out: other legs, and calls that asked for no agent")
    for event, count in sorted(report.left_alone.events.items()):
        print(f"{count} lines left alone: event {event} is not one of Asterisk's")
