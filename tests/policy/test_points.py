"""A points account agrees with a clerk who keeps every single point as a token of its own, and shuffles no rule."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upheld.policy.editions import load_edition, shipped_folder
from upheld.policy.facts import read_subject
from upheld.policy.point_ledger import Expiry, cycle_of
from upheld.policy.points import (
    answer,
    budget_of,
    campaign_points,
    notices_of,
    points_of,
    value_fen,
)
from upheld.policy.problems import BadFacts, StandardRefused

FOLDER = shipped_folder() / "premium-care"
EDITION = load_edition(FOLDER)
START = date(2026, 1, 1)
ABOVE = 30
"""A low threshold and short months, so that small accounts meet every rule."""
SMALL = {"qualifying_points_above": ABOVE, "points_expiry_months": 2, "points_expiry_years": 1}
EDITIONS = {
    expiry: load_edition(FOLDER, parameters={**SMALL, "points_expiry": expiry})
    for expiry in ("end_of_nth_month", "end_of_nth_year", "end_of_cycle", "never")
}


@dataclass
class Token:
    """One point: which event made it, its last day, and which event used it."""

    made_by: int
    last: date
    qualifies: bool = True
    used_by: int | None = None
    gone: bool = False

    def free(self, day):
        return self.used_by is None and not self.gone and day <= self.last


def last_day(expiry, earned):
    """Walk from day to day until the calendar says that the points cease."""
    if expiry == "never":
        return date.max
    month_ends = 0
    day = earned
    while True:
        tomorrow = day + timedelta(days=1)
        if tomorrow.month != day.month:
            if expiry == "end_of_nth_month" and (day.year, day.month) != (earned.year, earned.month):
                month_ends += 1
            if (
                month_ends == SMALL["points_expiry_months"]
                or (expiry == "end_of_nth_year" and day.month == 12)
                or (expiry == "end_of_cycle" and day.month == 11)
            ):
                return day
        day = tomorrow


class Clerk:
    """Keep an account token by token."""

    def __init__(self, expiry, frozen):
        self.expiry, self.frozen = expiry, frozen
        self.tokens, self.done, self.refused = [], [], []

    def free(self, day):
        return [token for token in self.tokens if token.free(day)]

    def may_spend(self, day):
        qualifying = [t for t in self.tokens if t.last >= day and t.qualifies]
        return len(qualifying) > ABOVE

    def play(self, number, event):
        day, kind = event["date"], event["kind"]
        points = event.get("points")
        if points is None and kind == "bill":
            points = int(Decimal(event["amount_yuan"]))
        if kind in ("bill", "bonus", "transfer_in"):
            last = event.get("expires_date") or last_day(self.expiry, day)
            self.tokens += [Token(number, last) for _ in range(points)]
            self.done.append((number, event, points))
        elif kind in ("redeem", "transfer_out"):
            self.spend(number, event, points)
        else:
            self.undo(number, event)

    def spend(self, number, event, points):
        day = event["date"]
        if self.frozen:
            self.refused.append((number, "frozen"))
        elif not self.may_spend(day):
            self.refused.append((number, "not_eligible"))
        elif len(self.free(day)) < points:
            self.refused.append((number, "over_balance"))
        else:
            for token in self.free(day)[:points]:
                token.used_by = number
            self.done.append((number, event, points))

    def undo(self, number, event):
        figure = "amount_yuan" if "amount_yuan" in event else "points"
        for entry in reversed(self.done):
            target, other, points = entry
            same = other.get("amount_yuan") if figure == "amount_yuan" else points
            if same is not None and Decimal(same) == Decimal(event[figure]):
                break
        else:
            self.refused.append((number, "nothing_to_reverse"))
            return
        if other["kind"] in ("redeem", "transfer_out"):
            for token in self.tokens:
                if token.used_by == target:
                    token.used_by = None
        else:
            own = [token for token in self.tokens if token.made_by == target]
            day = event["date"]
            own_free = [token for token in own if token.free(day)]
            missing = sum(token.used_by is not None or token.gone for token in own)
            rest = [token for token in self.free(day) if token.made_by != target]
            if missing > len(rest):
                self.refused.append((number, "over_balance"))
                return
            for token in own_free + rest[:missing]:
                token.gone = True
            for token in own:
                token.qualifies = False
        self.done.remove(entry)


@st.composite
def accounts(draw):
    """Make a freezing, and events on days of fourteen months, in any order of input."""
    days = st.integers(0, 430).map(lambda number: START + timedelta(days=number))
    few = st.sampled_from([0, 1, 3, 7, 7, 10, 20, 20, 35, 40])
    yuan = st.sampled_from(["0", "0.99", "7", "12.5", "20", "35.99", "40", "40"])
    kinds = st.one_of(
        st.fixed_dictionaries({"date": days, "kind": st.just("bill"), "amount_yuan": yuan}),
        st.fixed_dictionaries(
            {"date": days, "kind": st.sampled_from(["redeem", "transfer_out"]), "points": few}
        ),
        st.fixed_dictionaries(
            {"date": days, "kind": st.sampled_from(["bonus", "transfer_in"]), "points": few}
        ),
        st.fixed_dictionaries({"date": days, "kind": st.just("reverse"), "points": few}),
        st.fixed_dictionaries({"date": days, "kind": st.just("reverse"), "amount_yuan": yuan}),
    )
    events = draw(st.lists(kinds, max_size=24))
    if draw(st.integers(0, 3)):  # most accounts take part from the beginning
        events.append({"date": START, "kind": "bill", "amount_yuan": "40"})
    for event in events:
        if event["kind"] == "bonus" and draw(st.booleans()):
            event["expires_date"] = event["date"] + timedelta(days=draw(st.integers(0, 60)))
    return draw(st.sampled_from([False, False, False, True])), events


@given(account=accounts(), expiry=st.sampled_from(sorted(EDITIONS)), after=st.integers(0, 500))
@settings(max_examples=1000, deadline=None)
def test_the_account_agrees_with_the_clerk(account, expiry, after):
    frozen, events = account
    as_of = START + timedelta(days=after)
    clerk = Clerk(expiry, frozen)
    for number, event in sorted(enumerate(events), key=lambda item: item[1]["date"]):
        if event["date"] <= as_of:
            clerk.play(number, event)
    subject = read_subject({"events": events, "frozen": frozen})
    found = points_of(edition=EDITIONS[expiry], subject=subject, as_of=as_of)
    assert found.balance == len(clerk.free(as_of))
    assert found.value_fen == 2 * found.balance
    assert found.eligible == clerk.may_spend(as_of)
    assert [(r.date, r.kind, r.reason) for r in found.refused] == [
        (events[number]["date"], events[number]["kind"], reason) for number, reason in clerk.refused
    ]
    left = {}
    for token in clerk.free(as_of):
        left.setdefault(token.made_by, [events[token.made_by]["date"], 0, token.last])[1] += 1
    shown = [[lot.earned_date, lot.left, lot.expires_date or date.max] for lot in found.lots]
    assert sorted(shown) == sorted(left.values())
    assert all(one.earned_date <= other.earned_date for one, other in pairwise(found.lots))


@given(account=accounts(), order=st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_the_order_of_input_does_not_matter_between_days(account, order):
    _, events = account
    events = list({event["date"]: event for event in events}.values())
    asked = {"edition": EDITIONS["end_of_nth_month"], "as_of": START + timedelta(days=430)}
    first = points_of(subject=read_subject({"events": events}), **asked)
    order.shuffle(events)
    assert points_of(subject=read_subject({"events": events}), **asked) == first


@given(earned=st.dates(date(2005, 1, 1), date(2060, 12, 31)))
@settings(max_examples=300, deadline=None)
def test_cycles_run_from_december_to_november(earned):
    first, last = cycle_of(earned, 12)
    assert first <= earned <= last
    assert (first.month, first.day, last.month, last.day, last.year - first.year) == (12, 1, 11, 30, 1)


def test_validity_near_the_end_of_the_calendar_ends_with_it():
    assert Expiry("end_of_nth_month", 36).last_day(date(9998, 5, 1)) == date.max
    facts = {"events": [{"date": "9999-01-01", "kind": "bill", "amount_yuan": 9}]}
    assert answer(EDITION, facts, date(9999, 12, 31))["lots"][0]["expires_date"] == "9999-12-31"


@pytest.mark.parametrize(
    ("events", "named"),
    [
        ("none", "events: is not a list of events"),
        ([3], "events: event 1: is not {date: , kind: , amount_yuan: or points: }"),
        (
            [{"date": "2026-01-01", "kind": "bil", "amount_yuan": 1}],
            "event 1: kind: 'bil' is not one of bill",
        ),
        ([{"kind": "bill", "amount_yuan": 1}], "event 1: date: is missing"),
        (
            [{"date": "2026-02-30", "kind": "bill", "amount_yuan": 1}],
            "event 1: date: '2026-02-30' is not a day",
        ),
        ([{"date": "2026-01-01", "kind": "bill"}], "event 1: give either amount_yuan or points"),
        (
            [{"date": "2026-01-01", "kind": "bill", "amount_yuan": 1, "points": 1}],
            "give either amount_yuan or",
        ),
        ([{"date": "2026-01-01", "kind": "bill", "amount_yuan": "1.001"}], "more than two decimals"),
        (
            [{"date": "2026-01-01", "kind": "bonus", "amount_yuan": 1}],
            "amount_yuan: a bonus is given in points",
        ),
        ([{"date": "2026-01-01", "kind": "redeem", "points": 1.5}], "points: 1.5 is not a whole number"),
        ([{"date": "2026-01-01", "kind": "redeem", "points": -1}], "points: '-1' is negative"),
        (
            [{"date": "2026-01-01", "kind": "redeem", "points": "many"}],
            "points: 'many' is not a whole number",
        ),
        ([{"date": "2026-01-01", "kind": "redeem", "ponts": 1}], "unknown key 'ponts', did you mean points?"),
        (
            [{"date": "2026-01-02", "kind": "bonus", "points": 1, "expires_date": "2026-01-01"}],
            "expires_date: 2026-01-01 is before",
        ),
        (
            [{"date": "2026-01-02", "kind": "bill", "points": 1, "expires_date": "2026-01-03"}],
            "expires_date: a bill has no time limit",
        ),
        ([{"date": "2026-01-02", "kind": "redeem", "points": 1, "use": 7}], "use: 7 is not text"),
    ],
)
def test_bad_events_are_named_by_their_number(events, named):
    with pytest.raises(BadFacts) as refused:
        answer(EDITION, {"events": events}, START)
    assert any(named in message for message in refused.value.messages)


def test_every_fault_of_every_event_is_named_at_once():
    events = [{"kind": "bill"}, {"date": "2026-01-01", "kind": "bill", "amount_yuan": 1}, 7]
    with pytest.raises(BadFacts) as refused:
        answer(EDITION, {"events": events, "frozen": "no"}, START)
    assert len(refused.value.messages) == 4


def test_without_events_an_account_is_empty():
    assert answer(EDITION, {}, START) == {
        "balance": 0, "value_yuan": "0.00", "eligible": False, "lots": [], "refused": [],
    }  # fmt: skip


def test_a_base_is_summed_against_the_budget():
    bills = [{"date": "2026-01-01", "kind": "bill", "amount_yuan": "100.50"}]
    accounts = [
        points_of(edition=EDITION, subject=read_subject({"events": bills * n}), as_of=START) for n in (1, 3)
    ]
    budget = budget_of(edition=EDITION, accounts=accounts, as_of=START)
    assert budget.revenue_fen == 4 * 10050
    assert (budget.issued_fen, budget.liability_fen, budget.cost_fen) == (800, 800, 0)
    assert budget.budget_fen == 924  # 2.3 % of 402 yuan is 9.246 yuan
    assert budget.within


def test_fractions_of_a_fen_are_dropped():
    assert value_fen(3, Decimal("0.015")) == 4


def test_notice_names_each_last_day_once():
    events = [
        {"date": "2026-01-05", "kind": "bonus", "points": 5, "expires_date": "2026-01-20"},
        {"date": "2026-01-06", "kind": "bonus", "points": 6, "expires_date": "2026-01-20"},
        {"date": "2026-01-07", "kind": "bonus", "points": 7, "expires_date": "2026-06-20"},
    ]
    subject, day = read_subject({"events": events}), date(2026, 1, 10)
    account = points_of(edition=EDITION, subject=subject, as_of=day)
    found = notices_of(edition=EDITION, subject=subject, account=account, as_of=day)
    assert [(notice.expires_date, notice.points) for notice in found] == [(date(2026, 1, 20), 11)]


def edition_with(rule, **parameters):
    """Load the standard with one more table of points."""
    path = "premium-care/rules/points.yaml"
    sources = {**EDITION.sources, path: EDITION.sources[path] + rule}
    return load_edition(sources=sources, parameters=parameters)


def test_a_campaign_gives_bonus_points_by_card_level_within_its_dates():
    edition = edition_with("""
