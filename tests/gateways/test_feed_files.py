"""Stories of files as operators hand them over: whole, cut off, in the wrong encoding, in other formats."""

from __future__ import annotations

import csv
import stat
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upheld.gateways.feeds import FileRefused, Reject, open_feed, write_rejects
from upheld.gateways.feeds.cells import Birthday
from upheld.policy.feed_columns import FEEDS, ColumnSource, FeedMapping, MappingRefused, read_mapping

GROUPS = "group_id,name,group_class\nG1,东海造船,A\nG2,Harbour Bank,B1\n"


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def read(
    path: Path, kind: str = "groups", mapping: FeedMapping | None = None
) -> tuple[list[dict], list[Reject]]:
    rejects: list[Reject] = []
    feed = open_feed(path, kind=kind, mapping=mapping)
    names = FEEDS[kind].names
    rows = [dict(zip(names, values, strict=True)) for _, values in feed.good_rows(rejects.append)]
    return rows, rejects


def refusal(path: Path, kind: str = "groups", mapping: FeedMapping | None = None) -> str:
    with pytest.raises(FileRefused) as refused:
        read(path, kind, mapping)
    return str(refused.value)


def test_a_good_csv_comes_in_whole(tmp_path):
    rows, rejects = read(written(tmp_path, "groups.csv", GROUPS))
    assert [row["group_class"] for row in rows] == ["A", "B1"]
    assert rows[0]["name"] == "东海造船"
    assert rejects == []


def test_a_byte_order_mark_from_excel_is_no_part_of_the_first_column_name(tmp_path):
    rows, _ = read(written(tmp_path, "groups.csv", b"\xef\xbb\xbf" + GROUPS.encode()))
    assert rows[0]["group_id"] == "G1"


def test_csv_parquet_and_excel_of_the_same_rows_say_the_same(tmp_path):
    header = ["customer_id", "name", "phone", "annual_spend_yuan", "joined_date", "strategic", "birthday"]
    cells = ["13800000001", "李雷", "13800000001", "3360.5", "2024-02-29", "true", "1980-05-04"]
    text = ",".join(header) + "\n" + ",".join(cells) + "\n"
    from_csv = read(written(tmp_path, "customers.csv", text), "customers")

    typed = [13800000001, "李雷", 13800000001, 3360.5, date(2024, 2, 29), True, date(1980, 5, 4)]
    pq.write_table(
        pa.table({name: [cell] for name, cell in zip(header, typed, strict=True)}), tmp_path / "c.parquet"
    )
    book = openpyxl.Workbook()
    book.active.append(header)
    book.active.append(typed)
    book.save(tmp_path / "c.xlsx")

    assert read(tmp_path / "c.parquet", "customers") == from_csv
    assert read(tmp_path / "c.xlsx", "customers") == from_csv
    assert from_csv[0][0]["annual_spend_yuan"] == 336050
    assert from_csv[0][0]["birthday"] == Birthday(1980, 5, 4)


def test_missing_columns_refuse_the_whole_file_and_name_all_of_them_with_the_nearest_found(tmp_path):
    said = refusal(written(tmp_path, "groups.csv", "groupid,nam,size\nG1,X,3\n"))
    assert "'group_id' is missing; is it 'groupid'?" in said
    assert "'name' is missing; is it 'nam'?" in said
    assert "'group_class' is missing" in said


def test_a_column_standing_there_twice_is_refused(tmp_path):
    said = refusal(written(tmp_path, "groups.csv", "group_id,name,name,group_class\nG1,X,Y,A\n"))
    assert "'name' stands there 2 times" in said


def test_every_fault_of_a_row_is_named_at_once(tmp_path):
    header = "customer_id,name,annual_spend_yuan,joined_date,brand\n"
    text = header + ",王芳,12a,2026-02-30,tianyii\n7,李雷,12.345,2026/3/1,\n"
    rows, rejects = read(written(tmp_path, "customers.csv", text), "customers")
    assert rows == []
    assert [(reject.line, reject.column) for reject in rejects] == [
        (2, "customer_id"),
        (2, "brand"),
        (2, "annual_spend_yuan"),
        (2, "joined_date"),
        (3, "annual_spend_yuan"),
        (3, "joined_date"),
    ]
    by_column = {(reject.line, reject.column): reject for reject in rejects}
    assert by_column[2, "brand"].remedy == "did you mean tianyi?"
    assert by_column[3, "annual_spend_yuan"].reason == "'12.345' has more than two decimals"
    assert by_column[2, "joined_date"].row == ("", "王芳", "12a", "2026-02-30", "tianyii")


