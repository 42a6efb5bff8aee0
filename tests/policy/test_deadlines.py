"""Clocks of cases agree with the registers read by hand; the law is a floor; bad facts are named."""

import io
import json
import random
import textwrap
from datetime import date, datetime, timedelta, timezone

import chinese_calendar
import pytest

from upheld.faces.cli.ask import answer_lines
from upheld.policy.deadlines import answer, clocks_of
from upheld.policy.derived import with_derived
from upheld.policy.editions import load_edition, shipped_edition
from upheld.policy.facts import FACTS, read_subject
from upheld.policy.problems import BadFacts, OutsideDates, StandardRefused

BEIJING = timezone(timedelta(hours=8))
AS_OF = date(2026, 11, 1)
MOBILE = ("tianyi", "global_pass", "three_g")

# The registers, typed off by hand: what stops, in hours (h) or working days (w), by class of group.
BY_CLASS = {
    "coverage_request": [("KEY-20", "first_answer", {"A": "1w", "B": "2w", "C": "3w"})],
    "enquiry": [("KEY-22", "first_answer", {"A": "1w", "B": "2w", "C": "2w"})],
    "complaint": [
        ("KEY-23", "first_answer", {"A": "2h", "B": "4h", "C": "6h"}),
        ("KEY-23", "outcome_reply", {"A": "12h", "B": "48h", "C": "48h"}),
    ],
    "informatisation_request": [("KEY-31", "first_answer", {"A": "1w", "B": "2w", "C": "3w"})],
    "training_request": [("KEY-34", "settled", {"A": "2w"})],
    "product_fault": [("KEY-35", "first_answer", {"A": "2h", "B": "4h", "C": "12h"})],
}
FOR_ALL = {
    "mas_adc_installation": [
        ("KEY-32", "pre_accepted", "2w"),
        ("KEY-32", "user_opened", "7w"),
        ("KEY-32", "server_configured", "12w"),
    ],
    "mas_adc_fault": [("KEY-36", "remote_support", "0.5h"), ("KEY-36", "onsite_arrival", "2h")],
    "blacklist_request": [("KEY-36", "in_force", "2h")],
    "cross_province_blacklist": [("KEY-36", "settled", "2w")],
    "complaint": [("LAW-6", "legal_answer", "360h")],
    "reopening": [("LAW-4", "in_force", "48h")],
}
FAULTS = {
    "ordinary": ("onsite_arrival", {"urban": "24h", "rural": "28h"}),
    "brand": ("repaired", {"urban": "16h", "rural": "24h"}),
    "vip": ("repaired", {"urban": "16h", "rural": "24h"}),
}
COMPLAINTS = {"ordinary": "3w", "brand": "2w", "vip": "2w"}


def due(opened_at: datetime, length: str) -> datetime:
    """Count a length by walking the days of the official calendar."""
    local = opened_at.astimezone(BEIJING)
    if length.endswith("h"):
        return local + timedelta(hours=float(length[:-1]))
    left, day = int(length[:-1]), local.date()
    while left:
        day += timedelta(days=1)
        worked = chinese_calendar.is_workday(day) if day.year <= 2026 else day.weekday() < 5
        left -= worked
    return datetime(day.year, day.month, day.day, 18, tzinfo=BEIJING)


