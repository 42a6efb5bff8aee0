"""`upheld rate` and `upheld plan` as they are typed: what they print and how they end."""

from __future__ import annotations

from pathlib import Path

import pytest

from upheld.config.main import main

BASE = "customer_id,papers,brand,annual_spend_yuan,card,birthday\n1,personal,e_home,3360,gold,--05-04\n"


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    folder = tmp_path / "feed"
    folder.mkdir()
    (folder / "customers.csv").write_text(BASE)
    return folder


def rate(feed: Path, *more: str) -> int:
    return main(
        ["rate", "--feed", str(feed), "--as-of", "2026-03-01", "--out", str(feed.parent / "out"), *more]
    )


def test_rating_prints_counts_by_card_clause_and_change(
    feed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rate(feed) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"1 rows in {feed.parent / 'out' / 'tiers.parquet'}"
    assert {line.split()[0] for line in said[1:] if line} == {
        "card",
        "diamond",
        "clause",
        "CT-33",
        "change",
        "new",
    }


def test_planning_prints_counts_by_action_and_clause(feed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dates = ["--from", "2026-01-01", "--until", "2027-01-01"]
    assert main(["plan", "--feed", str(feed), *dates, "--out", str(feed.parent / "out")]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["greeting", "CT-42", "5"] in lines
    assert ["return_visit", "CT-42", "4"] in lines


def test_rows_left_out_are_told_and_end_with_one(feed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (feed / "customers.csv").write_text(BASE + "2,personal,nobody,1,,\n")
    assert rate(feed) == 1
    assert "1 rows left out, for 1 reasons" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--engine", "spark"], "comes as the extra [spark]"),
        (["--mapping", "nowhere.yaml"], "nowhere.yaml"),
        (["--reading", "class-a-top-leader=platinum"], "has no option 'platinum'"),
        (["--memory", "much"], "Memory must have a number"),
    ],
)
def test_what_cannot_be_done_is_said_and_ends_with_two(
    more: list[str], said: str, feed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rate(feed, *more) == 2
    assert said in capsys.readouterr().err
    assert not (feed.parent / "out" / "tiers.parquet").exists()


def test_a_day_before_the_standards_is_refused(feed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["rate", "--feed", str(feed), "--as-of", "1999-01-01", "--out", str(feed.parent / "out")]
    assert main(words) == 2
    assert "in force on 1999-01-01" in capsys.readouterr().err


def test_a_mapping_beside_the_base_is_used_unasked(feed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (feed / "customers.csv").write_text("id,spend,name\n1,300,x\n")
    (feed / "customers.mapping.yaml").write_text(
        "columns: {customer_id: id, papers: {value: personal}, brand: {value: other}, name: name, "
        "annual_spend_yuan: {column: spend, times: 12}}"
    )
    assert rate(feed) == 0
    assert "diamond" in capsys.readouterr().out
