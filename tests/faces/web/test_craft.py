"""The craft on pages: a month with its review, the board of sales, use that falls, and what departments ask."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]


@pytest.fixture
def sale(company: SimpleNamespace) -> Any:
    """Li's sale of a leased line to the power company."""
    from upheld.operations.craft.prospects import add_prospect

    return add_prospect(by=company.li, key="s", name="新能源公司", subject="专线", group=company.power)


def test_a_month_is_set_warned_of_and_reviewed(signed_in: SignIn, company: SimpleNamespace) -> None:
    from upheld.records.craft.models import MonthlyTarget, TargetReview

    browser, month = signed_in("li"), company.today.strftime("%Y-%m")
    browser.post(
        reverse("craft-set"),
        {
            "month": month,
            "visits-share": "10",
            "visits-target": "9",
            "sales_volume-share": "100",
            "sales_volume-target": "120",
        },
    )
    page = browser.get(reverse("craft-month"), {"month": month})
    assert "未高于任务分摊" in page.content.decode()
    assert MonthlyTarget.objects.get(measure="sales_volume").target == 12_000  # fen
    # The month before, and what was not reviewed of it, is told on the page of this month.
    before = (company.today.replace(day=1) - timedelta(days=1)).replace(day=1)
    MonthlyTarget.objects.create(
        employee=company.li, month=before, measure="visits", share=2, target=3, set_by=company.li
    )
    assert "上月目标尚未分析" in browser.get(reverse("craft-month"), {"month": month}).content.decode()
    fields = {"month": before.strftime("%Y-%m"), "measure": "visits"}
    refused = browser.post(reverse("craft-review"), fields)
    assert refused.status_code == 422
    assert "未达目标要写明" in refused.content.decode()
    fields |= {"subjective_cause": "plan", "correction": "提前排程"}
    answer = browser.post(reverse("craft-review"), fields, follow=True)
    assert "B 计划不周" in answer.content.decode()
    assert TargetReview.objects.get().correction == "提前排程"


def test_all_numbers_that_are_none_are_named_at_once(signed_in: SignIn, company: SimpleNamespace) -> None:
    answer = signed_in("li").post(
        reverse("craft-set"), {"visits-share": "x", "visits-target": "3", "signings-target": "-1"}
    )
    assert answer.status_code == 422
    assert len(answer.context["problems"]) == 2


def test_a_lead_looks_at_the_team_and_a_manager_at_nobody_else(signed_in: SignIn) -> None:
    assert signed_in("lead").get(reverse("craft-month"), {"who": "LI"}).status_code == 200
    assert signed_in("lead").get(reverse("craft-month"), {"who": "ZHOU"}).status_code == 404
    assert signed_in("li").get(reverse("craft-month"), {"who": "ZHOU"}).status_code == 404
    assert signed_in("service").get(reverse("craft-month"), {"who": "ZHOU"}).status_code == 200


def test_a_sale_is_moved_on_the_board_judged_and_filed(
    signed_in: SignIn, company: SimpleNamespace, sale: Any
) -> None:
    browser = signed_in("li")
    board = browser.get(reverse("craft-board")).content.decode()
    assert "新能源公司" in board
    moved = browser.post(
        reverse("craft-move", args=[sale.pk]), {"chapter": "needs", "key": "k", "back": "board"}
    )
    assert moved.url.endswith(f"#s-{sale.pk}")
    browser.post(reverse("craft-judge", args=[sale.pk]), {"mark": "has_need", "holds": "yes", "note": "扩产"})
    file = SimpleUploadedFile("方案<b>.html", b"%PDF-1.4 x", content_type="text/html")
    browser.post(reverse("craft-file", args=[sale.pk]), {"file": file})
    page = browser.get(reverse("craft-sale", args=[sale.pk])).content.decode()
    assert "需求探讨" in page
    assert "扩产" in page
    assert "<b>.html" not in page
    document = sale.documents.get()
    got = browser.get(reverse("craft-document", args=[sale.pk, document.pk]))
    assert (got["Content-Type"], got.content) == ("application/pdf", b"%PDF-1.4 x")
    assert got["Content-Disposition"].startswith("attachment")