def expected(facts: dict) -> list[dict]:
    """Say which clocks a case has, by the registers alone."""
    opened_at = datetime.fromisoformat(facts["opened_at"])
    case, area, brand = facts["case"], facts.get("area"), facts.get("brand")
    wanted = []
    group = {"A": "A", "B1": "B", "B2": "B", "C": "C", "D": "C"}.get(facts.get("group_class"))
    for clause, stop, lengths in BY_CLASS.get(case, []):
        if group in lengths:
            wanted.append((clause, stop, lengths[group]))
    wanted += FOR_ALL.get(case, [])
    segment = facts.get("segment") or (
        "vip" if facts.get("card") else "brand" if brand in ("e_home", "business_navigator") else "ordinary"
    )
    if case == "complaint":
        wanted.append(("CT-16", "settled", COMPLAINTS[segment]))
    if case == "fault" and area:
        stop, lengths = FAULTS[segment]
        wanted.append(("CT-15", stop, lengths[area]))
    if case in ("fault", "product_fault", "mas_adc_fault") and area:
        wanted.append(("LAW-1", "repaired", {"urban": "48h", "rural": "72h"}[area]))
    if case == "fault" and brand in MOBILE:
        wanted.append(("LAW-5", "repaired", "48h"))
    if case == "reopening" and brand in MOBILE:
        wanted.append(("LAW-5", "in_force", "24h"))
    if case == "home_appointment" and facts.get("card") in ("gold", "diamond"):
        wanted.append(("CT-49", "onsite_arrival", "3h"))
    clocks = []
    for clause, stop, length in wanted:
        public = clause.startswith("LAW") or (clause in ("CT-15", "CT-16") and segment != "vip")
        when = due(opened_at, length)
        clock = {"stops_at": stop, "due_at": when.isoformat(), "clause": clause, "public": public}
        if length.endswith("w") and when.year > 2026:
            clock["provisional"] = True
        clocks.append(clock)
    clocks.sort(key=lambda clock: (clock["due_at"], clock["clause"]))
    for place, clock in enumerate(clocks):
        clock["binding"] = clock["stops_at"] not in [other["stops_at"] for other in clocks[:place]]
    return clocks


def random_facts(source: random.Random) -> dict:
    facts = {"case": source.choice(FACTS["case"].values)}
    moment = datetime(2025, 1, 1, tzinfo=BEIJING) + timedelta(seconds=source.randrange(86_400 * 735))
    facts["opened_at"] = moment.astimezone(timezone(timedelta(hours=source.choice([8, 0, -3])))).isoformat()
    for fact in ("group_class", "area", "brand", "card", "segment"):
        if source.random() < 0.55:
            facts[fact] = source.choice(FACTS[fact].values)
    return facts


def test_thousands_of_cases_have_the_clocks_of_the_registers():
    source, edition = random.Random(11), shipped_edition()
    for _ in range(4000):
        facts = random_facts(source)
        given = answer(edition, facts, AS_OF)["clocks"]
        same_due = [[clock for clock in given if clock["due_at"] == one["due_at"]] for one in given]
        assert sorted(given, key=str) == sorted(expected(facts), key=str), facts
        assert [clock["due_at"] for clock in given] == sorted(clock["due_at"] for clock in given)
        assert all([c["clause"] for c in tied] == sorted(c["clause"] for c in tied) for tied in same_due)


def test_every_case_that_may_be_asked_is_answered():
    edition = shipped_edition()
    for case in FACTS["case"].values:
        facts = {"case": case, "opened_at": "2026-03-02T09:00:00+08:00", "group_class": "A", "card": "gold",
                 "area": "urban"}  # fmt: skip
        clocks = answer(edition, facts, AS_OF)["clocks"]
        assert bool(clocks) == (case not in ("order", "installation")), case


def test_a_stage_starts_when_the_one_before_was_really_reached():
    subject = read_subject({"case": "mas_adc_installation", "opened_at": "2026-03-02T09:00:00+08:00"})
    early = datetime(2026, 3, 3, 10, tzinfo=BEIJING)
    clocks = clocks_of(
        edition=shipped_edition(), subject=subject, as_of=AS_OF, happened={"pre_accepted": early}
    )
    by_stop = {clock.stops_at: clock for clock in clocks}
    assert by_stop["user_opened"].started_at == early
    assert by_stop["user_opened"].due_at == datetime(2026, 3, 10, 18, tzinfo=BEIJING)
    assert by_stop["server_configured"].due_at == datetime(2026, 3, 17, 18, tzinfo=BEIJING)
    late = datetime(2026, 3, 6, 10, tzinfo=BEIJING)
    clocks = clocks_of(
        edition=shipped_edition(), subject=subject, as_of=AS_OF, happened={"pre_accepted": late}
    )
    assert clocks[1].due_at == datetime(2026, 3, 13, 18, tzinfo=BEIJING)


