"""What workers do, and when: the sweep of the clocks every minute, the work of a night, and jobs that were left over.

The job runner is Procrastinate, whose jobs are rows of our own database. Each task calls operations that may be done
twice, at once, and after a crash; the locks here only keep workers from doing the same thing for nothing. What was
missed while no worker ran is found again in the data (instants that have passed, the audit trail), not in the jobs.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import JobAborted, UniqueViolation
from procrastinate.jobs import Status

from upheld.config.nightly import work_of_a_night
from upheld.operations.do_later import do_later
from upheld.operations.messages.business_information import queue_business_information
from upheld.operations.messages.queue_promised_messages import queue_promised_messages
from upheld.operations.messages.queue_tier_changes import queue_tier_changes
from upheld.operations.sweep_warnings import sweep_warnings
from upheld.records.audit.queries import entries

log = logging.getLogger("upheld.worker")

EVERY_MINUTE = "* * * * *"
NIGHT = "work_of_a_night"
MOST_ATTEMPTS = 5
"""A job that took its worker down this often is not begun again."""


@app.periodic(cron=EVERY_MINUTE)
@app.task(name="sweep_warnings", queueing_lock="sweep_warnings", priority=10)
def sweep(timestamp: int) -> None:
    """Give the warnings that are due. No lock: clocks that another sweep holds are passed over."""
    swept = sweep_warnings().numbers()
    if swept:
        log.info("clocks: %s", ", ".join(f"{number} {what}" for what, number in swept.items()))


@app.periodic(cron=EVERY_MINUTE)
@app.task(name="begin_the_night", queueing_lock="begin_the_night")
def begin_the_night(timestamp: int) -> None:
    """Ask for the work of the night once it is owed: at its hour, or later where nobody was there at that hour."""
    if night_is_owed(timezone.now()):
        do_later(work=NIGHT, one_at_a_time=NIGHT, waiting_once=NIGHT)


@app.task(name=NIGHT, lock=NIGHT, queueing_lock=NIGHT, pass_context=True)
def night(context: JobContext) -> None:
    """Rate, plan and close for today, unless it was done since it was asked for; breaks off when the worker stops."""
    now = timezone.now()
    if not night_is_owed(now):
        return

    def progress_of(_: str) -> Callable[[int, int], object]:
        def told(done: int, total: int) -> None:
            if context.should_abort():
                raise JobAborted

        return told

    day = timezone.localdate(now)
    reports, refusals = work_of_a_night(as_of=day, progress_of=progress_of)
    log.info("the work of the night for %s: %s", day, "; ".join(reports))
    for work, why in refusals.items():
        log.warning("%s not done: %s", work, why)


@app.periodic(cron="5 * * * *")
@app.task(name="queue_messages", lock="queue_messages", queueing_lock="queue_messages")
def queue_messages(timestamp: int) -> None:
    """Queue the greetings that promises ask for today, business information, and word of changed levels; each once."""
    promised, told, changes = queue_promised_messages(), queue_business_information(), queue_tier_changes()
    queued = promised.queued + told.queued + changes
    if queued:
        log.info(
            "messages queued: %s", ", ".join(f"{number} {template}" for template, number in queued.items())
        )
    for why, number in (promised.refused + told.refused).items():
        log.warning("%s messages that are owed could not be queued: %s", number, why)


@app.periodic(cron=EVERY_MINUTE)
@app.task(name="take_up_jobs", queueing_lock="take_up_jobs", pass_context=True)
async def take_up_jobs(context: JobContext, timestamp: int) -> None:
    """Begin again the jobs of workers that died; who is killed does not say so, but its heart has stopped."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs():
        try:
            if job.attempts >= MOST_ATTEMPTS:
                log.error("%s was begun %s times and never ended", job.call_string, job.attempts)
                await jobs.finish_job(job, status=Status.FAILED, delete_job=False)
            else:
                await jobs.retry_job(job)
        except UniqueViolation:
            # The same work waits already; this one is nothing but a lock in its way.
            await jobs.finish_job(job, status=Status.FAILED, delete_job=True)


@app.periodic(cron="17 * * * *")
@app.task(name="forget_old_jobs", queueing_lock="forget_old_jobs", pass_context=True)
async def forget_old_jobs(context: JobContext, timestamp: int) -> None:
    """Remove the jobs that failed more than a week ago; those that succeeded were removed as they ended."""
    await context.app.job_manager.delete_old_jobs(nb_hours=7 * 24, include_failed=True, include_aborted=True)


def night_is_owed(now: datetime) -> bool:
    """Tell whether the hour of the night's work has passed since it was last done, as the audit trail says.

    Closing is the last part of it, and writes its entry whatever it finds. Entries of a time to come, from a machine
    whose clock was wrong, count for nothing.
    """
    if settings.NIGHTLY_AT is None:
        return False
    local = timezone.localtime(now)
    begins = local.replace(
        hour=settings.NIGHTLY_AT.hour, minute=settings.NIGHTLY_AT.minute, second=0, microsecond=0
    )
    if begins > local:
        begins -= timedelta(days=1)
    last = entries(
        subject_kind="promise", subject_id="", act="close_overdue", before=now + timedelta(minutes=5), limit=1
    )
    return not last or last[0].at < begins
