"""The customers of the made-up operator: people of groups, and club members who belong to none.

Spend, rank and revenue are drawn so that every card, every way to a card, freezing and cancelling all occur,
and so that some amounts lie exactly on a boundary of the standard.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from . import names
from .naming import chinese_name, fixed_number, mobile_number
from .stories import IN_GOOD_STANDING, SPECIAL_GROUP_PEOPLE, SPECIAL_OUTSIDERS

Row = dict[str, object]

CARD_SHARES = {"none": 0.55, "silver": 0.24, "gold": 0.14, "diamond": 0.07}
# Yearly spend in whole yuan, [from, below), by brand family (CT-33, CT-34, CT-35).
SPEND = {
    "e_home": {"none": (120, 1080), "silver": (1080, 2160), "gold": (2160, 3360), "diamond": (3360, 12_000)},
    "tianyi": {"none": (120, 1032), "silver": (1032, 2160), "gold": (2160, 3360), "diamond": (3360, 12_000)},
    "other": {"none": (120, 1200), "silver": (1200, 2400), "gold": (2400, 3600), "diamond": (3600, 15_000)},
}
ROLE_CHANCES = {
    "A": (
        ("contact", 1.0),
        ("contact", 0.6),
        ("telecom_manager", 1.0),
        ("influencer", 1.0),
        ("influencer", 0.3),
    ),
    "B1": (("contact", 1.0), ("contact", 0.4), ("telecom_manager", 1.0), ("influencer", 0.7)),
    "B2": (("contact", 1.0), ("contact", 0.3), ("telecom_manager", 0.9), ("influencer", 0.6)),
    "C": (("contact", 1.0), ("telecom_manager", 0.6), ("influencer", 0.15)),
    "D": (("contact", 1.0), ("telecom_manager", 0.1), ("influencer", 0.05)),
}


@dataclass
class People:
    """Collect the rows of some customers, and of what belongs to them."""

    customers: list[Row] = field(default_factory=list)
    members: list[Row] = field(default_factory=list)
    services: list[Row] = field(default_factory=list)


def people_of_groups(chance: random.Random, *, groups: list[Row], count: int, first_day: date) -> People:
    """Return the people of all groups: key persons, then VIPs and ordinary members up to `count`."""
    people = People()
    for group in groups:
        group_class = str(group["group_class"])
        roles = ["top_decision_maker"] + [
            role for role, likely in ROLE_CHANCES[group_class] if chance.random() < likely
        ]
        for role in roles:
            person = _person(
                chance,
                people,
                first_day,
                number=len(people.customers) + 1,
                region=group["region"],
                brand=chance.choice(("global_pass", "global_pass", "business_navigator")),
            )
            if role == "top_decision_maker" and group["group_kind"] == "government":
                person |= {
                    "papers": "organisation",
                    "organisation_kind": "government",
                    "rank": {"A": "bureau", "B1": "division", "B2": "division"}.get(group_class, "section"),
                }
            _join(chance, people, person, group, role, first_day)
    # Somebody who matters in one group often has a role in another; both rows are true at once.
    for person_row, group in zip(people.members[3::97], groups[5::17], strict=False):
        if person_row["group_id"] != group["group_id"]:
            people.members.append(person_row | {"group_id": group["group_id"], "role": "influencer"})
    weights = [{"A": 12, "B1": 8, "B2": 6, "C": 3, "D": 1}[str(group["group_class"])] for group in groups]
    while len(people.customers) < count:
        group = chance.choices(groups, weights)[0]
        brand = (
            "global_pass"
            if chance.random() < 0.16
            else chance.choice(("tianyi", "three_g", "other", "e_home"))
        )
        person = _person(
            chance, people, first_day, number=len(people.customers) + 1, region=group["region"], brand=brand
        )
        _join(chance, people, person, group, None, first_day)
    _tell_stories(people, SPECIAL_GROUP_PEOPLE)
    return people


JOINERS, FIRST_JOINER, EVERY, DAYS_APART = 24, 8, 4, 4
"""How many join while the demo lives, which customers outside groups they are, and how many days lie between two."""


def joining_day(place: int, first_day: date) -> date | None:
    """Return the day on which the customer at a place outside groups joins, None for who joined long ago."""
    number, rest = divmod(place - FIRST_JOINER, EVERY)
    return first_day + timedelta(days=number * DAYS_APART) if not rest and 0 <= number < JOINERS else None


def people_outside(chance: random.Random, *, count: int, first_day: date) -> People:
    """Return `count` customers of no group: families, single people, officials, companies' named people."""
    people = People()
    for number in range(1, count + 1):
        brand = chance.choices(("e_home", "tianyi", "three_g", "other"), (40, 36, 10, 14))[0]
        city = chance.choices(names.CITIES, (0.5, 0.3, 0.2))[0][0]
        person = _person(
            chance, people, first_day, number=500_000 + number, region=names.region(city), brand=brand
        )
        joins = joining_day(number - 1, first_day)
        if joins is not None:
            person["joined_date"] = joins.isoformat()
        drawn = chance.random()
        if drawn < 0.05:
            person |= {
                "papers": "organisation",
                "organisation_kind": "government",
                "brand": "business_navigator",
                "rank": chance.choices(("bureau", "division", "section"), (1, 3, 6))[0],
            }
        elif drawn < 0.14:
            person |= _company(chance)
    _tell_stories(people, SPECIAL_OUTSIDERS)
    return people


