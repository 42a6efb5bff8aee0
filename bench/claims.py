"""Measure claims of a quota: sixteen clients after the same last places, and what a claim costs beside bare INSERTs.

    python bench/claims.py [--clients 16] [--members 300] [--claims 200] [--repeats 3] [--small]

Over the embedded PostgreSQL, each client a process with its own connection.

1. Competing: every client goes through the same members and claims an emergency reopening for each, so that all sixteen
   meet at each member's three places. Counted: claims granted and refused a second; granted must be the quota of every
   member, and places taken beyond it none.
2. Beside bare INSERTs: every client claims for members of its own, so that each claim is granted. The other contestant
   inserts the very same rows (use, place, audit entry) over psycopg, three INSERTs in a transaction, and checks
   nothing. In one run, in turn, medians of CPU of the clients and of rates.

It makes and removes a database of its own, and fails where a quota is overdrawn or a mark missed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import psycopg
from measure import Mark, verdict
from measure.database import URL_VARIABLE, own_database
from psycopg.types.json import Jsonb

QUOTA = 3
PURPOSE = {"purpose": "reopen"}
MARKS = {"cpu": 3.0, "rate": 3.0}
"""At most so many times the CPU of bare INSERTs' clients, and at least the third part of their rate."""
Line = tuple[int, int]
"""A person and a line of theirs."""


def main() -> int:
    """Run both contests and print what was found; return 1 where a quota was overdrawn or a mark missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--members", type=int, default=300, help="members that all clients compete for")
    parser.add_argument("--claims", type=int, default=200, help="claims of each client beside bare INSERTs")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--small", action="store_true", help="a few of each, once: does it run at all")
    told = parser.parse_args()
    members, claims, repeats = (10, 20, 1) if told.small else (told.members, told.claims, told.repeats)
    with own_database("test_upheld_claims"):
        overdrawn = _compete(told.clients, members)
        marks = _beside_inserts(told.clients, claims, repeats)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"peak memory of a client {peak:,.0f} MiB")
    missed = verdict(marks)
    return 1 if overdrawn or (missed and not told.small) else 0


def _members(count: int) -> list[Line]:
    """Make diamond members with a mobile line each; leave no connection open for children to inherit."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH person AS (
                INSERT INTO people_person (code, name, pinyin_key, bigrams, papers, brand, annual_spend_fen)
                SELECT 'C' || nextval('people_person_id_seq'), 'C', 'c', '{}', 'personal', 'tianyi', 500000
                FROM generate_series(1, %s) RETURNING id
            ), rating AS (
                INSERT INTO tiers_rating (person_id, edition_id, as_of, card, state, because)
                SELECT id, (SELECT max(id) FROM standards_editionrecord), '2026-01-01', 'diamond', 'active', '[]'
                FROM person
                RETURNING id, person_id
            ), membership AS (
                INSERT INTO tiers_membership (person_id, card, state, from_date, rating_id)
                SELECT person_id, 'diamond', 'active', '2026-01-01', id FROM rating
            )
            INSERT INTO people_service (code, person_id, number, kind, status)
            SELECT 'S' || id, id, '138' || id, 'mobile', 'suspended' FROM person RETURNING person_id, id
            """,
            [count],
        )
        made = cursor.fetchall()
        cursor.execute("ANALYZE")
    connection.close()
    return made


def _in_processes(clients: int, work: Callable[[int], Any]) -> tuple[list[Any], float, float]:
    """Let every client do its work at the same time; return what each said, the seconds and the CPU of all."""
    fork = multiprocessing.get_context("fork")
    ready, said = fork.Barrier(clients + 1), fork.SimpleQueue()

    def client(number: int) -> None:
        done = None
        try:
            work(-1)  # connects, and loads the edition
            begin = time.process_time()
            ready.wait()
            done = work(number)
        finally:
            said.put((done, time.process_time() - begin))

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
    return [done for done, _ in answers], seconds, sum(cpu for _, cpu in answers)


def _claim(line: Line, key: str) -> bool:
    from upheld.operations.claim_entitlement import claim_entitlement
    from upheld.operations.refusals import ActRefused

    try:
        claim_entitlement(
            by=None, person=line[0], entitlement="emergency_reopen", key=key, service=line[1], detail=PURPOSE
        )
    except ActRefused as refused:
        if refused.code != "used_up":
            raise
        return False
    return True


def _compete(clients: int, members: int) -> int:
    """Let all clients claim for the same members; return how many places were taken beyond a quota, or lost."""
    lines = _members(members)

    def work(number: int) -> int:
        if number < 0:
            _warm_up(lines[0])
            return 0
        return sum(_claim(line, f"compete {number} {line[0]}") for line in lines)

    granted, seconds, _ = _in_processes(clients, work)
    asked, won = clients * members, sum(granted)
    with psycopg.connect(os.environ[URL_VARIABLE]) as connection:
        taken = dict(
            connection.execute(
                "SELECT subject, count(*) FROM entitlements_quotaplace WHERE subject = ANY(%s) GROUP BY subject",
                [[f"p{person}" for person, _ in lines]],
            ).fetchall()
        )
        uses = connection.execute(
            "SELECT count(*) FROM entitlements_entitlementuse WHERE person_id = ANY(%s)",
            [[person for person, _ in lines]],
        ).fetchone()
    over = sum(max(count - QUOTA, 0) for count in taken.values())
    wrong = over + abs(members * QUOTA - won) + abs((uses or (0,))[0] - won)
    print(f"competing: {clients} clients, {members} members with {QUOTA} places each")
    print(f"  {asked:,} claims in {seconds:.2f} s: {asked / seconds:,.0f} a second")
    print(
        f"  granted {won:,} of {members * QUOTA:,} places, refused {asked - won:,}, overdrawn {over}",
        flush=True,
    )
    return wrong


def _warm_up(line: Line) -> None:
    """Connect, load the edition and go the way of a claim to where it is refused."""
    from upheld.operations.claim_entitlement import ClaimRefused, claim_entitlement

    try:
        claim_entitlement(by=None, person=line[0], entitlement="vip_seat", key="warm-up")
    except ClaimRefused:
        return


_INSERTS = (
    """INSERT INTO entitlements_entitlementuse (person_id, service_id, entitlement, clause, edition_id, card, used_at,
       until_at, period, nth, times, note, detail, key)
       VALUES (%s, %s, 'emergency_reopen', 'CT-46', %s, 'diamond', now(), now() + interval '2 days',
       date_trunc('month', now()), 1, 3, '', %s, %s) RETURNING id""",
    """INSERT INTO entitlements_quotaplace (use_id, subject, entitlement, period, nth)
       VALUES (%s, %s, 'emergency_reopen', date_trunc('month', now()), 1)""",
    """INSERT INTO audit_entry (act, subject_kind, subject_id, detail)
       VALUES ('claim_entitlement', 'person', %s, %s)""",
)


def _insert(connection: psycopg.Connection, line: Line, edition: int, key: str) -> None:
    """Insert the rows of one claim as they are."""
    with connection.transaction():
        row = connection.execute(_INSERTS[0], [*line, edition, Jsonb(PURPOSE), key]).fetchone()
        use = (row or (0,))[0]
        connection.execute(_INSERTS[1], [use, f"p{line[0]}"])
        noted = {"use": use, "entitlement": "emergency_reopen", "clause": "CT-46", "used": 1}
        connection.execute(_INSERTS[2], [str(line[0]), Jsonb(noted)])


def _client_of(
    name: str, key: str, lines: list[Line], claims: int, edition: int, url: str
) -> Callable[[int], int]:
    """Make the work of one contestant: claims, or bare INSERTs, for the lines that are a client's own."""
    bare: dict[str, psycopg.Connection] = {}

    def work(number: int) -> int:
        if number < 0 and name == "claims":
            _warm_up(lines[0])
        elif number < 0:
            bare["connection"] = psycopg.connect(url, autocommit=True)
        own = lines[number * claims : (number + 1) * claims] if number >= 0 else []
        for place, line in enumerate(own):
            if name == "inserts":
                _insert(bare["connection"], line, edition, f"{key} {number} {place}")
            elif not _claim(line, f"{key} {number} {place}"):
                raise SystemExit("a claim of one's own was refused")
        return len(own)

    return work


