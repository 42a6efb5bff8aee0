"""The page that teaches a first standard: what it tells people to write is whole, and answers as it says."""

from __future__ import annotations

import io
import json
import re
import shlex
import sys
from pathlib import Path

import pytest

from upheld.config.main import _parser, main

PAGE = Path(__file__).resolve().parents[2] / "docs" / "standard" / "first-standard.md"
FILE = re.compile(r"^```yaml\n# (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
ASKED = re.compile(r"^    \$ echo '(.*)' \| upheld (.*)\n    (.*)$", re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILE.findall(PAGE.read_text(encoding="utf-8")):
        path = tmp_path / "my-standards" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "my-standards"


def test_the_files_of_the_page_are_whole_and_raise_no_question(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(folder), "--strict"]) == 0
    assert "0 error(s), 0 warning(s)" in capsys.readouterr().out


def test_before_the_first_rule_the_checker_names_the_clauses_without_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (
        "rules/tiers.yaml",
        "rules/contacts.yaml",
        "readings.yaml",
        "cases/tiers.yaml",
        "cases/contacts.yaml",
    ):
        (folder / "harbour" / name).unlink()
    assert main(["check", str(folder)]) == 1
    said = capsys.readouterr().err
    assert "[HAR-1] the clause is executable but no row carries it out" in said
    assert "[HAR-2]" in said


@pytest.mark.parametrize(("line", "command", "answer"), ASKED.findall(PAGE.read_text(encoding="utf-8")))
def test_asked_as_on_the_page_it_answers_as_on_the_page(
    line: str,
    command: str,
    answer: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder.parent)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line.encode() + b"\n")))
    assert main(shlex.split(command)) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(answer)


@pytest.mark.parametrize("page", ["first-standard", "excel", "word", "review"])
def test_every_command_of_the_pages_is_understood(page: str) -> None:
    text = (PAGE.parent / f"{page}.md").read_text(encoding="utf-8")
    typed = re.findall(r"^(?:    )?(?:\$ echo '.*' \| )?upheld (.+)$", text, re.MULTILINE)
    typed += re.findall(r"`upheld ([^`]+)`", text)
    for command in typed:
        _parser().parse_args(shlex.split(command))  # leaves with code 2 where it does not understand
    assert typed


def test_the_page_asks_and_writes_something() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert len(FILE.findall(text)) == 8
    assert len(ASKED.findall(text)) == 2
