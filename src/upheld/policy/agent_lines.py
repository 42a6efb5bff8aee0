"""What an agent says at each moment of a call: the line that fits the customer's segment, the hour and the weekday.

The lines are data of a standard (`wording/lines.yaml`) in our own words, each with its clause; which one holds is
decided here, by the first whose `when` is met. They are read with the standard, so that a line that nobody can say is
a fault of the standard and not of a call.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from upheld.policy import periods
from upheld.policy.kinds.contacts import FESTIVALS
from upheld.policy.lunar import LunarCalendar
from upheld.policy.problems import OutsideDates, Problem
from upheld.policy.standards import Sources, Standard, Words, entries
from upheld.policy.working_time import BEIJING

FILE = "wording/lines.yaml"
SEGMENTS = ("ordinary", "brand", "vip")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PARTS = ("opening", "need", "hold", "service", "transfer", "special", "closing")
"""The parts of a call, in the order in which they come."""

FILLED_IN = ("caller", "agent")
"""The words in braces: how the customer is addressed, with a comma and blank behind; the agent's number."""


@dataclass(frozen=True)
class Line:
    """One wording in both languages; an empty condition holds always. `hours` is [from, until) of the day."""

    clause: str
    text: Mapping[str, str]
    segments: tuple[str, ...] = ()
    weekdays: tuple[str, ...] = ()
    hours: tuple[int, int] | None = None
    festival: tuple[str, int] | None = None
    """Which festival it wishes, and on how many days before the day itself."""

    def holds(self, *, segment: str, at: datetime, lunar: LunarCalendar) -> bool:
        """Say whether the line is the one for a segment at an instant (hour, weekday and festivals in +08:00)."""
        local = at.astimezone(BEIJING)
        return (
            (not self.segments or segment in self.segments)
            and (not self.weekdays or WEEKDAYS[local.weekday()] in self.weekdays)
            and (self.hours is None or self.hours[0] <= local.hour < self.hours[1])
            and (self.festival is None or _is_near(*self.festival, local.date(), lunar))
        )

    @property
    def always(self) -> bool:
        """Tell whether the line holds for everybody at any time."""
        return not self.segments and not self.weekdays and self.hours is None and self.festival is None


@dataclass(frozen=True)
class Moment:
    """A moment of a call with its lines, the particular ones first; `guide` says what is done besides speaking."""

    name: str
    part: str
    standard: str
    title: Mapping[str, str]
    guide: Mapping[str, str]
    lines: tuple[Line, ...]
    file: str
    line: int


@dataclass(frozen=True)
class Said:
    """What is to be said at a moment, still with its words in braces."""

    moment: str
    part: str
    title: Mapping[str, str]
    guide: Mapping[str, str]
    clause: str
    text: Mapping[str, str]


def lines_for(
    moments: Iterable[Moment], *, segment: str, at: datetime, lunar: LunarCalendar
) -> tuple[Said, ...]:
    """Return the one line of every moment for a segment at an instant, in the order of the standard.

    In a year that the lunar calendar does not hold, no lunar festival is wished. Raises ValueError for an unknown
    segment or an instant without an offset. Clauses: CT-6, CT-12, CT-13.
    """
    if segment not in SEGMENTS:
        raise ValueError(f"'{segment}' is not one of {', '.join(SEGMENTS)}")
    if at.tzinfo is None:
        raise ValueError(f"{at} has no offset")
    said = []
    for moment in moments:
        line = next((one for one in moment.lines if one.holds(segment=segment, at=at, lunar=lunar)), None)
        if line is not None:
            said.append(
                Said(moment.name, moment.part, moment.title, moment.guide, line.clause, dict(line.text))
            )
    return tuple(said)


def _is_near(festival: str, days_ahead: int, day: date, lunar: LunarCalendar) -> bool:
    """Say whether a day is a festival's own, or one of so many before it."""
    try:
        return any(periods.festival(festival, lunar, day, day + timedelta(days=days_ahead + 1)))
    except OutsideDates:
        return False


def filled(text: str, *, caller: str, agent: str) -> str:
    """Return a line with its words filled in; `caller` is empty where nobody knows how to address the customer.

    Where the address is left out, a Latin sentence begins with a capital all the same.
    """
    spoken = text.format(caller=caller, agent=agent)
    return spoken[:1].upper() + spoken[1:]


