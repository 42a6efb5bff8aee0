"""The 48 people who work for the made-up operator, and who of them serves whom.

Each city has one team for groups (account managers under a team lead), a phone manager for club members
outside groups, a chief representative, a store and field engineers; the province has the hotline under a lead of its
own, a quality inspector, the service department and the administrator.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from . import names
from .naming import chinese_name

Row = dict[str, object]

MANAGERS_OF_CITY = {"澜州市": 5, "松岚市": 4, "汐宁市": 4}
HOTLINE_CITY, HOTLINE = "澜州市", "10000热线班"
SERVED_SINCE = timedelta(days=400)


def make_staff(chance: random.Random) -> list[Row]:
    """Return the 48 employees, with user names such as `am101` (city 1, account manager 01)."""
    staff: list[Row] = []

    def employ(
        username: str, job: str, city: str | None, team: str | None, language: str = "zh", by: Any = chance
    ) -> None:
        name, _ = chinese_name(by)
        staff.append(
            {
                "employee_id": username.upper(),
                "username": username,
                "name": name,
                "job": job,
                "province": names.PROVINCE,
                "city": city,
                "team": team,
                "language": language,
            }
        )

    for number, (city, _) in enumerate(names.CITIES, start=1):
        team = f"{city}集团客户班"
        employ(f"lead{number}", "team_lead", city, team)
        for position in range(1, MANAGERS_OF_CITY[city] + 1):
            employ(f"am{number}{position:02}", "account_manager", city, team)
        employ(f"phone{number}", "phone_manager", city, team)
        employ(f"chief{number}", "chief_representative", city, None)
    employ("service1", "service_department", None, None)
    employ("service2", "service_department", None, None, language="en")
    employ("admin", "administrator", None, None)
    desks = random.Random("desks")  # a draw of their own, so that everybody else stays who they were
    for number, (city, _) in enumerate(names.CITIES, start=1):
        for position in (1, 2):
            employ(f"clerk{number}{position}", "store_clerk", city, f"{city}中心营业厅", by=desks)
            employ(f"field{number}{position}", "field_engineer", city, f"{city}装维班", by=desks)
        employ(f"fieldlead{number}", "team_lead", city, f"{city}装维班", by=desks)
    employ("hotlead", "team_lead", HOTLINE_CITY, HOTLINE, by=desks)
    for position in range(1, 7):
        employ(f"agent{position}", "hotline_agent", HOTLINE_CITY, HOTLINE, by=desks)
    employ("quality1", "quality_inspector", None, None, by=desks)
    return staff


def make_assignments(
    chance: random.Random, *, staff: list[Row], groups: list[Row], customers: list[Row], first_day: date
) -> list[Row]:
    """Give groups an account manager, top groups a chief representative, club members a phone manager.

    About one group in sixty has nobody yet, so that unassigned promises can be seen.
    """
    since = (first_day - SERVED_SINCE).isoformat()
    rows: list[Row] = []

    def assign(employee: object, kind: str, *, customer: object = None, group: object = None) -> None:
        rows.append(
            {
                "employee_id": employee,
                "customer_id": customer,
                "group_id": group,
                "kind": kind,
                "from_date": since,
                "until_date": None,
            }
        )

    for number, (city, _) in enumerate(names.CITIES, start=1):
        managers = [e["employee_id"] for e in staff if e["job"] == "account_manager" and e["city"] == city]
        region = names.region(city)
        for turn, group in enumerate(g for g in groups if g["region"] == region):
            if turn % 60 != 59:
                assign(managers[turn % len(managers)], "account_manager", group=group["group_id"])
            # KEY-40 asks for 100, 80 and 50 per cent of these; the operator is a little behind.
            if group["group_class"] in ("A", "B1") and chance.random() < (
                0.92 if group["group_class"] == "A" else 0.5
            ):
                assign(f"CHIEF{number}", "chief_representative", group=group["group_id"])
        for person in customers:
            if person["region"] == region and chance.random() < 0.97:
                assign(f"PHONE{number}", "phone_manager", customer=person["customer_id"])
    return rows