def test_a_card_of_an_unknown_name_is_rejected_with_the_nearest(tmp_path):
    text = "customer_id,name,override_card,override_approved_by\n1,王芳,diamnd,Market\n"
    _, [reject] = read(written(tmp_path, "customers.csv", text), "customers")
    assert reject.reason == "'diamnd' is not one of silver, gold, diamond"
    assert reject.remedy == "did you mean diamond?"


def test_of_rows_with_the_same_number_the_first_stays_and_both_lines_are_named(tmp_path):
    rows, [reject] = read(written(tmp_path, "groups.csv", GROUPS + "G1,东海船厂,C\n"))
    assert [row["name"] for row in rows] == ["东海造船", "Harbour Bank"]
    assert "line 2" in reject.reason
    assert "line 4" in reject.reason


def test_a_rejected_row_does_not_take_the_place_of_a_good_one_with_the_same_number(tmp_path):
    rows, rejects = read(written(tmp_path, "groups.csv", "group_id,name,group_class\nG1,X,E\nG1,X,A\n"))
    assert [row["group_class"] for row in rows] == ["A"]
    assert [reject.line for reject in rejects] == [2]


@pytest.mark.parametrize("ending", ["G3,Half", 'G3,"Half of a na', 'G3,"Half, A\n'])
def test_a_csv_cut_in_the_middle_is_refused_whole(tmp_path, ending):
    said = refusal(written(tmp_path, "groups.csv", GROUPS + ending))
    assert "groups.csv, line 4: the file looks cut off" in said
    assert "hand it over again" in said


@pytest.mark.parametrize(
    ("kept", "value"), [("1280.50", "1280.50"), ("1280.5", "1280.5"), ("12", "12"), ('"12"', "12"), ("", "")]
)
def test_a_last_row_without_a_line_end_is_rejected_by_name_for_it_may_be_cut(tmp_path, kept, value):
    text = f"customer_id,month,amount_yuan\nP1,2026-02,7\nP1,2026-03,{kept}"
    rows, [reject] = read(written(tmp_path, "bills.csv", text), "bills")
    assert [row["amount_yuan"] for row in rows] == [700]
    assert (reject.line, reject.column, reject.value) == (3, "amount_yuan", value)
    assert reject.row == ("P1", "2026-03", value)
    assert "the file ends inside this line" in reject.reason
    assert "end its line" in reject.remedy


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_ends_the_last_row(tmp_path, end):
    text = end.join(("customer_id,month,amount_yuan", "P1,2026-03,12", ""))
    assert read(written(tmp_path, "bills.csv", text), "bills")[1] == []


def test_a_cut_anywhere_takes_in_no_row_that_is_not_whole(tmp_path):
    whole = "customer_id,month,amount_yuan\nP1,2026-02,17.25\nP1,2026-03,1280.50\n"
    for length in range(1, len(whole)):
        path = written(tmp_path, "bills.csv", whole[:length])
        try:
            rows, _ = read(path, "bills")
        except FileRefused:
            continue
        assert [row["amount_yuan"] for row in rows] == [1725, 128050][: len(rows)], whole[:length]


def test_a_header_that_no_line_end_follows_is_refused(tmp_path):
    said = refusal(written(tmp_path, "groups.csv", "group_id,name,group_class,reg"))
    assert "cut off in its header" in said


def test_a_line_with_too_few_cells_in_the_middle_is_only_that_line(tmp_path):
    rows, [reject] = read(written(tmp_path, "groups.csv", "group_id,name,group_class\nG1,X\nG2,Y,B2\n"))
    assert [row["group_id"] for row in rows] == ["G2"]
    assert (reject.line, reject.reason) == (2, "2 cells instead of 3")


def test_lines_are_counted_through_line_breaks_inside_cells(tmp_path):
    text = 'group_id,name,group_class\nG1,"two\nlines",A\n\nG2,Y,Q\n'
    _, [reject] = read(written(tmp_path, "groups.csv", text))
    assert reject.line == 5


