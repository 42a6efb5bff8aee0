"""The SQL that finds who changed since an instant, or for whom a day came that changes something."""

from __future__ import annotations

OLDEST_TRANSACTION = """
    SELECT coalesce(min(xact_start), now()) FROM pg_stat_activity
    WHERE datname = current_database() AND xact_start IS NOT NULL
"""

# A period counts where it was written since, or where it begins or ends on one of the days that came.
_PERIOD = """({0}changed_at >= %(at)s
    OR ({0}from_date > %(after)s AND {0}from_date <= %(day)s)
    OR ({0}until_date > %(after)s AND {0}until_date <= %(day)s))"""
_CAME = """(({0}from_date > %(after)s AND {0}from_date <= %(day)s)
    OR ({0}until_date > %(after)s AND {0}until_date <= %(day)s))"""
# Who serves is asked of those who are there: an account that was closed or opened changes all its assignments.
_SERVED = (
    f"SELECT {{0}} FROM staff_assignment a WHERE {{0}} IS NOT NULL AND ({_PERIOD.format('a.')} "
    "OR a.employee_id IN (SELECT id FROM staff_employee WHERE changed_at >= %(at)s))"
)

CHANGED_PEOPLE = f"""
    SELECT id FROM people_person WHERE changed_at >= %(at)s
    UNION SELECT person_id FROM people_service WHERE changed_at >= %(at)s
    UNION SELECT person_id FROM people_grouprole WHERE {_PERIOD.format("")}
    UNION SELECT r.person_id FROM people_grouprole r JOIN people_group g ON g.id = r.group_id
          WHERE g.changed_at >= %(at)s
    UNION SELECT person_id FROM tiers_rating WHERE rated_at >= %(at)s
    UNION SELECT person_id FROM tiers_membership WHERE {_CAME.format("")}
    UNION {_SERVED.format("a.person_id")}
    UNION SELECT r.person_id FROM people_grouprole r WHERE r.group_id IN ({_SERVED.format("a.group_id")})
"""

CHANGED_GROUPS = f"""
    SELECT id FROM people_group WHERE changed_at >= %(at)s
    UNION {_SERVED.format("a.group_id")}
"""
