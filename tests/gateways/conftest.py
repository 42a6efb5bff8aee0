"""Reading files of calls: what a story writes down as a file, and everything that reading it gave."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from upheld.gateways.feeds import Reject
from upheld.gateways.telephony import Readers, Stay, call_files

ZONE = ZoneInfo("Asia/Shanghai")
T = 1_772_413_200  # 2026-03-02 09:00:00 +08:00
LATEST = (T + 90 * 86400) * 1000


class Read:
    """What reading some files gave."""

    def __init__(self, *paths: Path, most_bytes: int | None = None) -> None:
        self.rejects: list[Reject] = []
        files, self.refused = call_files(paths, zone=ZONE, latest_ms=LATEST)
        readers = Readers(zone=ZONE, latest_ms=LATEST, most_bytes=most_bytes)
        self.stays: list[Stay] = []
        for file in files:
            self.stays += readers.stays(file, refuse=self.rejects.append)
        readers.finish(self.rejects.append)
        self.waiting = readers.waiting
        self.left_alone = readers.left_alone

    @property
    def told(self) -> list[tuple[str, str, float, float | None, float]]:
        """Each stay as (call, end, wait, talk in seconds, entered in seconds after T)."""
        found = []
        for s in self.stays:
            talk = None if s.talk_ms is None else s.talk_ms / 1000
            found.append((s.call_id, s.end, s.wait_ms / 1000, talk, s.entered_ms / 1000 - T))
        return found

    @property
    def bad_lines(self) -> list[int]:
        return [reject.line for reject in self.rejects]


@pytest.fixture(scope="session")
def read_files() -> type[Read]:
    """Read files that are there."""
    return Read


@pytest.fixture
def read(tmp_path: Path):
    """Write texts as files, the first the oldest, and read them together."""

    def reading(*texts: str | bytes, names: Sequence[str] = (), **more: int) -> Read:
        paths = []
        for number, text in enumerate(texts):
            path = tmp_path / (names[number] if names else f"queue_log.{len(texts) - number}")
            path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape"))
            paths.append(path)
        return Read(*reversed(paths), **more)

    return reading
