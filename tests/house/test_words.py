"""What the pages tell people to type exists, links lead somewhere, and every clause cited is a clause."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import yaml
from places import ROOT, short, tracked_files

MAKE_WORDS = {"setup", "check", "test", "demo", "bench", "docs"}
CODE = re.compile(r"^```[a-z]*\n(.*?)^```|`([^`\n]+)`", re.MULTILINE | re.DOTALL)


def pages() -> list[Path]:
    """List the pages that we write for people."""
    return [path for path in tracked_files() if path.suffix == ".md"]


def typed_lines(page: Path) -> Iterator[str]:
    """Give what a page shows as typed: the lines of its code blocks and its inline code."""
    for block, inline in CODE.findall(page.read_text("utf-8")):
        for line in (block or inline).splitlines():
            yield line.strip().removeprefix("$ ")


def commands() -> dict[str, argparse.ArgumentParser]:
    """Name the commands of `upheld`."""
    from upheld.config.main import _parser

    for action in _parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    raise AssertionError("upheld has no commands")


def test_the_makefile_says_the_whole_vocabulary_and_no_more() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert targets == MAKE_WORDS | {"help"}


def test_continuous_integration_says_the_readmes_test_command() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text()
    assert "make test" in (ROOT / "README.md").read_text("utf-8")


def test_pages_name_only_words_that_the_makefile_knows() -> None:
    for page in pages():
        for line in typed_lines(page):
            for word in re.findall(r"^make ([a-z]+)", line):
                assert word in MAKE_WORDS, f"{short(page)}: make {word}"


def test_pages_name_only_commands_that_upheld_has() -> None:
    known = commands()
    for page in pages():
        for line in typed_lines(page):
            found = re.match(r"(?:\.venv/bin/)?upheld ([a-z][a-z-]*)", line)
            assert not found or found.group(1) in known, f"{short(page)}: {line}"


def test_links_between_pages_lead_somewhere() -> None:
    for page in pages():
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8")):
            if "://" not in target and not target.startswith("mailto:"):
                assert (page.parent / target).exists(), f"{short(page)}: the link to {target} is broken"


def test_the_changelog_tells_what_is_not_released_yet() -> None:
    assert "\n## Unreleased\n" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_decisions_are_numbered_without_gaps() -> None:
    names = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [int(name[:4]) for name in names]
    assert numbers == list(range(1, len(names) + 1)), names


def cited(value: object) -> Iterator[str]:
    """Give every clause id that stands under `clause` or `clauses` anywhere in a YAML document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("clause", "clauses"):
                yield from (
                    [inner] if isinstance(inner, str) else [one for one in inner if isinstance(one, str)]
                )
            yield from cited(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from cited(inner)


def standard_folders() -> list[Path]:
    """List the folders that hold one standard each."""
    return sorted(path.parent for path in (ROOT / "standards").glob("*/standard.yaml"))


def test_every_cited_clause_is_a_clause() -> None:
    own = {
        clause["id"]
        for other in standard_folders()
        for clause in yaml.safe_load((other / "clauses.yaml").read_text("utf-8"))
    }
    wrong = [
        f"{short(path)} cites {clause}"
        for folder in standard_folders()
        for path in sorted(folder.rglob("*.yaml"))
        for clause in sorted(set(cited(yaml.safe_load(path.read_text("utf-8")))) - own)
    ]
    assert own
    assert not wrong