def test_unconfirmed_is_never_public_even_where_a_row_says_so():
    edition = load_edition(sources=trial("""\
        - table: faults
          kind: clock
          rows:
          - clause: T-1
            when: {case: enquiry}
            stops_at: first_answer
            limit: {hours: 4}
            confidence: unconfirmed
            public: true
          - clause: T-1
            when: {case: enquiry}
            stops_at: settled
            limit: {working_hours: 4}
            public: true
            pauses: [customer]
        """))  # fmt: skip
    subject = read_subject({"case": "enquiry", "opened_at": "2026-03-06T16:00:00+08:00"})
    first, last = clocks_of(edition=edition, subject=subject, as_of=AS_OF)
    assert (first.public, first.confidence) == (False, "unconfirmed")
    assert (last.public, last.pauses, last.due_at) == (
        True,
        ("customer",),
        datetime(2026, 3, 9, 10, 30, tzinfo=BEIJING),
    )


@pytest.mark.parametrize(
    ("facts", "segment"),
    [
        ({}, "ordinary"),
        ({"brand": "tianyi"}, "ordinary"),
        ({"brand": "e_home"}, "brand"),
        ({"brand": "business_navigator"}, "brand"),
        ({"brand": "business_navigator", "card": "silver"}, "vip"),
        ({"brand": "tianyi", "card": "gold", "segment": "ordinary"}, "ordinary"),
    ],
)
def test_a_segment_left_out_follows_from_card_and_brand(facts, segment):
    assert with_derived(facts)["segment"] == segment


def test_missing_facts_are_named_together_with_bad_ones():
    with pytest.raises(BadFacts) as error:
        answer(shipped_edition(), {"group_class": "E", "areas": "urban"}, AS_OF)
    said = "\n".join(error.value.messages)
    for words in ("case: is missing", "opened_at: is missing", "group_class: 'E'", "areas: unknown fact"):
        assert words in said


@pytest.mark.parametrize("opened_at", ["2026-03-02", "2026-03-02T09:00:00", "soon", 7])
def test_an_instant_without_an_offset_is_refused(opened_at):
    with pytest.raises(BadFacts, match="opened_at"):
        answer(shipped_edition(), {"case": "enquiry", "opened_at": opened_at}, AS_OF)


@pytest.mark.parametrize(
    "opened_at", ["9999-12-31T23:00:00+08:00", "0001-01-01T00:00:00+14:00", "2003-05-01T09:00:00+08:00"]
)
def test_an_instant_that_no_calendar_reaches_is_refused_and_not_guessed(opened_at):
    with pytest.raises(OutsideDates):
        answer(shipped_edition(), {"case": "complaint", "opened_at": opened_at}, AS_OF)


def test_ask_answers_good_lines_beside_bad_ones():
    lines = [
        b'{"id": 1, "case": "blacklist_request", "opened_at": "2026-03-02T01:00:00Z"}\n',
        b'{"id": 2, "case": "blacklist"}\n',
        b'{"id": 3, "case": "order", "opened_at": "2026-03-02T09:00:00+08:00"}\n',
    ]
    out, errors = io.StringIO(), io.StringIO()
    assert answer_lines(lines, out, errors, shipped_edition(), "deadlines", AS_OF) == 2
    first, second, third = map(json.loads, out.getvalue().splitlines())
    assert first["clocks"][0]["due_at"] == "2026-03-02T11:00:00+08:00"
    assert "opened_at: is missing" in second["error"]
    assert third == {"id": 3, "clocks": []}
    assert "line 2: case: 'blacklist' is not one of" in errors.getvalue()


# --- what the checker refuses ------------------------------------------------------------------------

