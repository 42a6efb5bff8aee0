"""Files in, files out: what a feed may look like, and what is said of one that cannot be used."""

from __future__ import annotations

import csv
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from upheld.batch.feed import NAMES
from upheld.batch.file_mode import Done, Limits, plan_files, rate_files
from upheld.batch.source import FeedRefused
from upheld.policy.contacts import plan_of
from upheld.policy.editions import Edition
from upheld.policy.facts import read_subject
from upheld.policy.feed_columns import NO_LINE_END, FeedMapping, mapping_from_text

DAY = date(2026, 3, 1)
GOOD = """customer_id,papers,brand,annual_spend_yuan,previous_card,arrears_months
0001,personal,e_home,3360,gold,0
0002,personal,tianyi,1031.99,silver,0
0003,personal,other, 1200.00 ,silver,0
0004,personal,other,5000,diamond,1
0005,personal,other,,gold,
"""

Rate = Callable[..., Done]


@pytest.fixture
def rate(tmp_path: Path, edition: Edition) -> Rate:
    def run(files: dict[str, str | bytes], mapping: str | None = None, **more: Any) -> Done:
        feed = tmp_path / "feed"
        feed.mkdir(exist_ok=True)
        for name, text in files.items():
            (feed / name).write_bytes(text.encode() if isinstance(text, str) else text)
        read = (
            FeedMapping() if mapping is None else mapping_from_text(mapping, file="mapping.yaml", names=NAMES)
        )
        limits = Limits(threads=1)
        return rate_files(
            edition=edition, feed=feed, as_of=DAY, out=tmp_path / "out", mapping=read, limits=limits, **more
        )

    return run


def written(done: Done) -> dict[str, tuple[Any, ...]]:
    rows = duckdb.sql(
        f"SELECT customer_id, card, state, clause, previous_card, change FROM '{done.target}'"
    ).fetchall()
    assert len({row[0] for row in rows}) == len(rows)
    return {str(row[0]): row[1:] for row in rows}


def rejected(done: Done) -> list[tuple[str, str, str]]:
    assert done.rejects is not None
    with done.rejects.open(encoding="utf-8-sig", newline="") as lines:
        return [(row["line"], row["column"], row["reason"]) for row in csv.DictReader(lines)]


def test_a_csv_of_facts_is_rated(rate: Rate) -> None:
    assert written(rate({"customers.csv": GOOD})) == {
        "0001": ("diamond", "active", "CT-33", "gold", "up"),
        "0002": (None, "none", None, "silver", "ended"),
        "0003": ("silver", "active", "CT-35", "silver", "kept"),
        "0004": ("diamond", "frozen", "CT-37", "diamond", "kept"),
        "0005": (None, "none", None, "gold", "ended"),
    }


def test_only_changes_are_written_when_asked(rate: Rate) -> None:
    assert set(written(rate({"customers.csv": GOOD}, changes_only=True))) == {"0001", "0002", "0005"}


def test_last_years_card_may_stand_in_a_second_file(rate: Rate) -> None:
    base = "customer_id,papers,brand,annual_spend_yuan\n"
    base += "a,personal,other,2400\nb,personal,other,100\nc,personal,other,1200\n"
    cards = "customer_id,card\na,silver\nb,gold\nz,gold\n"
    done = rate({"customers.csv": base, "cards.csv": cards})
    assert {key: row[3:] for key, row in written(done).items()} == {
        "a": ("silver", "up"),
        "b": ("gold", "ended"),
        "c": (None, "new"),
    }
    assert done.feed.warnings == ["cards.csv: 1 holders of a card are not in customers.csv and are not rated"]


