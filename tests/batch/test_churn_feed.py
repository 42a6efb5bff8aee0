"""A file that nobody here made, rated whole through a mapping, against a count in plain Python."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from upheld.batch.feed import NAMES
from upheld.batch.file_mode import rate_files
from upheld.policy.editions import Edition
from upheld.policy.feed_columns import mapping_from_text

CHURN = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "telco-customer-churn.csv"
MAPPING = Path(__file__).with_name("telco-churn-mapping.yaml")

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not CHURN.is_file(), reason=f"the churn data set is not at {CHURN}"),
]

# Silver, gold and diamond from so many yuan a year, by brand (CT-33, CT-34, CT-35).
THRESHOLDS = {"e_home": (1080, 2160, 3360), "tianyi": (1032, 2160, 3360), "other": (1200, 2400, 3600)}


def counted_by_hand(times: int) -> Counter[tuple[str | None, str]]:
    found: Counter[tuple[str | None, str]] = Counter()
    with CHURN.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["Churn"] == "Yes":
                found[None, "cancelled"] += 1
                continue
            brand = {"Fiber optic": "e_home", "DSL": "tianyi"}.get(row["InternetService"], "other")
            spend = Decimal(row["MonthlyCharges"]) * times
            reached = sum(spend >= threshold for threshold in THRESHOLDS[brand])
            card = (None, "silver", "gold", "diamond")[reached]
            found[card, "active" if card else "none"] += 1
    return found


# Twelve months as they stand reach silver only; a dearer currency brings every card into play.
@pytest.mark.parametrize("times", [12, 36])
def test_every_customer_of_the_churn_file_is_rated(times: int, edition: Edition, tmp_path: Path) -> None:
    feed = tmp_path / "feed"
    feed.mkdir()
    (feed / "customers.csv").symlink_to(CHURN)
    text = MAPPING.read_text(encoding="utf-8").replace("times: 12", f"times: {times}")
    mapping = mapping_from_text(text, file=MAPPING.name, names=NAMES)
    done = rate_files(
        edition=edition, feed=feed, as_of=date(2026, 3, 1), out=tmp_path / "out", mapping=mapping
    )
    assert (done.rows, done.rejects) == (7043, None)
    written = duckdb.sql(f"SELECT card, state, count(*) FROM '{done.target}' GROUP BY ALL").fetchall()
    assert {(card, state): number for card, state, number in written} == counted_by_hand(times)
