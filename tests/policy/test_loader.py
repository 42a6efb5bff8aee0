"""What a service manager writes in YAML is what the standard says; faults are named with their lines, all at once."""

from datetime import date
from decimal import Decimal

import pytest

from upheld.policy.loader import read_yaml
from upheld.policy.problems import Problem


def read(text: str):
    problems: list[Problem] = []
    return read_yaml(text, "rules/tiers.yaml", problems), problems


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("20:00", "20:00"),
        ("1.20", Decimal("1.20")),
        ("on", "on"),
        ("yes", "yes"),
        ("No", "No"),
        ("3360", 3360),
        ("-5", -5),
        ("0123", "0123"),
        ("1e3", "1e3"),
        ("0x10", "0x10"),
        ("1_000", "1_000"),
        ("2026-02-17", date(2026, 2, 17)),
        ("'2026-02-17'", "2026-02-17"),
        ("true", True),
        ("True", "True"),
        ("~", None),
        ("08:00-20:00", "08:00-20:00"),
        ("7x24", "7x24"),
    ],
)
def test_scalars_stay_what_was_written(written, meant):
    value, problems = read(f"key: {written}\n")
    assert problems == []
    assert value["key"] == meant
    assert type(value["key"]) is type(meant)


def test_decimals_keep_their_last_nought():
    value, _ = read("hours: 1.20\n")
    assert str(value["hours"]) == "1.20"


def test_a_duplicate_key_is_named_with_both_lines():
    value, problems = read("card: gold\ntake: first\ncard: silver\n")
    assert value["card"] == "gold"
    assert [(p.line, "line 1" in p.message) for p in problems] == [(3, True)]


def test_lines_are_kept_for_mappings_and_keys():
    value, _ = read("- clause: KEY-3\n  card: gold\n- clause: KEY-5\n")
    assert [row.line for row in value] == [1, 3]
    assert value[0].line_of("card") == 2


def test_several_faults_are_all_reported():
    _, problems = read("a: 2026-02-30\nb: 1\nb: 2\nc: 2026-13-01\n")
    assert [p.line for p in problems] == [1, 3, 4]


def test_an_alias_is_refused():
    _, problems = read("a: &x {card: gold}\nb: *x\n")
    assert "alias" in problems[0].message


def test_text_that_is_no_yaml_names_its_line():
    value, problems = read("rows:\n  - {clause: KEY-3\n  card: gold\n")
    assert value is None
    assert len(problems) == 1
    assert problems[0].line in (2, 3)
