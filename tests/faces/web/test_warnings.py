"""The bell counts what somebody was warned of; the list says it in words, and takes note of what was seen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from upheld.operations.sweep_warnings import sweep_warnings
from upheld.records.promises.models import WarningSeen

HOUR = timedelta(hours=1)


@pytest.fixture
def run_out(owe: Any, company: Any) -> Any:
    """Let a clock of Li's run out some hours ago."""

    def make(hours_ago: float = 1.0, **fields: Any) -> Any:
        due_at = timezone.now() - hours_ago * HOUR
        ats = [due_at - HOUR, due_at, due_at + 2 * HOUR]
        fields.setdefault("turn", len(made) + 1)
        made.append(
            owe(
                action="first_answer",
                clause="CT-16",
                standard="CT",
                due_at=due_at,
                warn_ats=ats,
                warn_at=ats[0],
                from_date=due_at.date(),
                due_date=due_at.date(),
                source="case_deadline",
                **fields,
            )
        )
        sweep_warnings()
        return made[-1]

    made: list[Any] = []
    return make


def text_of(browser: Any, name: str, **query: str) -> str:
    answer = browser.get(reverse(name), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_bell_stands_on_every_page_and_counts_for_each_reader(signed_in: Any, run_out: Any) -> None:
    li, lead, zhou = signed_in("li"), signed_in("lead"), signed_in("zhou")
    page = text_of(li, "workbench")
    assert page.count('id="bell"') == 1
    assert 'hx-trigger="load, every 60s"' in page
    assert "count number" not in text_of(li, "warnings-bell")
    run_out()
    assert "1条预警未读" in text_of(li, "warnings-bell")
    run_out(-0.5)
    assert "2条预警未读" in text_of(li, "warnings-bell")
    assert "1条预警未读" in text_of(lead, "warnings-bell")
    assert "count number" not in text_of(zhou, "warnings-bell")
    assert 'hx-trigger="every 60s"' in text_of(li, "warnings-bell"), "and asks again"
    assert "2 warnings not seen" in text_of(signed_in_english(li), "warnings-bell")


def signed_in_english(browser: Any) -> Any:
    browser.cookies["django_language"] = "en"
    return browser


def test_the_list_says_what_has_run_out_for_whom_and_who_works_on_it(signed_in: Any, run_out: Any) -> None:
    run_out()
    page = text_of(signed_in("li"), "warnings")
    for word in ("到期未兑现", "首次答复", "王小明", "CT-16", "李娜"):
        assert word in page, word
    assert "即将到期" not in page.split('id="warnings-list"')[1], "one line a promise, the latest warning"


def test_who_does_not_serve_the_person_reads_no_name(signed_in: Any, run_out: Any) -> None:
    run_out(5)
    page = text_of(signed_in("service"), "warnings")
    assert "超时已久" in page
    assert "王**" in page
    assert "王小明" not in page


def test_what_is_seen_leaves_the_bell_and_the_list_but_not_the_full_one(signed_in: Any, run_out: Any) -> None:
    run_out()
    li = signed_in("li")
    answer = li.post(reverse("warnings-seen"), {}, headers={"HX-Request": "true"})
    assert 'id="warnings-list"' in answer.content.decode()
    assert 'hx-swap-oob="true"' in answer.content.decode(), "the bell goes with it"
    assert "没有新预警" in answer.content.decode()
    assert "到期未兑现" in text_of(li, "warnings", all="1")
    assert WarningSeen.objects.count() == 2


def test_one_is_seen_without_a_script_too(signed_in: Any, run_out: Any) -> None:
    owed = run_out()
    li = signed_in("li")
    first = owed.given_warnings.get(stage="before")
    answer = li.post(reverse("warnings-seen"), {"warning": str(first.pk), "all": "1"})
    assert (answer.status_code, answer.url) == (302, "/warnings/?all=1")
    assert "1条预警未读" in text_of(li, "warnings-bell")


@pytest.mark.parametrize("chosen", ["x", "-1", "9" * 40, "²", "1; DROP TABLE"])
def test_nonsense_is_no_warning(signed_in: Any, run_out: Any, chosen: str) -> None:
    run_out()
    assert signed_in("li").post(reverse("warnings-seen"), {"warning": chosen}).status_code == 302
    assert not WarningSeen.objects.exists()


def test_a_day_without_warnings_says_so(signed_in: Any, company: Any) -> None:
    assert "没有新预警" in text_of(signed_in("li"), "warnings")
    assert "没有预警" in text_of(signed_in("li"), "warnings", all="1")


def test_a_warning_of_a_group_leads_to_the_group(signed_in: Any, run_out: Any, company: Any) -> None:
    run_out(group=company.power)
    assert "江州市电力公司" in text_of(signed_in("li"), "warnings")
