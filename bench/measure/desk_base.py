"""A made-up base for the hotline desk: persons, services, groups, cards, contacts, and open cases with their clocks.

Everything goes in by COPY as text, with plain indexes dropped before and made again after, and foreign keys unchecked
meanwhile: the rows fit by construction. Names come from the demo's words, as often as there, so that a search meets as
many people of one name as in a province.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import connection

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from demo.naming import chinese_name, group_names, mobile_number

Row = tuple[object, ...]
BLOCK = 20_000
SINCE = "2024-01-01"

CLOCKS = {
    "complaint": (("first_answer", "KEY-23", 2), ("settled", "CT-16", 60), ("legal_answer", "LAW-6", 360)),
    "fault": (("onsite_arrival", "CT-15", 24), ("repaired", "LAW-1", 48)),
    "enquiry": (("first_answer", "KEY-22", 36),),
    "order": (),
    "reopening": (("in_force", "LAW-4", 48),),
}
"""The kinds of open cases, the commonest first, each with its clocks: event, clause and hours."""


@dataclass(frozen=True)
class Size:
    """How much there is of everything."""

    people: int
    cases: int

    @property
    def groups(self) -> int:
        """Give a group for every fifty persons."""
        return max(self.people // 50, 20)

    @property
    def units(self) -> int:
        """Give the number of teams."""
        return max(self.cases // 1_000, 4)

    @property
    def agents(self) -> int:
        """Give an agent for every hundred open cases."""
        return max(self.cases // 100, 8)


def fill(size: Size, *, edition_id: int, now: datetime) -> dict[str, int]:
    """Fill an empty, migrated database; return how many rows each table has."""
    chance = random.Random(20_260_301)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
    for table, columns, rows in _tables(size, chance, edition_id, now):
        _copy(table, columns, rows)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM (ANALYZE)")
        counts = {}
        for table, _, _ in _tables(size, chance, edition_id, now):
            cursor.execute(f"SELECT count(*) FROM {table}")
            counts[table] = cursor.fetchone()[0]
    return counts


def _tables(
    size: Size, chance: random.Random, edition_id: int, now: datetime
) -> list[tuple[str, str, Iterable[Row]]]:
    cases = Cases(size, edition_id, now)
    return [
        ("staff_unit", "id code name kind parent_id", _units(size)),
        ("staff_employee", "id password is_superuser username code name job unit_id", _agents(size)),
        ("people_group", "id code name pinyin_key bigrams group_class", _groups(size, chance)),
        (
            "people_person",
            "id code name pinyin_key bigrams gender phone brand annual_spend_fen",
            _people(size, chance),
        ),
        ("people_service", "id code person_id number kind", _services(size)),
        ("people_grouprole", "id person_id group_id role from_date", _roles(size)),
        ("staff_assignment", "id employee_id group_id kind from_date", _assignments(size)),
        ("tiers_rating", "id person_id edition_id as_of card state because", _ratings(size, edition_id)),
        ("tiers_membership", "id person_id card state from_date rating_id", _memberships(size)),
        (
            "evidence_interaction",
            "id person_id employee_id channel happened_at report key",
            _contacts(size, now),
        ),
        (
            "cases_case",
            "id person_id kind channel area summary priority state opened_at first_asked_id handler_id unit_id "
            "last_step_at key",
            cases.cases(),
        ),
        ("cases_casestep", "id case_id what at by_id", cases.steps()),
        (
            "promises_promise",
            "id person_id action clause standard from_date due_date edition_id source responsible_id case_id due_at "
            "warn_ats warn_at",
            cases.promises(),
        ),
        (
            "cases_caseclock",
            "id case_id promise_id stops_at limit_unit limit_amount measure_unit whole started_at public confidence",
            cases.clocks(),
        ),
        ("cases_clockevent", "id clock_id what at used due_at step_id", cases.events()),
    ]


def _asked(query: str) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def _copy(table: str, columns: str, rows: Iterable[Row]) -> None:
    """Stream rows as text into a table; its indexes that no constraint needs are made again afterwards."""
    made = _asked(
        f"SELECT indexname, indexdef FROM pg_indexes WHERE tablename = '{table}' AND indexdef LIKE 'CREATE INDEX%' "
        "AND indexname NOT IN (SELECT conname FROM pg_constraint)"
    )
    with connection.cursor() as cursor:
        for name, _ in made:
            cursor.execute(f'DROP INDEX "{name}"')
        with cursor.copy(f"COPY {table} ({', '.join(columns.split())}) FROM STDIN") as copy:
            for block in _blocks(rows):
                copy.write(block)
        for _, definition in made:
            cursor.execute(str(definition))
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), coalesce((SELECT max(id) FROM {table}), 1))"
        )


def _blocks(rows: Iterable[Row]) -> Iterator[str]:
    lines: list[str] = []
    for row in rows:
        lines.append("\t".join("\\N" if value is None else str(value) for value in row) + "\n")
        if len(lines) == BLOCK:
            yield "".join(lines)
            lines.clear()
    yield "".join(lines)


def _array(words: Iterable[str]) -> str:
    return "{" + ",".join(f'"{word}"' for word in words) + "}"


def _units(size: Size) -> Iterator[Row]:
    yield 1, "U1", "青澜省公司", "province", None
    for number in range(2, size.units + 2):
        yield number, f"U{number}", f"热线{number - 1}班", "team", 1


def unit_of(number: int, size: Size) -> int:
    """Give the team of an agent or a case: one in twenty stands in the first, the busiest."""
    return 2 if number % 20 == 0 else 2 + number % size.units


def _agents(size: Size) -> Iterator[Row]:
    for number in range(1, size.agents + 1):
        job = "team_lead" if number % 40 == 3 else "hotline_agent"
        yield number, "!", False, f"a{number}", f"{number:05}", f"座席{number}", job, unit_of(number, size)


def _groups(size: Size, chance: random.Random) -> Iterator[Row]:
    from upheld.records.people.names import search_columns

    names = group_names(chance, "key_enterprise", "澜州市")
    classes = "ABBCCCDDDD"
    for number in range(1, size.groups + 1):
        name = next(names)
        found = search_columns(name)
        group_class = classes[number % 10].replace("B", "B1")
        yield number, f"G{number}", name, found["pinyin_key"], _array(found["bigrams"]), group_class


def _people(size: Size, chance: random.Random) -> Iterator[Row]:
    from upheld.records.people.names import search_columns

    known: dict[str, tuple[str, str]] = {}
    brands = ("e_home", "tianyi", "tianyi", "global_pass", None)
    for number in range(1, size.people + 1):
        name, gender = chinese_name(chance)
        if name not in known:
            found = search_columns(name)
            known[name] = found["pinyin_key"], _array(found["bigrams"])
        yield (
            number, f"P{number:07}", name, *known[name], gender, mobile_number(number), brands[number % 5], 90_000,
        )  # fmt: skip


def _services(size: Size) -> Iterator[Row]:
    for number in range(1, size.people + 1):
        yield number, f"S{number}", number, mobile_number(number), "mobile"
        if number % 5 == 0:
            yield size.people + number, f"B{number}", number, f"0900{number:07}", "broadband"


def _roles(size: Size) -> Iterator[Row]:
    """Give every group three key persons and two members."""
    roles = ("top_decision_maker", "contact", "telecom_manager", None, None)
    for number in range(size.groups * 5):
        yield number + 1, 1 + number * 7 % size.people, 1 + number // 5, roles[number % 5], SINCE


def _assignments(size: Size) -> Iterator[Row]:
    for group in range(1, size.groups + 1):
        yield group, 1 + group % size.agents, group, "account_manager", SINCE


def card_of(person: int) -> str | None:
    """Give a card to one person in eight."""
    return ("diamond", "gold", "silver", "silver")[person // 8 % 4] if person % 8 == 0 else None


def _ratings(size: Size, edition_id: int) -> Iterator[Row]:
    for person in range(8, size.people + 1, 8):
        yield person, person, edition_id, "2026-01-01", card_of(person), "active", "[]"


def _memberships(size: Size) -> Iterator[Row]:
    for person in range(8, size.people + 1, 8):
        yield person, person, card_of(person), "active", SINCE, person


def _contacts(size: Size, now: datetime) -> Iterator[Row]:
    for number in range(1, size.people // 2 + 1):
        at = (now - timedelta(hours=number % 8_000)).isoformat()
        person = 1 + number * 3 % size.people
        yield number, person, 1 + number % size.agents, "call", at, "回访客户，客户满意", f"bench-{number}"


class Cases:
    """The open cases and everything that hangs on them; the same rows however often they are asked for."""

    def __init__(self, size: Size, edition_id: int, now: datetime) -> None:
        self.size, self.edition_id, self.now = size, edition_id, now

    def _case(self, number: int) -> tuple[int, str, datetime, int, int | None]:
        """Give person, kind, opening, who was asked first, and who works on it: every third stands in a queue."""
        kind = list(CLOCKS)[(0, 1, 1, 2, 2, 2, 3, 4)[number % 8]]
        opened_at = self.now - timedelta(minutes=1 + number * 37 % 20_000)
        agent = 1 + number % self.size.agents
        return (
            1 + number * 13 % self.size.people,
            kind,
            opened_at,
            agent,
            None if number % 3 == 0 else agent,
        )

    def cases(self) -> Iterator[Row]:
        """Give the cases themselves."""
        for number in range(1, self.size.cases + 1):
            person, kind, opened_at, first, handler = self._case(number)
            state = "assigned" if handler else "open"
            yield (
                number, person, kind, "hotline", "rural" if number % 4 == 0 else "urban", "宽带从昨晚开始反复掉线",
                int(number % 29 == 0), state, opened_at.isoformat(), first, handler, unit_of(number, self.size),
                opened_at.isoformat(), f"bench-{number}",
            )  # fmt: skip

    def steps(self) -> Iterator[Row]:
        """Give the opening of every case."""
        for number in range(1, self.size.cases + 1):
            _, _, opened_at, first, _ = self._case(number)
            yield number, number, "opened", opened_at.isoformat(), first

    def _each_clock(self, row: Callable[[int, int, str, str, int], Row]) -> Iterator[Row]:
        place = 0
        for number in range(1, self.size.cases + 1):
            for stops_at, clause, hours in CLOCKS[self._case(number)[1]]:
                place += 1
                yield row(place, number, stops_at, clause, hours)

    def promises(self) -> Iterator[Row]:
        """Give the promise of every clock, then what managers owe: a call to every third person."""
        last = 0
        for row in self._each_clock(self._promise):
            last += 1
            yield row
        day = self.now.date()
        for number in range(3, self.size.people + 1, 3):
            due = day + timedelta(days=number % 90)
            yield (
                last + number, number, "call", "CT-42", "CT", day.replace(day=1), due, self.edition_id, "contact_plan",
                1 + number % self.size.agents, None, None, "{}", None,
            )  # fmt: skip

    def _promise(self, place: int, number: int, stops_at: str, clause: str, hours: int) -> Row:
        person, _, opened_at, _, handler = self._case(number)
        due_at = opened_at + timedelta(hours=hours)
        warn_at = opened_at + timedelta(hours=hours * 0.75)
        return (
            place, person, stops_at, clause, clause.split("-")[0], opened_at.date(), max(due_at, opened_at).date(),
            self.edition_id, "case_deadline", handler, number, due_at.isoformat(), _array([warn_at.isoformat()]),
            warn_at.isoformat(),
        )  # fmt: skip

    def clocks(self) -> Iterator[Row]:
        """Give what is counted for every clock."""
        return self._each_clock(
            lambda place, number, stops_at, clause, hours: (
                place, number, place, stops_at, "hours", hours, "continuous", f"{hours} hours",
                self._case(number)[2].isoformat(), clause.startswith("LAW"), "stated",
            )
        )  # fmt: skip

    def events(self) -> Iterator[Row]:
        """Give the start of every clock."""
        return self._each_clock(
            lambda place, number, stops_at, clause, hours: (
                place, place, "started", self._case(number)[2].isoformat(), "0",
                (self._case(number)[2] + timedelta(hours=hours)).isoformat(), number,
            )
        )  # fmt: skip


def whole_minute() -> datetime:
    """Give the present minute, from which everything is reckoned."""
    return datetime.now(UTC).replace(second=0, microsecond=0)