HEAD = """\
id: T
title: {zh: 试, en: Trial}
issuer: {zh: 试, en: Trial}
in_force: {from: 2020-01-01}
"""
CLAUSE = "- {id: T-1, kind: target, title: {zh: 甲, en: a}, text: {zh: 甲, en: a}, status: executable}\n"


def trial(rules: str, **more: str) -> dict[str, str]:
    found = {"trial/standard.yaml": HEAD, "trial/clauses.yaml": CLAUSE}
    found["trial/rules/deadlines.yaml"] = textwrap.dedent(rules)
    return {**found, **more}


def clock(row: str) -> str:
    return f"- table: clocks\n  kind: clock\n  rows:\n  - {{clause: T-1, {row}}}\n"


def refusals(sources: dict[str, str]) -> str:
    with pytest.raises(StandardRefused) as error:
        load_edition(sources=sources)
    assert all(problem.remedy for problem in error.value.problems)
    return str(error.value)


@pytest.mark.parametrize(
    ("row", "law"),
    [
        ("when: {case: fault, area: urban}, stops_at: repaired, limit: {hours: 49}", "LAW-1"),
        ("when: {case: fault}, stops_at: repaired, limit: {days: 3}", "LAW-1"),
        ("when: {case: fault, area: urban}, stops_at: settled, limit: {minutes: 2881}", "LAW-1"),
        ("when: {case: fault, area: urban}, stops_at: repaired, limit: {working_days: 1}", "LAW-1"),
        ("when: {case: fault, area: rural, brand: tianyi}, stops_at: repaired, limit: {hours: 60}", "LAW-5"),
        ("when: {case: reopening, brand: three_g}, stops_at: in_force, limit: {hours: 25}", "LAW-5"),
        ("when: {case: [enquiry, reopening]}, stops_at: in_force, limit: {hours: 49}", "LAW-4"),
        ("when: {case: complaint}, stops_at: legal_answer, limit: {days: 16}", "LAW-6"),
        (
            "when: {case: complaint, segment: vip}, stops_at: outcome_reply, limit: {working_days: 10}",
            "LAW-6",
        ),
    ],
)
def test_a_clock_looser_than_the_law_is_refused_with_both_clauses(row, law):
    said = refusals(trial(clock(row)))
    assert "T-1 is looser than the law" in said
    assert law in said


@pytest.mark.parametrize(
    "row",
    [
        "when: {case: fault, area: urban}, stops_at: repaired, limit: {hours: 48}",
        "when: {case: fault, area: rural, brand: e_home}, stops_at: repaired, limit: {days: 3}",
        "when: {case: fault}, stops_at: onsite_arrival, limit: {days: 9}",
        "when: {case: enquiry}, stops_at: first_answer, limit: {days: 90}",
        "when: {case: complaint}, stops_at: legal_answer, limit: {days: 15}",
        "when: {case: complaint}, stops_at: settled, limit: {working_days: 3}",
    ],
)
def test_a_clock_as_strict_as_the_law_is_accepted(row):
    assert load_edition(sources=trial(clock(row)))


def test_a_parameter_cannot_loosen_what_the_law_asks():
    sources = trial(
        clock(
            "when: {case: fault, area: urban}, stops_at: repaired, limit: {hours: {parameter: repair_hours}}"
        ),
        **{
            "trial/parameters.yaml": "- {name: repair_hours, value: 24, clause: T-1, title: {zh: 时, en: hours}}\n"
        },
    )
    assert load_edition(sources=sources)
    with pytest.raises(StandardRefused, match="LAW-1 allows 48 hours"):
        load_edition(sources=sources, parameters={"repair_hours": 72})


