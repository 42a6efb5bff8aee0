"""Stories of importing an operator's files: once, twice, broken, two at once, and killed half-way."""

from __future__ import annotations

import csv
from datetime import date

import pytest
from django.db import connection
from django.db.models import Q

from upheld.operations import feed_loading
from upheld.operations import import_feed as module
from upheld.operations.import_feed import import_feed
from upheld.records.audit.models import Entry
from upheld.records.people.models import Bill, Group, GroupRole, Person, Region, Service
from upheld.records.people.queries import find_people
from upheld.records.staff.models import Assignment, Employee, Unit

from .conftest import at_once

pytestmark = pytest.mark.django_db


def counts(report):
    return {file.kind: (file.new, file.changed, file.unchanged, file.rejected) for file in report.files}


def rejected_lines(feeds, kind):
    with (feeds.rejects_folder / f"{kind}-rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_folder_comes_in_whole_in_the_order_that_references_need(feeds):
    report = feeds.bring()
    assert report.is_clean, report
    assert counts(report) == {
        "staff": (6, 0, 0, 0),
        "groups": (2, 0, 0, 0),
        "customers": (5, 0, 0, 0),
        "services": (5, 0, 0, 0),
        "members": (3, 0, 0, 0),
        "bills": (2, 0, 0, 0),
        "assignments": (4, 0, 0, 0),
    }
    assert list(Unit.objects.order_by("code").values_list("code", "kind")) == [
        ("东海省", "province"),
        ("东海省/临海市", "city"),
        ("东海省/临海市/一班", "team"),
    ]
    assert Region.objects.get(code="东海省/临海市").parent.name == "东海省"
    person = Person.objects.get(code="P3")
    assert person.annual_spend_fen == 520000
    assert (person.birthday_year, person.birthday_month, person.birthday_day) == (None, 12, 30)
    assert Employee.objects.get(username="chen").language == "en"
    assert not Employee.objects.get(username="zhang").has_usable_password()
    assert Entry.objects.filter(act="import_feed").count() == 7


def test_names_can_be_searched_by_pinyin_initials_right_after_the_import(feeds):
    feeds.bring()
    assert [person.code for person in find_people("oyys")] == ["P1"]


def test_the_same_files_twice_change_nothing(feeds):
    feeds.bring()
    before = list(Person.objects.order_by("code").values()) + list(Assignment.objects.order_by("pk").values())
    report = feeds.bring()
    assert all(file.new == file.changed == file.rejected == 0 for file in report.files)
    assert counts(report)["customers"] == (0, 0, 5, 0)
    after = list(Person.objects.order_by("code").values()) + list(Assignment.objects.order_by("pk").values())
    assert after == before


def test_a_second_run_writes_no_row_at_all(feeds):
    feeds.bring()
    with connection.cursor() as cursor:
        tables = ["people_person", "people_service", "people_grouprole", "staff_employee", "people_bill"]
        versions = " UNION ALL ".join(f"SELECT xmin::text, ctid::text FROM {table}" for table in tables)
        cursor.execute(versions)
        before = sorted(cursor.fetchall())
        feeds.bring()
        cursor.execute(versions)
        assert sorted(cursor.fetchall()) == before


def test_only_what_differs_is_changed_and_a_renamed_person_is_found_by_the_new_name(feeds):
    feeds.bring()
    feeds.change("customers", "Grace Hopper", "胡珀")
    assert counts(feeds.bring())["customers"] == (0, 1, 4, 0)
    assert [person.code for person in find_people("hp")] == ["P4"]


def test_a_column_that_the_file_lacks_stays_as_it_is_and_an_empty_cell_empties_it(feeds):
    feeds.bring()
    feeds.write("customers", "customer_id,name,brand\nP3,陈一诚,\n")
    assert counts(feeds.bring("customers"))["customers"] == (0, 1, 0, 0)
    person = Person.objects.get(code="P3")
    assert person.brand is None
    assert person.annual_spend_fen == 520000


def test_unknown_references_are_rejected_by_row_and_the_rest_comes_in(feeds):
    feeds.change("members", "P2,G1,contact", "P2,G9,contact")
    feeds.change("members", "P5,G2", "P99,G98")
    report = feeds.bring()
    assert counts(report)["members"] == (1, 0, 0, 2)
    faults = [
        (fault["line"], fault["column"], fault["value"], fault["row"])
        for fault in rejected_lines(feeds, "members")
    ]
    assert faults == [
        ("3", "group_id", "G9", "P2,G9,contact,2025-01-01,"),
        ("4", "customer_id", "P99", "P99,G98,,2025-01-01,"),
        ("4", "group_id", "G98", "P99,G98,,2025-01-01,"),
    ]


def test_mended_rows_come_in_on_the_next_run_and_the_rejects_file_goes(feeds):
    feeds.change("members", "P2,G1,contact", "P2,G9,contact")
    feeds.bring()
    feeds.change("members", "P2,G9,contact", "P2,G1,contact")
    assert counts(feeds.bring())["members"] == (1, 0, 2, 0)
    assert not (feeds.rejects_folder / "members-rejects.csv").exists()


def test_a_refused_file_loads_nothing_and_the_others_go_on(feeds):
    feeds.change("groups", "group_class", "size")
    feeds.write("bills", "customer_id,month,amount_yuan\nP3,2025-12,1.00\nP4,2025-1")
    report = {file.kind: file for file in feeds.bring().files}
    assert "'group_class' is missing" in report["groups"].refused[0]
    assert "cut off" in report["bills"].refused[0]
    assert Group.objects.count() == 0
    assert Bill.objects.count() == 0
    assert Service.objects.count() == 5
    assert report["members"].rejected == 3
    assert Entry.objects.filter(act="import_feed", detail__has_key="refused").count() == 2


def test_a_file_of_no_known_kind_is_named_and_two_files_of_one_kind_are_refused(feeds):
    (feeds.folder / "custmers.csv").write_text("a\n")
    (feeds.folder / "bills.parquet").write_bytes(b"")
    report = feeds.bring()
    assert report.unknown_files == ("custmers.csv",)
    bills = next(file for file in report.files if file.kind == "bills")
    assert "there are several: bills.csv, bills.parquet" in bills.refused[0]


def test_a_mapping_beside_the_file_is_used_and_a_faulty_one_refuses_the_file(feeds):
    feeds.write("bills", "Kunde,Monat,Cent\nP3,2025-11,100\n")
    mapping = feeds.folder / "bills.mapping.yaml"
    text = "columns:\n  customer_id: Kunde\n  month: Monat\n  amount_yuan: {column: Cent, times: 0.01}\n"
    mapping.write_text(text)
    assert counts(feeds.bring())["bills"] == (1, 0, 0, 0)
    assert Bill.objects.get().amount_fen == 100
    mapping.write_text(text.replace("month", "mnth"))
    bills = next(file for file in feeds.bring().files if file.kind == "bills")
    assert "did you mean 'month'?" in bills.refused[0]


def test_a_customer_handed_over_ends_the_earlier_assignment_and_stays_so(feeds):
    feeds.bring()
    feeds.write(
        "assignments",
        "employee_id,customer_id,group_id,kind,from_date,until_date\nE2,,G1,account_manager,2026-03-01,\n",
    )
    assert counts(feeds.bring("assignments"))["assignments"] == (1, 0, 0, 0)
    periods = Assignment.objects.filter(group__code="G1", kind="account_manager").order_by("from_date")
    assert [(p.employee.code, p.from_date, p.until_date) for p in periods] == [
        ("E1", date(2025, 1, 1), date(2026, 3, 1)),
        ("E2", date(2026, 3, 1), None),
    ]
    assert counts(feeds.bring("assignments"))["assignments"] == (0, 0, 1, 0)


def test_a_whole_history_of_a_role_in_one_file_comes_in_as_periods_that_follow_each_other(feeds):
    feeds.change(
        "members", "P2,G1,contact,2025-01-01,\n", "P2,G1,contact,2025-01-01,\nP2,G1,influencer,2026-02-01,\n"
    )
    feeds.bring()
    assert counts(feeds.bring())["members"] == (0, 0, 4, 0)
    periods = GroupRole.objects.filter(person__code="P2").order_by("from_date")
    assert [(p.role, p.until_date) for p in periods] == [("contact", date(2026, 2, 1)), ("influencer", None)]


def test_a_period_that_never_lasted_a_day_ends_nothing(feeds):
    feeds.bring()
    role = GroupRole.objects.get(person__code="P2")
    day = date(2026, 5, 1)
    GroupRole.objects.create(
        person=role.person, group=role.group, role="influencer", from_date=day, until_date=day
    )
    assert counts(feeds.bring("members"))["members"] == (0, 0, 3, 0)
    role.refresh_from_db()
    assert role.until_date is None


def roles(code="P2"):
    periods = GroupRole.objects.filter(person__code=code).order_by("from_date")
    return [(p.role, p.from_date, p.until_date) for p in periods]


LONG_AGO, BEGAN, ENDED, LATER = date(2005, 1, 1), date(2025, 1, 1), date(2025, 6, 1), date(2026, 3, 1)


@pytest.mark.parametrize(
    ("text", "role", "until"),
    [
        ("customer_id,group_id,from_date,until_date\nP2,G1,2025-01-01,2025-06-01\n", "contact", ENDED),
        ("customer_id,group_id,role,from_date\nP2,G1,influencer,2025-01-01\n", "influencer", ENDED),
        ("customer_id,group_id,from_date\nP2,G1,2025-01-01\n", "contact", ENDED),
        ("customer_id,group_id,role,from_date,until_date\nP2,G1,,2025-01-01,\n", None, None),
    ],
    ids=["no role", "no last day", "neither", "empty cells"],
)
def test_a_column_that_a_list_of_members_lacks_stays_as_it_is(feeds, text, role, until):
    feeds.change("members", "P2,G1,contact,2025-01-01,", "P2,G1,contact,2025-01-01,2025-06-01")
    feeds.bring()
    feeds.write("members", text)
    report = feeds.bring("members")
    assert report.is_clean
    assert roles() == [(role, BEGAN, until)]
    assert counts(feeds.bring("members"))["members"] == (0, 0, 1, 0)


def test_a_later_first_day_without_a_role_takes_the_role_over(feeds):
    feeds.change("members", "P2,G1,contact,2025-01-01,", "P2,G1,contact,2025-01-01,2027-01-01")
    feeds.bring()
    feeds.write("members", "customer_id,group_id,from_date\nP2,G1,2026-03-01\n")
    feeds.bring("members")
    assert roles() == [("contact", BEGAN, LATER), ("contact", LATER, date(2027, 1, 1))]


@pytest.mark.parametrize("empty", [False, True], ids=["no column", "empty cells"])
def test_a_plain_list_every_night_keeps_what_was_and_begins_what_is_new_on_its_day(feeds, empty):
    def list_of(*members):
        head, end = ("from_date,", ",") if empty else ("", "")
        rows = "".join(f"{person},{group},{end}{role}\n" for person, group, role in members)
        feeds.write("members", f"customer_id,group_id,{head}role\n{rows}")

    list_of(("P1", "G1", "contact"), ("P2", "G1", "contact"))
    feeds.bring()
    assert roles() == [("contact", LONG_AGO, None)]
    list_of(("P1", "G1", "contact"), ("P2", "G1", "influencer"), ("P3", "G1", ""))
    for night in (date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)):
        report = import_feed(
            folder=feeds.folder, kind="members", by=None, rejects_folder=feeds.rejects_folder, today=night
        )
        assert counts(report)["members"] == ((2, 0, 1, 0) if night == LATER else (0, 0, 3, 0))
    assert roles("P1") == [("contact", LONG_AGO, None)]
    assert roles("P2") == [("contact", LONG_AGO, LATER), ("influencer", LATER, None)]
    assert roles("P3") == [(None, LATER, None)]


