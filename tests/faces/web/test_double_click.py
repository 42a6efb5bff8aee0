"""A double click on the desk's form: two posts of one form at the same instant, each in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from upheld.records.audit.models import Entry
from upheld.records.cases.models import Case, CaseClock, CaseStep
from upheld.records.promises.models import Promise

pytestmark = pytest.mark.django_db(transaction=True)
CLICKS = 4
SLOWLY = """
    CREATE FUNCTION take_a_while() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END$$;
    CREATE CONSTRAINT TRIGGER take_a_while AFTER INSERT ON cases_case DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION take_a_while();
"""


@pytest.fixture
def slow_case(company: SimpleNamespace) -> Any:
    """Let the storing of a case take a while, so that the second click comes before the first is stored."""
    with connection.cursor() as cursor:
        cursor.execute(SLOWLY)
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION take_a_while CASCADE")


def click_at_once(browsers: list[Client], form: dict[str, str]) -> list[Any]:
    """Post one form from several threads that start together."""
    start, answers = threading.Barrier(len(browsers)), []

    def click(browser: Client) -> None:
        try:
            start.wait(30)
            answers.append(browser.post(reverse("desk-open-case", args=["P1"]), form))
        except Exception as problem:
            answers.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=click, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def test_a_double_click_on_the_form_opens_one_case(
    company: SimpleNamespace, slow_case: None, signed_in: Callable[..., Client]
) -> None:
    company.join("agent", "方晓", "hotline_agent")
    browsers = [signed_in("agent") for _ in range(CLICKS)]
    form = {"key": "form-1", "kind": "complaint", "summary": "机房断电三次，没有人管"}
    answers = click_at_once(browsers, form)
    assert [getattr(one, "status_code", one) for one in answers] == [302] * CLICKS, answers
    assert len({one.headers["Location"] for one in answers}) == 1, "every click ends at the same page"
    case = Case.objects.get()
    assert case.key == "form-1"
    promises = Promise.objects.filter(case=case)
    assert (
        promises.count()
        == CaseClock.objects.count()
        == promises.values("clause", "action").distinct().count()
        > 0
    )
    assert CaseStep.objects.count() == Entry.objects.filter(act="open_case", allowed=True).count() == 1
    click_at_once(browsers[:2], {**form, "key": "form-2"})
    assert Case.objects.count() == 2, "another form is another case"
