"""The worker: what it begins and when, what it makes up for, and what is left when it or the database is killed."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from datetime import time as hour
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.psycopg_connector import PsycopgConnector

from upheld.config import embedded_postgres, jobs, worker
from upheld.config.postgres_cluster import Cluster
from upheld.operations.do_later import do_later
from upheld.records.audit.models import Entry

BEIJING = ZoneInfo("Asia/Shanghai")


def waiting(status: str = "todo") -> list[str]:
    """Name the jobs that stand so."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name FROM procrastinate_jobs WHERE status = %s ORDER BY id", [status])
        return [row[0] for row in cursor.fetchall()]


@pytest.fixture
def no_jobs(transactional_db: None) -> Iterator[None]:
    """Empty the tables of the job runner, which Django does not know to empty."""

    def empty() -> None:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE procrastinate_workers, procrastinate_jobs CASCADE")

    empty()
    yield
    empty()


def closed_at(at: datetime) -> None:
    """Write that a night's work ended at an instant."""
    Entry.objects.create(act="close_overdue", subject_kind="promise", at=at)


# --- the night ---


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("now", "done", "owed"),
    [
        ("2026-03-05 01:59", "2026-03-04 02:20", False),
        ("2026-03-05 02:00", "2026-03-04 02:20", True),
        ("2026-03-05 02:31", "2026-03-05 02:30", False),
        ("2026-03-05 09:00", "2026-03-02 02:20", True),  # three nights down: once, at start
        ("2026-03-05 09:01", "2026-03-05 09:00", False),
        ("2026-03-05 09:00", "2026-03-04 18:00", True),  # by hand, the evening before
        ("2026-03-05 09:00", "2027-03-05 02:20", True),  # written while the machine's clock was wrong
        ("2026-03-05 09:00", None, True),
    ],
)
def test_the_audit_trail_says_whether_a_nights_work_is_owed(
    settings: Any, now: str, done: str | None, owed: bool
) -> None:
    settings.NIGHTLY_AT = hour(2, 0)
    if done is not None:
        closed_at(datetime.fromisoformat(done).replace(tzinfo=BEIJING))
    at = datetime.fromisoformat(now).replace(tzinfo=BEIJING)
    assert jobs.night_is_owed(at) is owed
    assert jobs.night_is_owed(at.astimezone(UTC)) is owed
    settings.NIGHTLY_AT = None
    assert not jobs.night_is_owed(at)


def test_the_night_is_asked_for_once_and_done_once(no_jobs: None, settings: Any) -> None:
    settings.NIGHTLY_AT = hour(0, 0)
    jobs.begin_the_night(timestamp=0)
    jobs.begin_the_night(timestamp=60)
    assert waiting() == [jobs.NIGHT]
    run_worker()
    assert waiting() == waiting("failed") == []
    assert Entry.objects.filter(act="close_overdue").count() == 1
    jobs.begin_the_night(timestamp=120)
    do_later(work=jobs.NIGHT)
    run_worker()
    assert Entry.objects.filter(act="close_overdue").count() == 1, "asked for again, and not owed any more"


def run_worker() -> None:
    """Do what waits, in this process, and return."""

    async def work() -> None:
        connector = PsycopgConnector(kwargs=parameters, min_size=1, max_size=1)
        with app.replace_connector(connector):
            async with app.open_async():
                await app.run_worker_async(
                    wait=False, listen_notify=False, delete_jobs="successful", install_signal_handlers=False
                )

    parameters = connector_params()
    asyncio.run(work())


# --- jobs ---


def test_what_is_asked_for_is_rolled_back_with_the_act_that_asked(no_jobs: None) -> None:
    def act_that_fails() -> None:
        with transaction.atomic():
            assert do_later(work="survey", case=1)
            assert waiting() == ["survey"]
            raise InterruptedError

    with pytest.raises(InterruptedError):
        act_that_fails()
    assert waiting() == []
    with transaction.atomic():
        assert do_later(work="survey", waiting_once="survey of 1", case=1)
        assert do_later(work="survey", waiting_once="survey of 1", case=1) is None
        assert do_later(work="survey", waiting_once="survey of 2", case=2), "the transaction goes on"
    assert waiting() == ["survey", "survey"]


