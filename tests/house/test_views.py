"""No view is open by oversight: each address asks for the permission that this table says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from upheld.operations.who_may import JOBS_ALLOWED

EXPECTED = {
    "home": "signed_in",
    "more": "signed_in",
    "messages": "read_messages",
    "message-templates": "read_messages",
    "message": "read_messages",
    "decide-message": "decide_messages",
    "messages-of-person": "read_messages",
    "consent": "note_consent",
    "sign-in": "public",
    "sign-out": "public",
    "set-language": "public",
    "workbench": "use_workbench",
    "record-many": "record_contact",
    "day": "use_workbench",
    "board": "use_workbench",
    "reports": "record_contact",
    "send-report": "record_contact",
    "road-worker": "public",
    "plan-day": "arrange_days",
    "ask-waiver": "arrange_days",
    "appointment": "arrange_days",
    "appoint-person": "arrange_days",
    "appoint-group": "arrange_days",
    "prepare-person": "read_customers",
    "prepare-group": "read_customers",
    "my-calendar": "keep_calendar",
    "end-my-calendar": "keep_calendar",
    "calendar-feed": "public",
    "record": "record_contact",
    "waive": "waive_promise",
    "search": "read_customers",
    "person": "read_customers",
    "show-name": "read_customers",
    "show-number": "show_number",
    "record-person": "record_contact",
    "reverse-record": "reverse_contact",
    "group": "read_customers",
    "record-group": "record_contact",
    "desk": "use_desk",
    "desk-register": "use_desk",
    "desk-take": "work_case",
    "desk-hand-over": "work_case",
    "desk-call-back": "work_case",
    "desk-call-made": "work_case",
    "caller": "use_desk",
    "desk-open-case": "use_desk",
    "desk-preview": "use_desk",
    "entitlements": "read_customers",
    "claim": "claim_entitlement",
    "group-entitlements": "read_customers",
    "group-claim": "claim_entitlement",
    "take-back-claim": "take_back_claim",
    "return-loan": "claim_entitlement",
    "loans": "read_customers",
    "team": "lead_cases",
    "team-hand-over": "lead_cases",
    "team-waive": "waive_promise",
    "cases-of-person": "read_case",
    "cases-of-group": "read_case",
    "case": "read_case",
    "case-file": "read_case",
    "case-act": "work_case",
    "counter": "use_counter",
    "counter-arrive": "use_counter",
    "counter-next": "use_counter",
    "counter-finish": "use_counter",
    "counter-customer": "use_counter",
    "counter-request": "use_counter",
    "counter-print": "use_counter",
    "journeys": "read_journeys",
    "journey": "read_journeys",
    "journey-of-person": "read_journeys",
    "journey-tick": "tick_journey",
    "journey-take-back": "tick_journey",
    "journey-number": "tick_journey",
    "journey-close": "close_journey",
    "journey-guide": "read_journeys",
    "journey-record": "read_journeys",
    "field": "use_field",
    "visit": "use_field",
    "visit-customer": "use_field",
    "visit-tap": "use_field",
    "self-help": "work_case",
    "dispatch": "work_case",
    "compensation": "lead_cases",
    "survey": "public",
    "survey-results": "read_surveys",
    "warnings": "signed_in",
    "warnings-bell": "signed_in",
    "warnings-seen": "signed_in",
    "calls": "read_calls",
    "calls-staffing": "read_calls",
    "calls-import": "import_calls",
    "calls-rejects": "import_calls",
    "moments": "read_moments",
    "moment": "read_moments",
    "moment-results": "read_moments",
    "load": "see_load",
    "unserved": "assign_manager",
    "absences": "note_absence",
    "absence-end": "note_absence",
    "book-hand-over": "hand_over_book",
    "feasibility": "see_feasibility",
    "staff-points": "read_points",
    "object-to-points": "object_to_points",
    "answer-objection": "answer_objection",
    "coverage": "read_dashboard",
    "coverage-csv": "read_dashboard",
    "events": "read_events",
    "event-new": "plan_event",
    "event-shares": "plan_event",
    "event": "read_events",
    "event-change": "plan_event",
    "event-invite": "invite_to_event",
    "event-answer": "invite_to_event",
    "event-cancel": "plan_event",
    "event-list": "invite_to_event",
    "event-door": "record_attendance",
    "event-tick": "record_attendance",
    "event-end": "record_attendance",
    "chiefs": "read_chiefs",
    "chief-assign": "assign_chief",
    "chief-month": "chief_month",
    "chief-month-of": "chief_month",
    "chief-record": "record_contact",
    "dashboard": "read_dashboard",
    "coverage-targets": "read_targets",
    "dashboard-promises": "read_dashboard",
    "standards": "read_standards",
    "standard": "read_standards",
    "clause": "read_standards",
}


def patterns(of: list[Any]) -> Iterator[URLPattern]:
    """Walk a URL configuration and give every single address."""
    for pattern in of:
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern.url_patterns)
        else:
            yield pattern


def test_every_view_asks_for_the_permission_expected_of_it() -> None:
    declared = {
        one.name: getattr(one.callback, "permission", None) for one in patterns(get_resolver().url_patterns)
    }
    assert declared == EXPECTED


def test_every_permission_of_a_page_is_in_the_table_of_jobs() -> None:
    assert set(EXPECTED.values()) - {"public"} <= set(JOBS_ALLOWED)
