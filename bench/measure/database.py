"""A database for a benchmark: a cluster of its own, Upheld's tables in it, and nothing left of it afterwards.

What only grows may be emptied in a database whose name begins with test_, and there alone; so all of them do.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import psycopg
from psycopg import sql

from upheld.config import embedded_postgres
from upheld.config.embedded_postgres import URL_VARIABLE

__all__ = ["URL_VARIABLE", "backend_cpu", "execute", "made_database", "own_database", "peak", "value"]


@contextmanager
def own_database(name: str, *, edition: bool = True) -> Iterator[str]:
    """Make a migrated database, with the shipped edition in force unless told otherwise, and set Django up for it.

    Gives the URL of its cluster. No connection is left open, so that children may be forked.
    """
    cluster = embedded_postgres.start(embedded_postgres.temporary())
    try:
        os.environ[URL_VARIABLE] = made_database(cluster.url, name)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "upheld.config.settings")
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0)
        if edition:
            from upheld.operations.activate_edition import activate_edition

            activate_edition(active_from=date(2005, 1, 1), by=None)
        connections.close_all()
        yield cluster.url
        connections.close_all()
    finally:
        embedded_postgres.stop(cluster)
        shutil.rmtree(cluster.folder, ignore_errors=True)


def made_database(cluster_url: str, name: str) -> str:
    """Make an empty database and return its URL."""
    with psycopg.connect(cluster_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    start, _, options = cluster_url.partition("?")
    return f"{start.rsplit('/', 1)[0]}/{name}?{options}"


def execute(statement: str) -> None:
    """Run a statement that gives nothing back."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)


def value(query: str) -> int:
    """Ask for one number."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query)
        return int(cursor.fetchone()[0])


def backend_cpu() -> float:
    """Return the CPU seconds that PostgreSQL's process of this connection has used."""
    told = Path(f"/proc/{value('SELECT pg_backend_pid()')}/stat").read_text()
    user, system = told.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def peak() -> float:
    """Return the most memory that this process held, in MiB; what its parent held before it does not count."""
    lines = Path("/proc/self/status").read_text().splitlines()
    held = next(line for line in lines if line.startswith("VmHWM"))
    return int(held.split()[1]) / 1024
