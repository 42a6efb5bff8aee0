"""Bring an operator's files into the database: good rows in, bad rows out, nothing by half.

Each file is one transaction: staged by COPY, judged against the database, written where it differs,
audited. Two imports at once wait for each other. The gateway judges files and rows; this act adds what
only the database knows (references).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from upheld.gateways.feeds import FeedFile, FileProblem, FileRefused, WaitingRejects, open_feed, write_rejects
from upheld.gateways.feeds.formats import SUFFIXES
from upheld.operations.audit_trail import write_entry
from upheld.operations.close_account import end_accounts
from upheld.operations.feed_loading import Counts, load_file
from upheld.operations.turns import wait_for_turn
from upheld.policy.feed_columns import FEEDS, FeedMapping, MappingRefused, mapping_from_text
from upheld.records.staff.models import Employee

Mappings = FeedMapping | Path | Mapping[str, FeedMapping] | None
Progress = Callable[[str, int], object]
"""Told of the kind and of the rows staged so far."""


@dataclass(frozen=True)
class FileReport:
    """What became of one file. `refused` holds why the whole file was not read; then all counts are 0."""

    kind: str
    file: Path
    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    rejects_file: Path | None = None
    refused: tuple[str, ...] = ()
    unread_columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImportReport:
    """What became of all files, in the order of import; `unknown_files` are of no known kind and were
    left alone.
    """

    files: tuple[FileReport, ...] = field(default=())
    unknown_files: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Say whether every row of every file came in."""
        return not any(report.refused or report.rejected for report in self.files)


def import_feed(
    *,
    by: Employee | None,
    rejects_folder: Path | str,
    folder: Path | str | None = None,
    file: Path | str | None = None,
    kind: str | None = None,
    mapping: Mappings = None,
    progress: Progress | None = None,
    today: date | None = None,
) -> ImportReport:
    """Import one file, or every file of a folder in the order of FEEDS.

    A file's kind is its name without the ending, or `kind`. `mapping` is one mapping (or the path of its
    YAML file), or one for each kind; left out, `<kind>.mapping.yaml` beside a file is used where there is
    one. `today` (the clock's own where left out) is the day that rows without a first day speak of. Raises
    ValueError where neither or both of folder and file are given, or a kind is unknown.
    """
    if (folder is None) == (file is None):
        raise ValueError("give either a folder or a file")
    unknown: list[str] = []
    if file is not None:
        found = _one_file(Path(file), kind)
    else:
        found, unknown = _files_of(Path(str(folder)), kind)
    day = today or timezone.localdate()
    reports = [
        _import_files(one, files, by, Path(rejects_folder), mapping, progress, day) for one, files in found
    ]
    return ImportReport(tuple(reports), tuple(unknown))


def _one_file(path: Path, kind: str | None) -> list[tuple[str, list[Path]]]:
    kind = kind or path.name.split(".")[0]
    if kind not in FEEDS:
        raise ValueError(f"{kind!r} is no kind of feed; give one of {', '.join(FEEDS)}")
    return [(kind, [path])]


def _files_of(folder: Path, only: str | None) -> tuple[list[tuple[str, list[Path]]], list[str]]:
    """Find the files of each kind in a folder, in the order of import, and the files of no kind."""
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())
    by_kind = {kind: [path for path in files if path.stem == kind] for kind in FEEDS if only in (None, kind)}
    unknown = [path.name for path in files if path.stem not in FEEDS and not path.stem.endswith("-rejects")]
    return [(kind, paths) for kind, paths in by_kind.items() if paths], unknown


def _import_files(
    kind: str,
    files: list[Path],
    by: Employee | None,
    rejects_folder: Path,
    mapping: Mappings,
    progress: Progress | None,
    today: date,
) -> FileReport:
    """Import the one file of a kind; refuse where there are several, since none of them is the true one."""
    path = files[0]
    try:
        if len(files) > 1:
            names = ", ".join(file.name for file in files)
            raise FileRefused(path, [FileProblem(None, f"there are several: {names}", "leave one of them")])
        chosen = _mapping_for(kind, path, mapping)
        return _import_file(kind, path, by, rejects_folder, chosen, progress, today)
    except FileRefused as refused:
        return _refused(kind, path, by, refused.lines())
    except MappingRefused as refused:
        return _refused(kind, path, by, refused.messages)


def _import_file(
    kind: str,
    path: Path,
    by: Employee | None,
    rejects_folder: Path,
    mapping: FeedMapping | None,
    progress: Progress | None,
    today: date,
) -> FileReport:
    feed = open_feed(path, kind=kind, mapping=mapping)
    told = (lambda rows: progress(kind, rows)) if progress else None
    rejects: WaitingRejects | None = None
    try:
        with transaction.atomic():
            wait_for_turn("import_feed")
            counts = load_file(feed, today=today, progress=told)
            _note_accounts(counts, by)
            # On the disk before the good rows are in: what is let in and what is not are never lost apart.
            rejects = write_rejects(rejects_folder, kind, counts.rejects)
            report = _report(kind, path, feed, counts)
            counted = ("read", "new", "changed", "unchanged", "rejected")
            numbers = {name: getattr(report, name) for name in counted}
            write_entry(act="import_feed", by=by, subject_kind=kind, detail={"file": path.name, **numbers})
    except BaseException:
        if rejects is not None:
            rejects.throw_away()
        raise
    return replace(report, rejects_file=rejects.put_in_place())


def _note_accounts(counts: Counts, by: Employee | None) -> None:
    end_accounts(counts.closed, by=by)
    for employee_id in counts.opened:
        write_entry(act="open_account", by=by, subject_kind="employee", subject_id=employee_id)


def _report(kind: str, path: Path, feed: FeedFile, counts: Counts) -> FileReport:
    rejected = len({reject.line for reject in counts.rejects})
    return FileReport(
        kind,
        path,
        read=counts.good + rejected,
        new=counts.new,
        changed=counts.changed,
        unchanged=counts.good - counts.new - counts.changed,
        rejected=rejected,
        unread_columns=feed.unread_columns,
    )


def _mapping_for(kind: str, path: Path, mapping: Mappings) -> FeedMapping | None:
    if isinstance(mapping, FeedMapping):
        return mapping
    if isinstance(mapping, Mapping):
        return mapping.get(kind)
    beside = path.with_name(f"{kind}.mapping.yaml")
    source = mapping or (beside if beside.is_file() else None)
    if source is None:
        return None
    return mapping_from_text(source.read_text(encoding="utf-8-sig"), file=source.name, kind=kind)


def _refused(kind: str, path: Path, by: Employee | None, why: Iterable[str]) -> FileReport:
    messages = tuple(why)
    detail = {"file": path.name, "refused": list(messages)}
    write_entry(act="import_feed", by=by, subject_kind=kind, detail=detail)
    return FileReport(kind, path, refused=messages)
