"""The small operator with two engineers in its city, one in another, and a clerk who takes faults."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

from upheld.operations.cases.open_case import open_case
from upheld.records.cases.models import Case
from upheld.records.people.models import Person, Region
from upheld.records.staff.models import Employee, Unit

_KEYS = count(1)


@pytest.fixture
def crew(operator: Any) -> SimpleNamespace:
    """Ding and Lu mend what is broken in Linhai, Ge in Haibei; Wang Fang leads the team."""
    linhai = Region.objects.get(name="临海市")
    haibei = Region.objects.create(code="haibei", name="海北市", parent=linhai.parent)
    town = Region.objects.create(code="linhai-town", name="古城街道", parent=linhai)
    Person.objects.filter(code="P5").update(region=linhai)
    city = Unit.objects.get(name="临海市")
    here = Unit.objects.create(code="F1", name="装维一班", kind="team", parent=city, region=linhai)
    there = Unit.objects.create(code="F2", name="装维二班", kind="team", parent=city, region=haibei)

    def employ(username: str, name: str, code: str, unit: Unit, job: str = "field_engineer") -> Employee:
        return Employee.objects.create_user(username, name=name, job=job, unit=unit, code=code)

    return SimpleNamespace(
        linhai=linhai,
        haibei=haibei,
        town=town,
        ding=employ("ding", "丁装维", "F01", here),
        lu=employ("lu", "陆装维", "F02", here),
        ge=employ("ge", "葛装维", "F03", there),
        agent=employ("agent", "高客服", "F04", here, job="hotline_agent"),
        lead=employ("boss", "鲍班长", "F05", here, job="team_lead"),
        other_lead=employ("boss2", "班二", "F06", there, job="team_lead"),
    )


@pytest.fixture
def fault(crew: SimpleNamespace) -> Callable[..., Case]:
    """Report a fault of P5 (my e-home: repaired in 16 hours, by law in 48) in town."""

    def report(at: datetime, **given: Any) -> Case:
        given = {
            "kind": "fault",
            "channel": "hotline",
            "summary": "宽带不通",
            "area": "urban",
            "by": crew.agent,
            "key": f"fault-{next(_KEYS)}",
            "person": Person.objects.get(code="P5"),
            **given,
        }
        return Case.objects.get(pk=open_case(at=at, **given).case_id)

    return report
