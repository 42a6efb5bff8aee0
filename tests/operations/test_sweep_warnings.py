"""Warnings are given once for each stage and recipient, for the instant they were due, whatever befalls the sweep."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

import pytest
from django.db import connection, transaction

from upheld.operations.activate_edition import activate_edition
from upheld.operations.cases.live_clocks import NOT_KEPT
from upheld.operations.close_overdue import close_overdue
from upheld.operations.sweep_warnings import Swept, sweep_warnings
from upheld.records.audit.models import Entry
from upheld.records.people.models import Person
from upheld.records.promises.models import Promise, PromiseWarning

from .conftest import at_once, wait_until_somebody_waits_for_a_lock

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALL_SIX = {
    ("before", "handler"), ("due", "handler"), ("due", "team_lead"),
    ("after", "handler"), ("after", "team_lead"), ("after", "department"),
}  # fmt: skip


@pytest.fixture
def edition(db):
    return activate_edition(active_from=date(2005, 1, 1), by=None)


@pytest.fixture
def person(db):
    return Person.objects.create(code="P1", name="王小明", phone="13800000001")


@pytest.fixture
def run_clock(edition, person):
    """Start a clock of four hours that is due at an instant: warned after three, broken after four, again after six."""

    def start(due_at=NOON, **fields):
        warn_ats = [due_at - HOUR, due_at, due_at + 2 * HOUR]
        given = {
            "person": person, "edition": edition, "action": "first_answer", "clause": "CT-16", "standard": "CT",
            "from_date": due_at.date(), "due_date": due_at.date(), "source": "case_deadline", "due_at": due_at,
            "turn": Promise.objects.count() + 1, "warn_ats": warn_ats, "warn_at": warn_ats[0], **fields,
        }  # fmt: skip
        return Promise.objects.create(**given)

    return start


def warned_of(promise):
    """Give the warnings of a promise: stage, recipient, instant."""
    return set(PromiseWarning.objects.filter(promise=promise).values_list("stage", "to", "at"))


def stages(promise):
    return {(stage, to) for stage, to, _ in warned_of(promise)}


# --- what is given when ---


def test_the_agent_is_warned_first_then_the_lead_then_the_department_each_once(run_clock):
    owed = run_clock()
    assert sweep_warnings(now=NOON - 2 * HOUR) == Swept()
    assert sweep_warnings(now=NOON - HOUR) == Swept(before=1)
    assert warned_of(owed) == {("before", "handler", NOON - HOUR)}
    assert sweep_warnings(now=NOON - timedelta(minutes=1)) == Swept()
    assert sweep_warnings(now=NOON + timedelta(seconds=5)) == Swept(due=1, broken=1)
    assert stages(owed) == {("before", "handler"), ("due", "handler"), ("due", "team_lead")}
    assert sweep_warnings(now=NOON + 3 * HOUR) == Swept(after=1)
    assert stages(owed) == ALL_SIX
    assert sweep_warnings(now=NOON + 30 * HOUR) == Swept()
    owed.refresh_from_db()
    assert (owed.warned, owed.warn_at) == (3, None)


def test_a_promise_breaks_as_of_its_due_time_and_not_at_it(run_clock):
    owed = run_clock()
    assert sweep_warnings(now=NOON) == Swept(before=1, due=1), "the instant itself is still time"
    owed.refresh_from_db()
    assert owed.state == "open"
    assert sweep_warnings(now=NOON + timedelta(microseconds=1)) == Swept(broken=1)
    owed.refresh_from_db()
    assert (owed.state, owed.ended_at, owed.end_reason, owed.late) == ("broken", NOON, NOT_KEPT, False)
    assert owed.warn_at == NOON + 2 * HOUR


def test_after_the_outage_of_a_night_every_warning_carries_its_own_instant(run_clock):
    owed = run_clock()
    assert sweep_warnings(now=NOON + 20 * HOUR) == Swept(before=1, due=1, after=1, broken=1)
    assert warned_of(owed) == {
        ("before", "handler", NOON - HOUR),
        ("due", "handler", NOON),
        ("due", "team_lead", NOON),
        ("after", "handler", NOON + 2 * HOUR),
        ("after", "team_lead", NOON + 2 * HOUR),
        ("after", "department", NOON + 2 * HOUR),
    }
    owed.refresh_from_db()
    assert owed.ended_at == NOON


def test_what_has_no_warnings_breaks_all_the_same(run_clock):
    call_back = run_clock(warn_ats=[], warn_at=None, source="call_back", action="call_back")
    assert sweep_warnings(now=NOON) == Swept()
    assert sweep_warnings(now=NOON + HOUR) == Swept(broken=1)
    call_back.refresh_from_db()
    assert (call_back.state, call_back.ended_at) == ("broken", NOON)
    assert not warned_of(call_back)


def test_a_clock_that_stands_still_neither_warns_nor_breaks(run_clock):
    waiting = run_clock(paused_at=NOON - 2 * HOUR, warn_at=None)
    assert sweep_warnings(now=NOON + 50 * HOUR) == Swept()
    waiting.refresh_from_db()
    assert waiting.state == "open"


def test_of_what_is_done_nobody_is_warned_any_more(run_clock):
    kept = run_clock(state="kept", ended_at=NOON - 2 * HOUR)
    late = run_clock(state="broken", ended_at=NOON, late=True, warned=2, warn_at=NOON + 2 * HOUR)
    assert sweep_warnings(now=NOON + 9 * HOUR) == Swept()
    assert not warned_of(kept) | warned_of(late)
    assert not Promise.objects.filter(warn_at__isnull=False).exists(), "and the next sweep does not read them"


def test_a_stage_that_was_given_is_not_given_again_when_the_clock_goes_on_later(run_clock):
    owed = run_clock()
    sweep_warnings(now=NOON - HOUR)
    later = [NOON + 8 * HOUR, NOON + 9 * HOUR, NOON + 11 * HOUR]
    Promise.objects.filter(pk=owed.pk).update(due_at=later[1], warn_ats=later, warn_at=later[1])
    assert sweep_warnings(now=NOON + 20 * HOUR) == Swept(due=1, after=1, broken=1)
    assert {at for stage, _, at in warned_of(owed) if stage == "before"} == {NOON - HOUR}
    assert {at for stage, _, at in warned_of(owed) if stage == "due"} == {later[1]}


def test_the_planned_contacts_of_a_day_are_left_to_the_night(run_clock):
    visit = run_clock(due_at=NOON, warn_ats=[], warn_at=None)
    Promise.objects.filter(pk=visit.pk).update(due_at=None, source="contact_plan")
    assert sweep_warnings(now=NOON + 50 * HOUR) == Swept()
    clock = run_clock()
    assert close_overdue(as_of=date(2026, 3, 9), by=None).total() == 1
    clock.refresh_from_db()
    assert clock.state == "open", "and the night leaves clocks to the sweep"


def test_each_chunk_that_did_something_is_in_the_audit_trail_and_an_idle_sweep_is_not(run_clock):
    for _ in range(5):
        run_clock()
    seen = []
    sweep_warnings(now=NOON + HOUR, chunk=2, progress=seen.append)
    assert seen == [2, 4, 5]
    chunks = list(Entry.objects.filter(act="sweep_warnings_chunk").values_list("detail", flat=True))
    assert [one["broken"] for one in chunks] == [2, 2, 1]
    whole = Entry.objects.get(act="sweep_warnings").detail
    assert (whole["before"], whole["due"], whole["broken"]) == (5, 5, 5)
    assert {one["run"] for one in chunks} == {whole["run"]}
    entries = Entry.objects.count()
    sweep_warnings(now=NOON + HOUR)
    assert Entry.objects.count() == entries


# --- clocks of machines, and several workers ---


def test_a_clock_that_steps_back_gives_nothing_twice(run_clock):
    owed = run_clock()
    for minutes in (-70, -59, -65, 1, -30, 0, 2, 130, -600, 131):
        sweep_warnings(now=NOON + timedelta(minutes=minutes))
    assert stages(owed) == ALL_SIX
    assert PromiseWarning.objects.count() == 6


def test_two_workers_at_once_give_each_warning_once(run_clock):
    for _ in range(60):
        run_clock()
    work = [lambda: sweep_warnings(now=NOON + 9 * HOUR, chunk=7)] * 4
    done = at_once(*work)
    assert all(isinstance(one, Swept) for one in done), done
    sweep_warnings(now=NOON + 9 * HOUR)
    assert PromiseWarning.objects.count() == 60 * 6
    assert sum(one.broken for one in done) + Promise.objects.filter(state="open").count() == 60
    assert Promise.objects.filter(state="broken", warned=3, warn_at=None).count() == 60


def test_a_sweep_does_not_wait_for_an_agent_and_finds_the_clock_a_minute_later(run_clock):
    held, free = run_clock(), run_clock()
    with transaction.atomic():
        Promise.objects.select_for_update(no_key=True).get(pk=held.pk)
        (swept,) = at_once(lambda: sweep_warnings(now=NOON - HOUR))
    assert swept == Swept(before=1)
    assert stages(free)
    assert not stages(held)
    assert sweep_warnings(now=NOON) == Swept(before=1, due=2)


def test_an_answer_given_while_the_sweep_waits_to_commit_comes_after_it(run_clock):
    """An act on the case waits for the sweep, and sees what it did."""
    owed = run_clock()

    def answer():
        with transaction.atomic():
            seen = Promise.objects.select_for_update(no_key=True).get(pk=owed.pk)
            return seen.state

    has_swept = threading.Event()

    def sweep():
        with transaction.atomic():
            sweep_warnings(now=NOON + HOUR)
            has_swept.set()
            wait_until_somebody_waits_for_a_lock()

    def answer_later():
        assert has_swept.wait(30)
        return answer()

    assert "broken" in at_once(sweep, answer_later)


# --- kill -9 ---

PROGRAM = """
import sys
import django
django.setup()
from datetime import datetime
from upheld.operations import sweep_warnings as sweeping

