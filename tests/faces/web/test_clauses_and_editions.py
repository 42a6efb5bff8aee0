"""A clause that promises were made of stays readable, and a promise is recorded by the edition that made it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

SignIn = Callable[..., Client]
KEY_PERSONS = "group-key-persons"


@pytest.fixture
def put_in_force(company: SimpleNamespace, tmp_path: Path) -> Callable[[Callable[[Path], Any]], Any]:
    """Put a changed copy of the shipped standards in force from today."""
    from upheld.operations.activate_edition import activate_edition
    from upheld.policy.standards import shipped_folder

    def activate(change: Callable[[Path], Any]) -> Any:
        folder = tmp_path / "standards"
        shutil.copytree(shipped_folder(), folder)
        change(folder)
        return activate_edition(folder=folder, active_from=company.today, by=None)

    return activate


def without_key_persons(folder: Path) -> None:
    """Take the standard of key persons away."""
    shutil.rmtree(folder / KEY_PERSONS)


def test_a_clause_that_is_gone_is_shown_from_the_edition_of_its_promises(
    company: SimpleNamespace, owe: Any, signed_in: SignIn, put_in_force: Any
) -> None:
    owe(state="kept")
    new = put_in_force(without_key_persons)
    assert new.name != company.edition.name
    page = signed_in("li").get("/clauses/KEY-5/")
    assert page.status_code == 200
    for words in ("日常关系维护", "本条款已不再生效", company.edition.name, "100.0 %"):
        assert words in page.content.decode(), words
    assert "no longer in force" in signed_in("li", "en").get("/clauses/KEY-5/").content.decode()
    assert signed_in("li").get("/clauses/KEY-6/").status_code == 404, "nothing was ever promised by it"
    assert "本条款已不再生效" not in signed_in("li").get("/clauses/CT-15/").content.decode()
    # Zhou has none of its promises, and the clause has a heading all the same.
    for who in ("li", "zhou"):
        listed = signed_in(who).get("/dashboard/KEY-5/")
        assert listed.status_code == 200
        assert "日常关系维护" in listed.content.decode()
    assert signed_in("li").get("/people/P1/").status_code == 200


def test_the_addresses_that_the_command_prints_are_pages(
    owe: Any, signed_in: SignIn, capsys: pytest.CaptureFixture[str]
) -> None:
    from upheld.config.main import main

    owe()
    assert main(["clause", "KEY-5"]) == 0
    printed = re.findall(r"(?:page|dashboard) +(/\S+)", capsys.readouterr().out)
    assert printed == ["/clauses/KEY-5/", "/dashboard/KEY-5/"]
    for address in [*printed, "/dashboard/?clause=KEY-5"]:
        answer = signed_in("li").get(address, follow=True)
        assert answer.status_code == 200
        assert "KEY-5</span>" in answer.content.decode() or "KEY-5 " in answer.content.decode()
    answer = signed_in("li").get("/dashboard/?clause=KEY-5&period=quarter")
    assert answer.headers["Location"] == "/dashboard/KEY-5/?period=quarter"
    assert signed_in("li").get("/dashboard/?clause=%2F%00").status_code == 200


def visits_kept_by_calls(folder: Path) -> None:
    """Let a call alone keep a visit of KEY-5."""
    rules = folder / KEY_PERSONS / "rules" / "contacts.yaml"
    lines = rules.read_text("utf-8").splitlines(keepends=True)
    (at,) = [number for number, line in enumerate(lines) if "clause: KEY-5, action: visit, channels:" in line]
    lines[at] = "  - {clause: KEY-5, action: visit, channels: [call]}\n"
    rules.write_text("".join(lines), "utf-8")


def test_the_form_offers_what_keeps_the_promise_by_its_own_edition(
    company: SimpleNamespace, owe: Any, signed_in: SignIn, put_in_force: Any, contact_form: Any
) -> None:
    def offered(address: str) -> list[str]:
        page = signed_in("li").get(address).content.decode()
        select = re.search(r'<select name="channel".*?</select>', page, re.DOTALL)
        assert select is not None
        return re.findall(r'value="([^"]+)"', select.group())

    old = owe()
    before = offered(f"/promises/{old.pk}/record/")
    new = owe(edition=put_in_force(visits_kept_by_calls), turn=2)
    assert offered(f"/promises/{old.pk}/record/") == before
    assert "visit" in before
    assert offered(f"/promises/{new.pk}/record/") == ["call"]
    assert offered(f"/work/record/?promise={old.pk}") == before
    assert offered(f"/work/record/?promise={new.pk}") == ["call"]
    # What the form offers is what the act takes.
    signed_in("li").post(f"/promises/{old.pk}/record/", contact_form(channel=before[0]))
    signed_in("li").post(f"/promises/{new.pk}/record/", contact_form(channel="call", key="form-2"))
    old.refresh_from_db(), new.refresh_from_db()
    assert (old.state, new.state) == ("kept", "kept")


def test_a_clause_once_opened_waits_for_nobody_who_opens_another_edition(company: SimpleNamespace) -> None:
    from upheld.faces import editions

    edition = editions.edition_in_force(day=company.today).edition
    counted = editions.coverage_by_clause(edition)
    with ThreadPoolExecutor(1) as visitor, editions._one_at_a_time:  # the cases of another edition are run
        assert visitor.submit(editions.coverage_by_clause, edition).result(timeout=30) is counted