def test_bad_rows_are_named_and_good_rows_answered(rate: Rate) -> None:
    base = GOOD + (
        "0006,personal,e-home,100,gold,0\n0007,personal,other,12.345,gold,0\n0008,personal\n"
        "0001,personal,other,1,gold,0\n"
    )
    base += "0009,personal,other,abc,platinum,-1\n,personal,other,1,gold,0\n0010,personal,other,1200,,0\n"
    done = rate({"customers.csv": base})
    assert set(written(done)) == {"0001", "0002", "0003", "0004", "0005", "0010"}
    assert rejected(done) == [
        (
            "7",
            "brand",
            "'e-home' is not one of e_home, tianyi, business_navigator, global_pass, three_g, other",
        ),
        ("8", "annual_spend_yuan", "'12.345' has more than two decimals"),
        ("9", "", "too few cells"),
        ("10", "customer_id", "the same id stands on line 2; this row is left out"),
        ("11", "annual_spend_yuan", "'abc' is not an amount in yuan"),
        ("11", "arrears_months", "'-1' is not a whole number"),
        ("11", "previous_card", "'platinum' is not one of silver, gold, diamond"),
        ("12", "customer_id", "it is empty"),
    ]
    assert (done.feed.rejected, done.feed.faults) == (6, 8)
    with done.rejects.open(encoding="utf-8-sig", newline="") as lines:
        assert next(csv.DictReader(lines))["remedy"] == "did you mean e_home?"
    assert stat.S_IMODE(done.rejects.stat().st_mode) == 0o600


@pytest.mark.parametrize("bad", ["", "x,personal\n"])
@pytest.mark.parametrize("kept", ["1280.50", "12"])
def test_a_last_row_without_a_line_end_is_left_out_by_name_as_the_importer_does(
    rate: Rate, bad: str, kept: str
) -> None:
    text = f"customer_id,papers,annual_spend_yuan\n1,personal,3000\n{bad}2,personal,{kept}"
    done = rate({"customers.csv": text})
    assert set(written(done)) == {"1"}
    reason, remedy = NO_LINE_END
    line = "4" if bad else "3"
    assert (line, "annual_spend_yuan", reason) in rejected(done)
    assert remedy in done.rejects.read_text(encoding="utf-8-sig")
    assert set(written(rate({"customers.csv": text + "\n"}))) == {"1", "2"}


def test_an_older_list_of_rejects_does_not_stay(rate: Rate) -> None:
    assert rate({"customers.csv": GOOD + "x,personal,nobody,1,gold,0\n"}).rejects is not None
    done = rate({"customers.csv": GOOD})
    assert done.rejects is None
    assert not (done.target.parent / "rejects.csv").exists()


@pytest.mark.parametrize(
    ("files", "mapping", "said"),
    [
        ({}, None, "has no customers.parquet or customers.csv"),
        ({"customers.csv": ""}, None, "the file is empty"),
        ({"customers.csv": "customerid,papers\n1,personal\n"}, None, "is it 'customerid'?"),
        ({"customers.csv": "customer_id,anual_spend_yuan\n1,5\n"}, None, "did you mean 'annual_spend_yuan'?"),
        ({"customers.csv": "customer_id,name\n1,x\n"}, None, "has none of the facts"),
        ({"customers.csv": GOOD[:-14]}, None, "looks cut off in its last row"),
        ({"customers.csv": 'customer_id,brand\n1,"other\n'}, None, "cut off"),
        ({"customers.csv": GOOD.replace("personal", "个人").encode("gb18030")}, None, "line 2: not UTF-8 text"),
        ({"customers.csv": "customer_id,brand,Brand\n1,other,other\n"}, None, "stands there twice"),
        ({"customers.parquet": b"PAR1 and no more"}, None, "not a whole Parquet file"),
        ({"customers.csv": GOOD, "customers.parquet": b"PAR1"}, None, "holds both"),
        ({"customers.csv": GOOD, "cards.csv": "customer_id,card\n0001,gold\n"}, None, "keep one"),
        ({"customers.csv": GOOD}, "columns: {brand: Brnad}", "is it 'brand'?"),
    ],
)  # fmt: skip
def test_a_feed_that_cannot_be_used_is_refused(
    files: dict[str, str | bytes], mapping: str | None, said: str, rate: Rate, tmp_path: Path
) -> None:
    with pytest.raises(FeedRefused) as refused:
        rate(files, mapping)
    assert said in str(refused.value)
    assert not (tmp_path / "out" / "tiers.parquet").exists()


def test_a_mapping_renames_multiplies_and_translates(rate: Rate) -> None:
    mapping = """
    encoding: gb18030
    delimiter: ;
    columns:
      customer_id: 编号
      papers: {value: personal}
      brand: {column: 品牌, values: {我的e家: e_home}, otherwise: other}
      annual_spend_yuan: {column: 月消费, times: 12}
    """
    base = "编号;品牌;月消费\n1;我的e家;90\n2;别的;99.999\n3;别的;300.00\n".encode("gb18030")
    done = rate({"customers.csv": base}, mapping)
    assert {key: row[:3] for key, row in written(done).items()} == {
        "1": ("silver", "active", "CT-33"),
        "3": ("diamond", "active", "CT-35"),
    }
    assert rejected(done) == [("3", "月消费", "'99.999' has more than two decimals")]


