"""Read Asterisk's `queue_log`: one event a line, a call's events strewn among those of others.

    epoch|call id|queue|agent|event|data1|data2|...

The reader keeps the calls that are still in a queue or in talk, and gives a stay when its last event is read. A stay
whose beginning stands in a file rotated away is reckoned back from what its end tells (how long it waited and
talked). A call that has not ended is not given: the next run reads it whole. Names and meaning of the events are those
of Asterisk's own manual, "Queue Logs"; app_queue writes the same since 1.8, older TRANSFER lines carry less.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from datetime import tzinfo

from upheld.gateways.telephony.stays import (
    LONGEST_SECONDS,
    Faults,
    Refuse,
    Stay,
    read_instant,
    read_name,
    read_seconds,
)

SOURCE = "asterisk"
PASSED_OVER = frozenset((
    "ADDMEMBER", "REMOVEMEMBER", "PAUSE", "UNPAUSE", "PAUSEALL", "UNPAUSEALL", "PAUSEREASON", "PENALTY", "MEMBERSTATE",
    "RINGNOANSWER", "RINGCANCELED", "AGENTDUMP", "AGENTLOGIN", "AGENTLOGOFF", "AGENTCALLBACKLOGIN",
    "AGENTCALLBACKLOGOFF", "CONFIGRELOAD", "QUEUESTART", "ROTATE", "SYSCOMPAT", "DID", "INFO",
))  # fmt: skip
"""Events that say nothing of when a call entered, was answered or ended."""

NEVER_ENDED_MS = 24 * 60 * 60 * 1000
"""A call that entered this long ago and has no end never will: the telephone system stopped while it ran."""

_REMEMBERED = 20_000
_MOST_OPEN = 200_000
"""No hotline has so many calls at once; a file with more of them open holds no ends at all."""

_PRUNE_EVERY = 100_000
_EVENT = re.compile(r"[A-Z][A-Z_]*")
_STOPPED = "nothing to do where the telephone system stopped in between"
_INCOMPLETE = "import it together with the file before it, which holds the beginning"


class _Open:
    """A stay that has not ended yet."""

    __slots__ = ("agent", "answered_ms", "entered_ms", "line", "place", "row")

    def __init__(self, entered_ms: int, line: int, row: str, place: str) -> None:
        self.entered_ms, self.line, self.row, self.place = entered_ms, line, row, place
        self.answered_ms: int | None = None
        self.agent = ""


class QueueLog:
    """Read the lines of one `queue_log` after another, oldest first; open stays go on from file to file."""

    def __init__(self, *, zone: tzinfo, latest_ms: int) -> None:
        self.zone, self.latest_ms = zone, latest_ms
        self.left_alone: Counter[str] = Counter()
        """Events of nobody's knowing, which the manual does not name: an operator may log its own."""
        self._open: dict[tuple[str, str], _Open] = {}
        self._ended: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._latest = 0
        self._acts: dict[str, Callable[[_Line], Stay | None]] = {
            "ENTERQUEUE": self._entered,
            "CONNECT": self._answered,
            "COMPLETEAGENT": self._completed,
            "COMPLETECALLER": self._completed,
            "TRANSFER": self._handed_on,
            "BLINDTRANSFER": self._handed_on,
            "ATTENDEDTRANSFER": self._handed_on,
            "ABANDON": self._unanswered,
            "EXITWITHTIMEOUT": self._unanswered,
            "EXITWITHKEY": self._unanswered,
            "EXITEMPTY": self._unanswered,
            "JOINEMPTY": self._turned_away,
            "FULL": self._turned_away,
        }

    @property
    def waiting(self) -> int:
        """Count the calls that have begun and not ended."""
        return len(self._open)

    def read(self, lines: Iterator[tuple[int, str]], *, refuse: Refuse, place: str = "") -> Iterator[Stay]:
        """Give the stays that end in these numbered lines; faults go to `refuse`. `place` names the file."""
        acts = self._acts
        for number, text in lines:
            if number % _PRUNE_EVERY == 0:
                self._give_up(refuse)
            cells = text.split("|")
            if len(cells) < 5:
                if text.strip():
                    self._short(text, number, refuse)
                continue
            name = cells[4].strip()
            act = acts.get(name)
            if act is None:
                self._other(name, text, number, refuse)
                continue
            try:
                at = read_instant(cells[0], column="time", zone=self.zone, latest_ms=self.latest_ms)
                line = _Line(at, cells, number, text, place, refuse)
                stay = act(line)
            except Faults as faults:
                faults.tell(refuse, line=number, row=text)
                continue
            self._latest = max(self._latest, at)
            if stay is not None:
                yield stay

    def finish(self, refuse: Refuse) -> None:
        """Tell of the calls that never ended, after the last file."""
        self._give_up(refuse)

    # --- the events ---------------------------------------------------------------------------------------

    def _entered(self, line: _Line) -> None:
        before = self._open.get(line.key)
        if before is not None:
            if before.entered_ms == line.at:
                return  # the same line, in files that overlap
            reason = "the call entered the queue again, and no end of this stay is written"
            Faults(("event", f"line {line.number}", reason, _STOPPED)).tell(
                line.refuse, line=before.line, row=before.row
            )
        elif len(self._open) >= _MOST_OPEN:
            self._lose(next(iter(self._open)), line.refuse)
        self._ended.pop(line.key, None)
        self._open[line.key] = _Open(line.at, line.number, line.text, line.place)

    def _answered(self, line: _Line) -> None:
        if self._already_ended(line):
            return
        stay = self._open.get(line.key)
        if stay is None:
            stay = _Open(line.at - line.seconds(0, "holdtime"), line.number, line.text, line.place)
            self._open[line.key] = stay
        elif stay.answered_ms is not None:
            return
        if line.at < stay.entered_ms:  # the clock was put back while the caller waited
            stay.entered_ms = line.at - line.seconds(0, "holdtime")
        stay.answered_ms, stay.agent = line.at, line.agent

    def _completed(self, line: _Line) -> Stay | None:
        return self._talked(line, lambda: (line.seconds(0, "holdtime"), line.seconds(1, "calltime")))

    def _handed_on(self, line: _Line) -> Stay | None:
        """End a stay that an agent handed on: the stay was answered, and what follows is another stay or none."""
        # extension and context (TRANSFER, BLINDTRANSFER), or two or three words on the other side (ATTENDEDTRANSFER),
        # then how long it waited and talked, then, but for the oldest, the position at which it entered.
        first = 2 if line.event != "ATTENDEDTRANSFER" else len(line.cells) - 5 - 3
        return self._talked(
            line, lambda: (line.seconds(first, "holdtime"), line.seconds(first + 1, "calltime"))
        )

    def _talked(self, line: _Line, times: Callable[[], tuple[int, int]]) -> Stay | None:
        if self._already_ended(line):
            return None
        stay = self._open.get(line.key)
        if stay is None or stay.answered_ms is None:
            waited, talked = times()
            answered = line.at - talked
            entered = answered - waited if stay is None else min(stay.entered_ms, answered)
            return self._ends(line, entered, answered, line.at, "answered", line.agent)
        ended = line.at
        if ended < stay.answered_ms:  # the clock was put back while they talked
            ended = stay.answered_ms + times()[1]
        return self._ends(
            line, stay.entered_ms, stay.answered_ms, ended, "answered", stay.agent or line.agent
        )

    def _unanswered(self, line: _Line) -> Stay | None:
        if self._already_ended(line):
            return None
        stay = self._open.get(line.key)
        if stay is not None and stay.answered_ms is not None:
            reason = "this ends the wait of a call that an agent has answered"
            raise Faults(("event", line.event, reason, "check whether two calls bear one id"))
        place = 3 if line.event == "EXITWITHKEY" else 2
        if stay is not None and stay.entered_ms <= line.at:
            entered = stay.entered_ms
        else:
            entered = line.at - line.seconds(place, "waittime")
        end = "abandoned" if line.event == "ABANDON" else "left_queue"
        return self._ends(line, entered, None, line.at, end, "")

    def _turned_away(self, line: _Line) -> Stay | None:
        """A caller who asked and was not even let into the queue: nobody was there, or it was full."""
        if line.key in self._open:
            return None
        self._ended.pop(line.key, None)
        return self._ends(line, line.at, None, line.at, "left_queue", "")

    # --- what is kept -------------------------------------------------------------------------------------

    def _already_ended(self, line: _Line) -> bool:
        """Say whether the stay is over: what is told after a hand-over or twice adds nothing."""
        return line.key in self._ended and line.key not in self._open

    def _ends(
        self, line: _Line, entered: int, answered: int | None, ended: int, end: str, agent: str
    ) -> Stay:
        self._open.pop(line.key, None)
        if ended - entered > LONGEST_SECONDS * 1000:
            remedy = "check the clock of the telephone system on that day"
            raise Faults(("time", line.cells[0], "this ends a call that would have lasted a week", remedy))
        self._ended[line.key] = None
        if len(self._ended) > _REMEMBERED:
            self._ended.popitem(last=False)
        call_id, queue = line.key
        return Stay(SOURCE, call_id, queue, entered, answered, ended, end, agent, line.number)

    def _give_up(self, refuse: Refuse) -> None:
        lost = [key for key, stay in self._open.items() if stay.entered_ms < self._latest - NEVER_ENDED_MS]
        for key in lost:
            self._lose(key, refuse)

    def _lose(self, key: tuple[str, str], refuse: Refuse) -> None:
        stay = self._open.pop(key)
        reason = "no end of this call is written in the day after it entered the queue"
        place = f"line {stay.line} of {stay.place}" if stay.place else f"line {stay.line}"
        Faults(("event", place, reason, _STOPPED)).tell(refuse, line=stay.line, row=stay.row)

    def _short(self, text: str, number: int, refuse: Refuse) -> None:
        reason = "the line has fewer than the 5 fields that every line has"
        Faults(("", "", reason, "check whether the line was cut off")).tell(refuse, line=number, row=text)

    def _other(self, name: str, text: str, number: int, refuse: Refuse) -> None:
        if name in PASSED_OVER:
            return
        if _EVENT.fullmatch(name) and len(name) <= 40:
            if name in self.left_alone or len(self.left_alone) < 50:
                self.left_alone[name] += 1
            return
        remedy = "check whether the line was cut off, or two lines have run into one"
        Faults(("event", name, "this is no event of a queue_log", remedy)).tell(refuse, line=number, row=text)


