"""Count the clocks of every open case anew where the edition or the customer's facts have changed since.

Runs each night after the rating, and may run at any time: a case whose clocks would be the same is left untouched.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection

from upheld.operations.cases.acting import OPEN_STATES
from upheld.operations.cases.change_case import recount_case
from upheld.operations.refusals import ActRefused
from upheld.operations.turns import turn_over_chunks
from upheld.records.cases.models import Case
from upheld.records.staff.models import Employee

log = logging.getLogger("upheld.recount")
WHY = "the standard in force or the customer's facts have changed"


@dataclass
class Recounted:
    """How many open cases were looked at, and of how many the clocks changed; refusals by case id."""

    cases: int
    changed: int
    refused: dict[int, str]


def recount_cases(*, by: Employee | None, progress: Callable[[int, int], object] | None = None) -> Recounted:
    """Recount every open case, each in a transaction of its own; one refused or failing is named, the others go on."""
    done = Recounted(0, 0, {})
    with turn_over_chunks("recount_cases"):
        waiting = list(Case.objects.filter(state__in=OPEN_STATES).order_by("pk").values_list("pk", flat=True))
        for pk in waiting:
            try:
                done.changed += recount_case(case=pk, by=by, why=WHY) is not None
            except ActRefused as refused:
                if refused.code != "wrong_state":  # ended meanwhile
                    done.refused[pk] = refused.message
            except Exception as fault:
                if connection.connection is None or connection.connection.closed:
                    raise  # the turn went with the session
                # One case that cannot be counted must not keep the night from all others.
                log.exception("case %s was not counted anew", pk)
                done.refused[pk] = f"{type(fault).__name__}: {fault}"
            done.cases += 1
            if progress is not None:
                progress(done.cases, len(waiting))
    return done
