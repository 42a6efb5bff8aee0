"""A team lead looks at a day of calls, plans the next one, and hands files over; others see what is theirs to see."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import polib
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import StopUpload
from django.test import Client

from upheld.faces import uploads
from upheld.operations.import_calls import import_calls
from upheld.records.telephony.models import Call

pytestmark = pytest.mark.django_db

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 3, 2)


def log_of(day: date, *, calls: int = 60, queue: str = "10000", hour: int = 9) -> str:
    """Calls half a minute apart: three of four are answered after 10 s, the fourth hangs up after 30 s."""
    begin = int(datetime(day.year, day.month, day.day, hour, tzinfo=ZONE).timestamp())
    lines = []
    for n in range(calls):
        at, call = begin + 30 * n, f"{begin}.{queue}.{n}"
        lines.append(f"{at}|{call}|{queue}|NONE|ENTERQUEUE||13800000000|1")
        if n % 4 == 3:
            lines.append(f"{at + 30}|{call}|{queue}|NONE|ABANDON|1|1|30")
        else:
            lines.append(f"{at + 10}|{call}|{queue}|PJSIP/1|CONNECT|10|x|2")
            lines.append(f"{at + 190}|{call}|{queue}|PJSIP/1|COMPLETECALLER|10|180|1")
    return "".join(f"{line}\n" for line in lines)


@pytest.fixture
def home(settings: Any, tmp_path: Path) -> Path:
    """Keep what uploads leave in a folder of the test's own."""
    settings.UPHELD_HOME = tmp_path
    return tmp_path


@pytest.fixture
def known(company: SimpleNamespace, tmp_path: Path) -> Callable[..., None]:
    """Bring calls in, as the command does."""

    def bring(*texts: str) -> None:
        for number, text in enumerate(texts):
            path = tmp_path / f"known-{number}"
            path.write_text(text)
            assert import_calls(by=None, files=[path], rejects_folder=None).is_clean

    return bring


def numbers_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script id="calls-data" type="application/json">(.*?)</script>', page)
    assert found
    return json.loads(found.group(1))


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_a_day_shows_both_shares_with_their_clauses_the_waits_and_who_gave_up(known, signed_in) -> None:
    known(log_of(MONDAY))
    response = signed_in("lead", "en").get("/calls/")
    assert response.status_code == 200
    page = text_of(response)
    assert "Answered within 20 s 75.0 % 45 of 60 who asked" in page
    assert "Answered within 15 s 75.0 %" in page
    assert 'href="/clauses/CT-21/"' in response.content.decode()
    assert 'href="/clauses/LAW-5/"' in response.content.decode()
    assert "Wait, median 10 s nine in ten wait at most 30 s" in page
    assert "Hung up waiting 15 25.0 % of 60 calls" in page
    data = numbers_of(response.content.decode())
    assert data["times"] == ["09:00"]
    assert [bar["data"] for bar in data["bars"]] == [[45], [15], [0]]
    assert [line["data"] for line in data["lines"]] == [[75.0], [75.0]]


def test_the_page_is_in_chinese_and_runs_no_script_of_its_own(known, signed_in) -> None:
    known(log_of(MONDAY))
    response = signed_in("lead").get("/calls/?day=2026-03-02")
    page = response.content.decode()
    assert "20秒内接通" in page
    assert "等待中挂机" in page
    assert not re.search(r"<script(?![^>]*(src=|application/json))", page)
    assert " style=" not in page


def test_a_queue_is_looked_at_alone_and_a_wrong_one_means_all(known, signed_in) -> None:
    known(log_of(MONDAY), log_of(MONDAY, calls=8, queue="投诉", hour=10))
    browser = signed_in("lead", "en")
    assert "6 of 8 who asked" in text_of(browser.get("/calls/", {"queue": "投诉"}))
    assert "51 of 68 who asked" in text_of(browser.get("/calls/", {"queue": "nobody's"}))


@pytest.mark.parametrize(
    "day", ["tomorrow", "2026-02-30", "0001-01-01", "9999-12-31", "2026-03-02T00:00", "\0"]
)
def test_a_day_that_cannot_be_meant_is_told_and_the_latest_is_shown(known, signed_in, day: str) -> None:
    known(log_of(MONDAY))
    response = signed_in("lead", "en").get("/calls/", {"day": day})
    assert response.status_code == 200
    assert "another one is shown" in text_of(response)
    assert "45 of 60" in text_of(response)


def test_without_calls_the_page_says_what_to_do(company, signed_in, known) -> None:
    assert "have not been taken in yet" in text_of(signed_in("lead", "en").get("/calls/"))
    known(log_of(MONDAY))
    page = text_of(signed_in("lead", "en").get("/calls/?day=2026-03-01"))
    assert "No call of this day is known" in page
    assert "The latest calls are of" in page