def test_a_job_whose_worker_was_killed_is_done_by_the_next_one(no_jobs: None, settings: Any) -> None:
    settings.NIGHTLY_AT = hour(0, 0)
    do_later(work=jobs.NIGHT, one_at_a_time=jobs.NIGHT)
    with connection.cursor() as cursor:
        long_ago = datetime.now(UTC) - timedelta(minutes=5)
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s) RETURNING id", [long_ago]
        )
        (dead,) = cursor.fetchone()
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", [dead])
    jobs.begin_the_night(timestamp=0)
    assert (waiting("doing"), waiting()) == ([jobs.NIGHT], [jobs.NIGHT])
    do_later(work="take_up_jobs", timestamp=0)
    run_worker()
    run_worker()
    assert waiting() == waiting("doing") == []
    assert Entry.objects.filter(act="close_overdue").count() == 1


def test_a_job_that_kills_every_worker_is_given_up(no_jobs: None) -> None:
    do_later(work="deadly")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', attempts = %s", [jobs.MOST_ATTEMPTS])
    do_later(work="take_up_jobs", timestamp=0)
    run_worker()
    assert waiting("failed") == ["deadly"]


def test_a_worker_keeps_time_by_minutes_and_no_two_tasks_share_a_name() -> None:
    crons = {name: one.cron for (name, _), one in app.periodic_registry.periodic_tasks.items()}
    assert crons["sweep_warnings"] == crons["begin_the_night"] == crons["take_up_jobs"] == "* * * * *"
    assert all(app.tasks[name].queueing_lock == name for name in crons)


# --- the process ---

PROGRAM = """
import sys, os, time
from argparse import Namespace
from datetime import date, timedelta
from pathlib import Path
from upheld.config.serving import bring_up
if not bring_up(quiet=True):
    sys.exit(1)
import attr
from django.utils import timezone
from procrastinate.contrib.django import app
from upheld.config import jobs, worker
from upheld.operations import sweep_warnings as sweeping

if sys.argv[1] == "make":
    from upheld.operations.activate_edition import activate_edition
    from upheld.records.people.models import Person
    from upheld.records.promises.models import Promise
    from upheld.records.standards.models import EditionRecord
    edition = EditionRecord.objects.first() or activate_edition(active_from=date(2005, 1, 1), by=None)
    person, _ = Person.objects.get_or_create(code="P1", defaults={"name": "王小明", "phone": "13800000001"})
    last = Promise.objects.count()
    due_at = timezone.now() - timedelta(hours=9)
    ats = [due_at - timedelta(hours=1), due_at, due_at + timedelta(hours=2)]
    Promise.objects.bulk_create(
        Promise(person=person, edition=edition, action="first_answer", clause="CT-16", standard="CT",
                from_date=due_at.date(), due_date=due_at.date(), source="case_deadline", due_at=due_at, turn=turn,
                warn_ats=ats, warn_at=ats[0])
        for turn in range(last + 1, last + int(sys.argv[2]) + 1)
    )
else:
    # Every second instead of every minute, in small chunks, each held open for a while before it is stored.
    for key, one in app.periodic_registry.periodic_tasks.items():
        app.periodic_registry.periodic_tasks[key] = attr.evolve(one, cron="* * * * * *")
    note = sweeping.note_chunk
    def note_slowly(**words):
        note(**words)
        Path(sys.argv[2]).write_text(str(os.getpid()))
        time.sleep(float(sys.argv[3]))
    sweeping.note_chunk = note_slowly
    sweep = sweeping.sweep_warnings
    jobs.sweep_warnings = lambda: sweep(chunk=5)
    worker.LOOK_SECONDS = 0.2
    sys.exit(worker.worker_command(Namespace(beside=None)))
"""
CLOCKS = 40


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Give an UPHELD_HOME of its own, whose database may be killed."""
    folder = Path(tempfile.mkdtemp(prefix="upheld-home-", dir="/tmp"))
    folder.chmod(0o755)
    cluster = embedded_postgres.start(Cluster.below(folder))
    yield folder
    embedded_postgres.stop(cluster)
    shutil.rmtree(folder)


@pytest.fixture
def clocks(home: Path) -> Path:
    """Put clocks into the home's database, every one of them run out in the night."""
    assert run(home, "make", str(CLOCKS)).wait() == 0
    return home


def run(home: Path, *words: str) -> subprocess.Popen[str]:
    """Run the program in a process of its own."""
    env = {name: value for name, value in os.environ.items() if name != embedded_postgres.URL_VARIABLE}
    env |= {"UPHELD_HOME": str(home), "UPHELD_NIGHTLY_AT": "off"}
    return subprocess.Popen([sys.executable, "-c", PROGRAM, *words], env=env, text=True)