def told(*_):
    print("told", flush=True)
    sys.stdin.readline()

note = sweeping.note_chunk
def note_and_tell(**words):
    note(**words)
    told()

if sys.argv[1] == "within":
    sweeping.note_chunk = note_and_tell
progress = told if sys.argv[1] == "between" else None
sweeping.sweep_warnings(now=datetime.fromisoformat(sys.argv[2]), chunk=10, progress=progress)
"""


def kill_sweep(where: str, now: datetime, chunks: int) -> None:
    """Sweep in a process of its own and kill it within, or after, its n-th chunk."""
    given = connection.settings_dict
    who = f"{quote(given['USER'])}:{quote(given['PASSWORD'])}"
    host = quote(given["HOST"], safe="")
    url = f"postgresql://{who}@{host}:{given['PORT']}/{given['NAME']}"
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "upheld.config.settings", "UPHELD_DATABASE_URL": url}
    command = [sys.executable, "-c", PROGRAM, where, now.isoformat()]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=env, **pipes) as process:
        for chunk in range(chunks):
            assert process.stdout.readline() == "told\n"
            if chunk < chunks - 1:
                process.stdin.write("go on\n")
                process.stdin.flush()
        process.kill()
    assert process.returncode == -9
    until_gone(given["NAME"])


def until_gone(database: str) -> None:
    """Wait until the server has noticed that the killed client is gone, and has let go of its rows."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
    with connection.cursor() as cursor:
        for _ in range(600):
            cursor.execute(others + " AND backend_type = 'client backend'", [database])
            if cursor.fetchone() == (0,):
                return
            time.sleep(0.1)
    raise AssertionError("the killed sweep still holds its rows")


