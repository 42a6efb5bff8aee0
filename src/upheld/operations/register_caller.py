"""Register somebody who calls and whom the operator's files do not know, so that a stranger's case has its clocks too.

The law gives every complaint its limit, whoever complains (LAW-6). The person gets a code of our own, which begins with
a letter that no operator's file uses; a later feed may bring the same human being under the operator's code.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.db import transaction

from upheld.operations.audit_trail import write_entry
from upheld.operations.job_required import require_job
from upheld.operations.refusals import ActRefused
from upheld.operations.turns import wait_for_turn
from upheld.records.people.callers import plain_number
from upheld.records.people.choices import Gender
from upheld.records.people.models import Person
from upheld.records.staff.models import Employee

PREFIX = "CALLER-"
"""How the code of a registered caller begins."""

LONGEST_NAME = 60
LONGEST_NUMBER = 20
"""A number has fifteen digits at most; more are two numbers, or none."""


@dataclass(frozen=True)
class Registered:
    """A registered caller; `is_new` is false where the key had been stored before."""

    person_id: int
    code: str
    is_new: bool = True


def register_caller(
    *, by: Employee, name: str, phone: str, key: str, gender: str | None = None
) -> Registered:
    """Make a person of a caller under an idempotency `key`. A withheld number is ''.

    Raises NotAllowed for a job that opens no cases, ActRefused for no name (`no_name`), a number that is none
    (`bad_number`), or a key that was used for another caller (`key_used`).
    """
    why = "registering callers is not part of the job"
    require_job(by, "open_case", act="register_caller", subject_kind="person", why=why)
    if not key:
        raise ValueError("a caller needs a key")
    name, number = " ".join(name.split())[:LONGEST_NAME], plain_number(phone) or None
    _check(name, phone, number, gender)
    code = f"{PREFIX}{hashlib.sha256(key.encode()).hexdigest()[:10].upper()}"
    with transaction.atomic():
        wait_for_turn(f"register_caller {code}")
        stored = Person.objects.filter(code=code).first()
        if stored is not None:
            if (stored.name, stored.phone) != (name, number):
                raise ActRefused("key_used", f"the key {key!r} was used for another caller")
            return Registered(stored.pk, stored.code, is_new=False)
        person = Person.objects.create(code=code, name=name, phone=number, gender=gender)
        write_entry(
            act="register_caller", by=by, subject_kind="person", subject_id=person.pk, detail={"code": code}
        )
        return Registered(person.pk, person.code)


def _check(name: str, phone: str, number: str | None, gender: str | None) -> None:
    if not any(character.isalpha() for character in name):
        raise ActRefused("no_name", "write down how the caller wants to be addressed")
    if phone.strip() and (number is None or not 5 <= len(number) <= LONGEST_NUMBER):
        raise ActRefused("bad_number", f"{phone!r} is no telephone number")
    if gender is not None and gender not in Gender.values:
        raise ActRefused("bad_gender", f"{gender!r} is not one of {', '.join(Gender.values)}")