def test_the_next_monday_is_planned_from_the_mondays_before(known, signed_in) -> None:
    known(*(log_of(MONDAY - timedelta(weeks=n), calls=60) for n in range(4)))
    response = signed_in("lead", "en").get("/calls/staffing/?day=2026-03-09")
    page = text_of(response)
    assert "Expected calls 60" in page
    assert "the same weekday, holidays left out" in page
    assert "80 % within 20 s in every half hour" in page
    data = numbers_of(response.content.decode())
    # Sixty calls of three minutes in half an hour are 6 erlangs: nine agents, as any Erlang table says.
    assert (data["times"], data["bars"][0]["data"], data["lines"][0]["data"]) == (["09:00"], [9], [60.0])
    assert "Erlang C" in page


def test_patience_wrap_up_and_shrinkage_change_what_is_needed(known, signed_in) -> None:
    known(*(log_of(MONDAY - timedelta(weeks=n), calls=60) for n in range(4)))
    browser = signed_in("lead", "en")

    def agents(**asked: object) -> int:
        page = browser.get("/calls/staffing/", {"day": "2026-03-09", **asked}).content.decode()
        return numbers_of(page)["bars"][0]["data"][0]

    assert agents(patience=30) < agents() < agents(wrap_up=60)
    assert agents(target_percent=99) > agents(target_percent=50)
    page = text_of(browser.get("/calls/staffing/", {"day": "2026-03-09", "shrinkage": 30, "patience": 60}))
    assert "30 % of them away from the phones" in page
    assert "Erlang A" in page
    # Three wait 10 s and one 30 s before hanging up: 60 s of waiting for each who gave up.
    assert "patience of 60 s" in page


def test_numbers_that_cannot_be_meant_are_all_told_and_the_usual_ones_taken(known, signed_in) -> None:
    known(log_of(MONDAY))
    wrong = {
        "day": "2026-03-09",
        "target_percent": "100",
        "target_seconds": "-1",
        "patience": "long",
        "weeks": "0",
    }
    response = signed_in("lead", "en").get("/calls/staffing/", wrong)
    assert response.status_code == 200
    assert response.content.decode().count('class="errors"') == 4
    assert "80 % within 20 s" in text_of(response)


def test_where_no_past_day_tells_anything_the_plan_says_so(company, signed_in, known) -> None:
    assert "No past day tells what to expect" in text_of(signed_in("lead", "en").get("/calls/staffing/"))
    assert "没有可参照的日子" in text_of(signed_in("lead").get("/calls/staffing/"))


def test_a_year_whose_holidays_nobody_knows_is_marked(known, signed_in) -> None:
    known(log_of(date(2026, 11, 16)))
    page = text_of(signed_in("lead", "en").get("/calls/staffing/?day=2027-01-04&weeks=8"))
    assert "calendar of that year is not known yet" in page


def upload(browser: Client, *files: SimpleUploadedFile) -> Any:
    return browser.post("/calls/import/", {"files": list(files)})


def test_a_lead_hands_a_file_over_and_gets_the_bad_lines_back(company, signed_in, home: Path) -> None:
    browser = signed_in("lead", "en")
    text = (
        log_of(MONDAY, calls=4)
        + "half a line\n"
        + "x|y|z|a|ABANDON|1|1|1\n"
        + "1772413200|1.1|10000|NONE|ENTER"
    )
    page = upload(browser, SimpleUploadedFile("queue_log", text.encode()))
    assert page.status_code == 200
    assert "4 calls read: 4 new, 0 known already; 3 lines could not be read." in text_of(page)
    assert "the line has fewer than the 5 fields" in text_of(page)
    assert "13800000000" not in page.content.decode()
    assert Call.objects.count() == 4
    listed = browser.get("/calls/import/rejects/", {"file": "queue_log-rejects.csv"})
    assert listed.status_code == 200
    told = b"".join(listed.streaming_content).decode("utf-8-sig")
    assert told.splitlines()[0] == "line,column,value,reason,remedy,row"
    assert "half a line" in told
    again = upload(browser, SimpleUploadedFile("queue_log", log_of(MONDAY, calls=4).encode()))
    assert "4 calls read: 0 new, 4 known already" in text_of(again)
    assert browser.get("/calls/import/rejects/", {"file": "queue_log-rejects.csv"}).status_code == 404


def test_why_a_line_was_not_read_is_said_in_chinese(company, signed_in, home: Path) -> None:
    page = upload(
        signed_in("lead"), SimpleUploadedFile("queue_log", (log_of(MONDAY, calls=1) + "half\n").encode())
    )
    assert "此行不足5个字段" in text_of(page)
    letter = upload(signed_in("lead"), SimpleUploadedFile("信.txt", "你好\n".encode()))
    assert "开头各行都不是来电记录" in text_of(letter)


