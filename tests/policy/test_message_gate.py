"""The last look before a message leaves: quiet hours, consent, refusals, caps, and the clause that holds it back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from upheld.policy.editions import load_edition, shipped_edition
from upheld.policy.message_gate import Asked, Gate, Sent, Verdict

LATER = datetime.fromisoformat("2026-09-01T00:00:00+08:00")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-08-{text}+08:00")


def asked(**changes):
    given = {"channel": "sms", "purpose": "care", "province": None, "consent": False, "refused": False}
    return Asked(**{**given, "expires_at": LATER, **changes})


def verdict(when: str, sent=(), edition=None, **changes) -> Verdict:
    return Gate(edition or shipped_edition(), at(when)).verdict(asked(**changes), sent)


@pytest.mark.parametrize(
    ("when", "province", "until"),
    [
        ("03T07:59:59", None, "03T08:00:00"),
        ("03T12:00:00", "山东", "03T14:00:00"),
        ("03T20:00:00", "山东", "04T08:00:00"),
        ("03T08:30:00", "新疆", "03T10:00:00"),
        ("03T21:00:00", "新疆", None),
        ("03T08:00:00", None, None),
        ("03T19:59:59", None, None),
    ],
)
def test_a_greeting_waits_for_the_end_of_the_quiet_hours_of_its_province(when, province, until):
    answer = verdict(when, province=province)
    if until is None:
        assert answer == Verdict("go", None, ("CT-22",))
    else:
        assert answer == Verdict("hold", at(until), ("CT-22",))


def test_an_offer_needs_consent_and_ends_with_a_refusal():
    assert verdict("03T09:00:00", purpose="commercial").what == "stop"
    assert verdict("03T09:00:00", purpose="commercial", consent=True).what == "go"
    refused = verdict("03T09:00:00", purpose="commercial", consent=True, refused=True)
    assert refused == Verdict("stop", None, ("LAW-7", "LAW-8"))
    assert verdict("03T09:00:00", purpose="service", refused=True).what == "go"


def test_a_second_offer_of_a_day_waits_until_the_first_is_a_day_old():
    sent = [Sent(at("02T15:00:00"), "commercial", "sms")]
    held = verdict("03T10:00:00", sent, purpose="commercial", consent=True)
    assert held == Verdict("hold", at("03T15:00:00"), ("LAW-7",))
    assert verdict("03T15:00:00", sent, purpose="commercial", consent=True).what == "go"


def test_caps_count_every_source_and_way_together_and_leave_service_messages_more_room():
    sent = [
        Sent(at(f"03T0{hour}:00:00"), "care", way) for hour, way in ((8, "sms"), (9, "mail"), (8, "wecom"))
    ]
    assert verdict("03T11:00:00", sent) == Verdict("hold", at("04T08:00:00"), ("LAW-7",))
    assert verdict("03T11:00:00", sent, purpose="service").what == "go"
    assert verdict("03T11:00:00", sent * 4, purpose="service").what == "hold"


def test_a_message_dated_later_by_a_clock_that_was_set_back_counts():
    sent = [Sent(at("09T09:00:00"), "commercial", "sms")]
    held = verdict("03T09:00:00", sent, purpose="commercial", consent=True)
    assert held == Verdict("hold", at("10T09:00:00"), ("LAW-7",))


def test_a_message_that_expires_while_it_is_held_is_looked_at_then():
    expires = at("03T07:00:00")
    assert verdict("03T06:00:00", expires_at=expires) == Verdict("hold", expires, ("CT-22",))
    assert verdict("03T07:00:00", expires_at=expires) == Verdict("expire", None, ("expired",))


def test_where_no_standard_is_in_force_nothing_goes_out():
    edition = load_edition(active_from=LATER.date())
    answer = verdict("03T09:00:00", edition=edition)
    assert answer == Verdict("hold", at("03T10:00:00"), ("no_standard",))


def test_a_company_without_caps_may_say_so():
    edition = load_edition(readings={"frequency-of-messages": "no_cap"})
    sent = [Sent(at("03T09:00:00") + timedelta(seconds=n), "care", "sms") for n in range(50)]
    assert verdict("03T09:30:00", sent, edition=edition).what == "go"