def ask(home: Path, query: str) -> tuple[Any, ...]:
    """Ask the home's database one question."""
    with psycopg.connect(Cluster.below(home).url, autocommit=True) as opened:
        row = opened.execute(query).fetchone()
    assert row is not None
    return row


def wait_for(what: Any, seconds: float = 90.0) -> None:
    """Wait until something is so; the database may be away meanwhile."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if what():
                return
        except (psycopg.OperationalError, psycopg.errors.UndefinedTable):
            pass  # the server is away, or its tables are still being made
        time.sleep(0.1)
    raise AssertionError("it never came to be")


# Of the clocks of this story alone, which were put there last.
BROKEN = f"""
    SELECT count(*) FROM (SELECT state FROM promises_promise ORDER BY id DESC LIMIT {CLOCKS}) mine
    WHERE state = 'broken'
"""


def all_are_broken(home: Path) -> bool:
    """Say whether every clock of the home has been swept."""
    return ask(home, "SELECT count(*) FROM promises_promise WHERE state = 'open'") == (0,)


def nothing_is_lost_or_doubled(home: Path) -> None:
    """Check the warnings, the promises and the audit trail against each other."""
    query = 'SELECT count(*), count(DISTINCT (promise_id, stage, "to")) FROM promises_promisewarning'
    promises = ask(home, "SELECT count(*) FROM promises_promise WHERE warned = 3 AND ended_at = due_at")[0]
    assert ask(home, query) == (promises * 6, promises * 6)
    noted = "SELECT sum((detail ->> 'broken')::int) FROM audit_entry WHERE act = 'sweep_warnings_chunk'"
    assert ask(home, noted) == (promises,)


@pytest.mark.slow
def test_a_worker_that_dies_in_a_sweep_is_followed_by_two_that_do_the_rest(
    clocks: Path, tmp_path: Path
) -> None:
    mark = tmp_path / "within"
    first = run(clocks, "work", str(mark), "0.3")
    wait_for(lambda: mark.exists() and ask(clocks, BROKEN)[0] >= 10)
    first.kill()
    first.wait()
    assert ask(clocks, BROKEN)[0] < CLOCKS
    with psycopg.connect(Cluster.below(clocks).url, autocommit=True) as opened:
        opened.execute("DELETE FROM procrastinate_workers")  # as if its heart had stopped long ago
    two = [run(clocks, "work", str(tmp_path / "two"), "0") for _ in range(2)]
    alive = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '15 s'"
    wait_for(lambda: all_are_broken(clocks) and ask(clocks, alive)[0] >= 2)
    for process in two:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(30) for process in two] == [0, 0]
    nothing_is_lost_or_doubled(clocks)


@pytest.mark.slow
def test_a_database_that_is_killed_in_a_sweep_is_brought_back_and_the_sweep_goes_on(
    clocks: Path, tmp_path: Path
) -> None:
    mark = tmp_path / "within"
    process = run(clocks, "work", str(mark), "0.5")
    wait_for(mark.exists)
    postmaster = Cluster.below(clocks).server_pid()
    assert postmaster is not None
    os.kill(postmaster, signal.SIGKILL)
    wait_for(lambda: Cluster.below(clocks).server_pid() not in (None, postmaster) and all_are_broken(clocks))
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    nothing_is_lost_or_doubled(clocks)


@pytest.mark.slow
def test_a_worker_beside_the_pages_goes_with_them(clocks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with psycopg.connect(Cluster.below(clocks).url, autocommit=True) as opened:
        opened.execute("DELETE FROM procrastinate_workers")  # those of other stories, killed or gone
    monkeypatch.setenv("UPHELD_HOME", str(clocks))
    monkeypatch.delenv(embedded_postgres.URL_VARIABLE, raising=False)
    script = "import time, upheld.config.worker as w\nwith w.worker_beside():\n    time.sleep(600)"
    pages = subprocess.Popen([sys.executable, "-c", script])
    beat = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '20 s'"
    wait_for(lambda: ask(clocks, beat) == (1,))
    pages.kill()
    pages.wait()
    wait_for(lambda: ask(clocks, "SELECT count(*) FROM procrastinate_workers") == (0,), 30)
    assert worker.STOP_SECONDS < 10