def test_every_reason_and_remedy_of_a_line_has_its_chinese() -> None:
    """Whatever sentence the readers of files hold is said to somebody, except in docstrings."""
    faces = Path(uploads.__file__).parent
    sources = [
        *(faces.parent / "gateways" / "telephony").glob("*.py"),
        faces.parent / "operations" / "import_calls.py",
    ]
    chinese = {entry.msgid for entry in polib.pofile(str(faces / "locale/zh_Hans/LC_MESSAGES/django.po"))}
    said = set()
    for source in sources:
        tree = ast.parse(source.read_text("utf-8"))
        told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
        told |= {
            id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values
        }
        said |= {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told
        }
    sentences = {words for words in said if words.count(" ") > 1} - {
        "files of calls are imported by team leads and above"
    }
    assert len(sentences) > 50
    assert sentences - chinese == set()


@pytest.mark.parametrize("name", ["../../secret_key", "/etc/passwd", "..", ".", "", "queue_log-rejects.csv"])
def test_nothing_but_ones_own_lists_can_be_fetched(company, signed_in, home: Path, name: str) -> None:
    (home / "secret_key").write_text("secret")
    upload(signed_in("lead"), SimpleUploadedFile("queue_log", (log_of(MONDAY, calls=1) + "half\n").encode()))
    other = signed_in("service")
    assert other.get("/calls/import/rejects/", {"file": name}).status_code == 404


@pytest.mark.parametrize(
    "name", ["../../x.txt", "a/b\\c.txt", ".." * 100, "-rf *.txt", "队列.log", "\u202e.txt", "x" * 400]
)
def test_names_of_files_lead_nowhere(company, signed_in, home: Path, name: str) -> None:
    """Written as a browser of ill will would: the name as it is, in the header of the part."""
    part = (
        f'--edge\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
        f"Content-Type: text/plain\r\n\r\n{log_of(MONDAY, calls=1)}half\n\r\n--edge--\r\n"
    )
    browser = signed_in("lead", "en")
    page = browser.post("/calls/import/", part.encode(), content_type="multipart/form-data; boundary=edge")
    assert page.status_code in (200, 400)
    kept = home / "rejects" / "calls" / str(company.lead.pk)
    written = [path for path in home.rglob("*") if path.is_file()]
    assert all(path.parent == kept for path in written)
    if page.status_code == 200:
        assert Call.objects.count() == 1
        (link,) = re.findall(r'href="(/calls/import/rejects/[^"]+)"', page.content.decode())
        listed = browser.get(link.replace("&amp;", "&"))
        assert listed.status_code == 200
        assert b"half" in b"".join(listed.streaming_content)


def test_no_file_too_many_and_too_large_ones_are_refused_in_words(
    company, signed_in, home, monkeypatch
) -> None:
    browser = signed_in("lead", "en")
    page = browser.post("/calls/import/", {})
    assert (page.status_code, "Choose a file first." in text_of(page)) == (400, True)
    small = log_of(MONDAY, calls=1).encode()
    monkeypatch.setattr("upheld.faces.calls.importing.MOST_FILES", 1)
    page = upload(browser, SimpleUploadedFile("a", small), SimpleUploadedFile("b", small))
    assert (page.status_code, "at most 1 files" in text_of(page)) == (400, True)
    monkeypatch.setattr(uploads, "MOST_BYTES", 1_000)
    page = upload(browser, SimpleUploadedFile("queue_log", small * 100))
    assert (page.status_code, "hand them over in parts" in text_of(page)) == (400, True)
    assert Call.objects.count() == 0


def test_the_bound_counts_all_files_of_a_form_together(monkeypatch) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", 10)
    request = SimpleNamespace()
    handler = uploads.BoundedUpload(request)
    assert handler.receive_data_chunk(b"12345678", 0) == b"12345678"
    assert not uploads.was_stopped(request)
    with pytest.raises(StopUpload):
        handler.receive_data_chunk(b"12345678", 0)
    assert uploads.was_stopped(request)


def test_a_form_without_its_token_is_refused(company, home) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(company.lead, backend="django.contrib.auth.backends.ModelBackend")
    page = upload(browser, SimpleUploadedFile("queue_log", log_of(MONDAY, calls=1).encode()))
    assert page.status_code == 403
    assert Call.objects.count() == 0


def test_who_may_see_what(company, signed_in, known) -> None:
    assert signed_in("li").get("/calls/").status_code == 403
    assert signed_in("li").get("/calls/import/").status_code == 403
    assert "/calls/" not in signed_in("li").get("/more/").content.decode()
    assert "/calls/" in signed_in("lead").get("/more/").content.decode()
    company.zhou.job = "quality_inspector"
    company.zhou.save()
    assert signed_in("zhou").get("/calls/").status_code == 200
    assert "/calls/import/" not in signed_in("zhou").get("/calls/").content.decode()
    assert signed_in("zhou").post("/calls/import/").status_code == 403
