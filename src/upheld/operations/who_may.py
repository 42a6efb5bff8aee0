"""Say which job may do what: the one table of roles, asked by the operations and by the pages.

A page asks before it shows a button, the operation asks again before it acts; both read the same row. Whose
customers a job reaches is another question, answered in `customer_reach.py`.
"""

from __future__ import annotations

from upheld.records.staff.choices import Job
from upheld.records.staff.models import Employee

Jobs = frozenset[str]

EVERYBODY: Jobs = frozenset(Job.values)
OVERSEEING: Jobs = frozenset({Job.SERVICE_DEPARTMENT.value, Job.ADMINISTRATOR.value})
LEADING: Jobs = OVERSEEING | {Job.TEAM_LEAD.value}
SERVING: Jobs = EVERYBODY - OVERSEEING - {Job.QUALITY_INSPECTOR.value}
ANSWERING: Jobs = frozenset({Job.HOTLINE_AGENT.value, Job.STORE_CLERK.value})
WORKING_CASES: Jobs = SERVING
TICKING: Jobs = SERVING - {Job.FIELD_ENGINEER.value}
MANAGING: Jobs = frozenset(
    {Job.ACCOUNT_MANAGER.value, Job.PHONE_MANAGER.value, Job.CHIEF_REPRESENTATIVE.value}
)

JOBS_ALLOWED: dict[str, Jobs] = {
    "signed_in": EVERYBODY,
    "use_workbench": EVERYBODY,
    "read_customers": EVERYBODY,
    "show_number": SERVING,
    "record_contact": SERVING,
    # Which day, and which hour: whoever serves customers, and who leads them.
    "arrange_days": SERVING | LEADING,
    "keep_calendar": EVERYBODY,
    "reverse_contact": EVERYBODY,
    "reverse_contact_of_others": LEADING,
    "see_team": LEADING,
    "waive_promise": LEADING,
    "waive_promise_of_any_team": OVERSEEING,
    "read_dashboard": EVERYBODY,
    "read_targets": OVERSEEING,
    "read_standards": EVERYBODY,
    # Who serves whom, who is away, and whether the staff is enough.
    "see_load": LEADING,
    "assign_manager": LEADING,
    "assign_manager_of_any_team": OVERSEEING,
    "note_absence": LEADING,
    "hand_over_book": LEADING,
    "see_feasibility": LEADING,
    # Cases, their desks and their clocks.
    "open_case": WORKING_CASES,
    "work_case": WORKING_CASES,
    "read_case": EVERYBODY,
    "lead_cases": LEADING,
    "use_desk": ANSWERING | {Job.TEAM_LEAD.value},
    "use_counter": frozenset({Job.STORE_CLERK.value, Job.TEAM_LEAD.value}),
    "use_field": frozenset({Job.FIELD_ENGINEER.value, Job.TEAM_LEAD.value}),
    "claim_entitlement": SERVING,
    "take_back_claim": SERVING,
    "take_back_claim_of_others": LEADING,
    "import_calls": LEADING,
    "read_calls": LEADING | {Job.QUALITY_INSPECTOR.value},
    "read_surveys": EVERYBODY,
    # Messages to customers, consent, and the doubts that only people decide.
    "read_messages": LEADING | SERVING,
    "note_consent": SERVING,
    "decide_messages": LEADING,
    "set_sender_numbers": frozenset({Job.ADMINISTRATOR.value}),
    # What groups are told as business information, and where people are reached by mail and messengers.
    "write_bulletin": OVERSEEING,
    "set_address": LEADING | SERVING,
    "set_address_of_staff": OVERSEEING,
    "keep_addresses": EVERYBODY,
    # The first ninety days of new customers.
    "read_journeys": EVERYBODY,
    "tick_journey": TICKING,
    "take_back_tick_of_others": LEADING,
    "close_journey": LEADING,
    # Key moments: the lists, and what came of each talk.
    "read_moments": LEADING | MANAGING,
    "record_moment": MANAGING | {Job.TEAM_LEAD.value},
    # Points of staff: their own, those of the team, and objections.
    "read_points": EVERYBODY,
    "object_to_points": EVERYBODY,
    "answer_objection": LEADING,
    # Events for customers.
    "read_events": EVERYBODY,
    "plan_event": LEADING | {Job.ACCOUNT_MANAGER.value},
    "invite_to_event": LEADING | MANAGING,
    "record_attendance": LEADING | MANAGING,
    # The account managers' craft.
    "use_craft": LEADING | MANAGING,
    "answer_department": EVERYBODY,
    # Executives and their few customers.
    "read_chiefs": OVERSEEING,
    "assign_chief": OVERSEEING,
    "own_chief_month": frozenset({Job.CHIEF_REPRESENTATIVE.value}),
    "chief_month": OVERSEEING | {Job.CHIEF_REPRESENTATIVE.value},
}


def job_may(employee: Employee, permission: str) -> bool:
    """Tell whether an employee is active and has a job that carries the permission; KeyError for an unknown one."""
    return employee.job in JOBS_ALLOWED[permission] and employee.is_active