def _beside_inserts(clients: int, claims: int, repeats: int) -> list[Mark]:
    """Let claims and bare INSERTs go in turn; print medians and return the marks."""
    from django.db import connection as django_connection

    url = os.environ[URL_VARIABLE]
    with psycopg.connect(url) as asking:
        row = asking.execute("SELECT max(id) FROM standards_editionrecord").fetchone()
    edition = (row or (0,))[0]
    found: dict[str, list[tuple[float, float]]] = {"claims": [], "inserts": []}
    for turn in range(repeats):
        for name in found:
            lines = _members(clients * claims)
            work = _client_of(name, f"{name} {turn}", lines, claims, edition, url)
            done, seconds, cpu = _in_processes(clients, work)
            found[name].append((sum(done) / seconds, cpu / sum(done)))
    django_connection.close()
    rate, cpu = (
        {name: statistics.median(run[place] for run in runs) for name, runs in found.items()}
        for place in (0, 1)
    )
    print(f"beside bare INSERTs: {clients} clients, {claims} each, medians of {repeats}")
    for name in found:
        print(f"  {name:<8} {rate[name]:9,.0f} a second, {cpu[name] * 1000:6.2f} ms CPU of the client each")
    sys.stdout.flush()
    return [
        Mark("claims beside bare INSERTs, CPU of the clients", cpu["claims"] / cpu["inserts"], MARKS["cpu"]),
        Mark("bare INSERTs beside claims, rate", rate["inserts"] / rate["claims"], MARKS["rate"]),
    ]


if __name__ == "__main__":
    raise SystemExit(main())
