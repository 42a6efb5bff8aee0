"""Whoever is killed in the middle of an act on a case (`kill -9`, no goodbye) leaves nothing of it, and sends the form
again; two people who act on one case at once wait for each other and never for ever.

A process of its own begins the act, tells before the statement at which it is to die, and waits there to be killed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from functools import partial
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from upheld.operations.cases.close_case import close_case
from upheld.operations.cases.hand_over import hand_over, take_case
from upheld.operations.cases.open_case import open_case
from upheld.operations.cases.reach_event import reach_event
from upheld.operations.cases.settle_case import settle_case
from upheld.operations.cases.wait_for import resume_case, wait_for
from upheld.operations.record_contact import record_contact
from upheld.operations.refusals import ActRefused
from upheld.operations.sweep_warnings import sweep_warnings
from upheld.operations.waive_promise import waive_promise
from upheld.records.audit.models import Entry
from upheld.records.cases.models import Case, CaseClock, CaseStep, ClockEvent
from upheld.records.people.models import Person
from upheld.records.promises.models import Promise

from ..conftest import at, at_once

pytestmark = pytest.mark.django_db(transaction=True)

PROGRAM = """
import sys
import django
django.setup()
from django.db import connection, transaction
from upheld.operations.cases.open_case import open_case
from upheld.operations.cases.settle_case import settle_case
from upheld.operations.cases.wait_for import wait_for
from upheld.records.people.models import Person
from upheld.records.staff.models import Employee

act, die_at, case = sys.argv[1], sys.argv[2], int(sys.argv[3])

def here():
    print("here", flush=True)
    sys.stdin.readline()

def watch(execute, sql, params, many, context):
    if die_at in sql:
        here()
    return execute(sql, params, many, context)

by = Employee.objects.get(code="E1")
acts = {
    "open": lambda: open_case(by=by, kind="complaint", channel="hotline", person=Person.objects.get(code="P2"),
                              summary="网络差", key="form"),
    "wait": lambda: wait_for(case=case, by=by, waiting_for="customer", note="客户不在家", key="form"),
    "settle": lambda: settle_case(case=case, by=by, outcome="已修复", key="form"),
}
with transaction.atomic(), connection.execute_wrapper(watch):
    acts[act]()
    if die_at == "COMMIT":
        here()
