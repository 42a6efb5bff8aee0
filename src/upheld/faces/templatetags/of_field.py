"""What the page of a case says of work on site: whether somebody can be sent, and what a missed limit gives back."""

from __future__ import annotations

from typing import Any

from django import template

from upheld.faces.field.faults import compensation_lines
from upheld.faces.permissions import may
from upheld.operations.cases.acting import OPEN_STATES
from upheld.operations.dispatch_fault import ON_SITE

register = template.Library()

COMPENSATED = ON_SITE - {"home_appointment"}
"""Kinds of cases that the law's compensation can be about; others are spared the reckoning."""


@register.inclusion_tag("field/case_links.html")
def field_work(case: Any, user: Any) -> dict[str, Any]:
    """Show how a fault goes on: try together, send somebody, and what the law gives where its limit was missed."""
    goes_on = case.state in OPEN_STATES and may(user, "work_case")
    return {
        "case": case,
        "may_try": goes_on and case.kind == "fault",
        "may_send": goes_on and case.kind in ON_SITE,
        "may_give": may(user, "lead_cases"),
        "dues": compensation_lines(case) if case.kind in COMPENSATED else [],
    }
