"""An account manager's book is closed to other managers, numbers are hidden until asked for, refusals are noted."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

SignIn = Callable[..., Client]


def last_entry() -> Any:
    """Give the newest audit entry."""
    from upheld.records.audit.queries import entries

    return entries(limit=1)[0]


@pytest.mark.parametrize("path", ["/people/P2/", "/groups/G2/"])
def test_another_managers_customer_is_refused_and_noted(
    company: SimpleNamespace, signed_in: SignIn, path: str
) -> None:
    answer = signed_in("li").get(path)
    assert answer.status_code == 403
    assert "无权查看" in answer.content.decode()
    assert "陈慧" not in answer.content.decode()
    noted = last_entry()
    assert (noted.actor, noted.act, noted.allowed) == (company.li, "open_customer", False)
    assert noted.subject_id == path.split("/")[2]


def test_somebody_elses_contact_is_not_taken_back(
    company: SimpleNamespace, signed_in: SignIn, contact_form: Any
) -> None:
    from upheld.records.evidence.queries import interactions_of_person
    from upheld.records.staff.models import Assignment

    # Zhou stands in for Li and serves the same customer by now.
    Assignment.objects.create(
        employee=company.zhou, person=company.wang, kind="account_manager", from_date=date(2020, 1, 1)
    )
    signed_in("li").post("/people/P1/contacts/", contact_form())
    (contact,) = interactions_of_person(company.wang.pk)
    address = f"/contacts/{contact.pk}/reverse/"
    browser = signed_in("zhou")
    assert browser.get("/people/P1/").status_code == 200
    for answer in (browser.get(address), browser.post(address, {"reason": "记错了"})):
        assert answer.status_code == 403
        noted = last_entry()
        assert (noted.act, noted.actor, noted.allowed) == ("reverse_contact", company.zhou, False)
    for who, name in (("li", "王小明"), ("lead", "王小明"), ("service", "王**")):
        answer = signed_in(who).get(address)
        assert answer.status_code == 200
        assert re.findall(r"王[^\s<]+", answer.content.decode()) == [name]


@pytest.mark.parametrize("kind", ["people", "groups"])
def test_an_answer_does_not_tell_which_codes_exist(
    company: SimpleNamespace, signed_in: SignIn, contact_form: Any, kind: str
) -> None:
    theirs, nobodys = ("P2", "P9") if kind == "people" else ("G2", "G9")
    browser = signed_in("li")
    for path in ("", "contacts/", "number/"):
        pages = []
        for code in (theirs, nobodys):
            address = f"/{kind}/{code}/{path}"
            answer = browser.post(address, contact_form()) if path else browser.get(address)
            pages.append((answer.status_code, re.sub(r'value="[^"]*"', "", answer.content.decode())))
            if answer.status_code == 403:
                assert (last_entry().act, last_entry().subject_id) == ("open_customer", code)
        assert pages[0][0] == pages[1][0] == (404 if kind == "groups" and path == "number/" else 403)
        assert pages[0][1].replace(theirs, nobodys) == pages[1][1]
    assert signed_in("service").get(f"/{kind}/{nobodys}/").status_code == 404


def test_another_managers_promise_cannot_be_opened_recorded_or_waived(
    company: SimpleNamespace, owe: Any, signed_in: SignIn, contact_form: Any
) -> None:
    theirs = owe(person=company.chen, responsible=company.zhou)
    browser = signed_in("li")
    for answer in (
        browser.get(f"/promises/{theirs.pk}/record/"),
        browser.post(f"/promises/{theirs.pk}/record/", contact_form()),
        browser.post("/people/P2/contacts/", contact_form()),
        browser.post(f"/promises/{theirs.pk}/waive/", {"reason": "nothing to do"}),
    ):
        assert answer.status_code == 403
    theirs.refresh_from_db()
    assert theirs.state == "open"
    assert signed_in("lead").get(f"/promises/{theirs.pk}/waive/").status_code == 403, "another team's promise"


def test_reach_grows_with_the_job(company: SimpleNamespace, signed_in: SignIn) -> None:
    reach = {
        who: {code for code in ("P1", "P2") if signed_in(who).get(f"/people/{code}/").status_code == 200}
        for who in ("li", "zhou", "lead", "service", "admin")
    }
    assert reach == {
        "li": {"P1"},
        "zhou": {"P2"},
        "lead": {"P1"},
        "service": {"P1", "P2"},
        "admin": {"P1", "P2"},
    }


def test_search_stays_within_the_book(company: SimpleNamespace, signed_in: SignIn) -> None:
    for text in ("陈慧", "ch", "139****5678", "P2"):
        link = 'href="/people/P2/"'
        assert link not in signed_in("li").get("/people/", {"q": text}).content.decode(), text
        assert link in signed_in("zhou").get("/people/", {"q": text}).content.decode(), text


def test_numbers_are_masked_everywhere(company: SimpleNamespace, owe: Any, signed_in: SignIn) -> None:
    owe()
    browser = signed_in("li")
    for path in (
        "/work/",
        "/people/P1/",
        "/people/?q=wxm",
        "/groups/G1/",
        "/dashboard/",
        "/dashboard/KEY-5/",
    ):
        page = browser.get(path).content.decode()
        assert "13812341234" not in page, path
    assert "138****1234" in browser.get("/people/P1/").content.decode()


def test_a_number_is_shown_to_who_serves_the_person_and_noted(
    company: SimpleNamespace, signed_in: SignIn
) -> None:
    answer = signed_in("li").post("/people/P1/number/", headers={"HX-Request": "true"})
    assert "13812341234" in answer.content.decode()
    noted = last_entry()
    assert (noted.actor, noted.act, noted.allowed, noted.detail) == (
        company.li, "unmask", True, {"field": "phone"},
    )  # fmt: skip
    # The service department reads everything, but serves nobody.
    refused = signed_in("service").post("/people/P1/number/")
    assert refused.status_code == 403
    assert "13812341234" not in refused.content.decode()
    assert signed_in("service").get("/people/P1/number/").status_code == 405


EVERY_PAGE = (
    "/work/?tab=today",
    "/work/?tab=overdue",
    "/people/?q=王小明",
    "/people/?q=P1",
    "/people/P1/",
    "/groups/G1/",
    "/dashboard/",
    "/dashboard/KEY-5/",
    "/dashboard/KEY-5/?state=broken",
    "/clauses/KEY-5/",
    "/standards/",
)


@pytest.mark.parametrize("who", ["service", "admin"])
def test_who_serves_nobody_reads_masked_names(
    company: SimpleNamespace, owe: Any, signed_in: SignIn, who: str
) -> None:
    owe(), owe(state="broken", turn=2)
    late = company.today - timedelta(days=3)
    owe(action="call", state="broken", from_date=late, due_date=late)
    for path in EVERY_PAGE:
        shown = signed_in(who).get(path).content.decode()
        # What the reader typed stands in the field, and beside the list that answers it.
        assert "王小明" not in shown.replace('value="王小明"', "").replace('data-q="王小明"', ""), path
    for path in (
        "/work/?tab=today",
        "/people/?q=P1",
        "/people/P1/",
        "/groups/G1/",
        "/dashboard/KEY-5/?state=broken",
    ):
        assert "王**" in signed_in(who).get(path).content.decode(), path
    assert signed_in(who).get(f"/promises/{owe(turn=3).pk}/waive/").content.decode().count("王小明") == 0


@pytest.mark.parametrize("who", ["li", "lead"])
def test_who_serves_a_person_reads_the_name(
    company: SimpleNamespace, owe: Any, signed_in: SignIn, who: str
) -> None:
    owe(), owe(state="broken", turn=2)
    for path in (
        "/work/?tab=today",
        "/people/?q=P1",
        "/people/P1/",
        "/groups/G1/",
        "/dashboard/KEY-5/?state=broken",
    ):
        page = signed_in(who).get(path).content.decode()
        assert "王小明" in page, path
        assert "显示姓名" not in page, path


def test_a_promise_to_somebody_served_elsewhere_by_now_is_listed_masked(
    company: SimpleNamespace, owe: Any, signed_in: SignIn
) -> None:
    owe(person=company.chen, state="broken")
    page = signed_in("li").get("/dashboard/KEY-5/", {"state": "broken"}).content.decode()
    assert "陈**" in page
    assert "陈慧" not in page


def test_a_name_is_shown_on_request_and_noted(company: SimpleNamespace, signed_in: SignIn) -> None:
    browser = signed_in("service")
    assert "显示姓名" in browser.get("/people/P1/").content.decode()
    assert browser.get("/people/P1/name/").status_code == 405
    for headers in ({}, {"HX-Request": "true"}):
        answer = browser.post("/people/P1/name/", headers=headers).content.decode()
        assert "王小明" in answer
        assert "显示姓名" not in answer
        assert ("<html" in answer) == (not headers)
        noted = last_entry()
        assert (noted.actor, noted.act, noted.allowed, noted.subject_id, noted.detail) == (
            company.service, "unmask", True, str(company.wang.pk), {"field": "name"},
        )  # fmt: skip
    assert "王小明" not in browser.get("/people/P1/").content.decode(), "asked for each time"
    assert signed_in("li").post("/people/P1/name/").headers["Location"] == "/people/P1/"
    refused = signed_in("li").post("/people/P2/name/")
    assert refused.status_code == 403
    assert "陈慧" not in refused.content.decode()
    assert last_entry().allowed is False


def test_a_page_that_the_job_does_not_allow_is_refused_and_noted(
    company: SimpleNamespace, owe: Any, signed_in: SignIn, contact_form: Any
) -> None:
    promise = owe()
    assert signed_in("li").get(f"/promises/{promise.pk}/waive/").status_code == 403
    assert last_entry().act == "waive_promise"
    assert signed_in("service").post(f"/promises/{promise.pk}/record/", contact_form()).status_code == 403
    assert last_entry().allowed is False


def test_a_refusal_is_noted_however_long_the_address(signed_in: SignIn) -> None:
    address = f"/people/{'9' * 64}/contacts/"
    assert signed_in("service").post(address).status_code == 403
    noted = last_entry()
    assert (noted.act, noted.subject_kind, noted.subject_id) == ("record_contact", "page", "")
    assert noted.detail["why"] == address


def test_a_customer_with_the_longest_code_is_refused_and_noted(
    company: SimpleNamespace, signed_in: SignIn
) -> None:
    company.chen.code = "P" * 64
    company.chen.save(update_fields=["code"])
    assert signed_in("li").get(f"/people/{'P' * 64}/").status_code == 403
    assert last_entry().subject_id == "P" * 64


def test_nobody_sees_anything_before_signing_in(company: SimpleNamespace, db: None) -> None:
    for path in ("/", "/work/", "/people/", "/people/P1/", "/groups/G1/", "/dashboard/", "/clauses/KEY-5/"):
        answer = Client().get(path)
        assert answer.status_code == 302, path
        assert answer.headers["Location"].startswith("/sign-in/?next="), path
    swap = Client().get("/people/?q=wang", headers={"HX-Request": "true"})
    assert (swap.status_code, swap.headers["HX-Redirect"]) == (401, "/sign-in/")


def test_forms_without_a_token_are_refused(company: SimpleNamespace, owe: Any, contact_form: Any) -> None:
    promise = owe()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(company.li, backend="django.contrib.auth.backends.ModelBackend")
    for path in (
        f"/promises/{promise.pk}/record/",
        "/people/P1/contacts/",
        "/people/P1/number/",
        "/sign-out/",
    ):
        assert browser.post(path, contact_form()).status_code == 403, path
    promise.refresh_from_db()
    assert promise.state == "open"


def test_an_unknown_address_has_a_page_for_everybody(company: SimpleNamespace, signed_in: SignIn) -> None:
    for browser in (Client(), signed_in("li")):
        answer = browser.get("/nowhere/")
        assert answer.status_code == 404
        assert "没有找到" in answer.content.decode()


def test_pages_forbid_foreign_scripts_and_caches(signed_in: SignIn) -> None:
    answer = signed_in("li").get("/work/")
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]
    page = answer.content.decode()
    assert "<script>" not in page
    assert "style=" not in page
    assert "onclick=" not in page
