"""Leaving risk and key moments agree with the same rules written a second time, in fractions and plain comparisons."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upheld.policy.churn import churn_of
from upheld.policy.editions import load_edition, shipped_folder
from upheld.policy.facts import read_subject
from upheld.policy.kinds.churn import RATES
from upheld.policy.problems import BadFacts, StandardRefused
from upheld.policy.questions import answerer
from upheld.policy.standards import read_sources

DAY = date(2026, 3, 1)
SOURCES = {
    path: text
    for path, text in read_sources(shipped_folder()).items()
    if path.startswith(("premium-care/", "law/", "_calendars/"))
}
EDITION = load_edition(sources=SOURCES)
SHARED = load_edition(sources=SOURCES, readings={"unknown-churn-rates": "shared_among_known"})
WEIGHTS = dict(zip(RATES, ("0.4", "0.3", "0.200001", "0.099999"), strict=True))
PARAMETERS = dict(
    zip(
        ("churn_weight_plan", "churn_weight_brand", "churn_weight_rival_link", "churn_weight_number_range"),
        map(Decimal, WEIGHTS.values()),
        strict=True,
    )
)
WEIGHED = load_edition(sources=SOURCES, parameters=PARAMETERS)

RATE = st.integers(0, 1_000_000).map(lambda parts: Decimal(parts) / 1_000_000) | st.sampled_from(
    [Decimal("0.3"), Decimal("0.6"), Decimal("0.002"), Decimal("0.001999"), Decimal(0), Decimal(1)]
)
RATIO = st.sampled_from(
    [
        Decimal(text)
        for text in (
            "-0.5",
            "0",
            "0.15",
            "0.299999",
            "0.3",
            "0.5",
            "1.199999",
            "1.2",
            "2",
            "5",
            "5.000001",
            "9",
        )
    ]
)
SIGNALS = {
    "calls_forwarded_to_rival": st.booleans(),
    "spend_drop_ratio": RATIO,
    "plan_use_ratio": RATIO,
    "bill_over_mean_ratio": RATIO,
    "contract_days_left": st.sampled_from([-1, 0, 1, 30, 31, 400]),
    "porting_query": st.booleans(),
    "group_class": st.sampled_from(["A", "D"]),
    "card": st.sampled_from(["silver", "gold"]),
}
SUBJECTS = st.fixed_dictionaries({}, optional={**dict.fromkeys(RATES, RATE), **SIGNALS})


def rounded(score):
    """Round a fraction to one decimal, half up, by the schoolbook."""
    tenths = score * 10
    whole = tenths.numerator // tenths.denominator
    return (whole + (tenths - whole >= Fraction(1, 2))) / Decimal(10)


def moments_by_hand(s):
    found = []
    if s.get("bill_over_mean_ratio", 0) > 5:
        found.append(("bill_shock", "day", "LAW-3"))
    if s.get("calls_forwarded_to_rival"):
        found.append(("calls_forwarded_to_rival", "day", "CARE-35"))
    if s.get("spend_drop_ratio", 0) >= Decimal("0.3"):
        found.append(("spend_dropping", "week", "CARE-35"))
    if 0 <= s.get("contract_days_left", -1) <= 30:
        found.append(("contract_ending", "week", "CARE-35"))
    if s.get("plan_use_ratio", 1) >= Decimal("1.2"):
        found.append(("plan_overused", "month", "CARE-35"))
    if s.get("plan_use_ratio", 1) < Decimal("0.5"):
        found.append(("plan_underused", "month", "CARE-35"))
    return found


@given(subject=SUBJECTS)
@settings(max_examples=1000, deadline=None)
def test_score_and_moments_agree_with_plain_arithmetic(subject):
    found = churn_of(edition=EDITION, subject=read_subject(subject), as_of=DAY)
    score = rounded(sum((Fraction(subject.get(rate, 0)) for rate in RATES), Fraction(0)) * 25)
    assert found.score == score
    assert found.band == ("high" if score >= 60 else "medium" if score >= 30 else "low")
    assert [tuple(moment) for moment in found.moments] == moments_by_hand(subject)
    assert found.offers_suppressed == subject.get("porting_query", False)
    assert not (found.offers_suppressed and found.offers)
    assert not (found.offers and not found.moments)


@given(subject=st.fixed_dictionaries({}, optional=dict.fromkeys(RATES, RATE)))
@settings(max_examples=500, deadline=None)
def test_other_weights_and_the_other_reading_agree_with_fractions(subject):
    weighed = sum((Fraction(subject[rate]) * Fraction(WEIGHTS[rate]) for rate in subject), Fraction(0))
    assert churn_of(edition=WEIGHED, subject=read_subject(subject), as_of=DAY).score == rounded(weighed * 100)
    mean = sum((Fraction(value) for value in subject.values()), Fraction(0)) / max(len(subject), 1)
    assert churn_of(edition=SHARED, subject=read_subject(subject), as_of=DAY).score == rounded(mean * 100)


@given(subject=SUBJECTS, other=st.fixed_dictionaries(dict.fromkeys(RATES, RATE)))
@settings(max_examples=300, deadline=None)
def test_like_customers_are_offered_alike(subject, other):
    one = churn_of(edition=EDITION, subject=read_subject(subject), as_of=DAY)
    two = churn_of(edition=EDITION, subject=read_subject({**subject, **other}), as_of=DAY)
    assert one.offers == two.offers


def test_an_answer_has_the_shape_of_the_contract():
    facts = {"plan_churn_rate": "0.5", "calls_forwarded_to_rival": True}
    assert answerer("churn")(EDITION, facts, DAY) == {
        "score": 12.5,
        "band": "low",
        "moments": [{"moment": "calls_forwarded_to_rival", "dispatch": "day", "clause": "CARE-35"}],
        "offers_suppressed": False,
    }


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ({"plan_churn_rate": 1.01}, "plan_churn_rate: 1.01 is not a number from 0 to 1"),
        ({"plan_churn_rate": -0.1}, "is not a number from 0 to 1"),
        ({"plan_churn_rate": "NaN"}, "is not a number from 0 to 1"),
        ({"plan_churn_rate": Decimal("sNaN")}, "is not a number from 0 to 1"),
        ({"plan_churn_rate": True}, "is not a number from 0 to 1"),
        ({"plan_churn_rate": "a third"}, "is not a number from 0 to 1"),
        ({"plan_churn_rate": [0.1]}, "is not a number from 0 to 1"),
        ({"plan_churn_rate": "1.0000001"}, "is not a number from 0 to 1"),
        ({"spend_drop_ratio": "Infinity"}, "spend_drop_ratio: 'Infinity' is not a number"),
        ({"spend_drop_ratio": 1e12}, "is not a number"),
        ({"contract_days_left": 1.5}, "contract_days_left: 1.5 is not a whole number"),
        ({"contract_days_left": "soon"}, "contract_days_left: 'soon' is not a number"),
        ({"porting_query": "yes"}, "porting_query: 'yes' is not true or false"),
        ({"plan_churn_rat": 0.1}, "did you mean plan_churn_rate?"),
    ],
)
def test_bad_facts_are_named(facts, named):
    with pytest.raises(BadFacts) as refused:
        answerer("churn")(EDITION, facts, DAY)
    assert any(named in message for message in refused.value.messages)


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"churn_weight_plan": Decimal("0.3")}, "the weights of the score sum to 1.05 and not to 1"),
        (
            {"churn_weight_plan": Decimal("1.25"), "churn_weight_brand": Decimal("-0.75")},
            "is not a weight from 0 to 1",
        ),
        ({"churn_medium_from_score": 101}, "is not a score from 0 to 100"),
        ({"churn_medium_from_score": Decimal("30.05")}, "has more than one decimal"),
    ],
)
def test_impossible_weights_and_bands_are_refused(parameters, named):
    with pytest.raises(StandardRefused) as refused:
        load_edition(sources=SOURCES, parameters=parameters)
    assert named in str(refused.value)


def with_more(rule):
    path = "premium-care/rules/churn.yaml"
    return load_edition(sources={**SOURCES, path: SOURCES[path] + rule})


def test_an_offer_may_not_look_at_the_risk_of_one_customer():
    with pytest.raises(StandardRefused, match="a row of this kind may not test 'plan_churn_rate'"):
        with_more("""
