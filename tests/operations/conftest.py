"""A very small operator for the stories of the operations: one city, two groups, a handful of people."""

from __future__ import annotations

import threading
import time as clock
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections

from upheld.operations.activate_edition import activate_edition
from upheld.operations.import_feed import ImportReport, import_feed
from upheld.records.people.models import Person
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee
from upheld.records.standards.models import EditionRecord

FILES = {
    "staff": """employee_id,username,name,job,province,city,team,language
E1,zhang,张伟,account_manager,东海省,临海市,一班,zh
E2,li,李娜,account_manager,东海省,临海市,一班,zh
E3,wang,王芳,team_lead,东海省,临海市,一班,zh
E4,chen,Chen Chief,chief_representative,东海省,临海市,,en
E5,zhao,赵静,service_department,东海省,,,zh
E6,qian,钱多,phone_manager,东海省,临海市,一班,zh
""",
    "groups": """group_id,name,group_class,group_kind,region
G1,东海造船集团,A,key_enterprise,东海省/临海市
G2,Harbour Bank,C,other,东海省/临海市
""",
    "customers": """customer_id,name,phone,papers,brand,annual_spend_yuan,birthday,birthday_calendar,region
P1,欧阳远山,13800000001,organisation,business_navigator,0,1970-05-04,solar,东海省/临海市
P2,林静怡,13800000002,personal,global_pass,0,,,东海省/临海市
P3,陈一诚,13800000003,personal,tianyi,5200,--12-30,lunar,东海省/临海市
P4,Grace Hopper,13800000004,personal,tianyi,2500.00,,,
P5,周明德,13800000005,personal,e_home,1079.99,,,
""",
    "services": """service_id,customer_id,number,kind,brand,status,arrears_months
S1,P1,13800000001,mobile,business_navigator,active,0
S2,P2,13800000002,mobile,global_pass,active,0
S3,P3,13800000003,mobile,tianyi,active,0
S4,P4,13800000004,mobile,tianyi,active,0
S5,P5,13800000005,mobile,e_home,active,0
""",
    "members": """customer_id,group_id,role,from_date,until_date
P1,G1,top_decision_maker,2025-01-01,
P2,G1,contact,2025-01-01,
P5,G2,,2025-01-01,
""",
    "bills": """customer_id,month,amount_yuan
P3,2025-12,433.50
P4,2025-12,208.33
""",
    "assignments": """employee_id,customer_id,group_id,kind,from_date,until_date
E1,,G1,account_manager,2025-01-01,
E4,,G1,chief_representative,2025-01-01,
E6,P3,,phone_manager,2025-01-01,
E6,P4,,phone_manager,2025-01-01,
""",
}


class Feeds:
    """A folder of the small operator's files that a story may change and import."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rejects_folder = folder / "rejects"
        for kind, text in FILES.items():
            self.write(kind, text)

    def write(self, kind: str, text: str) -> None:
        (self.folder / f"{kind}.csv").write_text(text, encoding="utf-8")

    def change(self, kind: str, old: str, new: str) -> None:
        text = (self.folder / f"{kind}.csv").read_text(encoding="utf-8")
        assert old in text
        self.write(kind, text.replace(old, new))

    def bring(self, kind: str | None = None) -> ImportReport:
        return import_feed(folder=self.folder, kind=kind, by=None, rejects_folder=self.rejects_folder)


@pytest.fixture
def feeds(tmp_path: Path) -> Feeds:
    return Feeds(tmp_path)


def named(code: str) -> Employee:
    """Return somebody of the staff by the number of the files."""
    return Employee.objects.get(code=code)


FIRST_OF_2026 = date(2026, 1, 1)


def at(day: date | str, hour: int = 10) -> datetime:
    """Return an instant of a day in the standards' time zone."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime.combine(day, time(hour), ZoneInfo("Asia/Shanghai"))


def at_once(*acts):
    """Run acts at the same moment, each on its own connection; return results and errors."""
    results, start = [], threading.Barrier(len(acts))

    def run(act):
        start.wait()
        try:
            results.append(act())
        except Exception as error:
            results.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def wait_until_somebody_waits_for_a_lock():
    """Return as soon as another connection of this database waits for a row or a transaction."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    for _ in range(6_000):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # within a transaction the view stands still
            cursor.execute(asked)
            if cursor.fetchone()[0]:
                return
        clock.sleep(0.01)
    raise AssertionError("nobody waits")


@pytest.fixture
def operator(feeds: Feeds) -> Feeds:
    """The small operator in the database, with the shipped standards in force."""
    report = feeds.bring()
    assert report.is_clean, report
    activate_edition(active_from=date(2005, 1, 1), by=None)
    return feeds


@pytest.fixture
def visit(operator: Feeds) -> Promise:
    """A visit of P2 that E1 owes in March 2026."""
    return Promise.objects.create(
        person=Person.objects.get(code="P2"),
        action="visit",
        clause="KEY-5",
        standard="KEY",
        from_date=date(2026, 3, 1),
        due_date=date(2026, 3, 31),
        edition=EditionRecord.objects.get(),
        responsible=named("E1"),
    )
