"""Open files of calls: say which telephone system wrote them, put them in order, and walk through their lines.

The files are streamed: memory does not grow with their size. A line that the file ends inside is not read, for nobody
can tell how it goes on; the file is imported again when it is whole. Rotated files may be compressed (`.gz`).
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import IO

from upheld.gateways.feeds.formats import FileProblem, FileRefused
from upheld.gateways.telephony.freeswitch_cdr import LONGEST_DOCUMENT, Cdr
from upheld.gateways.telephony.queue_log import QueueLog
from upheld.gateways.telephony.stays import Faults, Refuse, Stay, read_instant

LONGEST_LINE = 64 * 1024
DOCUMENTS = (".json", ".xml")
QUEUE_LOG, CDR_CSV, JSON_LINES, DOCUMENT, FOLDER = "queue_log", "cdr_csv", "json_lines", "document", "folder"

Moved = Callable[[int, int], object]
"""Told of the bytes (of a folder: the files) read so far, and of how many there are."""

_FORMS = "hand over Asterisk's queue_log, or FreeSWITCH's CDRs in CSV, JSON or XML; see docs/guides/calls.md"


@dataclass(frozen=True)
class CallFile:
    """One file of calls, or one folder of CDR files, and what it holds. `first_ms` is its first instant, if told."""

    path: Path
    form: str
    first_ms: int = 0


@dataclass
class LeftAlone:
    """What was read and is no call: events that the manual does not name, legs that asked for no agent."""

    events: Mapping[str, int] = field(default_factory=dict)
    legs: int = 0


class Readers:
    """Read files one after another; calls that are open at the end of one go on in the next."""

    def __init__(self, *, zone: tzinfo, latest_ms: int, most_bytes: int | None = None) -> None:
        self._log = QueueLog(zone=zone, latest_ms=latest_ms)
        self._cdr = Cdr(zone=zone, latest_ms=latest_ms)
        self._most_bytes = most_bytes

    @property
    def waiting(self) -> int:
        """Count the calls that have begun in the files read so far and not ended."""
        return self._log.waiting

    @property
    def left_alone(self) -> LeftAlone:
        """Say what was passed over that somebody might miss."""
        return LeftAlone(dict(self._log.left_alone), self._cdr.left_out)

    def stays(self, file: CallFile, *, refuse: Refuse, moved: Moved | None = None) -> Iterator[Stay]:
        """Give the stays that end in a file; raises FileRefused where it can be read no further."""
        if file.form == FOLDER:
            yield from self._folder(file.path, refuse, moved)
            return
        if file.form == DOCUMENT:
            yield from self._cdr.read_document(_whole(file.path), number=1, refuse=refuse)
            return
        lines = _lines(file.path, refuse, moved, self._most_bytes)
        if file.form == QUEUE_LOG:
            yield from self._log.read(lines, refuse=refuse, place=file.path.name)
        elif file.form == CDR_CSV:
            yield from self._cdr.read_csv(lines, refuse=refuse)
        else:
            yield from self._cdr.read_json_lines(lines, refuse=refuse)

    def finish(self, refuse: Refuse) -> None:
        """Tell, after the last file, of the calls that never ended."""
        self._log.finish(refuse)

    def _folder(self, folder: Path, refuse: Refuse, moved: Moved | None) -> Iterator[Stay]:
        paths = _documents(folder)
        for number, path in enumerate(paths, 1):
            try:
                text = _whole(path)
            except FileRefused as refused:
                told = [(path.name, "", problem.message, problem.remedy) for problem in refused.problems]
                Faults(*told).tell(refuse, line=number, row="")
                continue
            yield from self._cdr.read_document(text, number=number, refuse=refuse, place=path.name)
            if moved is not None and number % 500 == 0:
                moved(number, len(paths))


def call_files(
    paths: Iterable[Path], *, zone: tzinfo, latest_ms: int
) -> tuple[list[CallFile], list[FileRefused]]:
    """Say what each path holds, the oldest `queue_log` first, and which paths are no files of calls, and why."""
    found: list[CallFile] = []
    refused: list[FileRefused] = []
    for path in paths:
        try:
            found.append(_recognise(path, zone, latest_ms))
        except FileRefused as refusal:
            refused.append(refusal)
    return sorted(found, key=lambda file: (file.form != QUEUE_LOG, file.first_ms)), refused


def _recognise(path: Path, zone: tzinfo, latest_ms: int) -> CallFile:
    if path.is_dir():
        if not _documents(path):
            raise _refusal(path, "the folder holds no CDR file (.json, .xml)", _FORMS)
        return CallFile(path, FOLDER)
    if not path.is_file():
        raise _refusal(path, "there is no such file", "check the folder and the name")
    with _opened(path) as file:
        try:
            head = file.read(LONGEST_LINE)
        except (OSError, EOFError, zlib.error):
            raise _refusal(path, "the file cannot be unpacked", "hand it over again") from None
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _refusal(path, "the file is written in UTF-16", "save it as UTF-8")
    lines = [line for line in head.decode("utf-8-sig", "surrogateescape").splitlines() if line.strip()]
    if not lines:
        raise _refusal(path, "the file is empty", "hand it over again")
    first = lines[0].lstrip()
    if first.startswith("<"):
        return CallFile(path, DOCUMENT)
    if first.startswith("{"):
        many = first.rstrip().endswith("}") and len(lines) > 1
        return CallFile(path, JSON_LINES if many else DOCUMENT)
    for line in lines[:200]:
        cells = line.split("|")
        if len(cells) >= 5 and "," not in cells[0]:
            try:
                at = read_instant(cells[0], column="time", zone=zone, latest_ms=latest_ms)
            except Faults:
                continue
            return CallFile(path, QUEUE_LOG, at)
    if any(line.count(",") >= 8 for line in lines[:200]):
        return CallFile(path, CDR_CSV)
    raise _refusal(path, "none of its first lines is of a call", _FORMS)


def _refusal(path: Path, message: str, remedy: str) -> FileRefused:
    return FileRefused(path, [FileProblem(None, message, remedy)])


def _documents(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in DOCUMENTS and path.is_file())


def _opened(path: Path) -> IO[bytes]:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def _whole(path: Path) -> str:
    if path.stat().st_size > LONGEST_DOCUMENT:
        raise _refusal(path, "no single record is so large", _FORMS)
    with _opened(path) as file:
        try:
            text = file.read(LONGEST_DOCUMENT + 1)
        except (OSError, EOFError, zlib.error):
            raise _refusal(path, "the file cannot be unpacked", "hand it over again") from None
    if len(text) > LONGEST_DOCUMENT:
        raise _refusal(path, "no single record is so large", _FORMS)
    return text.decode("utf-8-sig", "replace")


def _lines(
    path: Path, refuse: Refuse, moved: Moved | None, most_bytes: int | None
) -> Iterator[tuple[int, str]]:
    """Give the whole lines of a file with their numbers, and tell of those that are none."""
    total = path.stat().st_size
    read = number = 0
    with _opened(path) as file:
        while True:
            try:
                line = file.readline(LONGEST_LINE)
            except (OSError, EOFError, zlib.error):
                told = ("", "", "the compressed file ends here", "hand it over again")
                Faults(told).tell(refuse, line=number + 1, row="")
                return
            if not line:
                return
            number += 1
            read += len(line)
            if most_bytes is not None and read > most_bytes:
                raise _refusal(
                    path, "the file holds more than may be taken in at once", "hand it over in parts"
                )
            if moved is not None and number % 20_000 == 0:
                moved(min(read, total), total)
            text = line.decode("utf-8-sig" if number == 1 else "utf-8", "surrogateescape")
            if line.endswith(b"\n"):
                yield number, text.rstrip("\r\n")
            elif len(line) < LONGEST_LINE:
                told = (
                    "",
                    "",
                    "the file ends inside this line",
                    "import it again when it is whole: no call is added twice",
                )
                Faults(told).tell(refuse, line=number, row=text.rstrip("\r\n"))
            else:
                read += _skip_line(file)
                told = ("", "", "the line is longer than any line of calls", "check what wrote it")
                Faults(told).tell(refuse, line=number, row=text[:300])


def _skip_line(file: IO[bytes]) -> int:
    skipped = 0
    while True:
        more = file.readline(LONGEST_LINE)
        skipped += len(more)
        if not more or more.endswith(b"\n"):
            return skipped
