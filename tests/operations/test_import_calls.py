"""Calls come in once, however often and in however many pieces their files are handed over."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from upheld.operations import import_calls as importing
from upheld.operations.import_calls import CallsReport, import_calls
from upheld.operations.refusals import NotAllowed
from upheld.records.audit.models import Entry
from upheld.records.staff.models import Employee
from upheld.records.telephony.models import Call

from .conftest import at_once

T = 1_772_413_200  # 2026-03-02 09:00:00 +08:00
NOW = datetime.fromtimestamp(T + 7 * 86_400, UTC)


def log_of(calls: int, *, first: int = 0, talk: int = 60) -> str:
    """A log in which call N enters at T+N, is answered after N % 40 seconds and talks; every fifth gives up."""
    lines = []
    for n in range(first, first + calls):
        wait = n % 40
        lines.append((T + n, f"{T + n}|{n}.1|10000|NONE|ENTERQUEUE||138{n:08d}|1"))
        if n % 5 == 4:
            lines.append((T + n + wait, f"{T + n + wait}|{n}.1|10000|NONE|ABANDON|1|1|{wait}"))
        else:
            lines.append((T + n + wait, f"{T + n + wait}|{n}.1|10000|PJSIP/1|CONNECT|{wait}|x|2"))
            over = T + n + wait + talk
            lines.append((over, f"{over}|{n}.1|10000|PJSIP/1|COMPLETEAGENT|{wait}|{talk}|1"))
    return "".join(line + "\n" for _, line in sorted(lines, key=lambda pair: pair[0]))


@pytest.fixture
def bring(tmp_path: Path):
    def bringing(*texts: str, names: tuple[str, ...] = (), by: Employee | None = None) -> CallsReport:
        paths = []
        for number, text in enumerate(texts):
            path = tmp_path / (names[number] if names else f"queue_log.{len(texts) - number}")
            path.write_text(text, encoding="utf-8")
            paths.append(path)
        return import_calls(by=by, files=paths, rejects_folder=tmp_path / "rejects", now=NOW)

    return bringing


@pytest.mark.django_db
def test_calls_come_in_with_their_waits_and_the_audit_says_so(bring) -> None:
    report = bring(log_of(20))
    (file,) = report.files
    assert (file.read, file.new, file.known, file.rejected) == (20, 20, 0, 0)
    assert report.is_clean
    seventh = Call.objects.get(call_id="7.1")
    assert (seventh.source, seventh.queue, seventh.end, seventh.agent) == (
        "asterisk",
        "10000",
        "answered",
        "PJSIP/1",
    )
    assert (seventh.wait_ms, seventh.talk_ms) == (7_000, 60_000)
    assert seventh.entered_at == datetime.fromtimestamp(T + 7, UTC)
    assert Call.objects.filter(end="abandoned", answered_at=None, talk_ms=None).count() == 4
    assert seventh.file == "queue_log.1"
    detail = Entry.objects.get(act="import_calls").detail
    assert detail == {"file": "queue_log.1", "read": 20, "new": 20, "known": 0, "rejected": 0}


@pytest.mark.django_db
def test_a_file_read_twice_and_one_that_overlaps_add_nothing_twice(bring) -> None:
    bring(log_of(20))
    assert bring(log_of(20)).files[0].new == 0
    assert bring(log_of(30, first=10)).files[0].new == 20
    assert Call.objects.count() == 40


@pytest.mark.django_db
def test_a_growing_file_is_cut_in_a_line_and_the_next_run_brings_the_rest(bring, tmp_path) -> None:
    whole = log_of(200)
    first = bring(whole[: len(whole) // 2 - 11], names=("queue_log",))
    assert first.waiting > 0
    assert first.files[0].rejected == 1
    rejects = (tmp_path / "rejects" / "queue_log-rejects.csv").read_text("utf-8-sig")
    assert "the file ends inside this line" in rejects
    second = bring(whole, names=("queue_log",))
    assert second.is_clean
    assert second.waiting == 0
    assert not (tmp_path / "rejects" / "queue_log-rejects.csv").exists()
    assert Call.objects.count() == 200
    assert first.files[0].new + second.files[0].new == 200


@pytest.mark.django_db
def test_a_call_over_the_rotation_is_one_call_whichever_file_comes_first(bring) -> None:
    """The later file alone reckons the beginning back, a second off; the two together tell it exactly."""
    yesterday = f"{T}|a.1|10000|NONE|ENTERQUEUE||138|1\n"
    today = f"{T + 10}|a.1|10000|X|CONNECT|9|x|2\n{T + 70}|a.1|10000|X|COMPLETECALLER|9|60|1\n"
    assert bring(today, names=("queue_log",)).files[0].new == 1
    bring(yesterday, today, names=("queue_log.1", "queue_log"))
    assert Call.objects.count() == 1


@pytest.mark.django_db
def test_a_caller_who_enters_one_queue_twice_has_two_rows(bring) -> None:
    bring(
        f"{T}|a.1|10000|NONE|ENTERQUEUE||138|1\n{T + 30}|a.1|10000|NONE|EXITWITHTIMEOUT|1|1|30\n"
        f"{T + 30}|a.1|10000|NONE|ENTERQUEUE||138|1\n{T + 45}|a.1|10000|NONE|ABANDON|1|1|15\n"
    )
    assert list(Call.objects.order_by("entered_at").values_list("end", "wait_ms")) == [
        ("left_queue", 30_000),
        ("abandoned", 15_000),
    ]


@pytest.mark.django_db
def test_bad_lines_are_listed_with_reason_and_remedy_and_files_of_no_kind_are_refused(
    bring, tmp_path
) -> None:
    report = bring(
        log_of(5) + "rubbish\n" + "soon|z|q|a|ABANDON|1|1|1\n", "dear team,\n", names=("log", "letter")
    )
    by_name = {file.file.name: file for file in report.files}
    assert by_name["log"].new == 5
    assert by_name["log"].rejected == 2
    assert "of a call" in by_name["letter"].refused[0]
    listed = (tmp_path / "rejects" / "log-rejects.csv").read_text("utf-8-sig")
    assert listed.splitlines()[0] == "line,column,value,reason,remedy,row"
    assert listed.count("\n") == 3
    assert (tmp_path / "rejects" / "log-rejects.csv").stat().st_mode & 0o077 == 0  # it holds callers' numbers
    refusals = Entry.objects.filter(act="import_calls", detail__has_key="refused")
    assert refusals.count() == 1


@pytest.mark.django_db
def test_a_wholly_wrong_file_lists_what_a_person_can_read_and_counts_the_rest(bring, monkeypatch) -> None:
    monkeypatch.setattr(importing, "MOST_REJECTS", 10)
    (file,) = bring(log_of(1) + "rubbish\n" * 50).files
    assert (file.new, file.rejected) == (1, 50)
    assert len(file.listed) == 11
    assert "counted, not listed" in file.listed[-1].reason


@pytest.mark.django_db
def test_an_agent_may_not_import_and_the_refusal_is_noted(bring, operator) -> None:
    with pytest.raises(NotAllowed):
        bring(log_of(1), by=Employee.objects.get(username="zhang"))
    assert Call.objects.count() == 0
    assert Entry.objects.filter(act="import_calls", allowed=False).count() == 1
    assert bring(log_of(1), by=Employee.objects.get(username="wang")).files[0].new == 1


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_file_at_once_add_every_call_once(tmp_path) -> None:
    path = tmp_path / "queue_log"
    path.write_text(log_of(3_000))

    def bring() -> int:
        return import_calls(by=None, files=[path], rejects_folder=None, now=NOW).files[0].new

    found = at_once(bring, bring)
    assert sorted(found) == [0, 3_000]
    assert Call.objects.count() == 3_000


PROGRAM = """
import sys
from datetime import datetime
from pathlib import Path
import django
django.setup()
from upheld.operations.import_calls import import_calls

