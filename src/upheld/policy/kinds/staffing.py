"""The kinds of `rules/staffing.yaml`: within which time calls that ask for an agent are answered."""

from __future__ import annotations

from upheld.policy.kinds.forms import Kind, count, never, one_of, percent

GAVE_UP = ("counts", "left_out")
"""Whether a caller who hangs up before the limit is one of those who asked."""

SEVERAL_QUEUES = ("once", "each_time")
"""Whether a call that stays in several queues, or in one several times, asked once or each time."""

KINDS = {
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