def test_a_plain_list_does_not_reopen_what_ended_and_may_end_what_is_open(feeds):
    feeds.change("members", "P2,G1,contact,2025-01-01,", "P2,G1,contact,2025-01-01,2025-06-01")
    feeds.bring()
    feeds.write("members", "customer_id,group_id,until_date\nP1,G1,2025-08-01\nP2,G1,2025-06-01\n")
    assert counts(feeds.bring("members"))["members"] == (0, 1, 1, 0)
    assert roles("P1") == [("top_decision_maker", BEGAN, date(2025, 8, 1))]
    assert roles("P2") == [("contact", BEGAN, ENDED)]
    feeds.write("members", "customer_id,group_id\nP2,G1\n")
    import_feed(
        folder=feeds.folder, kind="members", by=None, rejects_folder=feeds.rejects_folder, today=LATER
    )
    assert roles("P2") == [("contact", BEGAN, ENDED), (None, LATER, None)]


def test_a_role_that_ended_before_anybody_heard_of_it_is_no_fault(feeds):
    feeds.write("members", "customer_id,group_id,until_date\nP2,G1,2004-03-01\n")
    feeds.bring()
    assert roles() == [(None, date(2004, 2, 29), date(2004, 3, 1))]


@pytest.mark.parametrize(
    ("text", "subject", "until"),
    [
        ("employee_id,customer_id,group_id,kind,from_date\nE1,,G1,account_manager,2025-01-01\n", "G1", ENDED),
        ("employee_id,group_id,kind,from_date\nE1,G1,account_manager,2025-01-01\n", "G1", ENDED),
        ("employee_id,customer_id,kind,from_date\nE6,P3,phone_manager,2025-01-01\n", "P3", ENDED),
        ("employee_id,customer_id,kind,from_date,until_date\nE6,P3,phone_manager,2025-01-01,\n", "P3", None),
    ],
    ids=["no last day", "nor customers", "nor groups", "an empty last day"],
)
def test_a_column_that_a_list_of_assignments_lacks_stays_as_it_is(feeds, text, subject, until):
    feeds.change(
        "assignments", "E1,,G1,account_manager,2025-01-01,", "E1,,G1,account_manager,2025-01-01,2025-06-01"
    )
    feeds.change(
        "assignments", "E6,P3,,phone_manager,2025-01-01,", "E6,P3,,phone_manager,2025-01-01,2025-06-01"
    )
    feeds.bring()
    feeds.write("assignments", text)
    assert feeds.bring("assignments").is_clean
    kept = Assignment.objects.exclude(kind="chief_representative").filter(
        Q(group__code=subject) | Q(person__code=subject)
    )
    assert [(one.from_date, one.until_date) for one in kept] == [(BEGAN, until)]


