"""`upheld demo`: a made-up operator brought up, lived through until now, and served.

The generator and its stories are the folder `demo/` of the repository (a wheel packs it as `shipped_demo`);
it is loaded from there as the package `upheld_demo`, for it is data with some code and no room of the house.
What it needs to know the next time (its first day, how far it has lived) is read from the database itself, so
there is nothing to go stale. The database of the demo is marked as such, in its audit trail, before anything else
is written to it; where there is no mark and any table holds a row, nothing is touched, not even migrated.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from upheld.config.messages_command import sender_of_the_demo
from upheld.config.nightly import end_of_next_quarter
from upheld.config.serving import bring_up, port_refused, serve
from upheld.config.terminal import Bars
from upheld.config.worker import worker_beside

PASSWORD = "upheld-demo"
SIGN_INS = {
    "am101": "account manager",
    "phone1": "phone manager",
    "lead1": "team lead",
    "agent1": "hotline agent",
    "agent2": "hotline agent, the next seat",
    "hotlead": "lead of the hotline",
    "clerk11": "store clerk",
    "field11": "field engineer",
    "quality1": "quality inspector",
    "chief1": "chief representative",
    "service1": "service department",
    "service2": "service department, in English",
    "admin": "administrator",
}
Progress = Callable[[str, int, int], object]


@cache
def demo_package() -> ModuleType:
    """Load the folder `demo/` as the package `upheld_demo`; raises FileNotFoundError where it was not shipped."""
    package = Path(__file__).resolve().parent.parent
    places = (package / "shipped_demo", package.parent.parent / "demo")
    folder = next((place for place in places if (place / "__init__.py").is_file()), None)
    if folder is None:
        raise FileNotFoundError(f"the demo is in none of {', '.join(map(str, places))}")
    spec = importlib.util.spec_from_file_location(
        "upheld_demo", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["upheld_demo"] = module
    spec.loader.exec_module(module)
    return module


def demo_command(words: argparse.Namespace) -> int:
    """Bring the demo up and serve it (unless told not to); exit code 1 where its place is taken."""
    refused = None if words.no_serve else port_refused(words.host, words.port)
    if refused:
        print(refused, file=sys.stderr)
        return 1
    # Everything in the demo is invented and it stays on this machine, so plain HTTP will do.
    os.environ.setdefault("UPHELD_HTTP", "plain")
    if words.host not in ("127.0.0.1", "localhost"):
        os.environ.setdefault("UPHELD_HOSTS", "*")
    if not bring_up(quiet=True, migrate=False):
        return 1
    standing = what_is_there()
    if standing == "somebody":
        print(
            "The database holds data that is not the demo's; the demo will not be mixed with it.\n"
            "Give it a place of its own: UPHELD_HOME=/some/folder upheld demo, without UPHELD_DATABASE_URL.",
            file=sys.stderr,
        )
        return 1
    if words.reset and standing == "demo":
        drop_tables()
    if not bring_up(quiet=True):
        return 1
    from django.utils import timezone

    try:
        with Bars() as bars:
            bring_up_to(now=timezone.now(), people=words.people, progress=bars.show)
    except ValueError as problem:
        print(str(problem).capitalize(), file=sys.stderr)
        return 2
    print_sign_ins()
    if words.no_serve:
        return 0
    with worker_beside(), sender_of_the_demo(Path(demo_package().__path__[0])):
        return serve(host=words.host, port=words.port)


MARK = "bring_up_demo"
"""The act in the audit trail that says of a database that all in it is the demo's."""
JOBS = frozenset(f"procrastinate_{table}" for table in ("workers", "jobs", "events", "periodic_defers"))
"""Tables of the job runner: whoever runs a worker has rows there."""
BOOKKEEPING = frozenset({"django_migrations", "django_content_type", "auth_permission"}) | JOBS
"""Tables that hold rows in every migrated database, whoever's it is."""


def what_is_there() -> str:
    """Tell what the database holds: `nothing` in any table, the `demo` by its mark, or `somebody` else's data.

    The tables need not be Upheld's, nor migrated: whoever hands over a database of another program is told so too.
    """
    from django.db import connection

    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        if "audit_entry" in tables:
            cursor.execute("SELECT EXISTS (SELECT FROM audit_entry WHERE act = %s)", [MARK])
            if cursor.fetchone()[0]:
                return "demo"
        for table in sorted(tables - BOOKKEEPING):
            cursor.execute(f"SELECT EXISTS (SELECT FROM {connection.ops.quote_name(table)})")
            if cursor.fetchone()[0]:
                return "somebody"
    return "nothing"


OWN_FUNCTIONS = """
    SELECT oid::regprocedure::text FROM pg_proc
    WHERE pronamespace = current_schema()::regnamespace AND starts_with(proname, 'upheld_')
"""


def drop_tables() -> None:
    """Throw away Upheld's own tables and functions, and no others.

    Refuses with RuntimeError where the demo's mark is missing.
    """
    from django.db import connection

    if what_is_there() != "demo":
        raise RuntimeError("only the demo's own database may be thrown away")
    there = set(connection.introspection.table_names())
    ours = connection.introspection.django_table_names(only_existing=True)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {', '.join(map(connection.ops.quote_name, sorted(ours)))} CASCADE")
        cursor.execute(OWN_FUNCTIONS)
        for (function,) in cursor.fetchall():
            cursor.execute(f"DROP FUNCTION {function}")
        # The job runner's tables come with types and functions of their own; they stay, empty.
        cursor.execute("DELETE FROM django_migrations WHERE app <> 'procrastinate'")
        if there >= JOBS:
            cursor.execute(f"TRUNCATE {', '.join(sorted(JOBS))}")