class _Line:
    """One line whose event is known: its instant, and the rest of its cells read when they are asked for."""

    __slots__ = ("at", "cells", "event", "key", "number", "place", "refuse", "text")

    def __init__(self, at: int, cells: list[str], number: int, text: str, place: str, refuse: Refuse) -> None:
        self.at, self.cells, self.number, self.text, self.place = at, cells, number, text, place
        self.refuse = refuse
        self.event = cells[4].strip()
        call_id = read_name(cells[1], column="call id", longest=128)
        queue = read_name(cells[2], column="queue", longest=100)
        for column, value in (("call id", call_id), ("queue", queue)):
            if not value or value == "NONE":
                remedy = "check whether the line is whole"
                raise Faults((column, value, "every event of a call names a call and a queue", remedy))
        self.key = (call_id, queue)

    @property
    def agent(self) -> str:
        """Read the agent; NONE is nobody."""
        agent = read_name(self.cells[3], column="agent", longest=100)
        return "" if agent == "NONE" else agent

    def seconds(self, place: int, column: str) -> int:
        """Read a number of seconds out of the event's data, in milliseconds; raises `Faults`."""
        cells = self.cells
        if place < 0 or 5 + place >= len(cells) or not cells[5 + place].strip():
            raise Faults((column, "", "the beginning of the call is in no line read before", _INCOMPLETE))
        return read_seconds(cells[5 + place], column=column)
