"""A run that is killed between two chunks (`kill -9`, no goodbye) leaves each chunk with its audit entry, and the
next run does the rest.

A process of its own runs each act over chunks of one subject, tells after each chunk, and waits to be killed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from urllib.parse import quote

import pytest
from django.db import connection
from django.db.models import Count

from upheld.operations import close_overdue as closing
from upheld.operations import plan_contacts as planning
from upheld.operations import rate_base as rating
from upheld.records.audit.models import Entry
from upheld.records.promises.models import Promise
from upheld.records.tiers.models import Membership, Rating

pytestmark = pytest.mark.django_db(transaction=True)

BEGIN, END, CLOSED = date(2026, 1, 1), date(2026, 7, 1), date(2026, 3, 1)

PROGRAM = """
import sys
from datetime import date
from functools import partial
import django
django.setup()
from upheld.operations import close_overdue, plan_contacts, rate_base

def told(*_):
    print("chunk", flush=True)
    sys.stdin.readline()

for module in (plan_contacts, rate_base):
    module.chunks_of_people = partial(module.chunks_of_people, size=1)
plan_contacts.chunks_of_groups = partial(plan_contacts.chunks_of_groups, size=1)
close_overdue.CHUNK = 3
break_chunk = close_overdue._break_chunk

def break_and_tell(*values):
    changed = break_chunk(*values)
    told()
    return changed

close_overdue._break_chunk = break_and_tell
BEGIN, END, CLOSED = date(2026, 1, 1), date(2026, 7, 1), date(2026, 3, 1)
if sys.argv[1] == "rate":
    rate_base.rate_base(as_of=BEGIN, by=None, progress=told)
elif sys.argv[1] == "plan":
    plan_contacts.plan_contacts(from_date=BEGIN, until_date=END, by=None, progress=told)
else:
    close_overdue.close_overdue(as_of=CLOSED, by=None)
"""


def kill_after(act: str, chunks: int) -> None:
    """Run an act in a process of its own and kill that after some chunks."""
    given = connection.settings_dict
    who = f"{quote(given['USER'])}:{quote(given['PASSWORD'])}".rstrip(":")
    host = quote(given["HOST"], safe="")
    url = f"postgresql://{who}@{host}:{given['PORT']}/{given['NAME']}".replace("://@", "://")
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "upheld.config.settings", "UPHELD_DATABASE_URL": url}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, act],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=env,
    ) as process:
        for chunk in range(chunks):
            assert process.stdout.readline() == "chunk\n", f"{act} ended before its chunk {chunk + 1}"
            if chunk < chunks - 1:
                process.stdin.write("go on\n")
                process.stdin.flush()
        process.kill()
    assert process.returncode == -9


def entries(act: str, **which) -> list[dict]:
    return list(Entry.objects.filter(act=act, **which).order_by("pk").values_list("detail", flat=True))


def test_a_rating_killed_between_chunks_is_noted_chunk_by_chunk_and_the_next_one_does_the_rest(operator):
    kill_after("rate", 2)
    assert not entries("rate_base")
    noted = entries("rate_base_chunk")
    assert len({one["run"] for one in noted}) == 1
    assert sum(one["begun"] for one in noted) == Membership.objects.count() > 0
    killed = Membership.objects.count()
    report = rating.rate_base(as_of=BEGIN, by=None)
    assert report.begun + killed == Membership.objects.count() == 4
    assert entries("rate_base_chunk", detail__run=report.run)[0]["begun"] == report.begun
    assert [one["run"] for one in entries("rate_base")] == [report.run]
    assert Rating.objects.values("person").annotate(n=Count("pk")).filter(n__gt=1).count() == 0
    assert rating.rate_base(as_of=BEGIN, by=None).begun == 0


def test_a_planning_killed_between_chunks_is_noted_and_nothing_is_lost_or_doubled(operator):
    rating.rate_base(as_of=BEGIN, by=None)
    kill_after("plan", 3)
    assert not entries("plan_contacts")
    planned = Promise.objects.count()
    assert sum(one["added"] for one in entries("plan_contacts_chunk")) == planned > 0
    report = planning.plan_contacts(from_date=BEGIN, until_date=END, by=None)
    assert (report.unchanged, report.added) == (planned, Promise.objects.count() - planned)
    assert report.added > 0
    assert sum(one["added"] for one in entries("plan_contacts_chunk")) == Promise.objects.count()
    chunks = len(entries("plan_contacts_chunk"))
    again = planning.plan_contacts(from_date=BEGIN, until_date=END, by=None)
    assert (again.added, again.cancelled, again.moved) == (0, 0, 0)
    assert len(entries("plan_contacts_chunk")) == chunks, "what changed nothing is not noted"


def test_a_closing_killed_between_chunks_is_noted_and_the_next_one_breaks_the_rest(operator):
    rating.rate_base(as_of=BEGIN, by=None)
    planning.plan_contacts(from_date=BEGIN, until_date=END, by=None)
    overdue = Promise.objects.filter(due_date__lt=CLOSED).count()
    kill_after("close", 2)
    assert not entries("close_overdue")
    assert [one["broken"] for one in entries("close_overdue_chunk")] == [3, 3]
    assert Promise.objects.filter(state="broken").count() == 6 < overdue
    broken = closing.close_overdue(as_of=CLOSED, by=None)
    assert broken.total() == overdue - 6
    assert sum(one["broken"] for one in entries("close_overdue_chunk")) == overdue
    assert Promise.objects.filter(state="broken").count() == overdue
