"""A process that is killed in the middle of a claim (`kill -9`, no goodbye) leaves a whole claim or none, and who sends
the same form again gets one use.

A process of its own claims, tells where it has got to, and waits to be killed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from urllib.parse import quote

import pytest
from django.db import connection

from upheld.operations.claim_entitlement import claim_entitlement
from upheld.operations.rate_base import rate_base
from upheld.records.audit.models import Entry
from upheld.records.cases.models import Case
from upheld.records.entitlements.models import EntitlementUse, QuotaPlace
from upheld.records.people.models import Person, Service
from upheld.records.promises.models import Promise

pytestmark = pytest.mark.django_db(transaction=True)

PROGRAM = """
import sys
import django
django.setup()
from django.db import transaction
from upheld.operations import claim_entitlement as act
from upheld.records.people.models import Person, Service

def told(word):
    print(word, flush=True)
    sys.stdin.readline()

where, key = sys.argv[1:]
run = act._run

def run_and_tell(values):
    if where == "before the use":  # its case is there, and not yet committed
        told("now")
    row = run(values)
    if where == "before it is committed":
        told("now")
    return row

act._run = run_and_tell
who, line = Person.objects.get(code="P3"), Service.objects.get(code="S3")
given = {"by": None, "person": who, "key": key}
if where == "before the use":
    act.claim_entitlement(entitlement="home_payment", detail={"amount_yuan": "300"}, **given)
elif where == "before it is committed":
    with transaction.atomic():
        act.claim_entitlement(entitlement="emergency_reopen", service=line, detail={"purpose": "reopen"}, **given)
else:
    act.claim_entitlement(entitlement="emergency_reopen", service=line, detail={"purpose": "reopen"}, **given)
    told("now")
"""


def kill(where: str, key: str) -> None:
    """Claim in a process of its own, and kill that where it says it is."""
    given = connection.settings_dict
    who = f"{quote(given['USER'])}:{quote(given['PASSWORD'])}".rstrip(":")
    host = quote(given["HOST"], safe="")
    url = f"postgresql://{who}@{host}:{given['PORT']}/{given['NAME']}".replace("://@", "://")
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "upheld.config.settings", "UPHELD_DATABASE_URL": url}
    command = [sys.executable, "-c", PROGRAM, where, key]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
    ) as process:
        assert process.stdout.readline() == "now\n", f"it ended before {where}"
        process.kill()
    assert process.returncode == -9


def claim(entitlement: str, key: str):
    told = {"amount_yuan": "300"} if entitlement == "home_payment" else {"purpose": "reopen"}
    line = None if entitlement == "home_payment" else Service.objects.get(code="S3")
    who = Person.objects.get(code="P3")
    return claim_entitlement(by=None, person=who, entitlement=entitlement, key=key, service=line, detail=told)


def counts() -> tuple[int, int, int]:
    entries = Entry.objects.filter(act="claim_entitlement", allowed=True)
    return EntitlementUse.objects.count(), QuotaPlace.objects.count(), entries.count()


def test_killed_between_the_appointment_and_the_use_neither_is_left(operator):
    rate_base(as_of=date(2026, 1, 1), by=None)
    kill("before the use", "form-1")
    assert counts() == (0, 0, 0)
    assert Case.objects.count() == Promise.objects.filter(case__isnull=False).count() == 0
    claimed = claim("home_payment", "form-1")
    assert (claimed.is_new, claimed.case_id) == (True, Case.objects.get().pk)
    assert counts() == (1, 0, 1)


def test_killed_before_it_is_committed_the_place_is_free_and_nobody_waits_for_it(operator):
    rate_base(as_of=date(2026, 1, 1), by=None)
    kill("before it is committed", "form-1")
    assert counts() == (0, 0, 0)
    assert [claim("emergency_reopen", f"form-{n}").left for n in (1, 2, 3)] == [2, 1, 0]
    assert counts() == (3, 3, 3)


def test_killed_before_it_could_answer_the_form_sent_again_is_the_same_use(operator):
    rate_base(as_of=date(2026, 1, 1), by=None)
    kill("after it", "form-1")
    assert counts() == (1, 1, 1)
    again = claim("emergency_reopen", "form-1")
    assert (again.is_new, again.left) == (False, 2)
    assert counts() == (1, 1, 1)
