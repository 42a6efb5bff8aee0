"""Random bases, scored by policy one by one and by DuckDB at once: never a different answer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upheld.batch.engine import DuckDB
from upheld.batch.subjects import churn_of_subjects
from upheld.policy.churn import churn_of
from upheld.policy.editions import Edition, load_edition, shipped_folder
from upheld.policy.facts import CARDS, FACTS
from upheld.policy.kinds.churn import RATES
from upheld.policy.standards import read_sources

DAY = date(2026, 3, 1)
SOURCES = {
    path: text
    for path, text in read_sources(shipped_folder()).items()
    if path.startswith(("premium-care/", "law/", "_calendars/"))
}
UNEVEN = {
    "churn_weight_plan": Decimal("0.333333"),
    "churn_weight_brand": Decimal("0.333334"),
    "churn_weight_rival_link": Decimal("0.333333"),
    "churn_weight_number_range": 0,
}
EDITIONS: list[Edition] = [
    load_edition(sources=SOURCES),
    load_edition(sources=SOURCES, parameters=UNEVEN),
    load_edition(sources=SOURCES, parameters=UNEVEN, readings={"unknown-churn-rates": "shared_among_known"}),
]
SIXTHS = st.integers(0, 1_000_000).map(lambda parts: Decimal(parts) / 1_000_000)
RATE = SIXTHS | st.sampled_from([Decimal(text) for text in ("0", "0.002", "0.3", "0.6", "1")])
EDGES = ("-0.5", "0", "0.15", "0.299999", "0.3", "0.5", "1.199999", "1.2", "2", "5", "5.000001", "999999999")
RATIO = st.sampled_from([Decimal(text) for text in EDGES])
FACTS_ASKED: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(RATES, RATE),
    **dict.fromkeys(("spend_drop_ratio", "plan_use_ratio", "bill_over_mean_ratio"), RATIO),
    **dict.fromkeys(("calls_forwarded_to_rival", "porting_query"), st.booleans()),
    "contract_days_left": st.sampled_from([-400, -1, 0, 30, 31]),
    "group_class": st.sampled_from(FACTS["group_class"].values),
    "card": st.sampled_from(CARDS),
}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    people=st.lists(st.fixed_dictionaries({}, optional=FACTS_ASKED), min_size=1, max_size=40),
    chosen=st.sampled_from(range(len(EDITIONS))),
)
def test_scoring_a_base_gives_policys_answers(
    people: list[dict[str, Any]], chosen: int, engine: DuckDB
) -> None:
    edition = EDITIONS[chosen]
    subjects = dict(enumerate(people))
    found = churn_of_subjects(edition=edition, as_of=DAY, subjects=subjects, engine=engine)
    for number, subject in subjects.items():
        assert found[number] == churn_of(edition=edition, subject=subject, as_of=DAY), subject