@pytest.mark.parametrize(("where", "stored"), [("between", 20), ("within", 10)])
def test_a_sweep_that_is_killed_loses_nothing_and_the_next_one_doubles_nothing(run_clock, where, stored):
    for _ in range(35):
        run_clock()
    kill_sweep(where, NOON + 9 * HOUR, chunks=2)
    assert Promise.objects.filter(state="broken").count() == stored
    assert PromiseWarning.objects.count() == stored * 6
    noted = Entry.objects.filter(act="sweep_warnings_chunk").values_list("detail__broken", flat=True)
    assert sum(noted) == stored, "what was stored is in the audit trail, and nothing else is"
    sweep_warnings(now=NOON + 9 * HOUR)
    assert Promise.objects.filter(state="broken", warned=3, warn_at=None).count() == 35
    assert PromiseWarning.objects.count() == 35 * 6


# --- any order of sweeps, clocks and acts ---


@pytest.mark.parametrize("seed", range(8))
def test_whatever_the_order_each_stage_is_given_once_for_its_true_instant(run_clock, person, edition, seed):
    """Against an oracle that goes through what happened one by one, on paper."""
    rng = random.Random(seed)
    clocks = _clocks_on_paper(rng, number=60)
    rows = [
        run_clock(one["due_at"], warn_ats=one["ats"], warn_at=one["ats"][0] if one["ats"] else None)
        for one in clocks
    ]
    for _ in range(rng.randint(3, 14)):
        now = NOON + timedelta(minutes=rng.randint(-200, 200))
        sweep_warnings(now=now, chunk=rng.choice([1, 3, 7, 100]))
        for one in clocks:
            _sweep_on_paper(one, now)
        for one, row in zip(clocks, rows, strict=True):
            if one["state"] == "open" and rng.random() < 0.08:
                act = rng.choice(["kept", "paused", "put off"])
                _act_on_paper(one, act, now)
                _act_on_row(row, one, act, now)
    for one, row in zip(clocks, rows, strict=True):
        row.refresh_from_db()
        assert warned_of(row) == one["given"], one
        assert (row.state, row.ended_at) == (one["state"], one["ended_at"]), one
    counted = Counter(PromiseWarning.objects.values_list("promise_id", "stage", "to"))
    assert max(counted.values(), default=1) == 1