"""


def kill_at(act: str, statement: str, case: int = 0) -> None:
    """Begin an act in a process of its own and kill that before a statement (or before the commit)."""
    given = connection.settings_dict
    who = f"{quote(given['USER'])}:{quote(given['PASSWORD'])}".rstrip(":")
    host = quote(given["HOST"], safe="")
    url = f"postgresql://{who}@{host}:{given['PORT']}/{given['NAME']}".replace("://@", "://")
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "upheld.config.settings", "UPHELD_DATABASE_URL": url}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, act, statement, str(case)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=env,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n", f"{act} ended before {statement}"
        process.kill()
    assert process.returncode == -9


def everything() -> list[object]:
    """Give all that cases are made of, to compare before and after."""
    models = (Case, CaseStep, CaseClock, ClockEvent, Promise, Entry)
    return [list(model.objects.order_by("pk").values_list()) for model in models]


@pytest.fixture
def fault(opened):
    return opened("P5", "fault", area="urban").case_id


OPENING = ("FROM standards_editionrecord record", "INSERT INTO cases_case ", "COMMIT")
WAITING = ("INSERT INTO \"cases_casestep\"", "INSERT INTO cases_clockevent", "UPDATE \"promises_promise\"",
           "UPDATE \"cases_case\"", "COMMIT")  # fmt: skip


def test_who_is_killed_while_opening_a_case_leaves_nothing_and_opens_it_once_afterwards(manager):
    form = partial(
        open_case, by=manager, kind="complaint", channel="hotline", person=Person.objects.get(code="P2"),
        summary="网络差", key="form",
    )  # fmt: skip
    before = everything()
    for statement in OPENING:
        kill_at("open", statement)
        assert everything() == before, statement
    first, again = form(), form()
    assert (first.is_new, again.is_new, again.case_id) == (True, False, first.case_id)
    assert Promise.objects.filter(case_id=first.case_id).count() == len(first.promise_ids) == 4
    assert CaseStep.objects.count() == Entry.objects.filter(act="open_case").count() == 1


@pytest.mark.parametrize(
    ("act", "send", "what", "events"),
    [
        ("wait", partial(wait_for, waiting_for="customer", note="客户不在家"), "waiting", ["paused"]),
        ("settle", partial(settle_case, outcome="已修复"), "settled", ["stopped", "stopped"]),
    ],
)
def test_who_is_killed_amid_an_act_leaves_the_case_as_it_was_and_does_it_once_afterwards(
    fault, manager, act, send, what, events
):
    before = everything()
    for statement in WAITING:
        kill_at(act, statement, fault)
        assert everything() == before, statement
    first = send(case=fault, by=manager, key="form")
    assert send(case=fault, by=manager, key="form") == first
    assert CaseStep.objects.filter(case_id=fault, what=what).count() == 1
    moved = ClockEvent.objects.filter(clock__case_id=fault).exclude(what="started")
    assert [one.what for one in moved] == events


def test_a_form_sent_twice_at_one_instant_is_stored_once(fault, manager):
    send = partial(wait_for, case=fault, by=manager, waiting_for="customer", note="客户不在家", key="form")
    results = at_once(send, send, send, send)
    assert len({one.pk for one in results}) == 1
    assert ClockEvent.objects.filter(clock__case_id=fault, what="paused").count() == 1


def test_of_two_who_take_one_case_at_once_one_has_it(opened, manager, colleague):
    case = opened("P2", "complaint", unit=manager.unit).case_id
    results = at_once(
        partial(take_case, case=case, by=manager, key="a"),
        partial(take_case, case=case, by=colleague, key="b"),
    )
    (refused,) = [one for one in results if isinstance(one, ActRefused)]
    assert refused.code == "taken"
    step = CaseStep.objects.get(case_id=case, what="assigned")
    assert Case.objects.get(pk=case).handler == step.by
    assert {one.responsible for one in Promise.objects.filter(case_id=case)} == {step.by}


def test_one_settles_while_another_lets_the_case_wait_and_both_orders_hold_together(
    opened, manager, colleague
):
    for number in range(6):
        case = opened("P5", "fault", area="urban").case_id
        results = at_once(
            partial(settle_case, case=case, by=manager, outcome="已修复", key=f"s{number}"),
            partial(wait_for, case=case, by=colleague, waiting_for="customer", note="等", key=f"w{number}"),
        )
        assert all(not isinstance(one, ActRefused) or one.code == "wrong_state" for one in results), results
        assert Case.objects.get(pk=case).state == "settled"
        assert not Promise.objects.filter(case_id=case, state="open").exists()
        assert not Promise.objects.filter(case_id=case).exclude(paused_at=None).exists()


def test_whoever_meets_on_one_case_waits_and_nobody_waits_for_ever(opened, manager, colleague, lead):
    """Sweeps, waivers, handing over, answers, contacts and settling, on cases of one customer, all at the same time."""
    person = Person.objects.get(code="P2")
    for number in range(5):
        since = at("2026-03-02", 9)
        case = opened("P2", "complaint", at=since).case_id
        other = opened("P2", "enquiry", at=since).case_id
        legal = Promise.objects.get(case_id=case, action="legal_answer")
        call = {"by": manager, "channel": "call", "person": person, "happened_at": timezone.now()}
        acts = [
            sweep_warnings,
            sweep_warnings,
            partial(waive_promise, promise=legal, reason="客户同意", approver=lead),
            partial(hand_over, case=case, by=manager, to_employee=colleague, key=f"h{number}"),
            partial(reach_event, case=case, by=manager, event="first_answer", key=f"r{number}"),
            partial(settle_case, case=other, by=manager, outcome="已办", key=f"s{number}"),
            partial(close_case, case=case, by=manager, withdrawn=True, note="不用了", key=f"c{number}"),
            partial(record_contact, **call, key=f"k{number}"),
            partial(record_contact, **call, key=f"l{number}", promise=Promise.objects.filter(case_id=other).first()),
        ]  # fmt: skip
        results = at_once(*acts)
        wrong = [one for one in results if isinstance(one, Exception) and not isinstance(one, ActRefused)]
        assert not wrong, wrong
        assert not Promise.objects.filter(case_id__in=[case, other], state="open").exists()
        for one in CaseClock.objects.filter(case_id__in=[case, other]):
            assert one.events.filter(what__in=["stopped", "cancelled"]).count() == 1


def test_a_sweep_that_meets_an_act_leaves_its_clocks_alone_and_breaks_them_as_of_the_same_time_later(
    fault, opened, manager
):
    late = opened("P5", "fault", area="urban", at=at("2026-03-02", 9)).case_id
    with closing(psycopg.connect(**connection.get_connection_params())) as other:
        other.execute("SELECT 1 FROM promises_promise WHERE case_id = %s FOR NO KEY UPDATE", [late])
        swept = sweep_warnings()
        assert swept.broken == 0
        other.rollback()  # a connection that is only closed lets go of its rows a moment later
    assert sweep_warnings().broken == 2
    assert {one.ended_at == one.due_at for one in Promise.objects.filter(case_id=late)} == {True}


def test_who_goes_on_with_a_case_that_nobody_let_wait_is_refused_in_any_order(fault, manager, colleague):
    wait_for(case=fault, by=manager, waiting_for="customer", note="等")
    results = at_once(
        partial(resume_case, case=fault, by=manager, key="a"),
        partial(resume_case, case=fault, by=colleague, key="b"),
    )
    (refused,) = [one for one in results if isinstance(one, ActRefused)]
    assert refused.code == "wrong_state"
    assert ClockEvent.objects.filter(clock__case_id=fault, what="resumed").count() == 1
