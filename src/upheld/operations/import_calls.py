"""Bring files of calls into the database: good calls in, bad lines out, and nothing twice.

Each file is one transaction: streamed through COPY into a temporary table, added where it is not known yet, audited.
Two imports at once wait for each other; one that is killed leaves what its earlier files brought and nothing of the
file it was in. Reading a file again, or a file that overlaps another, adds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from upheld.gateways.feeds import FileProblem, FileRefused, Reject, WaitingRejects, write_rejects
from upheld.gateways.telephony import QUEUE_LOG, CallFile, LeftAlone, Readers, call_files, instant_of
from upheld.operations.audit_trail import write_entry
from upheld.operations.job_required import require_job
from upheld.operations.sql import calls as sql
from upheld.operations.turns import wait_for_turn
from upheld.records.staff.models import Employee

Progress = Callable[[str, int, int], object]
"""Told of the file's name and of the bytes (of a folder: the files) read, and of how many there are."""

MOST_REJECTS = 10_000
"""How many faults of one file are listed; further ones are counted. Nobody mends ten thousand lines by hand."""

AHEAD = timedelta(days=1)
"""How far the telephone system's clock may run ahead of ours."""


@dataclass(frozen=True)
class CallFileReport:
    """What became of one file. `problems` say why nothing of it was read; then all counts are 0."""

    file: Path
    read: int = 0
    new: int = 0
    rejected: int = 0
    rejects_file: Path | None = None
    listed: tuple[Reject, ...] = ()
    """The first faults, to be shown at once."""
    problems: tuple[FileProblem, ...] = ()

    @property
    def refused(self) -> tuple[str, ...]:
        """Return why nothing of the file was read, a line for each reason."""
        return tuple(FileRefused(self.file, list(self.problems)).lines())

    @property
    def known(self) -> int:
        """Count the calls that were in already."""
        return self.read - self.new


@dataclass(frozen=True)
class CallsReport:
    """What became of all files; `waiting` calls have begun and not ended, and come in with the next import."""

    files: tuple[CallFileReport, ...] = ()
    waiting: int = 0
    left_alone: LeftAlone = field(default_factory=LeftAlone)

    @property
    def is_clean(self) -> bool:
        """Say whether every line of every file could be read."""
        return not any(report.problems or report.rejected for report in self.files)


def import_calls(
    *,
    by: Employee | None,
    files: Iterable[Path],
    rejects_folder: Path | None,
    progress: Progress | None = None,
    now: datetime | None = None,
    most_bytes: int | None = None,
) -> CallsReport:
    """Import files of calls, rotated ones together, in the order of time whatever their order here.

    Bad lines go to `<rejects_folder>/<file>-rejects.csv`; left out, to `rejects` beside each file. `by` is None for a
    command. `most_bytes` bounds what one file may hold once it is unpacked. Raises NotAllowed.
    """
    _check_allowed(by)
    moment = now or timezone.now()
    latest_ms = round((moment + AHEAD).timestamp() * 1000)
    zone = timezone.get_default_timezone()
    found, refused = call_files(files, zone=zone, latest_ms=latest_ms)
    readers = Readers(zone=zone, latest_ms=latest_ms, most_bytes=most_bytes)
    logs = [file for file in found if file.form == QUEUE_LOG]
    reports = [_refused(refusal, by) for refusal in refused]
    for file in found:
        one = _OneFile(file, readers, by, is_last_log=bool(logs) and file is logs[-1])
        try:
            reports.append(one.bring(rejects_folder or file.path.parent / "rejects", progress))
        except FileRefused as refusal:
            reports.append(_refused(refusal, by))
    return CallsReport(tuple(reports), readers.waiting, readers.left_alone)


def _check_allowed(by: Employee | None) -> None:
    why = "files of calls are imported by team leads and above"
    require_job(by, "import_calls", act="import_calls", subject_kind="calls", why=why)


def _refused(refusal: FileRefused, by: Employee | None) -> CallFileReport:
    detail = {"file": refusal.path.name, "refused": refusal.lines()}
    write_entry(act="import_calls", by=by, subject_kind="calls", detail=detail)
    return CallFileReport(refusal.path, problems=refusal.problems)


class _Rejects:
    """Keep the first faults and count the lines of all."""

    def __init__(self) -> None:
        self.kept: list[Reject] = []
        self.lines = 0
        self._last = 0

    def add(self, reject: Reject) -> None:
        """Take one fault; those of one line follow each other."""
        if reject.line != self._last:
            self.lines += 1
            self._last = reject.line
        if len(self.kept) < MOST_REJECTS:
            self.kept.append(reject)
        elif len(self.kept) == MOST_REJECTS:
            reason = "more lines than these are wrong; they are counted, not listed"
            self.kept.append(Reject(reject.line, "", "", reason, "mend what they have in common", ""))


class _OneFile:
    """One file on its way in."""

    def __init__(self, file: CallFile, readers: Readers, by: Employee | None, *, is_last_log: bool) -> None:
        self.file, self.readers, self.by, self.is_last_log = file, readers, by, is_last_log
        self.rejects = _Rejects()

    def bring(self, rejects_folder: Path, progress: Progress | None) -> CallFileReport:
        """Bring the file in, whole; its rejects are on the disk before the calls are in for certain."""
        waiting: WaitingRejects | None = None
        try:
            with transaction.atomic():
                wait_for_turn("import_calls")
                read, new = self._load(progress)
                waiting = write_rejects(rejects_folder, self.file.path.name, self.rejects.kept)
                report = CallFileReport(
                    self.file.path, read, new, self.rejects.lines, listed=tuple(self.rejects.kept[:200])
                )
                numbers = {name: getattr(report, name) for name in ("read", "new", "known", "rejected")}
                detail = {"file": self.file.path.name, **numbers}
                write_entry(act="import_calls", by=self.by, subject_kind="calls", detail=detail)
        except BaseException:
            if waiting is not None:
                waiting.throw_away()
            raise
        return replace(report, rejects_file=waiting.put_in_place())

    def _load(self, progress: Progress | None) -> tuple[int, int]:
        name = self.file.path.name
        with connection.cursor() as cursor:
            cursor.execute(sql.DROP_STAGING)
            cursor.execute(sql.CREATE_STAGING)
            with cursor.copy(sql.COPY_STAGING) as copy:
                copy.set_types(["text", *sql.TYPES])
                self._stage(copy, (lambda done, total: progress(name, done, total)) if progress else None)
            cursor.execute(f"ANALYZE {sql.STAGING}")
            cursor.execute(sql.COUNT_STAGED)
            (read,) = cursor.fetchone()
            cursor.execute(sql.ADD_NEW, [name[-300:]])
            return read, cursor.rowcount

    def _stage(self, copy: Any, moved: Callable[[int, int], object] | None) -> None:
        for stay in self.readers.stays(self.file, refuse=self.rejects.add, moved=moved):
            answered = stay.answered_ms
            copy.write_row(
                (
                    stay.source,
                    stay.call_id,
                    stay.queue,
                    instant_of(stay.entered_ms),
                    None if answered is None else instant_of(answered),
                    instant_of(stay.ended_ms),
                    stay.end,
                    stay.agent,
                    stay.wait_ms,
                    stay.talk_ms,
                    stay.line,
                )
            )
        if self.is_last_log:
            self.readers.finish(self.rejects.add)