- table: for-the-likely
  kind: offer
  rows:
  - {clause: CARE-37, when: {plan_churn_rate: {min: 0.5}}, offer: everything, family: credit}
""")


def test_a_row_that_holds_for_everyone_may_test_nothing():
    with pytest.raises(StandardRefused, match="may not test 'card'"):
        with_more("""
- table: sooner-for-gold
  kind: dispatch
  rows:
  - {clause: CARE-33, when: {card: gold}, urgency: soon, dispatch: day}
""")


def test_without_bands_from_nought_a_standard_is_refused():
    path = "premium-care/rules/churn.yaml"
    text = SOURCES[path].replace("band: low, from_score: 0}", "band: low, from_score: 1}")
    with pytest.raises(StandardRefused, match="scores below 1 have no band"):
        load_edition(sources={**SOURCES, path: text})


def test_a_standard_that_weighs_nothing_has_no_score():
    law = {path: text for path, text in SOURCES.items() if not path.startswith("premium-care/")}
    found = answerer("churn")(load_edition(sources=law), {"bill_over_mean_ratio": 6}, DAY)
    assert found["score"] is None
    assert found["band"] is None
    assert found["moments"] == [{"moment": "bill_shock", "dispatch": "day", "clause": "LAW-3"}]


def test_rates_are_taken_to_six_decimals_half_a_unit_up():
    read = read_subject({"plan_churn_rate": 1 / 3, "brand_churn_rate": "0.0000005"})
    assert read == {"plan_churn_rate": Decimal("0.333333"), "brand_churn_rate": Decimal("0.000001")}
    assert Decimal("0.0000005").quantize(Decimal("0.000001"), ROUND_HALF_UP) == read["brand_churn_rate"]