@pytest.mark.parametrize("keep", [0.3, 0.9])
@pytest.mark.parametrize("name", ["groups.parquet", "groups.xlsx"])
def test_parquet_and_excel_cut_in_the_middle_are_refused_whole(tmp_path, name, keep):
    if name.endswith("parquet"):
        pq.write_table(pa.table({"group_id": ["G1"], "name": ["X"], "group_class": ["A"]}), tmp_path / name)
    else:
        book = openpyxl.Workbook()
        book.active.append(["group_id", "name", "group_class"])
        book.active.append(["G1", "X", "A"])
        book.save(tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    said = refusal(written(tmp_path, name, whole[: int(len(whole) * keep)]))
    assert "damaged or cut off" in said


def test_gbk_text_is_recognised_and_the_first_line_that_shows_it_is_named(tmp_path):
    path = written(
        tmp_path, "groups.csv", "group_id,name,group_class\nG1,Plain,A\nG2,东海造船,A\n".encode("gbk")
    )
    said = refusal(path)
    assert "line 3: the text is GBK" in said
    assert "`encoding: gb18030`" in said
    rows, rejects = read(path, mapping=FeedMapping(encoding="gb18030"))
    assert rows[1]["name"] == "东海造船"
    assert rejects == []


def test_utf_16_and_bytes_of_no_known_encoding_are_refused(tmp_path):
    assert "UTF-16" in refusal(written(tmp_path, "groups.csv", GROUPS.encode("utf-16")))
    assert "line 2" in refusal(written(tmp_path, "g2.csv", b"group_id,name,group_class\nG1,\xff\xff\xff,A\n"))


def test_an_empty_or_missing_or_foreign_file_is_refused(tmp_path):
    assert "empty" in refusal(written(tmp_path, "groups.csv", ""))
    assert "no such file" in refusal(tmp_path / "nothing.csv")
    assert "not read" in refusal(written(tmp_path, "groups.pdf", "x"))


def test_a_header_alone_is_a_whole_file_of_no_rows(tmp_path):
    assert read(written(tmp_path, "groups.csv", "group_id,name,group_class\n")) == ([], [])


def test_a_lunar_birthday_may_be_a_day_that_the_solar_calendar_lacks(tmp_path):
    header = "customer_id,name,birthday,birthday_calendar\n"
    text = header + "1,A,--02-30,lunar\n2,B,--02-30,solar\n3,C,1990-01-31,lunar\n"
    rows, rejects = read(written(tmp_path, "customers.csv", text), "customers")
    assert [row["birthday"] for row in rows] == [Birthday(None, 2, 30)]
    assert [reject.line for reject in rejects] == [3, 4]


def test_an_assignment_is_of_a_customer_or_of_a_group_and_ends_after_it_began(tmp_path):
    text = (
        "employee_id,customer_id,group_id,kind,from_date,until_date\n"
        "E1,1,,account_manager,2026-01-01,\n"
        "E1,1,G1,account_manager,2026-01-01,\n"
        "E1,,,account_manager,2026-01-01,2025-01-01\n"
    )
    rows, rejects = read(written(tmp_path, "assignments.csv", text), "assignments")
    assert len(rows) == 1
    assert [(reject.line, reject.column) for reject in rejects] == [
        (3, "customer_id"),
        (4, "until_date"),
        (4, "customer_id"),
    ]


def test_a_mapping_renames_multiplies_and_translates(tmp_path):
    mapping = read_mapping(
        {
            "columns": {
                "customer_id": "ID",
                "name": {"column": "ID"},
                "annual_spend_yuan": {"column": "Monthly", "times": 12},
                "brand": {"column": "Net", "values": {"Fibre": "e_home"}, "otherwise": "other"},
                "papers": {"value": "personal"},
            },
            "delimiter": ";",
        }
    )
    path = written(tmp_path, "theirs.csv", "ID;Monthly;Net\n7;29.85;Fibre\n8;30;DSL\n9;;\n10;x;DSL\n")
    rows, [reject] = read(path, "customers", mapping)
    assert [row["annual_spend_yuan"] for row in rows] == [35820, 36000, None]
    assert [row["brand"] for row in rows] == ["e_home", "other", None]
    assert rows[0]["papers"] == "personal"
    assert (reject.line, reject.column, reject.value) == (5, "annual_spend_yuan", "x")


def test_a_mapping_that_names_an_absent_column_is_refused_though_the_column_is_optional(tmp_path):
    mapping = FeedMapping({"region": ColumnSource(column="Regoin")})
    said = refusal(
        written(tmp_path, "groups.csv", "group_id,name,group_class,Region\nG1,X,A,Y\n"), mapping=mapping
    )
    assert "'Regoin' (for region) is missing; is it 'Region'?" in said


def test_a_faulty_mapping_is_refused_with_every_fault():
    with pytest.raises(MappingRefused) as refused:
        read_mapping(
            {
                "colums": {},
                "encoding": "latin-1",
                "columns": {"brnad": "X", "papers": {"column": "a", "value": "b"}},
            }
        )
    said = "\n".join(refused.value.messages)
    assert "did you mean 'columns'?" in said
    assert "did you mean 'brand'?" in said
    assert "either 'column' or 'value'" in said
    assert "latin-1" in said


def test_rejects_are_written_in_order_with_the_row_as_it_was_and_removed_when_there_are_none(tmp_path):
    _, rejects = read(written(tmp_path, "groups.csv", 'group_id,name,group_class\nG1,"a, ""b""",E\nG2,,F\n'))
    path = write_rejects(tmp_path / "out", "groups", rejects).put_in_place()
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["line"] for line in lines] == ["2", "3", "3"]
    assert lines[0]["row"] == 'G1,"a, ""b""",E'
    assert write_rejects(tmp_path / "out", "groups", []).put_in_place() is None
    assert not path.exists()


