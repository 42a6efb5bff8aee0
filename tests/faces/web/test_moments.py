"""A manager works through the key moments of a day; a lead sees the team's; nobody sees another's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from upheld.operations.dispatch_moments import dispatch_moments
from upheld.operations.record_moment import record_moment
from upheld.operations.refusals import ActRefused
from upheld.records.messages.models import ConsentEvent
from upheld.records.moments.models import Moment, MomentResult, Signal
from upheld.records.promises.models import Promise

pytestmark = pytest.mark.django_db


@pytest.fixture
def moments(company: SimpleNamespace) -> SimpleNamespace:
    """Wang's calls are forwarded and his spend falls; Chen, of another manager, asked about porting."""
    day = company.today
    Signal.objects.create(
        person=company.wang, day=day, calls_forwarded_to_rival=True, spend_drop_ratio=Decimal("0.425"),
        plan_churn_rate=Decimal("0.8"),
    )  # fmt: skip
    Signal.objects.create(person=company.chen, day=day, calls_forwarded_to_rival=True, porting_query=True)
    dispatch_moments(as_of=day, by=None)
    return SimpleNamespace(
        of_wang=Moment.objects.get(person=company.wang), of_chen=Moment.objects.get(person=company.chen)
    )


@pytest.fixture
def told() -> Callable[..., dict[str, str]]:
    """Fill the form in: reached a minute ago, and stays."""

    def fill(**fields: str) -> dict[str, str]:
        when = timezone.localtime() - timedelta(minutes=1)
        usual = {"key": "k1", "outcome": "reached", "decision": "stays", "channel": "call", "note": "谈过了"}
        return {**usual, "happened_at": when.strftime("%Y-%m-%dT%H:%M"), **fields}

    return fill


def page_of(moment: Any) -> str:
    return reverse("moment", args=[moment.pk])


def test_todays_list_says_in_words_why_and_what_else(company, moments, signed_in) -> None:
    page = signed_in("li").get(reverse("moments")).content.decode()
    assert "王小明" in page
    assert "呼叫转移到了竞争对手的号码" in page
    assert "一并谈及" in page
    assert "陈慧" not in page
    assert "陈*" not in page
    english = signed_in("li", "en").get(reverse("moments")).content.decode()
    assert "calls are forwarded to a rival&#x27;s number" in english
    assert "speak of as well:" in english


def test_the_workbench_and_the_day_lead_to_the_moment_behind_a_promise(company, moments, signed_in) -> None:
    browser = signed_in("li")
    link = f'href="{page_of(moments.of_wang)}"'
    assert link in browser.get(reverse("workbench")).content.decode()
    Promise.objects.filter(moment__moment=moments.of_wang).update(planned_on=company.today)
    assert link in browser.get(reverse("day")).content.decode()
    # Who may not open key moments is shown the promise without its link.
    assert link not in signed_in("zhou").get(reverse("workbench")).content.decode()


def test_a_talk_is_told_in_one_form_and_keeps_the_promise(company, moments, signed_in, told) -> None:
    browser = signed_in("li", "en")
    page = browser.get(page_of(moments.of_wang)).content.decode()
    assert "Leaving risk 20.0 of 100" in page
    for _ in range(2):  # a double click
        answer = browser.post(
            page_of(moments.of_wang), told(offer="family_network", accepted="yes", agreed="on")
        )
        assert answer.status_code == 302
    result = MomentResult.objects.get()
    assert (result.decision, result.offer, result.accepted) == ("stays", "family_network", True)
    assert Promise.objects.get(moment__moment=moments.of_wang).state == "kept"
    assert "It is written down." in browser.get(answer["Location"]).content.decode()


