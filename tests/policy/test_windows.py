"""Whether a contact may go out now, and from when, agrees with a walk minute by minute over the clauses' own words."""

import io
import json
import random
from datetime import date, datetime, timedelta, timezone

import pytest

from upheld.faces.cli.ask import answer_lines
from upheld.policy.editions import load_edition, shipped_edition
from upheld.policy.problems import BadFacts, OutsideDates, StandardRefused
from upheld.policy.windows import answer

BEIJING = timezone(timedelta(hours=8))
AS_OF = date(2026, 11, 1)
WEST = ("新疆", "西藏", "新疆维吾尔自治区", "西藏自治区")


def ask(**facts):
    return answer(shipped_edition(), facts, AS_OF)


def open_at(facts: dict, at: datetime) -> bool:
    """Say by CT-22 and CT-23 alone whether a minute is open; consent is not looked at."""
    minute = at.hour * 60 + at.minute
    if facts["channel"] == "visit":
        return facts.get("customer_wish") is True or 8 * 60 <= minute < 20 * 60
    if facts.get("province") in WEST:
        minute = (minute - 120) % 1440
    return not (minute >= 20 * 60 or minute < 8 * 60 or 12 * 60 <= minute < 14 * 60)


def expected(facts: dict) -> tuple[bool, str | None]:
    at = datetime.fromisoformat(facts["at"]).astimezone(BEIJING)
    commercial = facts.get("purpose") == "commercial"
    if commercial and (facts.get("consent") is not True or facts.get("refused") is True):
        return False, None
    if open_at(facts, at):
        return True, None
    walked = at.replace(second=0, microsecond=0)
    while not open_at(facts, walked):
        walked += timedelta(minutes=1)
    return False, walked.isoformat()


def test_thousands_of_contacts_agree_with_a_walk_minute_by_minute():
    source = random.Random(5)
    for _ in range(4000):
        facts = {"channel": source.choice(["sms", "call", "visit", "message"])}
        moment = datetime(2026, 5, 1, tzinfo=BEIJING) + timedelta(seconds=source.randrange(86_400 * 400))
        if source.random() < 0.3:  # sharp on the hour, where inside and outside meet
            moment = moment.replace(minute=0, second=0)
        facts["at"] = moment.astimezone(timezone(timedelta(hours=source.choice([8, 0, -5])))).isoformat()
        for fact, values in (
            ("purpose", ["service", "care", "commercial"]),
            ("province", [*WEST, "吉林", "山东"]),
            ("consent", [True, False]),
            ("refused", [True, False]),
            ("customer_wish", [True, False]),
        ):
            if source.random() < 0.6:
                facts[fact] = source.choice(values)
        given = ask(**facts)
        assert (given["allowed"], given["next_at"]) == expected(facts), facts
        assert given["because"], facts


@pytest.mark.parametrize("clock", ["20:00:00", "23:59:59", "00:00:00", "07:59:59", "12:00:00", "13:59:59"])
def test_quiet_time_takes_its_start(clock):
    given = ask(channel="sms", purpose="service", at=f"2026-03-02T{clock}+08:00")
    assert (given["allowed"], given["because"]) == (False, [{"clause": "CT-22"}])


@pytest.mark.parametrize("clock", ["08:00:00", "11:59:59", "14:00:00", "19:59:59"])
def test_quiet_time_leaves_out_its_end(clock):
    assert ask(channel="sms", purpose="service", at=f"2026-03-02T{clock}+08:00")["allowed"]


def test_every_clause_that_holds_a_contact_back_is_named():
    given = ask(
        channel="sms", purpose="commercial", refused=True, consent=True, at="2026-03-02T21:00:00+08:00"
    )
    assert given == {
        "allowed": False,
        "next_at": None,
        "because": [{"clause": "LAW-7"}, {"clause": "LAW-8"}, {"clause": "CT-22"}],
    }


def test_missing_and_bad_facts_are_named_together():
    with pytest.raises(BadFacts) as error:
        ask(purpose="advert", consent="yes")
    said = "\n".join(error.value.messages)
    for words in ("channel: is missing", "at: is missing", "purpose: 'advert'", "consent: 'yes'"):
        assert words in said


def test_the_end_of_time_is_refused():
    for at in ("9999-12-31T21:00:00+08:00", "0001-01-01T00:00:00+12:00"):
        with pytest.raises(OutsideDates):
            ask(channel="sms", purpose="service", at=at)


def test_ask_answers_windows():
    line = json.dumps({"id": 7, "channel": "visit", "at": "2026-03-02T06:00:00+08:00"}).encode()
    out = io.StringIO()
    assert answer_lines([line], out, io.StringIO(), shipped_edition(), "windows", AS_OF) == 0
    assert json.loads(out.getvalue()) == {
        "id": 7,
        "allowed": False,
        "next_at": "2026-03-02T08:00:00+08:00",
        "because": [{"clause": "CT-23"}],
    }


HEAD = "id: T\ntitle: {zh: 试, en: Trial}\nissuer: {zh: 试, en: Trial}\nin_force: {from: 2020-01-01}\n"
CLAUSE = "- {id: T-1, kind: window, title: {zh: 甲, en: a}, text: {zh: 甲, en: a}, status: executable}\n"


def trial(rules: str) -> dict[str, str]:
    return {"trial/standard.yaml": HEAD, "trial/clauses.yaml": CLAUSE, "trial/rules/windows.yaml": rules}


def test_time_that_is_never_open_has_no_next_instant():
    edition = load_edition(
        sources=trial(
            "- table: quiet\n  kind: quiet\n  rows:\n"
            '  - {clause: T-1, when: {channel: sms}, hours: ["20:00-08:00", "08:00-20:00"]}\n'
        )
    )
    given = answer(edition, {"channel": "sms", "at": "2026-03-02T06:00:00+08:00"}, AS_OF)
    assert (given["allowed"], given["next_at"]) == (False, None)


def test_visits_by_two_stretches_a_day_wait_for_the_next_one():
    edition = load_edition(
        sources=trial(
            "- table: visits\n  kind: visit_hours\n  rows:\n"
            '  - {clause: T-1, when: {channel: visit}, hours: ["09:00-11:30", "15:00-17:00"]}\n'
        )
    )
    for at, next_at in (
        ("11:30", "2026-03-02T15:00"),
        ("17:00", "2026-03-03T09:00"),
        ("03:00", "2026-03-02T09:00"),
    ):
        given = answer(edition, {"channel": "visit", "at": f"2026-03-02T{at}:00+08:00"}, AS_OF)
        assert given["next_at"] == f"{next_at}:00+08:00"
    assert answer(edition, {"channel": "visit", "at": "2026-03-02T16:00:00+08:00"}, AS_OF)["allowed"]


@pytest.mark.parametrize("hours", ['["8-20"]', "[]", '["20:00-20:00"]', '"20:00-08:00"'])
def test_hours_that_are_no_stretch_are_refused(hours):
    rules = f"- table: quiet\n  kind: quiet\n  rows:\n  - {{clause: T-1, hours: {hours}}}\n"
    with pytest.raises(StandardRefused) as error:
        load_edition(sources=trial(rules))
    places = [(problem.file, problem.line, problem.clause) for problem in error.value.problems]
    assert ("trial/rules/windows.yaml", 4, "T-1") in places
