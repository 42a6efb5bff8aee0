"""Modules a person reads in one sitting, named for what they are about, opening with why they exist."""

from __future__ import annotations

import ast

from places import CODE_FOLDERS, PACKAGE, ROOT, python_files, short, syntax

MODULE_LINES = 450
FUNCTION_LINES = 60
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc", "base_utils"}
# Nouns that have a module in more than one room carry one name in all of them.
NOUNS = (
    "tiers",
    "contacts",
    "entitlements",
    "deadlines",
    "windows",
    "journeys",
    "points",
    "churn",
    "speech",
    "staffing",
    "staff_points",
)


def test_modules_are_short_and_say_why_they_exist() -> None:
    wrong = []
    for path in python_files(*CODE_FOLDERS):
        lines = len(path.read_text("utf-8").splitlines())
        if lines > MODULE_LINES:
            wrong.append(f"{short(path)} has {lines} lines; split it by what it is about")
        if lines and not ast.get_docstring(syntax(path)):
            wrong.append(f"{short(path)} opens without a word on why it exists")
        if path.stem in EMPTY_NAMES:
            wrong.append(f"{short(path)} has a name that says nothing")
    assert not wrong


def test_functions_fit_on_a_page() -> None:
    wrong = []
    for path in python_files(*CODE_FOLDERS):
        for node in ast.walk(syntax(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES:
                    wrong.append(f"{short(path)}: {node.name} has {lines} lines")
    assert not wrong


def test_what_others_call_says_what_it_does() -> None:
    wrong = [
        f"{short(path)}: {node.name} has no docstring"
        for path in python_files("src")
        for node in syntax(path).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not wrong


def test_a_standard_is_data_without_a_line_of_python() -> None:
    code = [short(path) for path in (ROOT / "standards").rglob("*") if path.suffix in (".py", ".pyc", ".sh")]
    assert not code


def test_one_noun_has_one_name_in_every_room() -> None:
    rules = {path.stem for path in (ROOT / "standards").glob("*/rules/*.yaml")}
    for noun in rules:
        assert noun in NOUNS, f"rules/{noun}.yaml: not one of the nouns {NOUNS}"
        assert (PACKAGE / "policy" / f"{noun}.py").is_file(), f"no policy/{noun}.py for rules/{noun}.yaml"
    for path in (PACKAGE / "batch").glob("*.py"):
        near = [noun for noun in NOUNS if path.stem == noun.rstrip("s") or path.stem.startswith(f"{noun}_")]
        for noun in near:
            assert (PACKAGE / "batch" / f"{noun}.py").is_file(), f"{short(path)} should be {noun}.py"
