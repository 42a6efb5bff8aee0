"""`upheld worker`: does the background work (`jobs.py`) in the foreground, until Ctrl-C or a TERM signal.

Any number of workers may run beside each other. One needs a single database connection while it waits, and one more for
each job under way, at most two. When the database goes away it tries again until it is back, and starts it where it is
our own. When it is told to stop, jobs under way get a few seconds to end; a long one breaks off between two chunks and
is done by the next worker.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from upheld.config import embedded_postgres
from upheld.config.postgres_binaries import PostgresUnavailable
from upheld.config.serving import bring_up
from upheld.config.until_stopped import command_beside, until_stopped

log = logging.getLogger("upheld.worker")

JOBS_AT_ONCE = 2
"""One for the work of a night, one for the clocks, which do not wait for it."""
LOOK_SECONDS = 2.0
STOP_SECONDS = 5.0
LONGEST_PAUSE = 30.0


def worker_command(words: argparse.Namespace) -> int:
    """Bring the database up, migrate it, and work until told to stop."""
    if not bring_up(quiet=True):
        return 1
    from django.db import connection

    connection.close()  # it migrated; each job has one of its own
    asyncio.run(_work(beside=words.beside))
    return 0


@contextmanager
def worker_beside() -> Iterator[None]:
    """Run a worker as a child while a `with` block lasts; it stops with this process, even by `kill -9`.

    The night's work is left out, for the one who needs this, the demo, lives its days itself.
    """
    told = {"UPHELD_NIGHTLY_AT": "off"}
    with command_beside("worker", environment=told, stop_seconds=STOP_SECONDS * 2):
        yield


async def _work(*, beside: int | None) -> None:
    """Work until a signal comes, or until the process that this one stands beside is gone."""
    log.info("worker %s is at work", os.getpid())
    async with until_stopped(beside=beside) as stop:
        pause = 1.0
        while not stop.is_set():
            began = time.monotonic()
            await _work_while_it_goes(stop)
            if stop.is_set():
                break
            pause = 1.0 if time.monotonic() - began > 60 else min(pause * 2, LONGEST_PAUSE)
            log.warning("the database does not answer; trying again in %.0f s", pause)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
            if not stop.is_set():
                await asyncio.to_thread(_revive)
    log.info("worker %s has stopped", os.getpid())


async def _work_while_it_goes(stop: asyncio.Event) -> None:
    """Run Procrastinate's worker until told to stop or until the database fails it."""
    import psycopg
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.utils import connector_params
    from procrastinate.exceptions import ConnectorException
    from procrastinate.psycopg_connector import PsycopgConnector

    import upheld.config.jobs  # noqa: F401 - it tells the app what there is to do

    parameters: dict[str, Any] = await asyncio.to_thread(connector_params)
    connector = PsycopgConnector(kwargs=parameters, min_size=1, max_size=1, timeout=10)
    with app.replace_connector(connector):
        try:
            await app.open_async()
            work = asyncio.create_task(
                app.run_worker_async(
                    concurrency=JOBS_AT_ONCE,
                    # A look every two seconds is early enough, and spares a connection that only listens.
                    listen_notify=False,
                    fetch_job_polling_interval=LOOK_SECONDS,
                    delete_jobs="successful",
                    shutdown_graceful_timeout=STOP_SECONDS,
                    install_signal_handlers=False,
                )
            )
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work
        except (ConnectorException, psycopg.Error) as problem:
            log.warning("%s", problem.__cause__ or problem)
        finally:
            with suppress(ConnectorException, psycopg.Error):
                await app.close_async()


def _revive() -> None:
    """Start our own database where it has died; somebody else's is left to them."""
    try:
        embedded_postgres.database_url()
    except PostgresUnavailable as problem:
        log.warning("%s", problem)