@pytest.mark.parametrize(
    ("column", "kind"),
    [("annual_spend_yuan", "DECIMAL(12, 2)"), ("annual_spend_yuan", "DOUBLE"), ("annual_spend_yuan", "VARCHAR"),
     ("annual_spend_fen", "BIGINT")],
)  # fmt: skip
def test_parquet_amounts_of_any_type_are_exact(column: str, kind: str, rate: Rate, tmp_path: Path) -> None:
    amounts = ["1199.99", "1200.00", "2399.99", "2400", "3599.99", "3600.00"]
    if column.endswith("_fen"):
        amounts = [str(round(float(amount) * 100)) for amount in amounts]
    values = ", ".join(f"({place}, '{amount}')" for place, amount in enumerate(amounts))
    file = tmp_path / "base.parquet"
    duckdb.sql(
        f"COPY (SELECT id AS customer_id, 'personal' AS papers, 'other' AS brand, CAST(spend AS {kind}) AS {column} "
        f"FROM (VALUES {values}) t(id, spend)) TO '{file}'"
    )
    done = rate({"customers.parquet": file.read_bytes()})
    assert [row[0] for _, row in sorted(written(done).items())] == [
        None,
        "silver",
        "silver",
        "gold",
        "gold",
        "diamond",
    ]
    assert done.feed.warnings == []


def test_a_double_with_fractions_of_a_fen_is_rounded_and_told(rate: Rate, tmp_path: Path) -> None:
    file = tmp_path / "base.parquet"
    duckdb.sql(
        "COPY (SELECT 1 AS customer_id, 'personal' AS papers, 'other' AS brand, "
        f"1199.996::DOUBLE AS annual_spend_yuan) TO '{file}'"
    )
    done = rate({"customers.parquet": file.read_bytes()})
    assert written(done)["1"][0] == "silver"
    assert "1 values of annual_spend_yuan have more than two decimals" in done.feed.warnings[0]


def test_a_base_is_planned_by_the_cards_of_its_rating(rate: Rate, edition: Edition, tmp_path: Path) -> None:
    base = "customer_id,papers,brand,annual_spend_yuan,birthday,birthday_calendar,group_class,role\n"
    base += "a,personal,e_home,3360,1980-05-04,lunar,,\nb,personal,other,0,--02-29,,B1,contact\n"
    base += "c,personal,other,0,,,,\n"
    rated = rate({"customers.csv": base})
    until = date(2027, 3, 1)
    done = plan_files(edition=edition, feed=tmp_path / "feed", from_date=DAY, until_date=until, out=tmp_path / "out",
                      cards=rated.target, limits=Limits(threads=1))  # fmt: skip
    assert done.rejects is None
    columns = 'action, "from", due, clause, turn, "on"'
    people = {
        "a": {"birthday": "1980-05-04", "birthday_calendar": "lunar", "card": "diamond"},
        "b": {"birthday": "--02-29", "group_class": "B1", "role": "contact", "card": "silver"},
        "c": {},
    }
    for person, facts in people.items():
        planned = duckdb.sql(
            f"SELECT {columns} FROM '{done.target}' WHERE customer_id = '{person}'"
        ).fetchall()
        asked = {"edition": edition, "subject": read_subject(facts), "from_date": DAY, "until_date": until}
        assert sorted(planned, key=str) == sorted(map(tuple, plan_of(**asked)), key=str)


def test_a_birthday_that_no_month_has_is_rejected(edition: Edition, tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text(
        "customer_id,birthday,birthday_calendar\n1,--02-30,solar\n2,--02-30,lunar\n3,1980-13-01,\n4,x,\n5,--04-31,\n"
    )
    done = plan_files(
        edition=edition, feed=tmp_path, from_date=DAY, until_date=date(2026, 4, 1), out=tmp_path / "out"
    )
    assert [(line, reason) for line, _, reason in rejected(done)] == [
        ("2", "'--02-30' is a day that its month never has"),
        ("4", "'1980-13-01' is no day of the calendar"),
        ("5", "'x' is not a birthday"),
        ("6", "'--04-31' is a day that its month never has"),
    ]
