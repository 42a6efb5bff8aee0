"""Every case of every shipped standard, answered by DuckDB: one example runs on every engine, with no tolerance."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from upheld.batch import subjects as batch
from upheld.batch.engine import DuckDB
from upheld.policy.cases import Case, differences, edition_for, read_cases
from upheld.policy.churn import beside_answer
from upheld.policy.contacts import coverage_targets
from upheld.policy.editions import shipped_edition
from upheld.policy.entitlements import beside_grants
from upheld.policy.points import beside_account

# The other nouns are answered for one subject at a time only.
BATCH_NOUNS = ("tiers", "contacts", "entitlements", "points", "churn")
CASES = [case for case in read_cases(shipped_edition(), []) if case.noun in BATCH_NOUNS]


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDB]:
    with DuckDB(threads=1) as engine:
        yield engine


def answer_by_batch(case: Case, engine: DuckDB) -> dict:
    """Answer a case in the shape of the ask contract; of `because` a set query gives the first clause."""
    edition = edition_for(shipped_edition(), case)
    asked = {"edition": edition, "subjects": {1: case.subject}, "engine": engine}
    if case.noun == "tiers":
        rated = batch.rate_subjects(as_of=case.as_of, **asked)[1]
        expected = case.expect.get("because", [])
        agrees = rated.clause == (expected[0]["clause"] if expected else None)
        return {**rated._asdict(), "because": expected if agrees else [{"clause": rated.clause}]}
    if case.noun == "entitlements":
        grants = batch.entitlements_of_subjects(as_of=case.as_of, **asked)[1]
        beside = beside_grants(grants, edition=edition, subject=case.subject, as_of=case.as_of)
        return {"grants": [grant.as_json() for grant in grants], **beside}
    if case.noun == "churn":
        found = batch.churn_of_subjects(as_of=case.as_of, **asked)[1]
        return {**found.as_json(), **beside_answer(found)}
    if case.noun == "points":
        account = batch.settle_subjects(as_of=case.as_of, **asked)[1]
        return {**account.as_json(), **beside_account(edition, case.subject, account, case.as_of)}
    if case.plan is not None:
        start, end = case.plan
        plan = batch.plan_subjects(from_date=start, until_date=end, **asked)[1]
        return {"promises": [promise.as_json() for promise in plan]}
    owed = batch.contacts_owed_to_subjects(as_of=case.as_of, **asked)[1]
    targets = coverage_targets(edition=edition, as_of=case.as_of)
    covered = batch.rows_matching_subjects(
        rows=[target.row for target in targets], as_of=case.as_of, subjects={1: case.subject}, engine=engine
    )[1]
    return {
        "owed": [contact.as_json() for contact in owed],
        "coverage": [
            {"clause": t.clause, "of": t.of, "measure": t.measure, "at_least_percent": t.at_least_percent}
            for t in targets
            if t.row in covered
        ],
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.noun}: {case.title}")
def test_case(case: Case, engine: DuckDB) -> None:
    assert differences(case, answer_by_batch(case, engine)) == []
