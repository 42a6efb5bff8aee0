"""An employee sees the own points and place, objects to a row, and the lead answers; nobody reads another's."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone

from upheld.operations.award_points import award_points
from upheld.operations.object_to_points import object_to_points
from upheld.records.staff_points.models import Objection, PointsRow

pytestmark = pytest.mark.django_db


@pytest.fixture
def counted(company: SimpleNamespace, owe) -> SimpleNamespace:
    """Li kept twenty visits and broke one this month; Zhou kept a single call."""
    at = timezone.make_aware(datetime.combine(company.today, time())) - timedelta(hours=0)
    for turn in range(1, 21):
        owe(turn=turn, state="kept", ended_at=at)
    owe(turn=21, state="broken", ended_at=at)
    owe(turn=22, state="kept", action="call", responsible=company.zhou, person=company.chen, ended_at=at)
    award_points(from_date=company.today.replace(day=1), until_date=company.today, by=None)
    broken = PointsRow.objects.get(event="broken")
    return SimpleNamespace(broken=broken, of_zhou=PointsRow.objects.get(employee=company.zhou))


def test_the_own_page_shows_share_place_and_rows_and_nobody_elses_name(company, counted, signed_in) -> None:
    page = signed_in("li", "en").get(reverse("staff-points")).content.decode()
    assert "93.3 %" in page  # (20 * 10 - 4) / 210
    assert "196 of 210 points" in page
    assert "of 1 in the same job" in page
    assert "周强" not in page
    few = signed_in("zhou", "en").get(reverse("staff-points")).content.decode()
    assert "fewer than 20 acts: no place yet" in few
    assert "李娜" not in few


def test_rows_name_whom_one_serves_and_mask_whom_one_served(company, counted, signed_in) -> None:
    from upheld.records.staff.models import Assignment

    page = signed_in("li").get(reverse("staff-points")).content.decode()
    assert "王小明" in page
    assert "名次" in page
    assert "地点" not in page
    Assignment.objects.filter(employee=company.li).update(until_date=company.today)
    page = signed_in("li").get(reverse("staff-points")).content.decode()
    assert "王小明" not in page
    assert "王**" in page


def test_an_objection_goes_to_the_lead_and_its_answer_comes_back(company, counted, signed_in) -> None:
    li, lead = signed_in("li", "en"), signed_in("lead", "en")
    form = reverse("object-to-points", args=[counted.broken.pk])
    assert "Say why, in a few words." in li.post(form, {"reason": " "}).content.decode()
    assert li.post(form, {"reason": "客户住院，已报备"}).status_code == 302
    assert "You objected to this row before." in li.post(form, {"reason": "再来"}).content.decode()
    assert "客户住院，已报备" in lead.get(reverse("staff-points")).content.decode()
    answer = reverse("answer-objection", args=[Objection.objects.get().pk])
    page = lead.post(answer, {}).content.decode()
    assert "Choose what is decided." in page
    assert "Say why, in a few words." in page
    assert lead.post(answer, {"decision": "out", "words": "核实过，不计"}).status_code == 302
    page = li.get(reverse("staff-points")).content.decode()
    assert "200 of 200 points" in page
    assert "核实过，不计" in page


def test_nobody_objects_for_another_or_answers_another_teams(company, counted, signed_in) -> None:
    li = signed_in("li")
    assert li.post(reverse("object-to-points", args=[counted.of_zhou.pk]), {"reason": "x"}).status_code == 403
    objection = object_to_points(row=counted.of_zhou, by=company.zhou, reason="x")
    answer = reverse("answer-objection", args=[objection.pk])
    for who in ("li", "lead"):
        assert signed_in(who).post(answer, {"decision": "full", "words": "x"}).status_code == 403
    assert li.get(reverse("object-to-points", args=[10**9])).status_code == 404
    page = li.get(reverse("staff-points"), {"employee": "ZHOU"}).content.decode()
    assert "周强" not in page


def test_the_lead_reads_the_team_by_name_with_the_place_among_all(company, counted, signed_in) -> None:
    page = signed_in("lead", "en").get(reverse("staff-points")).content.decode()
    assert "李娜" in page
    assert "周强" not in page
    of_li = signed_in("lead", "en").get(reverse("staff-points"), {"employee": "LI"}).content.decode()
    assert "196 of 210 points" in of_li
    assert "/object/" not in of_li
    assert "周强" in signed_in("service", "en").get(reverse("staff-points")).content.decode()


def test_a_period_without_anything_says_so(company, signed_in) -> None:
    assert "没有计分" in signed_in("li").get(reverse("staff-points")).content.decode()
    answer = signed_in("li").get(reverse("staff-points"), {"period": "custom", "from": "\x00", "to": "x"})
    assert answer.status_code == 200