def test_a_law_of_its_own_binds_the_standards_beside_it():
    law = {
        "law/standard.yaml": HEAD.replace("id: T", "id: L") + "floor: true\n",
        "law/clauses.yaml": CLAUSE.replace("T-1", "L-1"),
        "law/rules/deadlines.yaml": clock(
            "when: {case: enquiry}, stops_at: first_answer, limit: {working_days: 5}"
        ).replace("T-1", "L-1"),
    }
    slow = trial(clock("when: {case: enquiry}, stops_at: first_answer, limit: {working_days: 6}"))
    assert "L-1 allows 5 working days" in refusals({**slow, **law})
    same = trial(clock("when: {case: enquiry}, stops_at: first_answer, limit: {working_days: 5}"))
    assert load_edition(sources={**same, **law})
    chain = trial("""\
        - table: stages
          kind: clock
          rows:
          - {clause: T-1, when: {case: enquiry}, stops_at: pre_accepted, limit: {working_days: 3}}
          - clause: T-1
            when: {case: enquiry}
            starts_at: pre_accepted
            stops_at: first_answer
            limit: {working_days: 3}
        """)  # fmt: skip
    assert "within 3 working days and 3 working days" in refusals({**chain, **law})


def test_a_standard_does_not_escape_the_law_by_calling_itself_law():
    loose = trial(clock("when: {case: fault, area: urban}, stops_at: repaired, limit: {hours: 49}"))
    assert "LAW-1 allows 48 hours" in refusals({**loose, "trial/standard.yaml": HEAD + "floor: true\n"})


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("stops_at: settled, limit: {hours: 1}", "names no case"),
        ("when: {case: order, opened_at: 2026-01-01}, stops_at: settled, limit: {hours: 1}", "no row can test"),
        ("when: {case: order}, stops_at: setled, limit: {hours: 1}", "did you mean settled"),
        ("when: {case: order}, stops_at: settled, limit: {hour: 1}", "did you mean hours"),
        ("when: {case: order}, stops_at: settled, limit: {hours: 0}", "whole number from 1"),
        ("when: {case: order}, stops_at: settled, limit: 2", "one unit with its number"),
        ("when: {case: order}, stops_at: settled, limit: {hours: 1, days: 1}", "one unit with its number"),
        ("when: {case: order}, stops_at: settled, limit: {working_days: 1}, calendar: chin", "did you mean china"),
        ("when: {case: order}, stops_at: settled, limit: {hours: 1}, starts_at: repaired", "no clock of the table"),
        ("when: {case: order}, stops_at: settled, limit: {hours: 1}, starts_at: settled", "waits for itself"),
        ("when: {case: order}, stops_at: settled, limit: {hours: 1}, public: maybe", "not true or false"),
        ("when: {case: order}, stops_at: settled, limit: {hours: 1}, pauses: [lunch]", "not one of customer"),
    ],
)  # fmt: skip
def test_a_faulty_clock_is_refused_with_place_and_remedy(row, words):
    assert words in refusals(trial(clock(row)))


def test_two_numbers_for_one_event_of_one_clause_overlap():
    rules = clock("when: {case: order}, stops_at: settled, limit: {hours: 1}")
    rules += "  - {clause: T-1, when: {case: [order, enquiry]}, stops_at: settled, limit: {hours: 2}}\n"
    assert "overlaps the row in line 4" in refusals(trial(rules))


def test_hours_of_business_that_make_no_day_are_refused():
    rules = clock("when: {case: order}, stops_at: settled, limit: {hours: 1}")
    rules += '- table: hours\n  kind: business_hours\n  rows:\n  - {clause: T-1, hours: "18:00-08:00"}\n'
    assert "does not end after it begins" in refusals(trial(rules))


def test_each_standard_ends_its_working_days_by_its_own_hours():
    rules = clock("when: {case: order}, stops_at: settled, limit: {working_days: 1}")
    rules += '- table: hours\n  kind: business_hours\n  rows:\n  - {clause: T-1, hours: "09:00-16:30"}\n'
    edition = load_edition(sources=trial(rules))
    (one,) = answer(edition, {"case": "order", "opened_at": "2026-03-02T09:00:00+08:00"}, AS_OF)["clocks"]
    assert one["due_at"] == "2026-03-03T16:30:00+08:00"
