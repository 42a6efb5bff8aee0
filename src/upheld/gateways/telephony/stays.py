"""What the readers of every format give: a stay of a call in a queue; and how they read instants and seconds."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from upheld.gateways.feeds.rejects import Reject

Refuse = Callable[[Reject], object]
"""Takes one fault of one line."""

LONGEST_SECONDS = 7 * 24 * 60 * 60
"""No wait and no talk is longer; a number beyond is two lines run into one, or no number of seconds."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SINCE = 946_684_800_000  # the year 2000: what is before is no date of a call
_DATE_TEXT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:?\d\d)?")


class Stay(NamedTuple):
    """One call in one queue. Instants are milliseconds since 1970 in UTC; `line` is where the file tells its end.

    `end`: answered, abandoned (the caller hung up), left_queue (sent out of the queue: time, a key, nobody there).
    `wait_ms` runs to the answer, or to the end of the wait.
    """

    source: str
    call_id: str
    queue: str
    entered_ms: int
    answered_ms: int | None
    ended_ms: int
    end: str
    agent: str
    line: int

    @property
    def wait_ms(self) -> int:
        """Return how long the caller waited."""
        return (self.ended_ms if self.answered_ms is None else self.answered_ms) - self.entered_ms

    @property
    def talk_ms(self) -> int | None:
        """Return how long they talked, None where nobody answered."""
        return None if self.answered_ms is None else self.ended_ms - self.answered_ms


class Faults(ValueError):
    """Say what is wrong with a line: each fault as (column, value, reason, remedy)."""

    def __init__(self, *faults: tuple[str, str, str, str]) -> None:
        self.faults = faults
        super().__init__("; ".join(reason for _, _, reason, _ in faults))

    def tell(self, refuse: Refuse, *, line: int, row: str) -> None:
        """Hand every fault of the line on."""
        for column, value, reason, remedy in self.faults:
            refuse(Reject(line, column, _shown(value, 200), reason, remedy, _shown(row, 2000)))


def _shown(text: str, longest: int) -> str:
    """Write what could not be decoded so that it can be written at all."""
    return text[:longest].encode("utf-8", "backslashreplace").decode()


def instant_of(milliseconds: int) -> datetime:
    """Return the instant, in UTC."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def read_instant(written: str, *, column: str, zone: tzinfo, latest_ms: int) -> int:
    """Read seconds since 1970 (whole or with a fraction) or a date and time; raises `Faults`.

    A date and time without an offset is of `zone`. What lies before the year 2000 or after `latest_ms` is no instant
    of a call.
    """
    if len(written) == 10 and written.isascii() and written.isdigit():  # the common case, at full speed
        found = int(written) * 1000
        if _SINCE <= found <= latest_ms:
            return found
    text = written.strip()
    whole, _, fraction = text.partition(".")
    if whole.isascii() and whole.isdigit() and len(whole) <= 11 and (fraction or "0").isdigit():
        found = int(whole) * 1000 + int((fraction + "000")[:3])
    elif _DATE_TEXT.fullmatch(text):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise Faults(_no_instant(column, text)) from None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        found = round((moment - _EPOCH) / timedelta(milliseconds=1))
    else:
        raise Faults(_no_instant(column, text))
    if not _SINCE <= found <= latest_ms:
        remedy = "check the clock of the telephone system, and whether the line is whole"
        raise Faults((column, text, "the time is not one at which a call can have been", remedy))
    return found


def _no_instant(column: str, text: str) -> tuple[str, str, str, str]:
    remedy = "write seconds since 1970, or a date and time such as 2026-03-02 09:30:00"
    return (column, text, "this is no time", remedy)


def read_seconds(written: str, *, column: str) -> int:
    """Read a number of seconds from 0 as milliseconds; raises `Faults`."""
    text = written.strip()
    if not (text.isascii() and text.isdigit()):
        raise Faults((column, text, "this is no number of seconds", "write a whole number from 0"))
    if len(text) > 7 or int(text) > LONGEST_SECONDS:
        reason = "no call lasts that long"
        raise Faults((column, text, reason, "check whether two lines have run into one"))
    return int(text) * 1000


def read_name(written: str, *, column: str, longest: int) -> str:
    """Read the name of a queue or an agent, or the id of a call; raises `Faults`."""
    text = written.strip()
    # What is printable has no control characters; what is not (an ideographic space) is looked at closely.
    if not text.isprintable() and any(ch < " " or "\ud800" <= ch <= "\udfff" or ch == "\x7f" for ch in text):
        reason = "this is not text in UTF-8, or holds control characters"
        raise Faults((column, text, reason, "hand the file over in UTF-8"))
    if len(text) > longest:
        remedy = "check whether the line is whole"
        raise Faults((column, text, "this is longer than any name", remedy))
    return text
