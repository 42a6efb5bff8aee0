"""A joiner's ninety days from each side: the counter ticks, the hotline sees it, the manager goes on."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

SignIn = Callable[..., Client]
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def joined(company: SimpleNamespace, today: date) -> SimpleNamespace:
    """Wang, whom Li serves, joined two days ago; a clerk and an agent are there."""
    from upheld.operations.journeys.start_journeys import start_journeys
    from upheld.records.journeys.models import Journey

    company.join("clerk", "胡小店", "store_clerk")
    company.join("agent", "郑小话", "hotline_agent")
    company.wang.joined_date = today - timedelta(days=2)
    company.wang.plan_monthly_fen = 99_00
    company.wang.save()
    start_journeys()
    company.journey = Journey.objects.get(person=company.wang)
    company.address = f"/journeys/{company.journey.pk}/"
    return company


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def state_of(joined: SimpleNamespace, step: str) -> str:
    from upheld.records.promises.models import Promise

    return Promise.objects.get(person=joined.wang, source="journey", action=step).state


@pytest.mark.django_db
def test_what_the_clerk_ticks_the_agent_and_the_manager_see(
    joined: SimpleNamespace, signed_in: SignIn
) -> None:
    clerk = signed_in("clerk")
    answer = clerk.post(f"{joined.address}ticks/", {"one": "plan_price_told", "key": "k1"}, **HTMX)
    assert "已完成：告知套餐资费" in words(answer)
    assert state_of(joined, "plan_price_told") == "kept"
    for who in ("agent", "li"):
        seen = words(signed_in(who).get("/journeys/of/P1/", **HTMX))
        assert "胡小店 · 营业厅" in seen


@pytest.mark.django_db
def test_the_section_that_is_swapped_on_its_own_page_keeps_the_pages_links(
    joined: SimpleNamespace, signed_in: SignIn
) -> None:
    at_home = {**HTMX, "HTTP_HX_CURRENT_URL": f"http://testserver{joined.address}?take_back=1"}
    elsewhere = {**HTMX, "HTTP_HX_CURRENT_URL": "http://testserver/people/P1/"}
    clerk = signed_in("clerk")
    assert "record.pdf" in clerk.get("/journeys/of/P1/", **at_home).content.decode()
    assert "record.pdf" not in clerk.get("/journeys/of/P1/", **elsewhere).content.decode()


@pytest.mark.django_db
def test_a_form_of_a_section_that_was_swapped_leads_back_to_the_page_that_holds_it(
    joined: SimpleNamespace, signed_in: SignIn
) -> None:
    clerk, page = signed_in("clerk"), "/counter/customers/P1/"
    at_the_counter = {**HTMX, "HTTP_HX_CURRENT_URL": f"http://testserver{page}"}
    answer = clerk.post(f"{joined.address}ticks/", {"one": "plan_price_told", "key": "k1"}, **at_the_counter)
    assert f'name="back" value="{page}"' in answer.content.decode()
    refused = clerk.post(f"{joined.address}ticks/", {"key": "k2"})  # without a script, and with no step
    assert f'name="back" value="{joined.address}"' in refused.content.decode()
    sent = {"one": "channels_told", "key": "k3", "back": page}
    assert clerk.post(f"{joined.address}ticks/", sent)["Location"] == page


@pytest.mark.django_db
def test_several_steps_told_in_one_talk_are_one_contact(joined: SimpleNamespace, signed_in: SignIn) -> None:
    from upheld.records.evidence.models import Interaction
    from upheld.records.journeys.models import JourneyStep

    steps = ["plan_price_told", "agreement_points_told", "club_recommended"]
    clerk = signed_in("clerk")
    for _ in range(2):  # the form, sent twice
        answer = clerk.post(f"{joined.address}ticks/", {"step": steps, "key": "k", "note": "当面讲清"})
        assert answer.status_code == 302
    assert JourneyStep.objects.count() == 3
    assert Interaction.objects.get().report == "当面讲清"


@pytest.mark.django_db
def test_the_manager_says_how_and_does_not_tick_what_the_counter_alone_may(
    joined: SimpleNamespace, signed_in: SignIn
) -> None:
    from upheld.records.evidence.models import Interaction

    li = signed_in("li")
    li.post(f"{joined.address}ticks/", {"one": "internet_coached", "contact": "visit", "key": "k"})
    assert Interaction.objects.get().channel == "visit"
    page = words(li.get(joined.address))
    assert "王小明" in page  # own customers by name
    assert words(signed_in("agent").get(joined.address)).count("王小明") == 0


@pytest.mark.django_db
def test_another_managers_customer_is_refused_and_what_is_not_there_is_not_found(
    joined: SimpleNamespace, signed_in: SignIn
) -> None:
    zhou = signed_in("zhou")
    for address in (
        joined.address,
        "/journeys/of/P1/",
        f"{joined.address}record.pdf",
        f"{joined.address}guide.pdf",
    ):
        assert zhou.get(address).status_code == 403
    assert zhou.post(f"{joined.address}ticks/", {"one": "plan_price_told"}).status_code == 403
    assert signed_in("service").get("/journeys/999999/").status_code == 404
    assert signed_in("service").get(f"/journeys/{2**63}/").status_code == 404
    assert signed_in("service").post(f"{joined.address}ticks/", {"one": "plan_price_told"}).status_code == 403
    assert state_of(joined, "plan_price_told") == "open"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "given",
    [{}, {"one": "no_such"}, {"one": "closing_visit"}, {"one": "\0"}, {"step": ["x" * 500]},
     {"one": "plan_price_told", "at": "2999-01-01T00:00"}, {"one": "plan_price_told", "note": "n" * 2000}],
)  # fmt: skip
def test_what_cannot_be_ticked_is_said_and_nothing_is_stored(
    joined: SimpleNamespace, signed_in: SignIn, given: dict[str, Any]
) -> None:
    from upheld.records.journeys.models import JourneyStep

    answer = signed_in("clerk").post(f"{joined.address}ticks/", {"key": "k", **given})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert not JourneyStep.objects.exists()


@pytest.mark.django_db
def test_a_tick_is_taken_back_by_its_own_clerk_or_the_lead_with_a_reason(
    joined: SimpleNamespace, signed_in: SignIn
) -> None:
    from upheld.records.journeys.models import JourneyStep

    clerk, li, lead = signed_in("clerk"), signed_in("li"), signed_in("lead")
    clerk.post(f"{joined.address}ticks/", {"one": "plan_price_told", "key": "k"})
    tick = JourneyStep.objects.get()
    back = f"{joined.address}ticks/{tick.pk}/"
    assert li.post(back, {"reason": "不对"}).status_code == 403
    assert clerk.post(back, {"reason": " "}).status_code == 422
    assert 'id="take-back"' in clerk.get(f"{joined.address}?take_back={tick.pk}").content.decode()
    assert lead.post(back, {"reason": "点错客户"}).status_code == 302
    assert state_of(joined, "plan_price_told") == "open"
    assert "点错客户" in words(clerk.get(joined.address))


@pytest.mark.django_db
def test_the_guide_is_printed_with_the_customers_own_plan_and_ticks_what_it_tells(
    joined: SimpleNamespace, signed_in: SignIn
) -> None:
    clerk = signed_in("clerk")
    looked = clerk.get(f"{joined.address}guide.pdf")
    assert looked["Content-Type"] == "application/pdf"
    assert state_of(joined, "channels_told") == "open"
    for _ in range(2):  # printed twice from one page
        answer = clerk.post(f"{joined.address}guide.pdf", {"key": "g"})
        assert answer.status_code == 200
    told = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    for part in ("王小明", "畅享99", "99.00", "有事找谁"):
        assert part in told
    states = [state_of(joined, step) for step in ("channels_told", "paying_told", "data_use_told")]
    assert states == ["kept"] * 3
    assert state_of(joined, "plan_price_told") == "open"  # nobody has asked whether it is understood


@pytest.mark.django_db
def test_the_record_says_who_did_what_and_what_is_still_open(
    joined: SimpleNamespace, signed_in: SignIn
) -> None:
    clerk = signed_in("clerk", language="en")
    clerk.post(f"{joined.address}ticks/", {"one": "plan_price_told", "key": "k"})
    answer = clerk.get(f"{joined.address}record.pdf")
    told = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    assert "Plan prices told (JOIN-3)" in told
    assert "胡小店" in told
    assert "1 of " in told


@pytest.mark.django_db
def test_a_changed_number_is_asked_at_the_counter(joined: SimpleNamespace, signed_in: SignIn) -> None:
    clerk = signed_in("clerk")
    assert clerk.post(f"{joined.address}number/", {"changed": "perhaps"}).status_code == 422
    assert clerk.post(f"{joined.address}number/", {"changed": "yes"}).status_code == 302
    assert state_of(joined, "number_change_coached") == "open"


@pytest.mark.django_db
def test_the_list_shows_whose_journeys_are_mine_and_what_is_due(
    joined: SimpleNamespace, signed_in: SignIn
) -> None:
    mine, other = words(signed_in("li").get("/journeys/")), words(signed_in("zhou").get("/journeys/"))
    assert "王小明" in mine
    assert "告知套餐资费" in mine
    assert "没有到期的步骤" in other
    assert "王**" in words(signed_in("clerk").get("/journeys/?show=all&page=7"))


@pytest.mark.django_db
def test_the_day_leads_to_the_journeys_and_a_step_to_its_own(
    joined: SimpleNamespace, signed_in: SignIn, today: date
) -> None:
    from upheld.records.promises.models import Promise

    owed = Promise.objects.filter(person=joined.wang, source="journey", state="open").earliest("due_at", "pk")
    owed.responsible, owed.planned_on = joined.li, today
    owed.save()
    page = signed_in("li").get("/work/day/").content.decode()
    assert 'href="/journeys/"' in page
    assert 'href="/journeys/of/P1/"' in page


@pytest.mark.django_db
def test_pages_of_customers_have_the_section_of_who_joined_lately(
    joined: SimpleNamespace, signed_in: SignIn
) -> None:
    assert 'href="/journeys/"' in signed_in("li").get("/work/").content.decode()
    assert "/journeys/of/P1/" in signed_in("li").get("/people/P1/").content.decode()
    assert "/journeys/of/P1/" in signed_in("agent").get("/desk/callers/P1/").content.decode()
    assert "/journeys/of/P1/" in signed_in("clerk").get("/counter/customers/P1/").content.decode()
    assert "/journeys/of/P2/" not in signed_in("zhou").get("/people/P2/").content.decode()
    assert (
        signed_in("zhou").get("/journeys/of/P2/", **HTMX).status_code == 200
    )  # nothing to show, and says nothing


@pytest.mark.django_db
def test_plan_advice_stands_at_its_step_with_the_figures(
    joined: SimpleNamespace, signed_in: SignIn, today: date
) -> None:
    from upheld.operations.journeys.start_journeys import start_journeys
    from upheld.records.journeys.models import Journey
    from upheld.records.people.models import Bill

    first = (today - timedelta(days=75)).replace(day=1)
    joined.wang.joined_date = first
    joined.wang.plan_monthly_fen = 39_00
    joined.wang.save()
    start_journeys()
    for place in range(2):
        month = date(first.year + (first.month - 1 + place) // 12, (first.month - 1 + place) % 12 + 1, 1)
        Bill.objects.create(person=joined.wang, month=month, amount_fen=120_00)
    journey = Journey.objects.get(person=joined.wang, closed_at__isnull=True)
    page = words(signed_in("li", language="en").get(f"/journeys/{journey.pk}/"))
    # 120 is 81 beyond the rent of 39, whose contents are worth 54: 135 at single prices. Enjoy 80 holds 126 of it.
    assert "Enjoy 80 would have saved at least 62.00 yuan" in page
    assert "2 full months: 240.00 yuan billed, 162.00 of it beyond the rent" in page


@pytest.mark.django_db
def test_a_lead_closes_what_is_over(joined: SimpleNamespace, signed_in: SignIn) -> None:
    lead = signed_in("lead")
    assert lead.post(f"{joined.address}close/").status_code == 422
    assert signed_in("clerk").post(f"{joined.address}close/").status_code == 403


@pytest.mark.django_db
def test_a_finished_journey_shows_the_question_and_its_answer(
    joined: SimpleNamespace, signed_in: SignIn, today: date
) -> None:
    from upheld.operations.journeys.close_journey import end_journey
    from upheld.records.surveys.models import Survey

    end_journey(joined.journey, how="over", promises=[], by=None, now=timezone.now())
    clerk = signed_in("clerk")
    assert "满意度" in words(clerk.get(joined.address))
    path = f"/s/{Survey.objects.get().word}/"
    assert "您入网已满九十天" in words(clerk.get(path))
    assert clerk.post(path, {"score": "4", "reason": "都教会了"}).status_code == 302
    assert "满意度：4/5 · 都教会了" in words(clerk.get(joined.address))
    assert signed_in("service").get("/surveys/").status_code == 200