def test_rejects_are_for_their_owner_alone_and_wait_until_they_are_put_in_place(tmp_path):
    _, rejects = read(written(tmp_path, "groups.csv", "group_id,name,group_class\nG1,X,E\n"))
    path = write_rejects(tmp_path, "groups", rejects).put_in_place()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    write_rejects(tmp_path, "groups", rejects * 2).throw_away()
    write_rejects(tmp_path, "groups", []).throw_away()
    assert path.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["groups-rejects.csv", "groups.csv"]


@pytest.mark.parametrize("line", ['G1,"a"b,A', 'G1,"two\nlines"b,A'])
def test_a_row_with_a_stray_quote_stands_in_the_rejects_as_it_was(tmp_path, line):
    text = f"group_id,name,group_class\n{line}\nG2,Y,B2\n"
    rows, rejects = read(written(tmp_path, "groups.csv", text))
    assert [row["group_id"] for row in rows] == ["G2"]
    path = write_rejects(tmp_path, "groups", rejects).put_in_place()
    with path.open(encoding="utf-8-sig", newline="") as file:
        [reject] = csv.DictReader(file)
    assert reject["line"] == "2"
    assert reject["row"] == line


@given(st.decimals(min_value=0, max_value=10**9, places=2), st.sampled_from([1, 12, Decimal("0.01")]))
def test_amounts_are_exact_to_the_fen(tmp_path_factory, amount, times):
    path = written(
        tmp_path_factory.mktemp("feed"), "bills.csv", f"customer_id,month,amount_yuan\n1,2026-03,{amount}\n"
    )
    mapping = FeedMapping({"amount_yuan": ColumnSource(column="amount_yuan", times=Decimal(times))})
    rows, rejects = read(path, "bills", mapping)
    exact = amount * times * 100
    if exact == exact.to_integral_value():
        assert rows[0]["amount_yuan"] == exact
    else:
        assert "more than two decimals" in rejects[0].reason


def test_a_code_that_no_page_could_be_called_by_is_rejected(tmp_path: Path) -> None:
    text = 'group_id,name,group_class\nG/1,Harbour,A\n"G\t2",Harbour,A\nG3,Sea/Bank,A\n'
    rows, rejects = read(written(tmp_path, "groups.csv", text))
    assert [row["group_id"] for row in rows] == ["G3"]
    assert [(reject.line, reject.column) for reject in rejects] == [(2, "group_id"), (3, "group_id")]


def test_ratios_and_rates_of_signals_are_exact_and_bounded(tmp_path):
    header = "customer_id,day,spend_drop_ratio,plan_churn_rate,contract_ends,calls_forwarded_to_rival\n"
    good = "C1,2026-03-01,0.333333,1,2026-04-01,true\nC2,2026-03-01,,,,\n"
    bad = "C3,2026-03-01,0.3333333,0.2,,\nC4,2026-03-01,-1,0.2,,\nC5,2026-03-01,0.3,1.01,,\nC6,2026-03-01,3%,,,\n"
    rows, rejects = read(written(tmp_path, "signals.csv", header + good + bad), "signals")
    assert [row["spend_drop_ratio"] for row in rows] == [Decimal("0.333333"), None]
    assert rows[0]["plan_churn_rate"] == 1
    assert [(one.line, one.column) for one in rejects] == [
        (4, "spend_drop_ratio"),
        (5, "spend_drop_ratio"),
        (6, "plan_churn_rate"),
        (7, "spend_drop_ratio"),
    ]
