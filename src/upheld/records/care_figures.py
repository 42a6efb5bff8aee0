"""Count the coverage figures (CARE-41) in one statement over what the apps keep; the one place that names their tables.

What counts is said in `policy/care_figures.py`, and a test holds the two together. Who answers for a customer is found
as `staff/queries.py` does: the own account manager, else the own phone manager, else the account manager of the group.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from upheld.policy.care_figures import CareFigures
from upheld.policy.surveys import HIGHEST, SATISFIED_FROM


class CareRow(NamedTuple):
    """The figures of one manager's customers of one class; `group_class` is empty for those of no group."""

    employee_id: int
    group_class: str
    figures: CareFigures


FIGURES = """
WITH place AS (
    -- The strongest place of each person in a group on the day: a role before none, then the higher class.
    SELECT DISTINCT ON (role.person_id) role.person_id, grp.group_class
    FROM people_grouprole role JOIN people_group grp ON grp.id = role.group_id
    WHERE role.from_date <= %(day)s AND (role.until_date IS NULL OR role.until_date > %(day)s)
    ORDER BY role.person_id, role.role IS NULL, grp.group_class, role.group_id
), serving AS (
    SELECT own.person_id, own.employee_id,
           CASE own.kind WHEN 'account_manager' THEN 0 ELSE 1 END AS strength, false AS no_role,
           ''::text AS class, own.id AS tie
    FROM staff_assignment own JOIN staff_employee employee ON employee.id = own.employee_id AND employee.is_active
    WHERE own.person_id IS NOT NULL AND own.kind IN ('account_manager', 'phone_manager')
      AND own.from_date <= %(day)s AND (own.until_date IS NULL OR own.until_date > %(day)s)
    UNION ALL
    SELECT role.person_id, of_group.employee_id, 2, role.role IS NULL, grp.group_class, role.group_id
    FROM people_grouprole role
    JOIN people_group grp ON grp.id = role.group_id
    JOIN staff_assignment of_group ON of_group.group_id = role.group_id AND of_group.kind = 'account_manager'
     AND of_group.from_date <= %(day)s AND (of_group.until_date IS NULL OR of_group.until_date > %(day)s)
    JOIN staff_employee employee ON employee.id = of_group.employee_id AND employee.is_active
    WHERE role.from_date <= %(day)s AND (role.until_date IS NULL OR role.until_date > %(day)s)
), served AS (
    SELECT DISTINCT ON (serving.person_id) serving.person_id, serving.employee_id,
           coalesce(place.group_class, '') AS group_class
    FROM serving LEFT JOIN place ON place.person_id = serving.person_id
    ORDER BY serving.person_id, serving.strength, serving.no_role, serving.class, serving.tie
), contact AS (
    SELECT one.person_id, count(*) AS tries, count(*) FILTER (WHERE one.outcome = 'reached') AS reached
    FROM evidence_interaction one
    WHERE one.person_id IS NOT NULL AND one.reverses_id IS NULL
      AND one.happened_at >= %(first)s::timestamp AT TIME ZONE %(zone)s
      AND one.happened_at < (%(day)s + 1)::timestamp AT TIME ZONE %(zone)s
      AND NOT EXISTS (SELECT FROM evidence_interaction back WHERE back.reverses_id = one.id)
    GROUP BY one.person_id
), answer AS (
    SELECT asked.person_id, count(*) AS answers,
           count(*) FILTER (WHERE given.score >= %(satisfied)s) AS satisfied,
           count(*) FILTER (WHERE given.score = %(highest)s) AS very_satisfied
    FROM surveys_surveyanswer given JOIN surveys_survey asked ON asked.id = given.survey_id
    WHERE given.answered_at >= %(first)s::timestamp AT TIME ZONE %(zone)s
      AND given.answered_at < (%(day)s + 1)::timestamp AT TIME ZONE %(zone)s
    GROUP BY asked.person_id
), offer AS (
    SELECT moment.person_id, count(*) AS recommended, count(*) FILTER (WHERE told.accepted) AS accepted
    FROM moments_momentresult told JOIN moments_moment moment ON moment.id = told.moment_id
    WHERE told.accepted IS NOT NULL
      AND told.at >= %(first)s::timestamp AT TIME ZONE %(zone)s
      AND told.at < (%(day)s + 1)::timestamp AT TIME ZONE %(zone)s
    GROUP BY moment.person_id
)
SELECT served.employee_id, served.group_class, count(*),
       count(*) FILTER (WHERE contact.tries >= %(contacts)s),
       count(*) FILTER (WHERE contact.reached >= %(contacts)s),
       coalesce(sum(answer.answers), 0), coalesce(sum(answer.satisfied), 0), coalesce(sum(answer.very_satisfied), 0),
       coalesce(sum(offer.recommended), 0), coalesce(sum(offer.accepted), 0)
FROM served
LEFT JOIN contact ON contact.person_id = served.person_id
LEFT JOIN answer ON answer.person_id = served.person_id
LEFT JOIN offer ON offer.person_id = served.person_id
WHERE %(everybody)s OR served.employee_id = ANY (%(employees)s)
GROUP BY served.employee_id, served.group_class
ORDER BY served.employee_id, served.group_class
"""


def care_figures(
    *,
    first_day: date,
    day: date,
    contacts: int,
    time_zone: str,
    employee_ids: Collection[int] | None = None,
) -> list[CareRow]:
    """Count by manager and class what happened from a day to another, both included, to who is served on the last.

    `contacts` is how often somebody must have been tried, or reached. One query.
    """
    words: dict[str, Any] = {
        "first": first_day,
        "day": day,
        "contacts": contacts,
        "zone": time_zone,
        "satisfied": SATISFIED_FROM,
        "highest": HIGHEST,
        "everybody": employee_ids is None,
        "employees": list(employee_ids or ()),
    }
    with connection.cursor() as cursor:
        cursor.execute(FIGURES, words)
        return [
            CareRow(employee, group_class, CareFigures(*(int(one) for one in counts)))
            for employee, group_class, *counts in cursor.fetchall()
        ]