- table: spring
  kind: campaign
  from: 2026-03-01
  until: 2026-04-01
  rows:
  - {clause: CARE-19, when: {card: diamond}, campaign: spring, percent: 20, months: 6}
  - {clause: CARE-19, when: {card: gold}, campaign: spring, percent: 7.5}
""")

    def bonus(card, day):
        return campaign_points(edition=edition, subject={"card": card}, as_of=day, points=99)

    assert bonus("diamond", date(2026, 3, 31)) == (("spring", 19, date(2026, 9, 30), "CARE-19"),)
    assert bonus("gold", date(2026, 3, 1)) == (("spring", 7, None, "CARE-19"),)
    assert bonus("silver", date(2026, 3, 1)) == ()
    assert bonus("diamond", date(2026, 4, 1)) == ()


def test_a_standard_may_count_points_by_card():
    edition = edition_with("""
- table: nothing-else
  kind: freeze
  rows:
  - {clause: CARE-18, when: {card: silver}}
""")
    day = "2026-01-01"
    events = [{"date": day, "kind": "bill", "points": 4000}, {"date": day, "kind": "redeem", "points": 1}]
    refused = answer(edition, {"events": events, "card": "silver"}, START)["refused"]
    assert [item["reason"] for item in refused] == ["frozen"]
    assert answer(edition, {"events": events, "card": "gold"}, START)["refused"] == []


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"points_expiry": "end_of_the_world"}, "'end_of_the_world' is not one of end_of_nth_month"),
        ({"point_value_yuan": Decimal("0.00001")}, "more than four decimals"),
        ({"point_value_yuan": 0}, "not a number above 0"),
        ({"points_cycle_begins_month": 13}, "'13' is not a month"),
    ],
)
def test_impossible_values_are_refused(parameters, named):
    with pytest.raises(StandardRefused) as refused:
        load_edition(FOLDER, parameters=parameters)
    assert named in str(refused.value)


def test_no_row_may_test_the_events():
    with pytest.raises(StandardRefused, match="is a list, which no row can test"):
        edition_with("""
- table: by-events
  kind: freeze
  rows:
  - {clause: CARE-18, when: {events: 1}}
""")
