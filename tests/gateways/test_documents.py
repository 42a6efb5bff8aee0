"""A Word file becomes a draft: merged cells, places, nothing guessed, nothing lost without a word."""

from __future__ import annotations

from pathlib import Path

import docx
import pytest
from docx.oxml import OxmlElement

from upheld.config.main import main
from upheld.gateways.documents import DocumentRefused, DocumentTable, Section, read_document
from upheld.gateways.drafts import NOT_YET
from upheld.policy import loader
from upheld.policy.editions import load_edition

ROLES = ("最高决策者", "联系人", "影响力人物")


def class_by_role(path: Path) -> Path:
    """Write a standard as they come: headings, a table of class by role with merged cells, a second table."""
    paper = docx.Document()
    paper.add_paragraph("某公司客户服务标准（试行）")
    paper.add_heading("第一章 会员卡", level=1)
    paper.add_paragraph("按集团类别和角色发卡。")
    paper.add_paragraph("（一）发卡对象")
    table = paper.add_table(rows=6, cols=5)
    head = table.cell(0, 2).merge(table.cell(0, 4))
    head.text = "角色"
    table.cell(0, 0).merge(table.cell(1, 0)).text = "类别"
    table.cell(0, 1).merge(table.cell(1, 1)).text = "集团"
    for place, role in enumerate(ROLES, 2):
        table.cell(1, place).text = role
    table.cell(2, 0).merge(table.cell(3, 0)).text = "A"
    table.cell(2, 1).text, table.cell(3, 1).text = "政府", "企业"
    table.cell(2, 2).merge(table.cell(3, 4)).text = "金卡"
    table.cell(4, 0).text, table.cell(4, 2).text, table.cell(4, 3).text = "B1", "金卡", "银卡"
    paper.add_heading("第二章 走访", level=1)
    paper.add_heading("2.1 频次", level=2)
    visits = paper.add_table(rows=2, cols=2)
    for place, text in enumerate(("卡级", "走访", "金卡", "每季一次，\n不少于30分钟")):
        visits.cell(place // 2, place % 2).text = text
    paper.save(str(path))
    return path


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    return class_by_role(tmp_path / "标准.docx")


def test_tables_keep_their_heads_places_and_merged_cells(paper: Path) -> None:
    found = read_document(paper)
    cards, visits = (part for part in found.parts if isinstance(part, DocumentTable))
    assert cards.columns == ("类别", "集团", *(f"角色 / {role}" for role in ROLES))
    assert [row.number for row in cards.rows] == [3, 4, 5]
    assert cards.rows[0].cells == ("A", "政府", "金卡", "金卡", "金卡")
    assert cards.rows[1].cells == ("A", "企业", "金卡", "金卡", "金卡")
    assert cards.rows[1].merged == (0, 2, 3, 4)
    assert cards.rows[2].cells == ("B1", "", "金卡", "银卡", "")
    assert cards.place(cards.rows[2]) == "table 1 row 5 (第一章 会员卡 > （一）发卡对象)"
    assert visits.path == ("第二章 走访", "2.1 频次")
    assert visits.rows[0].cells == ("金卡", "每季一次， 不少于30分钟")


def test_headings_carry_the_text_under_them(paper: Path) -> None:
    sections = [part for part in read_document(paper).parts if isinstance(part, Section)]
    assert [(section.path, section.text) for section in sections if section.text] == [
        ((), ("某公司客户服务标准（试行）",)),
        (("第一章 会员卡",), ("按集团类别和角色发卡。",)),
    ]


def test_a_draft_passes_the_checker_and_answers_nothing_yet(
    paper: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "draft"
    assert main(["draft", str(paper), "--into", str(folder), "--id", "XY"]) == 0
    assert "6 pending clause(s), 2 table(s)" in capsys.readouterr().out
    edition = load_edition(folder)
    clauses = list(edition.clauses())
    assert {clause.status for clause in clauses} == {"pending"}
    assert all("to be written" in clause.text["en"] for clause in clauses)
    assert [clause.locator for clause in clauses if clause.locator.startswith("table")] == [
        "table 1 row 3 (第一章 会员卡 > （一）发卡对象)",
        "table 1 row 4 (第一章 会员卡 > （一）发卡对象)",
        "table 1 row 5 (第一章 会员卡 > （一）发卡对象)",
        "table 2 row 2 (第二章 走访 > 2.1 频次)",
    ]
    assert edition.standards[0].in_force_from.isoformat() == NOT_YET
    assert main(["check", str(folder)]) == 0
    problems: list = []
    draft = loader.read_yaml((folder / "drafts" / "1.yaml").read_text(encoding="utf-8"), "1", problems)
    assert problems == []
    assert draft["rows"][1] == {
        "clause": "XY-4",
        "place": "table 1 row 4",
        "cells": {"类别": "A", "集团": "企业", **{f"角色 / {role}": "金卡" for role in ROLES}},
        "merged": ["类别", *(f"角色 / {role}" for role in ROLES)],
    }
    assert "drafts" not in " ".join(edition.sources)


def test_a_short_numbered_sentence_with_nothing_under_it_is_not_dropped(tmp_path: Path) -> None:
    paper = docx.Document()
    for text in ("一、关键人", "1、级别就高", "2、逐年评定", "二、走访", "每季一次。"):
        paper.add_paragraph(text)
    paper.save(str(tmp_path / "p.docx"))
    assert main(["draft", str(tmp_path / "p.docx"), "--into", str(tmp_path / "d")]) == 0
    texts = [clause.text["zh"].partition("】")[2] for clause in load_edition(tmp_path / "d").clauses()]
    assert texts == ["1、级别就高", "2、逐年评定", "每季一次。"]


def test_a_draft_never_writes_over_anything(
    paper: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "standard.yaml").write_text("mine", encoding="utf-8")
    assert main(["draft", str(paper), "--into", str(folder)]) == 1
    assert main(["draft", str(paper), "--into", str(tmp_path / "new"), "--id", "x-1"]) == 1
    assert "never writes over" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["standard.yaml"]


def test_a_file_that_is_no_word_document_is_named(paper: Path, tmp_path: Path) -> None:
    whole = paper.read_bytes()
    files = {
        "absent.docx": None,
        "empty.docx": b"",
        "old.docx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        "cut.docx": whole[: len(whole) // 2],
        "text.docx": b"just text",
        "damaged.docx": whole[:2000] + b"\0" * 200 + whole[2200:],
    }
    for name, content in files.items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(DocumentRefused) as refused:
            read_document(tmp_path / name)
        assert str(refused.value).startswith(f"{name}: ")
        assert refused.value.remedy
    assert main(["draft", str(tmp_path / "cut.docx"), "--into", str(tmp_path / "never")]) == 1
    assert not (tmp_path / "never").exists()


def test_what_is_not_taken_is_said(tmp_path: Path) -> None:
    paper = docx.Document()
    table = paper.add_table(rows=1, cols=1)
    table.cell(0, 0).add_table(rows=1, cols=1)
    paragraph = paper.add_paragraph("改动")
    paragraph._p.append(OxmlElement("w:ins"))
    paper.save(str(tmp_path / "p.docx"))
    notices = " ".join(read_document(tmp_path / "p.docx").notices)
    assert "tracked changes" in notices
    assert "a table within a cell" in notices
    empty = docx.Document()
    empty.save(str(tmp_path / "e.docx"))
    assert read_document(tmp_path / "e.docx").notices == ["no table was found"]
    assert main(["draft", str(tmp_path / "e.docx"), "--into", str(tmp_path / "e")]) == 0
