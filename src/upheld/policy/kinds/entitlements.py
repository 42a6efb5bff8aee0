"""The kinds of `rules/entitlements.yaml`."""

from upheld.policy.kinds.forms import Kind, count, number_or_text, one_of, same, text, yuan

KINDS = {
    "grant": Kind(
        {"entitlement": text},
        {
            "times": count,
            "per": one_of(("calendar_month", "year")),
            "each_max_days": count,
            "amount_yuan": yuan,
            "months": count,
            "hours": number_or_text,
            "how": text,
        },
        contradicts=same("entitlement"),
    ),
}
