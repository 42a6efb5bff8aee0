"""An installation of its own whose database and whose server of the pages may be killed, and what stories ask of it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from upheld.config import embedded_postgres
from upheld.config.postgres_cluster import Cluster

PASSWORD = "a-long-password-for-tests"
PROGRAM = """
import sys, threading
from datetime import date
from upheld.config.serving import bring_up
act, *words = sys.argv[1:]
if not bring_up(quiet=True, migrate=act == "make"):
    sys.exit(1)
from upheld.operations.cases.open_case import open_case
from upheld.operations.claim_entitlement import claim_entitlement
from upheld.records.people.models import Person, Service
from upheld.records.staff.models import Employee, Unit

def make(password, members):
    from upheld.operations.activate_edition import activate_edition
    from upheld.records.tiers.models import Membership, Rating
    edition = activate_edition(active_from=date(2005, 1, 1), by=None)
    unit = Unit.objects.create(code="U1", name="热线", kind="province")
    Employee.objects.create_user(
        "agent", password, name="方晓", job="hotline_agent", unit=unit, code="A1", language="zh-hans"
    )
    for number in range(int(members)):
        phone = str(13800000000 + number)
        person = Person.objects.create(code=f"P{number}", name="王小明", phone=phone)
        Service.objects.create(code=f"S{number}", person=person, number=phone, kind="mobile")
        given = {"person": person, "card": "gold", "state": "active"}
        rating = Rating.objects.create(
            **given, edition=edition, as_of=date(2026, 1, 1), because=[{"clause": "CT-34", "card": "gold"}]
        )
        Membership.objects.create(**given, from_date=date(2026, 1, 1), rating=rating)

def open(key, code):
    done = open_case(by=Employee.objects.get(code="A1"), kind="complaint", channel="hotline", key=key,
                     person=Person.objects.get(code=code), summary="机房断电")
    return done.is_new, done.case_id

def claim(key, code):
    person = Person.objects.get(code=code)
    done = claim_entitlement(by=Employee.objects.get(code="A1"), person=person, entitlement="emergency_reopen",
                             key=key, service=Service.objects.get(person=person), detail={"purpose": "reopen"})
    return done.is_new, done.use_id, done.left

def say(line):
    sys.stdout.write(line + "\\n")  # one piece, for three threads say it
    sys.stdout.flush()

def stream(*codes):
    # Cases without end, each thread for one member after another, whose quota is claimed whole meanwhile.
    def act_after_act(thread):
        number = 0
        while True:
            mine = codes[thread::3]
            acts = [("open", f"{thread}-open-{number}", mine[number % len(mine)])]
            if number < len(mine):
                acts += [("claim", f"{thread}-claim-{number}-{turn}", mine[number]) for turn in (1, 2)]
            for name, key, code in acts:
                say(f"sent {name} {key} {code}")
                done = globals()[name](key, code)
                say(f"done {key} {done[1]}")
            number += 1
    for thread in range(3):
        threading.Thread(target=act_after_act, args=(thread,)).start()

def again():
    for line in sys.stdin:
        name, key, code = line.split()
        print(key, *globals()[name](key, code), flush=True)

said = globals()[act](*words)
if said:
    print(*said)
"""
LOCK = 46
HOLD = """
    CREATE FUNCTION held_here() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN PERFORM pg_advisory_xact_lock({lock}); RETURN NEW; END$$;
    CREATE {trigger} ON {table} {deferred} FOR EACH ROW EXECUTE FUNCTION held_here();
"""
WHERE = {"in the middle": ("TRIGGER held_here BEFORE INSERT", ""),
         "at its commit": ("CONSTRAINT TRIGGER held_here AFTER INSERT", "DEFERRABLE INITIALLY DEFERRED")}  # fmt: skip
LOCKS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s"
SECONDS = 300.0
"""How long a story waits at most for what is bound to come; a machine with much to do may be slow."""


def wait_for(what: Callable[[], Any], *, while_lives: subprocess.Popen[Any] | None = None) -> None:
    """Wait until something is so, the database and the pages being away meanwhile; a process may be needed for it."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        with suppress(psycopg.OperationalError, urllib.error.URLError, ConnectionError, TimeoutError):
            if what():
                return
        assert while_lives is None or while_lives.poll() is None, "it ended before that"
        time.sleep(0.1)
    raise AssertionError("it never came to be")


def lost(process: subprocess.Popen[str]) -> str:
    """Wait until a process has ended badly, as whoever asked it is told; give its problem."""
    _, problem = process.communicate(timeout=SECONDS)
    assert process.returncode > 0, "it went through"
    return problem


