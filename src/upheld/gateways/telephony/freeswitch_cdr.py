"""Read FreeSWITCH's call detail records (CDRs): one record a leg of a call, written when it hangs up.

What a queue did with a call stands in the variables of `mod_callcenter` on the caller's leg: `cc_queue`, `cc_side`
(member: the caller; agent: the other leg, left out), `cc_queue_joined_epoch`, `cc_queue_answered_epoch`,
`cc_queue_terminated_epoch` (end of the talk), `cc_queue_canceled_epoch` (end of the wait without an answer),
`cc_cancel_reason` and `cc_agent`. They come in JSON (mod_json_cdr), in XML (mod_xml_cdr), or in CSV whose first line
or whose template names them. A call that went through two queues bears the variables of the last one alone.

The default templates of mod_cdr_csv know no queue: their lines tell who was rung and when the other side picked up.
They are read as calls straight to agents, the number rung as the queue; a call that FreeSWITCH itself answered without
another leg (a menu, a mailbox) asked nobody and is left out.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import tzinfo
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

from upheld.gateways.telephony.stays import (
    LONGEST_SECONDS,
    Faults,
    Refuse,
    Stay,
    read_instant,
    read_name,
)

SOURCE = "freeswitch"
MARK = "upheld"
"""First cell of every line that our own CSV template writes; the others are VARIABLES."""

VARIABLES = (
    "uuid", "cc_side", "cc_queue", "cc_queue_joined_epoch", "cc_queue_answered_epoch", "cc_queue_terminated_epoch",
    "cc_queue_canceled_epoch", "cc_cancel_reason", "cc_agent", "end_epoch",
)  # fmt: skip
DEFAULT_COLUMNS = (
    "caller_id_name", "caller_id_number", "destination_number", "context", "start_stamp", "answer_stamp", "end_stamp",
    "duration", "billsec", "hangup_cause", "uuid", "bleg_uuid", "accountcode", "read_codec", "write_codec",
)  # fmt: skip
"""The template `example`, which FreeSWITCH ships as its default; the built-in one ends at accountcode."""

LEFT_BY = {"TIMEOUT", "NO_AGENT_TIMEOUT", "EXIT_WITH_KEY"}
"""Reasons for which mod_callcenter sends a caller out of the queue; any other is the caller's own hanging up."""

LONGEST_DOCUMENT = 4 * 1024 * 1024
_WHOLE = "check whether the record is whole"