def bring_up_to(*, now: datetime, people: int, progress: Progress) -> Any:
    """Make the demo where it is missing and live it until the instant `now`; return what was lived (counts).

    Done again, it goes on from the day reached; a bring-up that was broken off is taken up where it stopped. Raises
    ValueError for too few people, RuntimeError where the database holds data that is not the demo's.
    """
    from django.db import connection

    from upheld.operations.audit_trail import write_entry

    standing = what_is_there()
    if standing == "somebody":
        raise RuntimeError("the database holds data that is not the demo's")
    with connection.cursor() as cursor:
        # What a power cut may take is lived again; nobody should wait for the disk here.
        cursor.execute("SET synchronous_commit = off")
    demo = demo_package()
    first_day, reached = _days_so_far()
    first_day = first_day or first_day_before(now)
    people = _people_so_far() or people
    operator = demo.make_operator(first_day=first_day, people=people)
    if standing == "nothing":
        write_entry(act=MARK, by=None, subject_kind="database")
    with tempfile.TemporaryDirectory(prefix="upheld-demo-") as folder:
        if reached is None:
            _begin(demo.write_feeds(operator, Path(folder) / "feeds"), first_day, progress)
        lived = demo.live_through(
            seed=operator.seed,
            first_day=first_day,
            now=now,
            plan_until=_plan_until(now),
            changes=demo.write_changes(operator, Path(folder) / "changes"),
            since=reached,
            progress=progress,
        )
        _live_at_the_desks(demo, operator.seed, first_day, reached, now, Path(folder) / "calls", progress)
        return lived


def _live_at_the_desks(
    demo: ModuleType,
    seed: int,
    first_day: date,
    reached: date | None,
    now: datetime,
    folder: Path,
    progress: Progress,
) -> None:
    """Bring the calls of the hotline in, and let the cases of its customers live."""
    from upheld.operations.import_calls import import_calls

    file = demo.write_queue_log(folder, seed=seed, people=_people_so_far(), now=now, since=reached)
    if file is not None:
        report = import_calls(by=None, files=[file], rejects_folder=folder / "rejects", now=now)
        if not report.is_clean:
            raise RuntimeError(f"the demo's own calls were not taken in whole: {report.files}")
    demo.live_cases(
        seed=seed,
        first=first_day,
        now=now,
        since=reached,
        progress=lambda done, total: progress("cases", done, total),
    )
    demo.live_journeys(seed=seed, first=first_day, now=now, since=reached, folder=folder)
    demo.live_events(seed=seed, first=first_day, now=now)
    demo.live_craft(seed=seed, first=first_day, now=now)
    demo.live_days(seed=seed, now=now)
    demo.live_moments(seed=seed, first=first_day, now=now, folder=folder)
    demo.live_books(now=now)
    demo.live_messages(now=now)


def _begin(feeds: dict[str, Path], first_day: date, progress: Progress) -> None:
    """Take the operator's files in, put the standards in force, let the people of the guides sign in."""
    from upheld.operations.activate_edition import activate_edition
    from upheld.operations.import_feed import import_feed
    from upheld.operations.set_password import set_password

    for done, (kind, file) in enumerate(feeds.items(), start=1):
        report = import_feed(by=None, file=file, kind=kind, rejects_folder=file.parent / "rejects")
        if not report.is_clean:
            raise RuntimeError(f"the demo's own {kind} were not taken in whole: {report.files}")
        progress("files", done, len(feeds))
    activate_edition(active_from=first_day, by=None)
    for done, username in enumerate(SIGN_INS, start=1):
        set_password(username=username, password=PASSWORD, by=None)
        progress("passwords", done, len(SIGN_INS))


def first_day_before(now: datetime) -> date:
    """Return the first of the month two months before: where the demo's history begins."""
    today = _local(now)
    months = today.year * 12 + today.month - 1 - 2
    return date(months // 12, months % 12 + 1, 1)


def print_sign_ins() -> None:
    """Print who may sign in, and that the password guards nothing."""
    print(f"Sign in as one of these; the password of each is {PASSWORD} (all of it is invented):")
    for username, job in SIGN_INS.items():
        print(f"  {username:<9} {job}")


def _days_so_far() -> tuple[date | None, date | None]:
    """Return the demo's first day and the day it has reached, from the editions and contacts in the database."""
    from django.db.models import Max, Min

    from upheld.records.evidence.models import Interaction
    from upheld.records.standards.models import EditionRecord

    first: date | None = EditionRecord.objects.aggregate(first=Min("active_from"))["first"]
    last = Interaction.objects.filter(key__startswith="demo:").aggregate(last=Max("happened_at"))["last"]
    return first, _local(last) if last and first else None


def _people_so_far() -> int:
    from upheld.records.people.models import Person

    return Person.objects.count()


def _plan_until(now: datetime) -> date:
    """Plan to the end of the next quarter, and over the new year, so that yearly duties are there to be seen."""
    today = _local(now)
    return max(end_of_next_quarter(today), date(today.year + 1, 1, 2))


def _local(instant: datetime) -> date:
    from django.utils import timezone

    return timezone.localdate(instant)