class Home:
    """An UPHELD_HOME with one hotline agent and gold members P0, P1, ..., under the shipped standards."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.cluster = folder, Cluster.below(folder)
        hidden = (embedded_postgres.URL_VARIABLE, "DJANGO_SETTINGS_MODULE")
        self.environment = {name: value for name, value in os.environ.items() if name not in hidden}
        self.environment |= {"UPHELD_HOME": str(folder), "UPHELD_HTTP": "plain", "UPHELD_NIGHTLY_AT": "off"}

    @contextmanager
    def running(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """Run the program in a process of its own, which does not outlive the block, whatever happens there."""
        pipe = subprocess.PIPE
        pipes: dict[str, Any] = {"stdin": pipe, "stdout": pipe, "stderr": pipe, "text": True}
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, *words], env=self.environment, **pipes)
        with process:
            try:
                yield process
            finally:
                process.kill()

    def done(self, *words: str, told: str = "") -> str:
        """Run the program to its end and give what it says."""
        with self.running(*words) as process:
            said, problem = process.communicate(told, timeout=SECONDS)
        assert process.returncode == 0, problem[-2000:]
        return said.strip()

    def refused(self, *words: str) -> str:
        """Run the program to its end, which has to be a bad one, and give its problem."""
        with self.running(*words) as process:
            return lost(process)

    def ask(self, query: str, *values: Any) -> tuple[Any, ...]:
        """Ask the database one question."""
        with psycopg.connect(self.cluster.url, autocommit=True) as opened:
            row = opened.execute(query, values).fetchone()
        assert row is not None
        return row

    def do(self, statement: str) -> None:
        """Change the database by hand."""
        with psycopg.connect(self.cluster.url, autocommit=True) as opened:
            opened.execute(statement)

    def bring_back(self) -> None:
        """Start the database again, as whoever needs it next does."""
        embedded_postgres.start(self.cluster)

    def kill_database(self) -> None:
        """Kill the postmaster as `kill -9` does, and wait until nobody answers."""
        postmaster = self.cluster.server_pid()
        assert postmaster is not None
        os.kill(postmaster, signal.SIGKILL)
        wait_for(lambda: not self.cluster.answers())

    @contextmanager
    def held(self, table: str, where: str) -> Iterator[psycopg.Connection[Any]]:
        """Hold whoever adds a row to a table, there, for as long as the lock of this block lives."""
        trigger, deferred = WHERE[where]
        self.do(HOLD.format(lock=LOCK, trigger=trigger, table=table, deferred=deferred))
        keeper = psycopg.connect(self.cluster.url, autocommit=True)
        keeper.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            yield keeper
        finally:
            keeper.close()
            self.bring_back()
            self.do("DROP FUNCTION held_here CASCADE")

    def somebody_is_held(self) -> bool:
        """Say whether an act has come to where it is held."""
        return self.ask(f"{LOCKS} AND NOT granted", LOCK) == (1,)

    def nobody_is_held(self) -> bool:
        """Say whether whoever was held has gone on, to the end or to nothing."""
        return self.ask(LOCKS, LOCK) == (0,)

    @contextmanager
    def served(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """Serve the pages as `upheld serve` does; give their address, and what kills the server with its workers."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [Path(sys.executable).with_name("upheld"), "serve", "--port", str(port)]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        server = subprocess.Popen(command, env=self.environment, start_new_session=True, **quiet)
        address = f"http://127.0.0.1:{port}"

        def kill() -> None:
            os.killpg(server.pid, signal.SIGKILL)  # a session of its own, with nothing else in it
            server.wait(30)

        def answers() -> bool:
            with urllib.request.urlopen(f"{address}/sign-in/", timeout=10) as answer:
                return bool(answer.status == 200)

        try:
            wait_for(answers, while_lives=server)
            yield address, kill
        finally:
            if server.poll() is None:
                kill()

    def case_counts(self, key: str) -> tuple[int, ...]:
        """Count what belongs to the case of a key: it, its steps, clocks, their events and promises, audit entries."""
        return self.ask(
            """
            WITH c AS (SELECT id FROM cases_case WHERE key = %s),
                 k AS (SELECT k.promise_id FROM cases_caseclock k JOIN promises_promise p ON p.id = k.promise_id
                       WHERE k.case_id IN (TABLE c) AND p.case_id = k.case_id AND p.state = 'open'
                         AND p.due_at IS NOT NULL)
            SELECT (SELECT count(*) FROM c),
                   (SELECT count(*) FROM cases_casestep WHERE case_id IN (TABLE c)),
                   (SELECT count(*) FROM audit_entry WHERE act = 'open_case' AND allowed
                    AND subject_id IN (SELECT id::text FROM c)),
                   (SELECT count(*) FROM k), (SELECT count(*) FROM cases_caseclock WHERE case_id IN (TABLE c)),
                   (SELECT count(*) FROM promises_promise WHERE case_id IN (TABLE c)),
                   (SELECT count(*) FROM cases_clockevent WHERE clock_id IN (TABLE k))
            """,
            key,
        )

    def all_of_cases(self) -> tuple[int, ...]:
        """Count the rows of all cases, whoever they belong to."""
        return self.ask(
            "SELECT (SELECT count(*) FROM cases_case), (SELECT count(*) FROM cases_casestep),"
            " (SELECT count(*) FROM cases_caseclock), (SELECT count(*) FROM cases_clockevent),"
            " (SELECT count(*) FROM promises_promise), (SELECT count(*) FROM audit_entry WHERE act = 'open_case')"
        )

    def claims_of(self, code: str) -> tuple[int, ...]:
        """Count the uses of a member, the places of quotas that they took, and the audit entries of their claims."""
        return self.ask(
            """
            WITH p AS (SELECT id FROM people_person WHERE code = %s),
                 u AS (SELECT id FROM entitlements_entitlementuse WHERE person_id IN (TABLE p))
            SELECT (SELECT count(*) FROM u),
                   (SELECT count(*) FROM entitlements_quotaplace WHERE use_id IN (TABLE u)),
                   (SELECT count(*) FROM audit_entry WHERE act = 'claim_entitlement' AND allowed
                    AND subject_kind = 'person' AND subject_id IN (SELECT id::text FROM p))
            """,
            code,
        )
