"""Facts come in by name, typed and with units; every bad fact of a subject is named at once."""

from decimal import Decimal

import pytest

from upheld.policy.facts import FACTS, MonthDay, fen_as_yuan, read_amount, read_subject
from upheld.policy.problems import BadFacts


def test_amounts_become_whole_fen_exactly():
    assert read_subject({"annual_spend_yuan": "3359.99"})["annual_spend_yuan"] == 335_999
    assert read_subject({"annual_spend_yuan": 3360})["annual_spend_yuan"] == 336_000
    assert read_subject({"annual_spend_yuan": Decimal("0.1")})["annual_spend_yuan"] == 10
    assert fen_as_yuan(read_amount("80")) == "80.00"


def test_a_fact_that_is_null_is_unknown():
    assert read_subject({"brand": None, "papers": "personal"}) == {"papers": "personal"}


def test_every_bad_fact_is_named_at_once():
    with pytest.raises(BadFacts) as refused:
        read_subject({"group_class": "E", "annual_spend_yuan": "many", "strategic": "yes", "brnad": "tianyi"})
    messages = refused.value.messages
    assert "group_class: 'E' is not one of A, B1, B2, C, D" in messages
    assert any(m.startswith("annual_spend_yuan:") for m in messages)
    assert any(m.startswith("strategic:") for m in messages)
    assert any("did you mean brand?" in m for m in messages)
    assert len(messages) == 4


@pytest.mark.parametrize("written", ["12.345", "-1", "NaN", "Infinity", True, [], "1,000"])
def test_amounts_that_are_not_money_are_refused(written):
    with pytest.raises(BadFacts):
        read_subject({"annual_spend_yuan": written})


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1980-02-29", MonthDay(2, 29, 1980)),
        ("0000-05-01", MonthDay(5, 1)),
        ("--12-30", MonthDay(12, 30)),
    ],
)
def test_birthdays_may_lack_the_year(written, meant):
    assert read_subject({"birthday": written})["birthday"] == meant


def test_a_lunar_birthday_may_be_a_day_that_the_solar_month_lacks():
    assert read_subject({"birthday": "1990-02-30", "birthday_calendar": "lunar"})["birthday"].day == 30
    with pytest.raises(BadFacts):
        read_subject({"birthday": "1990-02-30", "birthday_calendar": "solar"})
    with pytest.raises(BadFacts):
        read_subject({"birthday": "1990-01-31", "birthday_calendar": "lunar"})


@pytest.mark.parametrize("written", ["1990-1-1", "--1-1", "1990/01/01", "--13-01", "birthday", "--0a-01", 5])
def test_a_birthday_in_another_form_is_refused(written):
    with pytest.raises(BadFacts):
        read_subject({"birthday": written})


def test_every_fact_has_a_reader_and_both_languages():
    for fact in FACTS.values():
        assert "" not in (fact.zh, fact.en)
        with pytest.raises(BadFacts):
            read_subject({fact.name: object()})


def test_a_count_of_forwarded_calls_answers_whether_there_were_any():
    assert read_subject({"calls_forwarded_to_rival": 3})["calls_forwarded_to_rival"] is True
    assert read_subject({"calls_forwarded_to_rival": 0})["calls_forwarded_to_rival"] is False
    with pytest.raises(BadFacts):
        read_subject({"strategic": 1})


def test_a_bad_value_is_shown_as_its_writer_knows_it():
    with pytest.raises(BadFacts) as refused:
        read_subject({"arrears_months": Decimal("1.5"), "papers": True, "rank": "boss"})
    assert refused.value.messages == (
        "arrears_months: 1.5 is not a whole number",
        "papers: true is not one of personal, organisation",
        "rank: 'boss' is not one of bureau, division, section",
    )
