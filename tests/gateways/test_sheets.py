"""Rule tables go out to Excel and come back: every table of every noun, what people do to a sheet, and every fault."""

from __future__ import annotations

import contextlib
import random
import shutil
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from upheld.config.main import main
from upheld.gateways.rule_text import meaning, put_table, row_meaning, tables_of
from upheld.gateways.sheet_cells import EMPTY, BadCell, cell_of, flow_of, value_of
from upheld.gateways.sheet_reading import SheetRefused, read_table
from upheld.gateways.sheet_words import ANSWERS
from upheld.gateways.sheets import write_table
from upheld.policy import loader
from upheld.policy.kinds import KINDS
from upheld.policy.standards import shipped_folder

FILES = sorted(path for path in shipped_folder().glob("*/rules/*.yaml") if path.stem in KINDS)


@pytest.mark.parametrize("file", FILES, ids=lambda path: "/".join(path.parts[-3:]))
def test_every_shipped_table_comes_back_as_it_went(file: Path, tmp_path: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for table in tables_of(text, file.name):
        write_table(table, noun=file.stem, clauses=["A-1"], into=tmp_path / "t.xlsx")
        back = read_table(tmp_path / "t.xlsx")
        assert back.problems == []
        assert [row_meaning(row) for row in back.rows] == [row_meaning(row) for row in table["rows"]]
        assert meaning(back.head) == meaning({key: value for key, value in table.items() if key != "rows"})
        assert put_table(text, file.name, head=back.head, rows=back.rows).text == text


SCALARS = (
    st.none() | st.booleans() | st.integers() | st.dates() | st.text(max_size=12)
    | st.decimals(allow_nan=False, allow_infinity=False, places=2)
    | st.sampled_from(["20:00", "1.20", "on", "null", "a | b", "=1+1", "2026-03-01", "[x]", " x "])
    | st.sampled_from(['"x"', "甲、乙", "#N/A", "a ｜ b", "_x0041_", "12"])
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1), inner, max_size=3),
)
EXCEL_DAY = datetime(2026, 3, 1)  # noqa: DTZ001 - a sheet's days know no time zone


@given(value=VALUES, many=st.booleans(), closed=st.booleans())
@settings(max_examples=800, deadline=None)
def test_any_value_stands_in_a_cell_and_comes_back(value: object, many: bool, closed: bool) -> None:
    if many and not isinstance(value, (list, dict)):
        value = [value]
    shown = cell_of(value, many=many, closed=closed)
    assert meaning(value_of(shown, many=many, closed=closed)) == meaning(value)


@given(value=VALUES)
@settings(max_examples=800, deadline=None)
def test_any_value_is_written_so_that_the_strict_loader_reads_it(value: object) -> None:
    problems: list = []
    assert meaning(loader.read_yaml(f"key: {flow_of(value)}", "f", problems)["key"]) == meaning(value)
    assert problems == []


def test_what_excel_makes_of_a_value_is_taken_back() -> None:
    assert value_of(EXCEL_DAY) == date(2026, 3, 1)
    assert value_of(3.0) == 3
    assert type(value_of(3.0)) is int
    assert value_of(0.1) == Decimal("0.1")
    assert value_of(EXCEL_DAY.replace(hour=20).time()) == "20:00"
    assert value_of("  ") is EMPTY
    assert value_of("甲｜乙") == ["甲", "乙"]
    assert value_of("A, B1，B2", closed=True) == ["A", "B1", "B2"]
    assert value_of("one, two") == "one, two"
    for wrong in (EXCEL_DAY.replace(hour=9), "2026-02-30", "{a: ", '"open', "#REF!", "a | | b"):
        with pytest.raises(BadCell) as bad:
            value_of(wrong)
        assert bad.value.remedy


# --- A small standard of one's own -------------------------------------------------------------------


