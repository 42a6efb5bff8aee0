"""What calendar programs read back, by two parsers that are not ours: icalendar and vobject."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from upheld.gateways.calendar import CalendarEntry, calendar_text, folded

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHANGED = datetime(2026, 3, 2, 1, 2, 3, tzinfo=UTC)


def entry(**more):
    given = {
        "uid": "promise-7@upheld",
        "summary": "走访 · 王**",
        "begins": date(2026, 3, 10),
        "ends": date(2026, 3, 10),
        "changed_at": CHANGED,
        "created_at": CHANGED,
        **more,
    }
    return CalendarEntry(**given)


def read(*entries, name="我的工作"):
    """Read back by icalendar; vobject must find the same events, or it is none of the standard's."""
    octets = calendar_text(name=name, entries=entries)
    calendar = icalendar.Calendar.from_ical(octets)
    events = calendar.walk("VEVENT")
    others = [one for one in vobject.readOne(octets.decode()).components() if one.name == "VEVENT"]
    assert [one.uid.value for one in others] == [str(one["UID"]) for one in events]
    assert [one.summary.value for one in others] == [str(one["SUMMARY"]) for one in events]
    for one, other in zip(events, others, strict=True):
        assert other.dtstart.value == one.decoded("DTSTART")
        assert other.dtend.value == one.decoded("DTEND")
        assert int(other.sequence.value) == one["SEQUENCE"]
    return events


def test_a_planned_day_is_a_whole_day_that_ends_before_the_next():
    [event] = read(entry())
    assert event.decoded("DTSTART") == date(2026, 3, 10)
    assert event.decoded("DTEND") == date(2026, 3, 11)
    assert str(event["SUMMARY"]) == "走访 · 王**"
    assert str(event["TRANSP"]) == "TRANSPARENT"


def test_an_appointment_has_its_hours_by_the_clock_of_shanghai_whoever_reads_it():
    begins = datetime(2026, 3, 10, 14, tzinfo=SHANGHAI)
    [event] = read(entry(begins=begins.astimezone(UTC), ends=begins + timedelta(hours=1)))
    assert event.decoded("DTSTART") == begins
    assert event["DTSTART"].params["TZID"] == "Asia/Shanghai"
    assert event.decoded("DTEND") - event.decoded("DTSTART") == timedelta(hours=1)


def test_the_time_zone_is_that_of_the_tables_for_all_that_we_write():
    octets = calendar_text(name="x", entries=[])
    zone = vobject.readOne(octets.decode()).vtimezone.gettzinfo()
    for day in range(0, 9000, 37):
        at = datetime(2005, 1, 1, 12, tzinfo=SHANGHAI) + timedelta(days=day)
        assert at.replace(tzinfo=zone).utcoffset() == at.utcoffset()


def test_a_change_and_a_cancellation_carry_their_number_and_time():
    [event] = read(entry(sequence=3, status="CANCELLED"))
    assert event["SEQUENCE"] == 3
    assert str(event["STATUS"]) == "CANCELLED"
    assert event.decoded("LAST-MODIFIED") == event.decoded("DTSTAMP") == CHANGED


def test_the_same_entries_give_the_same_octets():
    assert calendar_text(name="x", entries=[entry()]) == calendar_text(name="x", entries=[entry()])


def test_all_that_a_program_needs_stands_at_the_head():
    calendar = icalendar.Calendar.from_ical(calendar_text(name="李娜的日历", entries=[]))
    assert str(calendar["VERSION"]) == "2.0"
    assert calendar["PRODID"]
    assert str(calendar["X-WR-CALNAME"]) == "李娜的日历"
    assert [str(one["TZID"]) for one in calendar.walk("VTIMEZONE")] == ["Asia/Shanghai"]


TEXTS = st.text(
    st.sampled_from("走访王小明，；。a,;:\\\n\"n'=😀 \t") | st.characters(exclude_categories=["Cs", "Cc"]),
    min_size=1,
)


@given(TEXTS, TEXTS, TEXTS)
def test_any_text_comes_back_as_it_was_and_no_line_is_too_long(summary, description, location):
    texts = {"summary": summary, "description": description, "location": location}
    octets = calendar_text(name=summary, entries=[entry(**texts)])
    for line in octets.removesuffix(b"\r\n").split(b"\r\n"):
        assert 0 < len(line) <= 75
        line.decode()
    [event] = icalendar.Calendar.from_ical(octets).walk("VEVENT")
    for name, text in texts.items():
        assert str(event[name.upper()]) == text


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_a_folded_line_unfolds_to_itself(line):
    assert folded(line).replace(b"\r\n ", b"") == line.encode() + b"\r\n"


@pytest.mark.parametrize("hostile", ["a\r\nEND:VEVENT\r\nBEGIN:VEVENT", "x\x00y\x0bz", "名\rEND:VCALENDAR"])
def test_a_text_cannot_break_out_of_its_line(hostile):
    events = read(entry(summary=hostile, url="https://x/\r\nSUMMARY:other", location="b\nc"))
    assert len(events) == 1
    assert "\x00" not in str(events[0]["SUMMARY"])