def _company(chance: random.Random) -> Row:
    """Return the facts of a company's named person, by the group's yearly revenue (CT-32)."""
    low, high = chance.choices(
        ((8_000, 50_000), (50_000, 100_000), (100_000, 300_000), (300_000, 900_000)), (3, 4, 2, 1)
    )[0]
    revenue = low if chance.random() < 0.1 else chance.randrange(low, high)
    return {
        "papers": "organisation",
        "organisation_kind": chance.choice(
            ("finance", "large_enterprise", "high_end_cluster", "low_end_cluster")
        ),
        "brand": "business_navigator",
        "group_revenue_yuan": f"{revenue}.00",
        "strategic": revenue >= 100_000 and chance.random() < 0.7,
    }


def _person(
    chance: random.Random, people: People, first_day: date, *, number: int, region: object, brand: str
) -> Row:
    """Add one customer with name, birthday, spend and services; return the row, to be made more special."""
    name, gender = chinese_name(chance)
    birthday, calendar = _birthday(chance)
    joined = first_day - timedelta(days=chance.randrange(200, 5_000))
    person: Row = {
        "customer_id": f"P{number:06}", "name": name, "gender": gender, "phone": mobile_number(number),
        "region": region, "birthday": birthday, "birthday_calendar": calendar, "papers": "personal",
        "organisation_kind": None, "rank": None, "brand": brand, "strategic": False,
        "annual_spend_yuan": _spend(chance, brand), "group_revenue_yuan": None,
        "plan_monthly_yuan": f"{chance.choice((19, 39, 59, 80, 99, 129, 199))}.00",
        "joined_date": joined.isoformat(),
        "card_valid_until": None, "dunning_failed": False, "cancel_requested": False, "serious_harm": False,
        "previous_card": None, "override_card": None, "override_approved_by": None,
    }  # fmt: skip
    people.customers.append(person)
    _add_services(chance, people, person, number)
    drawn = chance.random()
    if drawn < 0.004:
        person["cancel_requested"] = True
    elif drawn < 0.008:
        person["card_valid_until"] = (first_day - timedelta(days=chance.randrange(1, 200))).isoformat()
    elif drawn < 0.009:
        person["serious_harm"] = True
    elif drawn < 0.3:
        person["card_valid_until"] = (first_day + timedelta(days=chance.randrange(120, 900))).isoformat()
    return person


def _add_services(chance: random.Random, people: People, person: Row, number: int) -> None:
    """Give the person a mobile line and perhaps more; some lines are in arrears, suspended or closed."""
    kinds = ["mobile"] + [
        kind for kind, likely in (("broadband", 0.35), ("fixed", 0.15)) if chance.random() < likely
    ]
    drawn = chance.random()
    area = dict(names.CITIES)[str(person["region"]).split("/")[1]]
    for kind in kinds:
        status, arrears = "active", 0
        if drawn < 0.006:  # every line given up
            status = "closed"
        elif drawn < 0.014:  # arrears that nobody could collect
            status, arrears = "suspended", chance.randrange(4, 9)
            person["dunning_failed"] = True
        elif drawn < 0.045:  # arrears of some months, still being collected
            arrears = chance.randrange(1, 6)
            status = "suspended" if arrears > 1 else "active"
        elif chance.random() < 0.02:
            status = "closed"
        people.services.append({
            "service_id": f"S{number:06}{kind[0].upper()}", "customer_id": person["customer_id"],
            "number": (
                person["phone"] if kind == "mobile" else fixed_number(area, number * 2 + (kind == "fixed"))
            ),
            "kind": kind, "brand": person["brand"], "status": status, "arrears_months": arrears,
        })  # fmt: skip


def _spend(chance: random.Random, brand: str) -> str:
    bands = SPEND.get(brand, SPEND["other"])
    low, high = bands[chance.choices(list(CARD_SHARES), list(CARD_SHARES.values()))[0]]
    drawn = chance.random()
    if drawn < 0.02:  # exactly on the lower bound
        return f"{low}.00"
    if drawn < 0.03:  # one fen below the upper bound
        return f"{high - 1}.99"
    return f"{chance.randrange(low, high)}.{chance.randrange(100):02}"


def _birthday(chance: random.Random) -> tuple[str | None, str | None]:
    """Return a birthday as feeds write it, and its calendar; some have none on file, an eighth are lunar."""
    drawn = chance.random()
    if drawn < 0.08:
        return None, None
    if drawn < 0.2:  # lunar months have 29 or 30 days; the year is not kept with a lunar birthday
        return f"--{chance.randrange(1, 13):02}-{chance.randrange(1, 31):02}", "lunar"
    born = date(1948, 1, 1) + timedelta(days=chance.randrange(55 * 365))
    return born.isoformat(), "solar"


def _join(
    chance: random.Random, people: People, person: Row, group: Row, role: str | None, first_day: date
) -> None:
    since = first_day - timedelta(days=chance.randrange(60, 1_500))
    people.members.append({"customer_id": person["customer_id"], "group_id": group["group_id"], "role": role,
                           "from_date": since.isoformat(), "until_date": None})  # fmt: skip


def _tell_stories(people: People, specials: dict[int, Row]) -> None:
    """Overwrite single customers by the people whom the guides speak of; their lines are all in order."""
    for position, facts in specials.items():
        person = people.customers[position]
        person |= IN_GOOD_STANDING | facts
        for service in people.services:
            if service["customer_id"] == person["customer_id"]:
                service |= {"status": "active", "arrears_months": 0, "brand": person["brand"]}
