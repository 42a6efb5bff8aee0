"""Random points accounts, settled by policy one by one and by DuckDB at once: never a different answer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upheld.batch import points as batch
from upheld.batch.engine import DuckDB
from upheld.batch.subjects import settle_subjects
from upheld.policy.editions import Edition, load_edition, shipped_folder
from upheld.policy.facts import read_subject
from upheld.policy.points import budget_of, points_of

START = date(2026, 1, 1)
# A low threshold and short months, so that small accounts meet every rule; a worth with fractions of a fen.
SMALL: dict[str, Any] = {"qualifying_points_above": 30, "points_expiry_months": 2, "points_expiry_years": 1}
FOLDER = shipped_folder() / "premium-care"
EDITIONS: list[Edition] = [
    load_edition(FOLDER, parameters={**SMALL, "points_expiry": expiry}, readings=readings)
    for expiry, readings in (
        ("end_of_nth_month", {}),
        ("end_of_nth_year", {"qualifying-points": "earned_only"}),
        ("end_of_cycle", {"earning-month": "counted"}),
        ("never", {}),
    )
]


OPENING = {"date": START, "kind": "bill", "amount_yuan": "40"}
"""Brings most accounts over the threshold from the beginning."""


def events() -> st.SearchStrategy[list[dict[str, Any]]]:
    days = st.integers(0, 300).map(lambda number: START + timedelta(days=number))
    few = st.sampled_from([0, 1, 3, 7, 7, 10, 20, 20, 35, 40])
    yuan = st.sampled_from(["0", "0.99", "7", "12.50", "0.35", "0.35", "35.99", "40"])
    uses = st.sampled_from([None, "merchant", "service", "lottery"])
    limit = st.none() | days.map(lambda day: day + timedelta(days=300))
    own = {"date": days, "points": few, "use": uses}
    return st.lists(
        st.one_of(
            st.fixed_dictionaries({"date": days, "kind": st.just("bill"), "amount_yuan": yuan}),
            st.fixed_dictionaries(
                {**own, "kind": st.sampled_from(["redeem", "transfer_out", "reverse", "bill"])}
            ),
            st.fixed_dictionaries(
                {"date": days, "kind": st.sampled_from(["redeem", "reverse"]), "amount_yuan": yuan}
            ),
            st.fixed_dictionaries(
                {**own, "kind": st.sampled_from(["bonus", "transfer_in"]), "expires_date": limit}
            ),
        ),
        max_size=20,
    ).flatmap(lambda found: st.sampled_from([found, [*found, OPENING], [OPENING, OPENING, *found]]))


PEOPLE = st.fixed_dictionaries(
    {"events": events()}, optional={"frozen": st.booleans(), "arrears_months": st.integers(0, 2)}
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    people=st.lists(PEOPLE, min_size=1, max_size=30),
    chosen=st.sampled_from(range(len(EDITIONS))),
    after=st.integers(0, 400),
)
def test_settling_a_base_gives_policys_accounts(
    people: list[dict[str, Any]], chosen: int, after: int, engine: DuckDB
) -> None:
    edition = EDITIONS[chosen]
    as_of = START + timedelta(days=after)
    subjects = {number: read_subject(person) for number, person in enumerate(people)}
    settled = settle_subjects(edition=edition, as_of=as_of, subjects=subjects, engine=engine)
    accounts = {n: points_of(edition=edition, subject=s, as_of=as_of) for n, s in subjects.items()}
    for number, account in accounts.items():
        assert settled[number].as_json() == account.as_json(), subjects[number]
        assert settled[number] == account
    expected = budget_of(edition=edition, accounts=accounts.values(), as_of=as_of)
    assert batch.budget(edition=edition, as_of=as_of, engine=engine) == expected


def test_accounts_named_by_text_and_without_any_fact_are_settled_alike(engine: DuckDB) -> None:
    engine.lookup("customers", {"customer_id": "string"}, [("C-1",), ("C-2",)])
    bill = ("C-1", 1, START, "bill", 400_050, None, None, None)
    redeemed = ("C-1", 2, START, "redeem", None, 100, None, "merchant")
    engine.lookup(batch.EVENTS, {"customer_id": "string", **batch.EVENT_COLUMNS}, [redeemed, bill])
    batch.settle_accounts(edition=load_edition(FOLDER), as_of=START, facts=[], engine=engine)
    found = dict(batch.accounts(engine=engine, as_of=START))
    assert found["C-1"].balance == 3900
    assert [spent.clause for spent in found["C-1"].spent] == ["CARE-17"]
    assert found["C-2"].as_json()["lots"] == []
    assert batch.totals(engine, START) == batch.Totals(400_050, 4000, 100, 3900)
