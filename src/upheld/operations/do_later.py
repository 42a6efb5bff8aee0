"""Ask for work to be done later by a worker, within the caller's transaction.

The job is a row of the same database: it is rolled back with the act that asked for it, and no worker sees it before
that act is stored. Which work there is, by name, is wiring (`config/jobs.py`).
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from django.db import transaction
from procrastinate import App
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued


@cache
def _asking() -> App:
    """Give a job runner that only asks; it speaks through Django's own connection and so in its transaction."""
    return App(connector=DjangoConnector())


def do_later(
    *,
    work: str,
    one_at_a_time: str | None = None,
    waiting_once: str | None = None,
    not_before: datetime | None = None,
    **arguments: Any,
) -> int | None:
    """Ask for a piece of work with arguments that JSON can hold; return the job's id.

    Of jobs with the same `one_at_a_time` a second begins when the first has ended. With `waiting_once` nothing is asked
    for while a job of that name waits to be begun, and None is returned.
    """
    job = _asking().configure_task(
        work, lock=one_at_a_time, queueing_lock=waiting_once, schedule_at=not_before
    )
    try:
        # A savepoint, so that a job which waits already does not spoil the caller's transaction.
        with transaction.atomic():
            return job.defer(**arguments)
    except AlreadyEnqueued:
        return None
