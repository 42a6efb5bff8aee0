"""Measure what opening a case with its clocks costs: beside bare INSERTs of the same rows, and beside a ticket system.

    python bench/cases.py [--cases 300] [--repeats 5] [--small]

Over the embedded PostgreSQL, each client a process with its own connection. A complaint of a class A group's contact
gets four clocks: fifteen rows in six tables.

1. Beside bare INSERTs: the other contestant inserts the very same values over psycopg, one INSERT a row in one
   transaction, and works nothing out: no facts, no calendar, no limits. At 1, 4 and 8 clients.
2. Beside django-helpdesk in the same server: a ticket with its first follow-up, by POST to its REST API within the
   process, by the serializer that this calls, and by that without a customer to write mail to (`bench/tickets`). A
   ticket has no clocks.

In one run, in turn, medians of CPU of the clients and of rates. It makes and removes databases of its own, and fails
where a mark is missed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from measure import Mark, run, verdict
from measure.database import URL_VARIABLE, made_database, own_database, peak
from psycopg.types.json import Jsonb

CLIENTS = (1, 4, 8)
MARKS = {"cpu": 3.0, "rate": 3.0, "ticket": 0.1}
"""At most so many times the CPU of bare INSERTs, at least a third of their rate, at most a tenth of a ticket's CPU."""
TICKETS = str(Path(__file__).parent / "tickets" / "create.py")
Timed = tuple[float, float]
"""Cases a second, and the clients' CPU seconds for one."""


def main() -> int:
    """Run both contests and print what was found; return 1 where a mark is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--cases", type=int, default=300, help="cases that each client opens")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--small", action="store_true", help="a few of each: does it run at all")
    told = parser.parse_args()
    cases, repeats = (20, 1) if told.small else (told.cases, told.repeats)
    with own_database("test_upheld_cases") as cluster:
        os.environ["HELPDESK_DATABASE_URL"] = made_database(cluster, "bench_helpdesk")
        run([sys.executable, TICKETS, "set-up"])
        people, agent = _make_people()
        template = _template(people, agent)
        marks = [
            mark
            for clients in CLIENTS
            for mark in _beside_inserts(clients, cases, repeats, people, agent, template)
        ]
        marks += _beside_tickets(cases, repeats, people, agent)
    missed = verdict(marks)
    return 1 if missed and not told.small else 0


def _make_people() -> tuple[list[int], int]:
    """Make the contacts of a class A group and an agent; return the contacts' ids and the agent's."""
    from upheld.records.people.models import Group, GroupRole, Person
    from upheld.records.staff.models import Employee, Unit

    unit = Unit.objects.create(code="desk", name="坐席台", kind="province")
    agent = Employee.objects.create_user("agent", "no password to guess", job="hotline_agent", unit=unit)
    group = Group.objects.create(code="G", name="东海造船集团", group_class="A")
    people = [Person.objects.create(code=f"P{number}", name="张三", brand="tianyi") for number in range(200)]
    GroupRole.objects.bulk_create(
        GroupRole(person=one, group=group, role="contact", from_date=date(2020, 1, 1)) for one in people
    )
    return [one.pk for one in people], agent.pk


def _opening(people: list[int], agent_id: int) -> Callable[[str], Any]:
    """Give what opens a case by its key."""
    from upheld.operations.cases.open_case import open_case
    from upheld.records.staff.models import Employee

    agent = Employee.objects.get(pk=agent_id)

    def one(key: str) -> Any:
        return open_case(
            by=agent, kind="complaint", channel="hotline", key=key, summary="客户投诉网络信号差", area="urban",
            person=people[hash(key) % len(people)],
        )  # fmt: skip

    return one


Template = list[tuple[str, list[str], list[Any]]]
"""The rows of one case: table, columns and values, in the order in which they depend on each other."""


def _template(people: list[int], agent: int) -> Template:
    """Open one case and read back every row that it wrote."""
    from django.db import connection as django_connection

    case = _opening(people, agent)("template").case_id
    tables = {
        "cases_case": "id = %s",
        "cases_casestep": "case_id = %s",
        "audit_entry": "subject_kind = 'case' AND subject_id = %s::text",
        "promises_promise": "case_id = %s",
        "cases_caseclock": "case_id = %s",
        "cases_clockevent": "clock_id IN (SELECT id FROM cases_caseclock WHERE case_id = %s)",
    }
    rows: Template = []
    with psycopg.connect(os.environ[URL_VARIABLE]) as connection:
        for table, where in tables.items():
            cursor = connection.execute(f"SELECT * FROM {table} WHERE {where} ORDER BY id", [case])
            names = [one.name for one in cursor.description or ()]
            for values in cursor.fetchall():
                given = [Jsonb(value) if isinstance(value, dict) else value for value in values]
                keep = [place for place, name in enumerate(names) if name != "id"]
                rows.append((table, [names[place] for place in keep], [given[place] for place in keep]))
    django_connection.close()
    return rows


def _inserting(template: Template) -> Callable[[str], None]:
    """Give what inserts the rows of a case by its key, each with an INSERT of its own, in one transaction."""
    connection = psycopg.connect(os.environ[URL_VARIABLE], autocommit=True)
    prepared = [
        (
            table,
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))}) RETURNING id",
            {name: place for place, name in enumerate(names)},
            values,
        )
        for table, names, values in template
    ]

    def one(key: str) -> None:
        ids: dict[str, list[int]] = {}
        with connection.transaction():
            for table, statement, places, values in prepared:
                given = list(values)
                if table == "cases_case":
                    given[places["key"]] = key
                for column, parent in (("case_id", "cases_case"), ("step_id", "cases_casestep")):
                    if column in places:
                        given[places[column]] = ids[parent][0]
                number = len(ids.get(table, ()))
                if table == "cases_caseclock":
                    given[places["promise_id"]] = ids["promises_promise"][number]
                elif table == "cases_clockevent":
                    given[places["clock_id"]] = ids["cases_caseclock"][number]
                row = connection.execute(statement, given).fetchone()
                ids.setdefault(table, []).append((row or (0,))[0])

    return one


def _in_processes(clients: int, cases: int, way: Callable[[], Callable[[str], Any]]) -> tuple[Timed, float]:
    """Let every client open its cases at the same time; return rate and CPU, and the largest client's memory."""
    fork = multiprocessing.get_context("fork")
    ready, said = fork.Barrier(clients + 1), fork.SimpleQueue()

    def client(number: int) -> None:
        cpu = -1.0
        try:
            one, name = way(), f"{os.getpid()} {time.time()}"
            for place in range(10):  # connects, loads the edition, lets statements be prepared
                one(f"{name} warm {place}")
            ready.wait()
            begin = time.process_time()
            for place in range(cases):
                one(f"{name} {number} {place}")
            cpu = time.process_time() - begin
        finally:
            said.put((cpu, peak()))

    processes = [fork.Process(target=client, args=(number,)) for number in range(clients)]
    for process in processes:
        process.start()
    ready.wait()
    begin = time.perf_counter()
    answers = [said.get() for _ in processes]
    seconds = time.perf_counter() - begin
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        raise SystemExit("a client failed")
    done = clients * cases
    return (done / seconds, sum(cpu for cpu, _ in answers) / done), max(peak for _, peak in answers)