class Cdr:
    """Read CDRs; `left_out` counts records that are no call to an agent: other legs, calls past every queue."""

    def __init__(self, *, zone: tzinfo, latest_ms: int) -> None:
        self.zone, self.latest_ms = zone, latest_ms
        self.left_out = 0

    def read_csv(self, lines: Iterator[tuple[int, str]], *, refuse: Refuse) -> Iterator[Stay]:
        """Give the stays of numbered CSV lines; faults go to `refuse`."""
        header: tuple[str, ...] | None = None
        first = True
        for number, text in lines:
            if not text.strip():
                continue
            try:
                cells = _cells(text)
            except Faults as faults:
                faults.tell(refuse, line=number, row=text)
                continue
            if first:
                first = False
                if "uuid" in cells and any(cell.startswith("cc_") for cell in cells):
                    header = tuple(cell.strip() for cell in cells)
                    continue
            try:
                stay = self._of_cells(cells, header, number)
            except Faults as faults:
                faults.tell(refuse, line=number, row=text)
                continue
            if stay is not None:
                yield stay

    def read_json_lines(self, lines: Iterator[tuple[int, str]], *, refuse: Refuse) -> Iterator[Stay]:
        """Give the stays of JSON records, one a line."""
        for number, text in lines:
            if text.strip():
                yield from self.read_document(text, number=number, refuse=refuse)

    def read_document(self, text: str, *, number: int, refuse: Refuse, place: str = "") -> Iterator[Stay]:
        """Give the stay of one JSON or XML record, none or one; `place` names its file."""
        try:
            variables = _xml_variables(text) if text.lstrip().startswith("<") else _json_variables(text)
            stay = self._of_variables(variables, number)
        except Faults as faults:
            told = [
                (place or column, value, reason, remedy) for column, value, reason, remedy in faults.faults
            ]
            # A record holds the caller's whole leg; its first words tell which one it is.
            Faults(*told).tell(refuse, line=number, row=text[:300])
            return
        if stay is not None:
            yield stay

    def _of_cells(self, cells: list[str], header: tuple[str, ...] | None, number: int) -> Stay | None:
        if header is not None:
            self._check_count(cells, len(header))
            return self._of_variables(dict(zip(header, cells, strict=True)), number)
        if cells[0] == MARK:
            self._check_count(cells, 1 + len(VARIABLES))
            return self._of_variables(dict(zip(VARIABLES, cells[1:], strict=True)), number)
        if len(cells) not in (len(DEFAULT_COLUMNS), len(DEFAULT_COLUMNS) - 2):
            raise Faults(_columns(len(cells)))
        return self._of_leg(dict(zip(DEFAULT_COLUMNS, cells, strict=False)), number)

    @staticmethod
    def _check_count(cells: list[str], wanted: int) -> None:
        if len(cells) != wanted:
            raise Faults(_columns(len(cells)))

    def _of_variables(self, variables: Mapping[str, Any], number: int) -> Stay | None:
        """Read what mod_callcenter says of a caller's leg; None for any other leg. Raises `Faults`, all at once."""
        queue = unquote(str(variables.get("cc_queue") or "")).strip()
        if not queue or str(variables.get("cc_side") or "member").strip() != "member":
            self.left_out += 1
            return None
        reader = _Reader(variables, self.zone, self.latest_ms)
        call_id = reader.name("uuid", 128)
        reader.name("cc_queue", 100)
        agent = reader.name("cc_agent", 100, needed=False)
        joined = reader.instant("cc_queue_joined_epoch", needed=True)
        answered = reader.instant("cc_queue_answered_epoch")
        over = reader.instant("cc_queue_terminated_epoch") or reader.instant("end_epoch")
        canceled = reader.instant("cc_queue_canceled_epoch")
        if reader.faults:
            raise Faults(*reader.faults)
        assert joined is not None
        # A second stay in a queue writes its own joining and end over the first one's, and leaves an older answer.
        if answered is not None and answered < joined:
            answered = None
        if answered is not None and (canceled is None or canceled < answered):
            over = max(over or answered, answered)
            return _checked(Stay(SOURCE, call_id, queue, joined, answered, over, "answered", agent, number))
        ended = canceled or over
        if ended is None:
            raise Faults(("cc_queue_canceled_epoch", "", "neither an answer nor an end is written", _WHOLE))
        if ended < joined:
            raise Faults(("cc_queue_canceled_epoch", str(ended // 1000), "the end lies before the beginning",
                          "check the clock of the telephone system on that day"))  # fmt: skip
        end = "left_queue" if str(variables.get("cc_cancel_reason") or "") in LEFT_BY else "abandoned"
        return _checked(Stay(SOURCE, call_id, queue, joined, None, ended, end, "", number))

    def _of_leg(self, cells: Mapping[str, str], number: int) -> Stay | None:
        """Read a line of a default template: a call straight to an agent."""
        reader = _Reader(cells, self.zone, self.latest_ms)
        call_id = reader.name("uuid", 128)
        queue = reader.name("destination_number", 100)
        began = reader.instant("start_stamp", needed=True)
        answered = reader.instant("answer_stamp")
        ended = reader.instant("end_stamp", needed=True)
        if reader.faults:
            raise Faults(*reader.faults)
        assert began is not None
        assert ended is not None
        if ended < began or (answered is not None and not began <= answered <= ended):
            raise Faults(("end_stamp", cells["end_stamp"], "the times do not follow each other",
                          "check the clock of the telephone system on that day"))  # fmt: skip
        if answered is not None and not cells["bleg_uuid"].strip():
            self.left_out += 1
            return None
        end = "abandoned" if answered is None else "answered"
        return _checked(Stay(SOURCE, call_id, queue, began, answered, ended, end, "", number))


class _Reader:
    """Read the values of one record, gathering every fault."""

    def __init__(self, values: Mapping[str, Any], zone: tzinfo, latest_ms: int) -> None:
        self.values, self.zone, self.latest_ms = values, zone, latest_ms
        self.faults: list[tuple[str, str, str, str]] = []

    def name(self, key: str, longest: int, *, needed: bool = True) -> str:
        """Read a name; one that is needed and missing is a fault."""
        try:
            found = read_name(unquote(str(self.values.get(key) or "")), column=key, longest=longest)
        except Faults as faults:
            self.faults += faults.faults
            return ""
        if needed and not found:
            self.faults.append((key, "", "the record lacks this variable", _WHOLE))
        return found

    def instant(self, key: str, *, needed: bool = False) -> int | None:
        """Read an instant; nothing and 0 are none."""
        written = unquote(str(self.values.get(key) or "")).strip()
        if written in ("", "0"):
            if needed:
                self.faults.append((key, "", "the record lacks this variable", _WHOLE))
            return None
        try:
            return read_instant(written, column=key, zone=self.zone, latest_ms=self.latest_ms)
        except Faults as faults:
            self.faults += faults.faults
            return None


def _checked(stay: Stay) -> Stay:
    if stay.ended_ms - stay.entered_ms > LONGEST_SECONDS * 1000:
        raise Faults(
            ("", "", "this call would have lasted a week", "check the clock of the telephone system")
        )
    return stay


def _cells(text: str) -> list[str]:
    """Tell a line's cells apart. FreeSWITCH does not double the quotes within a cell, so a line is taken for itself."""
    try:
        return next(csv.reader([text], skipinitialspace=True))
    except (csv.Error, StopIteration):
        raise Faults(("", "", "the cells of the line cannot be told apart", _WHOLE)) from None


def _columns(count: int) -> tuple[str, str, str, str]:
    remedy = "name the variables in the template or in the first line; see docs/guides/calls.md"
    return ("", str(count), "the line has another number of columns than its template", remedy)


def _json_variables(text: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise Faults(("", "", "this is no JSON record", _WHOLE)) from None
    variables = document.get("variables") if isinstance(document, dict) else None
    if not isinstance(variables, dict):
        raise Faults(("variables", "", "the record has no variables", "write CDRs with mod_json_cdr"))
    return variables


def _xml_variables(text: str) -> Mapping[str, Any]:
    # A CDR declares no entities; who does wants the reader to blow up.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Faults(
            ("", "", "the record declares a document type, which no CDR does", "write CDRs with mod_xml_cdr")
        )
    try:
        variables = ElementTree.fromstring(text).find("variables")
    except ElementTree.ParseError:
        raise Faults(("", "", "this is no XML record", _WHOLE)) from None
    if variables is None:
        raise Faults(("variables", "", "the record has no variables", "write CDRs with mod_xml_cdr"))
    return {variable.tag: variable.text or "" for variable in variables}