_TO = {
    "before": ["handler"],
    "due": ["handler", "team_lead"],
    "after": ["handler", "team_lead", "department"],
}


def _clocks_on_paper(rng, number):
    clocks = []
    for _ in range(number):
        due_at = NOON + timedelta(minutes=rng.randint(-150, 150), microseconds=rng.choice([0, 0, 1, 999_999]))
        ats = [
            due_at - timedelta(minutes=rng.randint(0, 90)),
            due_at,
            due_at + timedelta(minutes=rng.randint(0, 90)),
        ]
        clocks.append(
            {
                "due_at": due_at, "ats": ats[: rng.choice([0, 1, 2, 3, 3, 3])], "warned": 0, "state": "open",
                "paused": False, "ended_at": None, "given": set(),
            }
        )  # fmt: skip
    return clocks


def _sweep_on_paper(one, now):
    if one["paused"] or one["state"] == "kept":
        return
    while one["warned"] < len(one["ats"]) and one["ats"][one["warned"]] <= now:
        stage = list(_TO)[one["warned"]]
        one["given"] |= {(stage, to, one["ats"][one["warned"]]) for to in _TO[stage]}
        one["warned"] += 1
    if one["state"] == "open" and one["due_at"] < now:
        one["state"], one["ended_at"] = "broken", one["due_at"]


def _act_on_paper(one, act, now):
    if act == "kept":
        one["state"], one["ended_at"] = "kept", now
    elif act == "paused":
        one["paused"] = True
    else:
        one["paused"] = False
        shift = timedelta(minutes=45)
        one["due_at"] += shift
        one["ats"] = [at + shift for at in one["ats"]]


def _act_on_row(row, one, act, now):
    if act == "kept":
        Promise.objects.filter(pk=row.pk).update(state="kept", ended_at=now, paused_at=None, warn_at=None)
    elif act == "paused":
        Promise.objects.filter(pk=row.pk).update(paused_at=now, warn_at=None)
    else:
        left = one["ats"][one["warned"] :]
        Promise.objects.filter(pk=row.pk).update(
            paused_at=None, due_at=one["due_at"], warn_ats=one["ats"], warn_at=left[0] if left else None
        )