def _beside_inserts(
    clients: int, cases: int, repeats: int, people: list[int], agent: int, template: Template
) -> list[Mark]:
    ways = {"open_case": lambda: _opening(people, agent), "INSERTs": lambda: _inserting(template)}
    found: dict[str, list[Timed]] = {name: [] for name in ways}
    peaks = dict.fromkeys(ways, 0.0)
    for _ in range(repeats):
        for name, way in ways.items():
            timed, peak = _in_processes(clients, cases, way)
            found[name].append(timed)
            peaks[name] = max(peaks[name], peak)
    rate, cpu = (
        {name: statistics.median(one[n] for one in runs) for name, runs in found.items()} for n in (0, 1)
    )
    print(f"{clients} clients, {cases} cases of {len(template)} rows each, medians of {repeats}")
    for name in ways:
        print(
            f"  {name:<10} {rate[name]:8,.0f} a second, {cpu[name] * 1000:6.2f} ms CPU each, peak {peaks[name]:4.0f} MB"
        )
    sys.stdout.flush()
    return [
        Mark(
            f"{clients} clients: open_case beside INSERTs, CPU",
            cpu["open_case"] / cpu["INSERTs"],
            MARKS["cpu"],
        ),
        Mark(
            f"{clients} clients: INSERTs beside open_case, rate",
            rate["INSERTs"] / rate["open_case"],
            MARKS["rate"],
        ),
    ]


def _beside_tickets(cases: int, repeats: int, people: list[int], agent: int) -> list[Mark]:
    """Let one client open cases, then create tickets, in turn."""
    found: dict[str, list[float]] = {"open_case": [], "api": [], "serializer": [], "barest": []}
    peak = 0.0
    for _ in range(repeats):
        timed, _ = _in_processes(1, cases, lambda: _opening(people, agent))
        found["open_case"].append(timed[1])
        for way in ("api", "serializer", "barest"):
            said = run([sys.executable, TICKETS, way, str(cases)]).said
            found[way].append(said["cpu"])
            peak = max(peak, said["peak"])
    cpu = {name: statistics.median(runs) for name, runs in found.items()}
    print(f"one client, a case beside a ticket of django-helpdesk, medians of {repeats}")
    titles = {
        "open_case": "a case with four clocks",
        "api": "a ticket, by POST",
        "serializer": "a ticket, by the serializer",
        "barest": "the same without a customer",
    }
    for name, title in titles.items():
        print(f"  {title:<30} {cpu[name] * 1000:6.2f} ms CPU  {cpu[name] / cpu['open_case']:5.1f} times")
    print(f"  peak memory of django-helpdesk {peak:.0f} MB", flush=True)
    return [Mark("a case beside a ticket by POST, CPU", cpu["open_case"] / cpu["api"], MARKS["ticket"])]


if __name__ == "__main__":
    raise SystemExit(main())