def test_all_that_is_wrong_is_said_at_once(company, moments, signed_in, told) -> None:
    later = (timezone.localtime() + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    answer = signed_in("li", "en").post(
        page_of(moments.of_wang), told(decision="", offer="family_network", happened_at=later)
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    for words in (
        "This time lies in the future.",
        "Say what the customer means to do.",
        "Say whether the offer was accepted.",
        "Tick that the customer agreed to hear offers",
    ):
        assert words in page
    assert not MomentResult.objects.exists()


def test_who_asked_about_porting_is_offered_nothing_on_the_page_and_by_hand(
    company, moments, signed_in, told
) -> None:
    browser = signed_in("zhou", "en")
    page = browser.get(page_of(moments.of_chen)).content.decode()
    assert "be of help, and offer nothing" in page
    assert 'name="offer"' not in page
    browser.post(page_of(moments.of_chen), told(offer="family_network", accepted="yes", agreed="on"))
    assert MomentResult.objects.get().offer == ""


def test_what_the_customer_said_of_commercial_contact_is_kept_to(company, moments, signed_in, told) -> None:
    browser = signed_in("li", "en")
    offered = told(offer="family_network", accepted="yes")
    ConsentEvent.objects.create(
        person=company.wang, kind="given", way="counter", proof="受理单", at=timezone.now(), key="c1"
    )
    assert "is on record" in browser.get(page_of(moments.of_wang)).content.decode()
    assert browser.post(page_of(moments.of_wang), offered).status_code == 302
    assert MomentResult.objects.get().agreed_to_offers
    ConsentEvent.objects.create(
        person=company.wang, kind="refused", way="counter", at=timezone.now(), key="c2"
    )
    page = browser.get(page_of(moments.of_wang)).content.decode()
    assert "refused commercial contact: make no offer" in page
    assert 'name="offer"' not in page
    with pytest.raises(ActRefused) as refused:
        record_moment(
            moment=moments.of_wang, by=company.li, outcome="reached", decision="stays", offer="family_network",
            accepted=True, agreed_to_offers=True, key="k9",
        )  # fmt: skip
    assert refused.value.code == "refused_offers"


def test_a_moment_that_was_handed_over_is_on_the_new_managers_list(company, moments, signed_in, told) -> None:
    Promise.objects.filter(moment__moment=moments.of_wang).update(responsible=company.zhou)
    page = signed_in("zhou", "en").get(reverse("moments")).content.decode()
    assert page.count("Say what came of it") == 2
    # A deputy opens and tells of it, too, though the customer is of another book.
    assert signed_in("zhou").get(page_of(moments.of_wang)).status_code == 200
    assert signed_in("zhou").post(page_of(moments.of_wang), told()).status_code == 302
    assert "No key moment in this list" in signed_in("li", "en").get(reverse("moments")).content.decode()
    named = signed_in("service", "en").get(reverse("moments")).content.decode()
    assert "李娜" not in named


def test_nobody_opens_or_tells_of_another_managers_moment(company, moments, signed_in, told) -> None:
    browser = signed_in("li")
    assert browser.get(page_of(moments.of_chen)).status_code == 403
    assert browser.post(page_of(moments.of_chen), told()).status_code == 403
    assert signed_in("service").post(page_of(moments.of_chen), told()).status_code == 403
    assert not MomentResult.objects.exists()


def test_the_service_department_reads_all_lists_with_names_masked_by_nobody_served(
    company, moments, signed_in
) -> None:
    page = signed_in("service", "en").get(reverse("moments")).content.decode()
    assert "李娜" in page
    assert "周强" in page


def test_what_waits_is_in_sight_and_a_list_without_anything_says_so(company, moments, signed_in) -> None:
    browser = signed_in("lead", "en")
    assert "Nothing waits" in browser.get(reverse("moments"), {"tab": "waiting"}).content.decode()
    assert "No key moment in this list" in browser.get(reverse("moments"), {"tab": "month"}).content.decode()


def test_results_set_the_effect_against_the_cost(company, moments, signed_in, told) -> None:
    browser = signed_in("li", "en")
    assert browser.post(page_of(moments.of_wang), told()).status_code == 302
    page = browser.get(reverse("moment-results"), {"period": "month"}).content.decode()
    assert "fewer than 10 talks: no share" in page
    assert "6 yuan spent" in page
    other = signed_in("zhou", "en").get(reverse("moment-results"), {"period": "month"}).content.decode()
    assert "6 yuan spent" not in other


@pytest.mark.parametrize(
    "asked", [{"day": "2026-02-30"}, {"day": "\x00"}, {"day": "9999-12-31"}, {"tab": "year"}]
)
def test_hostile_addresses_are_answered_calmly(company, moments, signed_in, asked) -> None:
    assert signed_in("li").get(reverse("moments"), asked).status_code == 200


def test_a_note_with_nul_is_refused_and_stores_nothing(company, moments, signed_in, told) -> None:
    answer = signed_in("li").post(page_of(moments.of_wang), told(note="a\x00b"))
    assert answer.status_code == 422
    assert signed_in("li").get("/moments/999999999/").status_code == 404
