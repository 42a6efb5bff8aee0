"""`upheld demo` and its neighbours: what they refuse, and that they never touch customers who are not the demo's."""

from __future__ import annotations

import socket
from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from upheld.config import demo, serving
from upheld.config.main import main
from upheld.config.nightly import end_of_next_quarter
from upheld.operations.refusals import ActRefused
from upheld.operations.set_password import set_password
from upheld.records.audit.models import Entry
from upheld.records.people.models import Person, Region
from upheld.records.staff.models import Employee
from upheld.records.standards.models import EditionRecord
from upheld.records.tiers.models import Rating


@pytest.fixture
def database_is_up(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' database stands in for the one that a command would bring up."""
    for module in ("demo", "nightly"):
        monkeypatch.setattr(f"upheld.config.{module}.bring_up", lambda **_: True)


def _a_customer() -> None:
    Person.objects.create(code="1", name="真实客户")


def _an_employee_alone() -> None:
    Employee.objects.create(username="admin", code="A", name="某人", job="administrator", password="kept")


def _a_customer_in_a_province_of_the_demos_name() -> None:
    Person.objects.create(
        code="1", name="真实客户", region=Region.objects.create(code="青澜省", name="青澜省")
    )


def _an_act_in_the_audit() -> None:
    Entry.objects.create(act="import_feed", subject_kind="customers")


def _another_programs_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE orders AS SELECT 1 AS id")


@pytest.mark.parametrize(
    "data",
    [
        _a_customer,
        _an_employee_alone,
        _a_customer_in_a_province_of_the_demos_name,
        _an_act_in_the_audit,
        _another_programs_table,
    ],
)
@pytest.mark.parametrize("more", [[], ["--reset"]])
def test_the_demo_is_not_mixed_with_anybodys_data(database_is_up, capsys, monkeypatch, data, more) -> None:
    data()
    acts = Entry.objects.count()
    monkeypatch.setattr(demo, "bring_up", lambda *, migrate=True, **_: not migrate or pytest.fail("migrated"))
    assert main(["demo", "--no-serve", *more]) == 1
    assert "not the demo's" in capsys.readouterr().err
    assert not Employee.objects.exclude(password="kept").exists()
    assert Entry.objects.count() == acts


def test_a_database_without_the_mark_is_neither_thrown_away_nor_filled(db: None) -> None:
    _a_customer()
    with pytest.raises(RuntimeError):
        demo.drop_tables()
    with pytest.raises(RuntimeError):
        demo.bring_up_to(now=timezone.now(), people=200, progress=lambda *_: None)
    assert Person.objects.get().name == "真实客户"


def test_a_reset_takes_the_demos_tables_and_leaves_others_alone(db: None) -> None:
    assert demo.what_is_there() == "nothing"
    Entry.objects.create(act=demo.MARK)
    assert demo.what_is_there() == "demo"
    _another_programs_table()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as at the end of a transaction
        cursor.execute("INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('default', 'sweep')")
    demo.drop_tables()
    stay = {"orders", "django_migrations", *demo.JOBS}
    assert set(connection.introspection.table_names()) == stay
    with connection.cursor() as cursor:
        cursor.execute(demo.OWN_FUNCTIONS)
        assert not cursor.fetchall()
        cursor.execute("SELECT DISTINCT app FROM django_migrations")
        assert cursor.fetchall() == [("procrastinate",)]
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        assert cursor.fetchone() == (0,), "the job runner's tables stay, empty"


def test_too_small_a_demo_is_refused(database_is_up, capsys) -> None:
    assert main(["demo", "--no-serve", "--people", "5"]) == 2
    assert "200 or more" in capsys.readouterr().err


def test_a_taken_port_is_refused_before_any_work(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(demo, "bring_up", lambda **_: pytest.fail("the database was brought up"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["demo", "--port", str(port)]) == 1
        assert serving.port_refused("127.0.0.1", port)
    assert "--port" in capsys.readouterr().err


def test_an_empty_database_is_nobodys(db: None) -> None:
    assert demo.what_is_there() == "nothing"


def test_importing_what_is_not_there_is_said_plainly(database_is_up, capsys, tmp_path) -> None:
    assert main(["import", str(tmp_path / "nowhere")]) == 2
    assert "There is no" in capsys.readouterr().err


def test_importing_names_the_bad_row_and_takes_the_good_one(database_is_up, capsys, tmp_path) -> None:
    (tmp_path / "groups.csv").write_text("group_id,name,group_class\nG1,甲,A\nG2,乙,E\n", encoding="utf-8")
    assert main(["import", str(tmp_path / "groups.csv")]) == 1
    said = capsys.readouterr().out
    assert "1 new" in said
    assert "1 rejected" in said
    assert (tmp_path / "rejects" / "groups-rejects.csv").exists()


def test_the_night_is_refused_without_an_edition(database_is_up, capsys) -> None:
    assert main(["run", "--as-of", "2026-03-01"]) == 1
    assert "no edition" in capsys.readouterr().err


def test_a_night_to_come_is_refused_and_leaves_every_promise_alone(database_is_up, capsys) -> None:
    assert main(["activate", "--from", "2026-01-01"]) == 0
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert main(["run", "--as-of", str(tomorrow)]) == 1
    said = capsys.readouterr()
    assert f"Nothing done: {tomorrow} is still to come" in said.err
    assert "Planned" not in said.out
    assert not Entry.objects.filter(act__in=["rate_base", "plan_contacts", "close_overdue"]).exists()


def test_a_refused_rating_does_not_keep_the_night_from_planning_and_closing(database_is_up, capsys) -> None:
    main(["activate", "--from", "2026-01-01"])
    person = Person.objects.create(code="1", name="某人")
    edition = EditionRecord.objects.get()
    Rating.objects.create(
        person=person, edition=edition, as_of=date(2026, 3, 2), state="none", because=[], run="x"
    )
    assert main(["run", "--as-of", "2026-03-01"]) == 1
    said = capsys.readouterr()
    assert "Rating not done: the base was already rated as of 2026-03-02" in said.err
    assert "Planned" in said.out
    assert "Promises broken" in said.out
    assert set(Entry.objects.values_list("act", flat=True)) >= {"plan_contacts", "close_overdue"}


def test_the_night_works_once_an_edition_is_in_force(database_is_up, capsys) -> None:
    assert main(["activate", "--from", "2026-01-01"]) == 0
    assert main(["run", "--as-of", "2026-03-01"]) == 0
    said = capsys.readouterr().out
    assert "Rated 0 people" in said
    assert "from 2026-03-01 until 2026-07-01" in said


def test_a_refused_folder_of_standards_names_its_faults(database_is_up, capsys, tmp_path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "standard.yaml").write_text("id: [\n", encoding="utf-8")
    assert main(["activate", "--from", "2026-01-01", "--standards", str(tmp_path)]) == 1
    assert "the edition in force stays" in capsys.readouterr().err


def test_a_reading_is_turned_as_an_edition_of_its_own(database_is_up, capsys) -> None:
    assert main(["activate", "--from", "2026-01-01"]) == 0
    assert main(["activate", "--from", "2026-01-01", "--reading", "class-d-services=nothing_named"]) == 1
    assert main(["activate", "--from", "2026-01-01", "--reading", "class-d-services"]) == 2
    said = capsys.readouterr()
    assert "class-d-services" in said.err
    assert EditionRecord.objects.count() == 1


def test_going_back_and_what_takes_over_later_are_said(database_is_up, capsys) -> None:
    main(["activate", "--from", "2026-01-01"])
    main(["activate", "--from", "2026-06-01"])
    main(["activate", "--from", "2026-01-01"])
    first, later, again = capsys.readouterr().out.splitlines()
    assert first.endswith("is in force from 2026-01-01.")
    name = later.split()[1]
    assert again == first.replace("2026-01-01.", f"2026-01-01 until edition {name} takes over.")


def test_a_password_lets_in_and_is_not_in_the_audit(db: None) -> None:
    Employee.objects.create(username="am101", code="AM101", name="某人", job="account_manager")
    set_password(username="am101", password="correct horse 9", by=None)
    assert Employee.objects.get().check_password("correct horse 9")
    entry = Entry.objects.get(act="set_password")
    assert "horse" not in str(entry.detail)


@pytest.mark.parametrize(("username", "code"), [("nobody", "no_such_employee"), ("am101", "weak_password")])
def test_a_password_is_refused_with_the_reason(db: None, username: str, code: str) -> None:
    Employee.objects.create(username="am101", code="AM101", name="某人", job="account_manager")
    with pytest.raises(ActRefused) as refused:
        set_password(username=username, password="short", by=None)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("day", "until"),
    [
        (date(2026, 1, 1), date(2026, 7, 1)),
        (date(2026, 9, 30), date(2027, 1, 1)),
        (date(2026, 11, 21), date(2027, 4, 1)),
        (date(2026, 12, 31), date(2027, 4, 1)),
    ],
)
def test_a_night_plans_to_the_end_of_the_next_quarter(day: date, until: date) -> None:
    assert end_of_next_quarter(day) == until
