"""Measure how fast the hotline desk answers beside a million persons and 200 000 open cases.

    python bench/desk.py [--people 1000000] [--cases 200000] [--requests 300] [--small]

Pages go through Django's whole stack in this process (middleware, session, templates, queries), signed in, with a
connection that stays, as under the server; the network and the browser are left out. Each kind of request asks for
other customers, numbers and names every time. Prints p50, p95 and p99 in milliseconds, the
median CPU time of this process, how many queries each makes, the rows of the tables and the peak memory. The mark: p95
under 100 ms for every kind. The data generator is `measure/desk_base.py`; the database is a cluster of its own, removed
afterwards.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from measure.database import own_database, peak

MARK_MS = 100.0


def main() -> int:
    """Fill the database, ask for every page many times, print the percentiles; return 1 where the mark is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--cases", type=int, default=200_000)
    parser.add_argument("--requests", type=int, default=300, help="requests of each kind")
    parser.add_argument(
        "--small", action="store_true", help="20 000 persons, 4 000 cases: does it run at all"
    )
    told = parser.parse_args()
    people, cases, requests = (20_000, 4_000, 40) if told.small else (told.people, told.cases, told.requests)
    os.environ["UPHELD_HTTP"] = "plain"
    with own_database("test_upheld_desk", edition=False):
        worst = _measure(people, cases, requests)
    print(f"peak memory of this process {peak():,.0f} MiB")
    print(f"slowest p95 {worst:.1f} ms (mark {MARK_MS:.0f} ms)")
    return 0 if told.small or worst < MARK_MS else 1


def _measure(people: int, cases: int, requests: int) -> float:
    from django.test import Client
    from measure.desk_base import Size, fill, unit_of, whole_minute

    from upheld.operations.activate_edition import activate_edition
    from upheld.records.staff.models import Employee

    size = Size(people, cases)
    record = activate_edition(active_from=date(2005, 1, 1), by=None)
    begin = time.perf_counter()
    counts = fill(size, edition_id=record.pk, now=whole_minute())
    print(f"\nfilled by COPY in {time.perf_counter() - begin:.0f} s:")
    print("  " + ", ".join(f"{table} {rows:,}" for table, rows in counts.items()))
    agents, busiest = [], []
    for agent in Employee.objects.filter(job="hotline_agent").order_by("pk")[:20]:
        browser = Client(SERVER_NAME="localhost")
        browser.force_login(agent, backend="django.contrib.auth.backends.ModelBackend")
        agents.append(browser)
        if agent.unit_id == unit_of(0, size):
            busiest.append(browser)
    ask = _Asked(agents, busiest, size)
    ask.warm()
    print(f"\n{'':34}{'p50':>8}{'p95':>8}{'p99':>8}{'CPU':>8}{'queries':>9}   ms, {requests} requests each")
    return max(_row(title, ways, requests) for title, ways in ask.kinds().items())


def _row(title: str, once: Callable[[], Any], requests: int) -> float:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    times, used = [], []
    for _ in range(requests):
        begin, cpu = time.perf_counter(), time.process_time()
        once()
        times.append((time.perf_counter() - begin) * 1_000)
        used.append((time.process_time() - cpu) * 1_000)
    with CaptureQueriesContext(connection) as asked:
        once()
    parts = statistics.quantiles(times, n=100, method="inclusive")
    p50, p95, p99 = parts[49], parts[94], parts[98]
    cpu_ms = statistics.median(used)
    print(f"{title:34}{p50:8.1f}{p95:8.1f}{p99:8.1f}{cpu_ms:8.1f}{len(asked):9}", flush=True)
    return p95


class _Asked:
    """The kinds of requests, each with other customers every time."""

    def __init__(self, agents: list[Any], busiest: list[Any], size: Any) -> None:
        self.agents, self.busiest, self.size = agents, busiest, size
        self.chance = random.Random(7)

    def _get(
        self,
        address: str,
        asked: dict[str, Any] | None = None,
        *,
        typed: bool = False,
        by: list[Any] | None = None,
    ) -> Any:
        headers = {"HX-Request": "true"} if typed else {}
        response = self.chance.choice(by or self.agents).get(address, asked or {}, headers=headers)
        assert response.status_code in (200, 302), (address, response.status_code)
        return response

    def _person(self) -> int:
        return self.chance.randint(1, self.size.people)

    def _caller(self, person: int) -> str:
        return f"/desk/callers/P{person:07}/"

    def warm(self) -> None:
        """Load the edition and the templates, as a server has them after its first pages."""
        for _ in range(5):
            for once in self.kinds().values():
                once()

    def kinds(self) -> dict[str, Callable[[], Any]]:
        """Give the requests by what they are."""
        from demo.naming import chinese_name, mobile_number
        from pypinyin import Style, lazy_pinyin

        def name() -> str:
            return chinese_name(self.chance)[0]

        def typed(text: Callable[[], str]) -> Callable[[], Any]:
            return lambda: self._get("/desk/", {"q": text()}, typed=True)

        number = lambda: mobile_number(self._person())  # noqa: E731
        opened = self._caller(self._person())
        return {
            "search: whole number": typed(number),
            "search: last four digits": typed(lambda: number()[-4:]),
            "search: whole name": typed(name),
            "search: surname alone": typed(lambda: name()[0]),
            "search: full pinyin": typed(lambda: "".join(lazy_pinyin(name()))),
            "search: initials": typed(lambda: "".join(lazy_pinyin(name(), style=Style.FIRST_LETTER))),
            "search: code": typed(lambda: f"P{self._person():07}"),
            "search: name of a group": typed(
                lambda: self.chance.choice(["信息科技", "建材", "物流", "澜州"])
            ),
            "call rings: who is it": lambda: self._get("/desk/", {"number": number()}),
            "caller's page, first look": lambda: self._get(self._caller(self._person())),
            "caller's page, open cases": lambda: self._get(self._caller(self._with_case())),
            "caller's page, looked at again": lambda: self._get(opened),
            "preview of clocks": lambda: self._get(
                f"{self._caller(self._person())}clocks/", {"kind": "complaint"}, typed=True
            ),
            "desk: my cases, calls, the queue": lambda: self._get("/desk/"),
            "desk: the queue ten times as long": lambda: self._get("/desk/", by=self.busiest),
        }

    def _with_case(self) -> int:
        """Give a person who has an open case (`Cases._case`)."""
        return 1 + self.chance.randint(1, self.size.cases) * 13 % self.size.people


if __name__ == "__main__":
    raise SystemExit(main())