def test_a_sign_in_name_of_somebody_else_is_rejected(feeds):
    feeds.bring()
    feeds.write(
        "staff",
        "employee_id,username,name,job,province\nE8,zhang,X,administrator,东海省\nE9,,Y,administrator,东海省\n",
    )
    assert counts(feeds.bring("staff"))["staff"] == (1, 0, 0, 1)
    assert rejected_lines(feeds, "staff")[0]["value"] == "zhang"
    assert Employee.objects.get(code="E9").username == "E9"


@pytest.mark.django_db(transaction=True)
def test_a_crash_in_the_middle_of_a_file_leaves_nothing_of_it_and_the_next_run_brings_it_in(
    feeds, monkeypatch
):
    def dies(cursor, kind):
        raise RuntimeError("the machine stops")

    with monkeypatch.context() as patched:
        patched.setattr(feed_loading, "_make_search_columns", dies)
        with pytest.raises(RuntimeError):
            feeds.bring("customers")
    assert Person.objects.count() == 0
    assert Region.objects.count() == 0
    assert Entry.objects.count() == 0
    assert counts(feeds.bring("customers"))["customers"] == (5, 0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_an_import_that_fails_at_the_end_leaves_the_rejects_of_the_run_before(feeds, monkeypatch):
    feeds.change("groups", "G2,Harbour Bank,C", "G2,Harbour Bank,E")
    feeds.bring("groups")
    before = rejected_lines(feeds, "groups")
    feeds.change("groups", "G1,东海造船集团,A", "G1,东海造船集团,F")

    def dies(**_):
        raise RuntimeError("the disk of the database is full")

    with monkeypatch.context() as patched:
        patched.setattr(module, "write_entry", dies)
        with pytest.raises(RuntimeError):
            feeds.bring("groups")
    assert rejected_lines(feeds, "groups") == before
    assert [file.name for file in feeds.rejects_folder.iterdir()] == ["groups-rejects.csv"]
    feeds.bring("groups")
    assert [fault["value"] for fault in rejected_lines(feeds, "groups")] == ["F", "E"]


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_bring_each_row_in_once(feeds):
    reports = at_once(feeds.bring, feeds.bring)
    assert len(reports) == 2
    assert all(report.is_clean for report in reports)
    new = {
        kind: sum(file.new for report in reports for file in report.files if file.kind == kind)
        for kind in ("customers", "staff")
    }
    assert new == {"customers": 5, "staff": 6}
    assert Person.objects.count() == 5


def test_who_speaks_what_and_who_wishes_what_come_with_the_files(feeds):
    feeds.change("staff", "team,language", "team,language,speaks")
    feeds.change(
        "staff",
        "E1,zhang,张伟,account_manager,东海省,临海市,一班,zh",
        "E1,zhang,张伟,account_manager,东海省,临海市,一班,zh,zh en",
    )
    feeds.change(
        "staff",
        "E2,li,李娜,account_manager,东海省,临海市,一班,zh",
        "E2,li,李娜,account_manager,东海省,临海市,一班,zh,klingon",
    )
    for code in ("E3", "E4", "E5", "E6"):
        row = next(
            line
            for line in (feeds.folder / "staff.csv").read_text("utf-8").splitlines()
            if line.startswith(code)
        )
        feeds.change("staff", row, row + ",")
    feeds.change("groups", "group_kind,region", "group_kind,region,wished_language")
    feeds.change("groups", "A,key_enterprise,东海省/临海市", "A,key_enterprise,东海省/临海市,ja")
    feeds.change("groups", "C,other,东海省/临海市", "C,other,东海省/临海市,")
    staff = feeds.bring("staff").files[0]
    assert (staff.new, staff.rejected) == (5, 1)
    assert Employee.objects.get(code="E1").speaks == ["zh", "en"]
    assert Employee.objects.get(code="E3").speaks == []
    assert "speaks" in staff.rejects_file.read_text("utf-8-sig")
    feeds.bring("groups")
    assert Group.objects.get(code="G1").wished_language == "ja"
    assert Group.objects.get(code="G2").wished_language is None
