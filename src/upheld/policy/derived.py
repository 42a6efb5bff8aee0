"""Facts that follow from other facts where they are left out: said once, for every noun that needs them.

Rows test facts alone; what the contract lets a caller leave out is filled in here before rows are matched.
"""

from __future__ import annotations

from upheld.policy.facts import Subject

BRAND_SEGMENT = ("e_home", "business_navigator")


def with_derived(subject: Subject) -> Subject:
    """Return the subject with its hotline segment (CT-14 to CT-16); a stated fact is never changed.

    Left out, the segment is vip with a card, else brand for my e-home and Business Navigator, else ordinary.
    """
    if "segment" in subject:
        return subject
    if subject.get("card") is not None:
        segment = "vip"
    elif subject.get("brand") in BRAND_SEGMENT:
        segment = "brand"
    else:
        segment = "ordinary"
    return {**subject, "segment": segment}