@pytest.fixture
def standard(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    shutil.copytree(shipped_folder() / "_template", folder)
    (folder / "cases" / "README.txt").unlink(missing_ok=True)
    return folder


def export(standard: Path, noun: str, table: str) -> Path:
    into = standard.parent / f"{table}.xlsx"
    file = standard / "rules" / f"{noun}.yaml"
    assert main(["table", "export", str(file), "--table", table, "--into", str(into)]) == 0
    return into


def bring(sheet: Path, standard: Path, noun: str) -> int:
    return main(["table", "import", str(sheet), "--into", str(standard / "rules" / f"{noun}.yaml")])


def columns(sheet) -> dict[str, int]:
    return {cell.value: cell.column for cell in sheet[1] if cell.value}


def test_an_exported_sheet_explains_itself_in_both_languages_and_offers_the_closed_words(
    standard: Path,
) -> None:
    book = load_workbook(export(standard, "contacts", "visits"))
    sheet = book["rows"]
    place = columns(sheet)
    assert list(place)[:2] == ["row", "clause"]
    assert {"when.card", "owed.channel", "owed.times", "owed.per", "owed.on"} <= set(place)
    help_zh, help_en = (sheet.cell(line, place["owed.channel"]).value for line in (2, 3))
    assert "方式" in help_zh
    assert "way of contact" in help_en
    assert sheet.freeze_panes == "C4"
    offered = " ".join(str(rule.sqref) for rule in sheet.data_validations.dataValidation)
    for key in ("clause", "when.card", "owed.channel", "owed.per", "confidence"):
        assert sheet.cell(4, place[key]).coordinate in offered, key
    assert book["words"].sheet_state == "hidden"
    assert "visit" in {cell.value for row in book["words"].iter_rows() for cell in row}


def test_every_answer_of_every_kind_is_explained_in_chinese() -> None:
    keys = {
        key
        for kinds in KINDS.values()
        for kind in kinds.values()
        for key in {**kind.required, **kind.optional}
    }
    assert keys - set(ANSWERS) == set(), "add its words to gateways/sheet_words.py"


def test_an_untouched_sheet_changes_nothing(standard: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = standard / "rules" / "contacts.yaml"
    before = file.read_bytes()
    assert bring(export(standard, "contacts", "visits"), standard, "contacts") == 0
    assert file.read_bytes() == before
    assert "nothing changed" in capsys.readouterr().out


def test_a_changed_cell_changes_its_row_and_leaves_every_other_line_and_comment(standard: Path) -> None:
    file = standard / "rules" / "tiers.yaml"
    before = file.read_text(encoding="utf-8")
    sheet_path = export(standard, "tiers", "members")
    book = load_workbook(sheet_path)
    sheet = book["rows"]
    sheet.cell(4, columns(sheet)["when.annual_spend_yuan.from"]).value = 2500
    sheet.cell(5, columns(sheet)["when.annual_spend_yuan.below"]).value = 2500
    book.save(sheet_path)
    assert bring(sheet_path, standard, "tiers") == 0
    after = file.read_text(encoding="utf-8")
    assert "annual_spend_yuan: {min: 2500}" in after
    assert [line for line in after.splitlines() if line.startswith("#")] == [
        line for line in before.splitlines() if line.startswith("#")
    ]


def test_a_merged_cell_holds_for_each_of_its_rows(standard: Path) -> None:
    sheet_path = export(standard, "contacts", "visits")
    book = load_workbook(sheet_path)
    sheet = book["rows"]
    place = columns(sheet)
    for name in ("clause", "owed.channel"):
        sheet.cell(5, place[name]).value = None
        sheet.merge_cells(start_row=4, end_row=5, start_column=place[name], end_column=place[name])
    book.save(sheet_path)
    back = read_table(sheet_path)
    assert back.problems == []
    assert [row["clause"] for row in back.rows] == ["TPL-2", "TPL-2"]
    assert [row["owed"][0]["channel"] for row in back.rows] == ["visit", "visit"]
    assert bring(sheet_path, standard, "contacts") == 0


def test_several_things_owed_are_several_lines_of_one_row(standard: Path) -> None:
    sheet_path = export(standard, "contacts", "visits")
    book = load_workbook(sheet_path)
    sheet = book["rows"]
    place = columns(sheet)
    line = sheet.max_row + 1
    for name, value in (("row", 2), ("owed.channel", "call"), ("owed.times", 2), ("owed.per", "year")):
        sheet.cell(line, place[name]).value = value
    book.save(sheet_path)
    assert bring(sheet_path, standard, "contacts") == 0
    (table, *_) = tables_of(
        (standard / "rules" / "contacts.yaml").read_text(encoding="utf-8"), "contacts.yaml"
    )
    assert [item["channel"] for item in table["rows"][1]["owed"]] == ["visit", "call"]
    again = load_workbook(export(standard, "contacts", "visits"))["rows"]
    assert f"{again.cell(5, columns(again)['clause']).coordinate}:B6" in {
        a.coord for a in again.merged_cells.ranges
    }


def test_every_fault_is_named_with_its_cell_and_nothing_is_written(
    standard: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = standard / "rules" / "contacts.yaml"
    before = file.read_bytes()
    sheet_path = export(standard, "contacts", "visits")
    book = load_workbook(sheet_path)
    sheet = book["rows"]
    place = columns(sheet)
    sheet.cell(4, place["clause"]).value = "TPL-99"
    sheet.cell(4, place["owed.per"]).value = "fortnight"
    sheet.cell(5, place["owed.times"]).value = "=1+1"
    sheet.cell(5, place["from"]).value = "2026-02-30"
    sheet.cell(1, sheet.max_column + 1).value = "whne.card"
    book.save(sheet_path)
    capsys.readouterr()
    assert bring(sheet_path, standard, "contacts") == 1
    said = capsys.readouterr().err
    for name, line in (("clause", 4), ("owed.per", 4), ("owed.times", 5), ("from", 5)):
        cell = sheet.cell(line, place[name]).coordinate
        assert f"cell {cell}:" in said, cell
    assert "unknown column 'whne.card', did you mean when?" in said
    assert "TPL-99" in said
    assert "formula" in said
    assert said.count("Remedy") == 5
    assert "nothing was written" in said
    assert file.read_bytes() == before


def test_a_gap_that_the_change_would_tear_is_refused(
    standard: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet_path = export(standard, "tiers", "members")
    book = load_workbook(sheet_path)
    sheet = book["rows"]
    sheet.cell(4, columns(sheet)["when.annual_spend_yuan.from"]).value = 5000
    book.save(sheet_path)
    capsys.readouterr()
    assert bring(sheet_path, standard, "tiers") == 1
    said = capsys.readouterr().err
    assert "leaves a gap" in said
    assert "cell " in said


def test_lines_of_one_row_that_disagree_and_merged_columns_are_named(standard: Path) -> None:
    sheet_path = export(standard, "contacts", "visits")
    book = load_workbook(sheet_path)
    sheet = book["rows"]
    place = columns(sheet)
    sheet.cell(5, place["row"]).value = 1
    sheet.merge_cells(start_row=4, end_row=4, start_column=place["owed.times"], end_column=place["owed.per"])
    book.save(sheet_path)
    messages = " ".join(str(problem) for problem in read_table(sheet_path).problems)
    assert "differs from line 4" in messages
    assert "several columns" in messages


def test_a_file_that_is_no_such_workbook_is_refused(tmp_path: Path, standard: Path) -> None:
    good = export(standard, "tiers", "members")
    cut = tmp_path / "cut.xlsx"
    cut.write_bytes(good.read_bytes()[:-400])
    (tmp_path / "text.xlsx").write_text("no workbook", encoding="utf-8")
    bare = Workbook()
    bare.save(tmp_path / "bare.xlsx")
    for path in (cut, tmp_path / "text.xlsx", tmp_path / "bare.xlsx", tmp_path / "absent.xlsx"):
        with pytest.raises(SheetRefused) as refused:
            read_table(path)
        assert all(problem.remedy for problem in refused.value.problems)


def test_a_workbook_damaged_anywhere_is_read_or_refused_and_never_breaks_the_reader(
    standard: Path, tmp_path: Path
) -> None:
    whole = export(standard, "contacts", "visits")
    chance = random.Random(7)
    with zipfile.ZipFile(whole) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    for _ in range(150):
        victim = chance.choice(sorted(parts))
        hurt = bytearray(parts[victim])
        for _ in range(chance.randrange(1, 10)):
            place = chance.randrange(len(hurt))
            hurt[place : place + chance.randrange(4)] = chance.choice(
                [b"<", b'"', b"\xff", b"99999999", b"A"]
            )
        with zipfile.ZipFile(tmp_path / "hurt.xlsx", "w") as packed:
            for name, content in parts.items():
                packed.writestr(name, bytes(hurt) if name == victim else content)
        with contextlib.suppress(SheetRefused):
            read_table(tmp_path / "hurt.xlsx")


def test_a_sheet_that_never_ends_is_refused_at_once(standard: Path) -> None:
    sheet_path = export(standard, "contacts", "visits")
    book = load_workbook(sheet_path)
    book["rows"].cell(1_000_000, 1).value = 9
    book.save(sheet_path)
    (problem,) = read_table(sheet_path).problems
    assert "more than" in problem.message


def test_a_new_table_is_added_at_the_end(standard: Path) -> None:
    file = standard / "rules" / "tiers.yaml"
    before = file.read_text(encoding="utf-8")
    sheet_path = export(standard, "tiers", "members")
    file.write_text("# Nothing yet.\n", encoding="utf-8")
    assert bring(sheet_path, standard, "tiers") == 0
    after = file.read_text(encoding="utf-8")
    assert after.startswith("# Nothing yet.\n")
    assert meaning(tables_of(after, "t")) == meaning(tables_of(before, "t")[:1])


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_rows_taken_out_put_in_and_moved_keep_the_comments_between_them(newline: str) -> None:
    text = newline.join([
        "# top", "- table: a", "  kind: freeze", "  rows:", "  # first", "  - {clause: X-1, when: {card: gold}}  # own",
        "  # second", "  - clause: X-2", "    when: {card: silver}", "  # end of a", "", "# about b", "- table: b",
        "  kind: freeze", "  rows:", "  - {clause: X-3}", "# bottom", "",
    ])  # fmt: skip
    tables = tables_of(text, "f")
    head = {key: value for key, value in tables[0].items() if key != "rows"}
    rows = list(tables[0]["rows"])
    found = put_table(text, "f", head=head, rows=[rows[0], {"clause": "X-9"}, rows[1]])
    lines = found.text.split(newline)
    assert [line for line in text.split(newline) if line not in lines] == []
    assert lines[found.row_lines[1] - 1] == "  - {clause: X-9}"
    fewer = put_table(text, "f", head=head, rows=rows[1:])
    assert (fewer.removed, fewer.lost_comments) == (1, 1)
    assert "# first" in fewer.text
    assert put_table(text, "f", head={**head, "take": "all"}, rows=rows).text.count("# about b") == 1


@given(data=st.data())
@settings(max_examples=120, deadline=None)
def test_any_change_of_rows_to_any_shipped_file_means_what_was_asked_and_keeps_the_other_tables(
    data: st.DataObject,
) -> None:
    file = data.draw(st.sampled_from(FILES))
    text = file.read_text(encoding="utf-8")
    tables = tables_of(text, file.name)
    place = data.draw(st.integers(0, len(tables) - 1))
    head = {key: value for key, value in tables[place].items() if key != "rows"}
    own = {"clause": "X-1", "when": {"province": "新疆: #1", "card": ["gold"]}, "how": "a, b"}
    rows = [dict(row) for row in tables[place]["rows"]] + [own]
    wanted = data.draw(st.lists(st.sampled_from(rows), max_size=len(rows) + 2))
    found = put_table(text, file.name, head=head, rows=wanted)
    after = tables_of(found.text, file.name)
    assert [row_meaning(row) for row in after[place]["rows"]] == [row_meaning(row) for row in wanted]
    assert [row.line for row in after[place]["rows"]] == found.row_lines
    assert meaning(after[:place] + after[place + 1 :]) == meaning(tables[:place] + tables[place + 1 :])
    own_lines = [line for line in found.text.splitlines() if line.lstrip().startswith("#")]
    assert (
        own_lines == [line for line in text.splitlines() if line.lstrip().startswith("#")]
        or found.lost_comments
    )
