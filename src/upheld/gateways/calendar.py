"""Write a calendar that calendar programs read (RFC 5545): what lies on which day, and what was moved or called off.

Written here and not by a library, for it is one kind of component with a dozen properties; the tests read it back with
two parsers that are not ours. A line is at most 75 octets long, which is 25 Chinese characters and never half of one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = "Asia/Shanghai"
LONGEST_LINE = 75
# The last change of the clocks in China was the end of summer time in 1991; all that we write lies after it.
_TIME_ZONE = (
    "BEGIN:VTIMEZONE",
    f"TZID:{ZONE}",
    "BEGIN:STANDARD",
    "DTSTART:19910915T020000",
    "TZOFFSETFROM:+0900",
    "TZOFFSETTO:+0800",
    "TZNAME:CST",
    "END:STANDARD",
    "END:VTIMEZONE",
)
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_NOT_ADDRESS = re.compile(r"[\x00-\x20\x7f]")


@dataclass(frozen=True)
class CalendarEntry:
    """One thing on a calendar: a whole day (`date`), or hours of one (`datetime` with an offset).

    `sequence` grows with each change that matters; `changed_at` is when the last one was.
    """

    uid: str
    summary: str
    begins: date | datetime
    ends: date | datetime
    changed_at: datetime
    created_at: datetime
    sequence: int = 0
    status: str = "CONFIRMED"
    description: str = ""
    location: str = ""
    url: str = ""
    kind: str = ""


def calendar_text(*, name: str, entries: Iterable[CalendarEntry]) -> bytes:
    """Return the calendar as UTF-8, lines folded and ended by CR LF; the same entries give the same octets.

    `ends` is the last day of a whole-day entry, and the instant at which a timed one is over.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Upheld//Calendar//EN", "CALSCALE:GREGORIAN"]
    lines += ["METHOD:PUBLISH", f"NAME:{_text(name)}", f"X-WR-CALNAME:{_text(name)}", f"X-WR-TIMEZONE:{ZONE}"]
    lines += ["REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H", *_TIME_ZONE]
    for entry in entries:
        lines += _event(entry)
    lines.append("END:VCALENDAR")
    return b"".join(folded(line) for line in lines)


def folded(line: str) -> bytes:
    """Return a line in pieces of at most 75 octets, each but the first behind a space, no character divided."""
    pieces: list[bytes] = []
    piece, room = b"", LONGEST_LINE
    for character in line:
        octets = character.encode()
        if len(piece) + len(octets) > room:
            pieces.append(piece)
            # The space that begins a folded piece is one of its octets.
            piece, room = b"", LONGEST_LINE - 1
        piece += octets
    return b"\r\n ".join([*pieces, piece]) + b"\r\n"


def _event(entry: CalendarEntry) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(entry.uid)}"
    # Without a METHOD that asks for answers, the stamp is that of the last revision (RFC 5545, 3.8.7.2).
    yield f"DTSTAMP:{_in_utc(entry.changed_at)}"
    yield f"CREATED:{_in_utc(entry.created_at)}"
    yield f"LAST-MODIFIED:{_in_utc(entry.changed_at)}"
    yield f"SEQUENCE:{entry.sequence}"
    if isinstance(entry.begins, datetime) and isinstance(entry.ends, datetime):
        yield f"DTSTART;TZID={ZONE}:{_local(entry.begins)}"
        yield f"DTEND;TZID={ZONE}:{_local(entry.ends)}"
        yield "TRANSP:OPAQUE"
    else:
        # The end of a day is the beginning of the next one, which is not the event's any more.
        yield f"DTSTART;VALUE=DATE:{entry.begins:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{entry.ends + timedelta(days=1):%Y%m%d}"
        yield "TRANSP:TRANSPARENT"
    yield f"SUMMARY:{_text(entry.summary)}"
    yield f"STATUS:{entry.status}"
    for name, words in (
        ("DESCRIPTION", entry.description),
        ("LOCATION", entry.location),
        ("CATEGORIES", entry.kind),
    ):
        if words:
            yield f"{name}:{_text(words)}"
    if entry.url:
        yield f"URL:{_NOT_ADDRESS.sub('', entry.url)}"
    yield "CLASS:PRIVATE"
    yield "END:VEVENT"


def _text(words: str) -> str:
    """Escape a text as RFC 5545, 3.3.11 asks; what no text may hold is left out."""
    plain = _NOT_TEXT.sub("", words.replace("\r\n", "\n").replace("\r", "\n"))
    escaped = plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\n", "\\n")


def _in_utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _local(at: datetime) -> str:
    return f"{at.astimezone(ZoneInfo(ZONE)):%Y%m%dT%H%M%S}"