def test_a_document_pressed_twice_is_filed_once(signed_in: SignIn, sale: Any) -> None:
    browser, page = signed_in("li"), reverse("craft-sale", args=[sale.pk])
    shown = browser.get(page)
    key = shown.context["key"]
    _, form = shown.content.decode().split(f'action="{reverse("craft-file", args=[sale.pk])}"')
    assert f'name="key" value="{key}"' in form.split("</form>")[0]

    def file(content: bytes) -> Any:
        sent = {"key": key, "file": SimpleUploadedFile("方案.pdf", content)}
        return browser.post(reverse("craft-file", args=[sale.pk]), sent)

    assert [file(b"%PDF-1.4 x").status_code for _ in range(2)] == [302, 302]
    assert sale.documents.count() == 1
    other = file(b"%PDF-1.4 y")  # a page kept open, and another file chosen on it
    assert other.status_code == 422
    assert "重新打开" in other.content.decode()
    assert sale.documents.count() == 1


def test_a_months_use_is_written_by_hand_on_the_page_of_the_sale(
    signed_in: SignIn, company: SimpleNamespace, sale: Any
) -> None:
    from upheld.records.craft.models import UsageFigure

    browser, address = signed_in("li"), reverse("craft-note-usage", args=[sale.pk])
    before = (company.today.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    form = browser.get(reverse("craft-sale", args=[sale.pk])).content.decode()
    assert f'type="month" required value="{before}"' in form  # the last month that is whole
    fields = {"product": "专线", "month": company.today.strftime("%Y-%m"), "quantity": "120", "unit": "GB"}
    for _ in range(2):  # pressed twice
        assert browser.post(address, fields).url == f"{reverse('craft-sale', args=[sale.pk])}#use"
    page = browser.get(reverse("craft-sale", args=[sale.pk])).content.decode()
    assert "120 GB" in page
    for wrong in ({"quantity": "-3"}, {"month": "2199-01"}, {"product": " "}, {"month": "\0"}):
        refused = browser.post(address, fields | wrong)
        assert refused.status_code == 422
        assert len(refused.context["problems"]) == 1
    assert UsageFigure.objects.values_list("group__code", "quantity").get() == ("G1", 120)
    browser.post(address, fields | {"quantity": "90"})  # corrected: the last word holds
    assert "90 GB" in browser.get(reverse("craft-sale", args=[sale.pk])).content.decode()


def test_use_by_hand_is_for_the_groups_of_the_own_book(
    signed_in: SignIn, company: SimpleNamespace, sale: Any
) -> None:
    from upheld.operations.craft.prospects import add_prospect
    from upheld.records.craft.models import UsageFigure

    fields = {"product": "专线", "month": company.today.strftime("%Y-%m"), "quantity": "1"}
    assert signed_in("zhou").post(reverse("craft-note-usage", args=[sale.pk]), fields).status_code == 404
    another = add_prospect(by=company.zhou, key="z", name="电力")
    type(another).objects.filter(pk=another.pk).update(
        group=company.power
    )  # her sale, and the group is Li's by now
    refused = signed_in("zhou").post(reverse("craft-note-usage", args=[another.pk]), fields)
    assert refused.status_code == 422
    assert "您的单位中没有这个编号" in refused.content.decode()
    nobody = add_prospect(by=company.li, key="n", name="新厂")
    assert signed_in("li").post(reverse("craft-note-usage", args=[nobody.pk]), fields).status_code == 404
    assert not UsageFigure.objects.exists()


def test_a_lost_sale_says_why(signed_in: SignIn, sale: Any) -> None:
    browser, address = signed_in("li"), reverse("craft-move", args=[sale.pk])
    assert browser.post(address, {"chapter": "lost"}).status_code == 422
    browser.post(address, {"chapter": "lost", "note": "选了别家"})
    assert "1 项未成" in browser.get(reverse("craft-board")).content.decode()


def test_a_prospect_is_written_down_with_all_that_is_wrong_said_at_once(
    signed_in: SignIn, company: SimpleNamespace
) -> None:
    from upheld.records.craft.models import Prospect

    browser, address = signed_in("li"), reverse("craft-new")
    refused = browser.post(address, {"name": "", "group": "G2", "subject": "x" * 300})
    assert refused.status_code == 422
    assert len(refused.context["problems"]) == 3
    for _ in range(2):
        answer = browser.post(address, {"name": "新厂\0", "group": "G1", "key": "one"})
        assert answer.status_code == 302
    assert Prospect.objects.get().group == company.power


def test_sales_of_another_manager_are_out_of_reach(signed_in: SignIn, sale: Any) -> None:
    zhou = signed_in("zhou")
    assert zhou.get(reverse("craft-sale", args=[sale.pk])).status_code == 404
    assert zhou.post(reverse("craft-move", args=[sale.pk]), {"chapter": "needs"}).status_code == 404
    assert "新能源公司" not in zhou.get(reverse("craft-board")).content.decode()
    assert zhou.get(f"/craft/sales/{10**30}/").status_code == 404


def test_figures_are_brought_by_a_file_and_falling_use_is_seen_first(
    signed_in: SignIn, company: SimpleNamespace
) -> None:
    browser, address = signed_in("li"), reverse("craft-usage")
    first = company.today.replace(day=1)
    months = [(first - timedelta(days=30 * back)).strftime("%Y-%m") for back in (4, 3, 2, 1)]
    rows = [f"G1,专线,{month},{number},GB" for month, number in zip(months, (90, 90, 90, 40), strict=True)]
    text = "\n".join(["group,product,month,quantity,unit", *rows, "G2,专线,2026-01,5,GB"])
    answer = browser.post(address, {"file": SimpleUploadedFile("u.csv", text.encode())})
    page = answer.content.decode()
    assert "已存入 4 条" in page
    assert "G2" in page  # another manager's group is rejected like an unknown one
    assert "下降" in page
    assert answer.context["falling"] == 1
    assert browser.post(address, {}).status_code == 422
    assert browser.post(address, {"file": SimpleUploadedFile("u.csv", b"\xff")}).status_code == 422


def test_a_department_is_asked_and_answers_on_its_own_page(
    signed_in: SignIn, company: SimpleNamespace
) -> None:
    from upheld.records.craft.models import Coordination
    from upheld.records.promises.models import Promise

    li, due = signed_in("li"), timezone.localtime() + timedelta(days=1)
    fields = {
        "group": "G1",
        "to": str(company.service.pk),
        "due_at": due.strftime("%Y-%m-%dT%H:%M"),
        "what": "查光缆路由",
        "key": "c",
    }
    for _ in range(2):
        assert li.post(reverse("craft-ask"), fields).status_code == 302
    asked = Coordination.objects.get()
    assert "查光缆路由" in li.get(reverse("craft-asked")).content.decode()
    assert li.post(reverse("craft-answer", args=[asked.pk]), {"words": "我来"}).status_code == 403
    service = signed_in("service")
    assert "查光缆路由" in service.get(reverse("craft-asked")).content.decode()
    assert service.post(reverse("craft-answer", args=[asked.pk]), {"words": " "}).status_code == 422
    page = service.post(reverse("craft-answer", args=[asked.pk]), {"words": "已查"}, follow=True)
    assert "已查" in page.content.decode()
    assert Promise.objects.get().state == "kept"


def test_the_bell_leads_to_what_is_asked(signed_in: SignIn, company: SimpleNamespace) -> None:
    from upheld.operations.craft.coordinate import ask_department
    from upheld.operations.sweep_warnings import sweep_warnings

    now = timezone.now()
    ask_department(
        by=company.li,
        to=company.service,
        group=company.power,
        what="查光缆路由",
        due_at=now + timedelta(minutes=1),
        key="c",
        at=now - timedelta(hours=4),
    )
    sweep_warnings(now=now)
    page = signed_in("service").get(reverse("warnings")).content.decode()
    assert reverse("craft-asked") in page
    assert "江州市电力公司" in page


def test_a_request_that_cannot_be_meant_says_all_that_is_wrong(
    signed_in: SignIn, company: SimpleNamespace
) -> None:
    browser = signed_in("li")
    answer = browser.post(reverse("craft-ask"), {"group": "G1", "to": "x", "due_at": "soon", "what": ""})
    assert answer.status_code == 422
    assert len(answer.context["problems"]) == 3
    assert browser.post(reverse("craft-ask"), {"group": "G2"}).status_code == 422
    assert browser.post(reverse("craft-answer", args=[10**20]), {"words": "x"}).status_code == 404