def told(name, done, total):
    print(name, flush=True)
    sys.stdin.readline()

import_calls(by=None, files=[Path(name) for name in sys.argv[2:]], rejects_folder=None, progress=told,
             now=datetime.fromisoformat(sys.argv[1]))
"""


@pytest.mark.django_db(transaction=True)
def test_an_import_killed_in_the_middle_leaves_whole_files_and_the_next_one_does_the_rest(tmp_path) -> None:
    older, newer = tmp_path / "queue_log.1", tmp_path / "queue_log"
    older.write_text(log_of(4_000))
    newer.write_text(log_of(9_000, first=5_000))
    of = connection.settings_dict
    address = (
        f"postgresql://{quote(of['USER'])}:{quote(of['PASSWORD'])}@/{of['NAME']}?host={quote(of['HOST'], '')}"
    )
    if of["PORT"]:
        address += f"&port={of['PORT']}"
    running = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, NOW.isoformat(), newer, older],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "upheld.config.settings", "UPHELD_DATABASE_URL": address},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert running.stdout is not None
        assert running.stdout.readline() == "queue_log\n"  # the older one is in, the newer one is under way
    finally:
        running.kill()
        running.wait(30)
        for end in (running.stdin, running.stdout):
            assert end is not None
            end.close()
    assert Call.objects.count() == 4_000
    report = import_calls(by=None, files=[newer, older], rejects_folder=None, now=NOW)
    assert [file.new for file in report.files] == [0, 9_000]
    assert Call.objects.count() == 13_000
