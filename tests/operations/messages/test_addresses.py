"""Where mail and messengers reach customers and staff: set, changed and withdrawn, by hand and from files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.operations.messages.conftest import MONDAY, person, queued

from upheld.faces.masking import masked_address
from upheld.operations.messages.claim_messages import claim_messages
from upheld.operations.messages.set_address import set_address
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.policy.message_addresses import fits
from upheld.records.audit.models import Entry
from upheld.records.messages.models import Address, Message
from upheld.records.staff.models import Employee

pytestmark = pytest.mark.django_db


def staff(code: str) -> Employee:
    return Employee.objects.get(code=code)


def test_a_letter_goes_to_the_address_that_was_set_and_nowhere_once_it_is_withdrawn(operator):
    told = {"to": person(), "channel": "mail", "by": staff("E1")}
    assert set_address(address="lin@example.com", **told)
    assert not set_address(address="lin@example.com", **told), "the same again changes nothing"
    queued("a", channel="mail")
    (claimed,) = claim_messages(worker="w", limit=5, channels=["mail"], at=MONDAY).claimed
    assert claimed.address == "lin@example.com"
    assert set_address(address="jingyi@example.com", **told)
    assert set_address(address="", **told)
    pk = queued("b", channel="mail")
    assert not claim_messages(worker="w", limit=5, channels=["mail"], at=MONDAY).claimed
    assert Message.objects.get(pk=pk).because == "no_address"
    entries = Entry.objects.filter(act="set_address").order_by("pk")
    assert [one.detail["what"] for one in entries] == ["set", "changed", "withdrawn"]
    assert not any("example.com" in str(one.detail) for one in entries), "the trail holds no address"


@pytest.mark.parametrize(
    ("channel", "address", "code"),
    [
        ("mail", "lin at example.com", "no_such_address"),
        ("mail", "a@b@c.com", "no_such_address"),
        ("mail", "lin@example.com\nBcc: all@example.com", "no_such_address"),
        ("wecom", "key/../other", "no_such_address"),
        ("wecom", "x" * 201, "no_such_address"),
        ("pigeon", "roof", "unknown_channel"),
        ("sms", "13800000002", "unknown_channel"),
    ],
)
def test_what_is_no_address_is_refused(operator, channel, address, code):
    with pytest.raises(ActRefused) as refused:
        set_address(to=person(), channel=channel, address=address, by=staff("E1"))
    assert refused.value.code == code
    assert not Address.objects.exists()


def test_everybody_sets_the_own_address_and_who_oversees_all_a_colleagues(operator):
    own = {"to": staff("E1"), "channel": "sms", "address": "13900000001"}
    assert set_address(by=staff("E1"), **own)
    with pytest.raises(NotAllowed):
        set_address(by=staff("E2"), **own)
    assert set_address(by=staff("E5"), **(own | {"address": "13900000002"}))
    assert Address.objects.get().address == "13900000002"


ADDRESSES = """customer_id,employee_id,channel,address
P1,,mail,ou@example.com
P2,,feishu,ou_abc123
,E4,wecom,chen-key
,E4,sms,13900000004
"""


def test_a_file_sets_changes_and_withdraws_addresses_and_twice_changes_nothing(operator):
    operator.write("addresses", ADDRESSES)
    (report,) = operator.bring("addresses").files
    assert (report.new, report.changed, report.rejected) == (4, 0, 0)
    (report,) = operator.bring("addresses").files
    assert (report.new, report.changed, report.unchanged) == (0, 0, 4)
    operator.write("addresses", ADDRESSES.replace("ou_abc123", "").replace("chen-key", "chen-new"))
    (report,) = operator.bring("addresses").files
    assert (report.new, report.changed) == (0, 2)
    held = sorted(Address.objects.values_list("channel", "address"))
    assert held == [("mail", "ou@example.com"), ("sms", "13900000004"), ("wecom", "chen-new")]
    operator.write("addresses", "customer_id,employee_id,channel\nP1,,mail\n")
    operator.bring("addresses")
    assert Address.objects.count() == 3, "a file without the column says nothing"


def test_a_bad_row_costs_itself_alone_and_says_why(operator):
    operator.write(
        "addresses",
        "customer_id,employee_id,channel,address\n"
        "P1,,mail,nobody\n"
        "P2,,sms,13800000002\n"
        "P9,,mail,x@example.com\n"
        "P2,E1,mail,both@example.com\n"
        ",,mail,nobody@example.com\n"
        "P3,,pigeon,roof\n"
        "P4,,mail,grace@example.com\n"
        "P4,,mail,twice@example.com\n",
    )
    (report,) = operator.bring("addresses").files
    assert (report.new, report.rejected) == (1, 7)
    assert Address.objects.get().address == "grace@example.com"
    said = report.rejects_file.read_text(encoding="utf-8-sig")
    for words in (
        "no address by mail",
        "the phone of customers",
        "not known among customers",
        "exactly one of",
    ):
        assert words in said, words


@given(st.text(max_size=40), st.sampled_from(["sms", "mail", "wecom", "dingtalk", "feishu", "pigeon"]))
def test_no_text_that_fits_breaks_a_line_or_a_path(text, channel):
    if fits(channel, text):
        assert text == "".join(text.split())
        assert channel == "mail" or "/" not in text
        assert masked_address(text) != text
