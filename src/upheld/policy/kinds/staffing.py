"""The kinds of `rules/staffing.yaml`: how soon calls that ask for an agent are answered, and who serves whom."""

from __future__ import annotations

from upheld.policy.kinds.forms import Kind, count, never, one_of, percent, same

GAVE_UP = ("counts", "left_out")
"""Whether a caller who hangs up before the limit is one of those who asked."""

SEVERAL_QUEUES = ("once", "each_time")
"""Whether a call that stays in several queues, or in one several times, asked once or each time."""

SERVERS = ("account_manager", "phone_manager", "chief_representative")
"""In what way an employee serves a customer or a group; a row of `served_by` names one."""

KINDS = {
    "served_by": Kind(
        {"by": one_of(SERVERS)},
        {"serves": count, "goal": count},
        owed_to=True,
        contradicts=same("by"),
    ),
    "answer_rate": Kind(
        {
            "within_seconds": count,
            "gave_up_in_time": one_of(GAVE_UP),
            "several_queues": one_of(SEVERAL_QUEUES),
        },
        {"at_least_percent": percent},
        contradicts=never,
    ),
}