def read_lines(
    sources: Sources, standards: Sequence[Standard], problems: list[Problem]
) -> tuple[Moment, ...]:
    """Read `wording/lines.yaml` of every standard; faults go to `problems` with file and line."""
    found: dict[str, Moment] = {}
    for standard in standards:
        file = f"{standard.folder}/{FILE}"
        for raw in entries(sources, file, problems):
            moment = _read_moment(raw, standard, file, problems)
            if moment is None:
                continue
            if moment.name in found:
                message = f"the moment '{moment.name}' stands twice (also in {found[moment.name].file})."
                problems.append(Problem(file, moment.line, message, "give each moment its own name."))
            found[moment.name] = moment
    return tuple(found.values())


def _read_moment(raw: Any, standard: Standard, file: str, problems: list[Problem]) -> Moment | None:
    words = Words(raw, problems, file, 1)
    name = words.take("moment", str, word="the name of the moment")
    part = words.choice("part", PARTS)
    clause = words.cited(standard.clauses)
    title, guide = words.both("title"), words.both("guide", {})
    items = words.take("lines", list, [], "a list of {when: , zh: , en: }")
    words.close()
    lines = tuple(_read_line(item, clause or "", standard, words) for item in items)
    if not lines or not lines[-1].always:
        words.fault(
            "there is a customer or an hour without a line.", "let the last line have no `when`.", "lines"
        )
    if any(line.always for line in lines[:-1]):
        words.fault("a line behind one without `when` is never said.", "put it before that one.", "lines")
    if name is None or part is None:
        return None
    return Moment(name, part, standard.id, title, guide, lines, file, words.line)


def _read_line(raw: Any, clause: str, standard: Standard, around: Words) -> Line:
    words = Words(raw, around.problems, around.file, around.line, clause)
    own = words.cited(standard.clauses, None)
    text = {language: words.take(language, str) or "" for language in ("zh", "en")}
    told = words.take("when", dict, None, "{segment: , hour: , weekday: , festival: }") or _nothing(words)
    when = Words(told, words.problems, words.file, words.line, clause)
    segments, weekdays = _words_of(when, "segment", SEGMENTS), _words_of(when, "weekday", WEEKDAYS)
    hours, festival = _hours(when), _festival(when)
    when.close()
    words.close()
    for language, spoken in text.items():
        _check_filled_in(spoken, language, words)
    return Line(own or clause, text, segments, weekdays, hours, festival)


def _nothing(around: Words) -> Any:
    """Give an empty mapping of the loader's own kind."""
    return type(around.raw)()


def _words_of(when: Words, key: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Read one word or a list of words of a closed list."""
    value = when.take(key, (str, list), None, "a word or a list of words")
    found = [] if value is None else value if isinstance(value, list) else [value]
    for word in found:
        if word not in known:
            when.fault(f"{key}: '{word}' is not one of {', '.join(known)}.", "use these words.", key)
    return tuple(str(word) for word in found)


def _hours(when: Words) -> tuple[int, int] | None:
    """Read `{min: 9, below: 12}`: hours of the day from the first until the last, which is not among them."""
    value = when.take("hour", dict, None, "{min: , below: }")
    if value is None:
        return None
    bounds = Words(value, when.problems, when.file, when.line, when.clause)
    first = bounds.take("min", int, 0, "a whole number")
    last = bounds.take("below", int, 24, "a whole number")
    bounds.close()
    if not 0 <= first < last <= 24:
        when.fault(
            f"hour: from {first} until {last} is no part of a day.", "write 0 to 24, min first.", "hour"
        )
    return first, last


def _festival(when: Words) -> tuple[str, int] | None:
    """Read `{of: spring_festival, days_ahead: 7}`: the festival's day and so many days before it."""
    value = when.take("festival", dict, None, "{of: , days_ahead: }")
    if value is None:
        return None
    wish = Words(value, when.problems, when.file, when.line, when.clause)
    name = wish.choice("of", FESTIVALS)
    days_ahead = wish.take("days_ahead", int, 0, "a whole number")
    wish.close()
    if not 0 <= days_ahead <= 30:
        when.fault(f"festival: {days_ahead} days ahead is no wish for it.", "write 0 to 30.", "festival")
    return None if name is None else (name, days_ahead)


def _check_filled_in(spoken: str, language: str, words: Words) -> None:
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(spoken) if name is not None]
    except ValueError:
        words.fault(f"{language}: a brace is not closed.", "write {caller} or {agent}.", language)
        return
    for name in names:
        if name not in FILLED_IN:
            words.fault(f"{language}: nobody fills in '{{{name}}}'.", "write {caller} or {agent}.", language)
