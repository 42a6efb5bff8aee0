"""The lines that agents say: one for every customer and hour, and none that the quality check would mark."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from upheld.policy.agent_lines import FILLED_IN, SEGMENTS, filled, lines_for
from upheld.policy.editions import load_edition, shipped_edition
from upheld.policy.facts import read_subject
from upheld.policy.lunar import LunarCalendar
from upheld.policy.problems import StandardRefused
from upheld.policy.speech import speech_of
from upheld.policy.standards import read_sources, shipped_folder

ZONE = timezone(timedelta(hours=8))
FRIDAY, MONDAY = date(2026, 3, 6), date(2026, 3, 2)
FESTIVALS = {  # as the almanac has them
    date(2026, 1, 1): ("元旦", 3), date(2026, 2, 17): ("春节", 7), date(2027, 2, 6): ("春节", 7),
    date(2026, 6, 19): ("端午", 3), date(2026, 9, 25): ("中秋", 3),
}  # fmt: skip
CALLER, AGENT = "王女士，", "8012"
LINES = "hotline-and-club/wording/lines.yaml"


def at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE)


def said(segment: str, hour: int = 10, day: date = MONDAY) -> dict[str, Any]:
    edition = shipped_edition()
    found = lines_for(edition.moments, segment=segment, at=at(day, hour), lunar=edition.lunar)
    return {one.moment: one for one in found}


def spoken(text: str) -> str:
    return filled(text, caller=CALLER, agent=AGENT)


ALL_LINES = sorted(
    {
        (segment, one.moment, one.text["zh"])
        for segment in SEGMENTS
        for day in [*(MONDAY + timedelta(days=day) for day in range(7)), *FESTIVALS]
        for hour in range(24)
        for one in said(segment, hour, day).values()
    }
)


@pytest.mark.parametrize(("segment", "moment", "text"), ALL_LINES)
def test_no_line_of_ours_is_marked_by_our_own_speech_check(segment: str, moment: str, text: str) -> None:
    for caller in (CALLER, ""):
        words = filled(text, caller=caller, agent=AGENT)
        # 150 characters a minute, as CT-2 asks for.
        turn = {"who": "agent", "start": 0, "end": len(words) / 2.5, "text": words}
        subject = read_subject({"segment": segment, "turns": [turn]})
        answer = speech_of(edition=shipped_edition(), subject=subject, as_of=MONDAY)
        assert answer.findings == (), moment


def test_every_line_is_said_to_somebody_at_some_time() -> None:
    written = {line.text["zh"] for moment in shipped_edition().moments for line in moment.lines}
    assert written == {text for _, _, text in ALL_LINES}


@pytest.mark.parametrize("segment", SEGMENTS)
@pytest.mark.parametrize("day", [MONDAY, FRIDAY])
@pytest.mark.parametrize("hour", [0, 5, 8, 9, 12, 17, 18, 23])
def test_a_call_spoken_by_our_lines_alone_gets_the_full_score(segment: str, day: date, hour: int) -> None:
    line = {name: spoken(one.text["zh"]) for name, one in said(segment, hour, day).items()}
    script = [
        ("agent", line["greeting"]),
        ("customer", "我家宽带有点慢，想查一下，不好意思麻烦您了"),
        ("agent", line["apology"]),
        ("customer", "好的"),
        ("agent", line["hold"]),
        ("customer", "可以"),
        ("agent", line["hold_back"]),
        ("customer", "谢谢"),
        ("agent", line["thanks"]),
        ("customer", "嗯"),
        ("agent", line["anything_else"]),
        ("customer", "没有了"),
        ("agent", line["closing"]),
    ]
    turns, clock = [], 0.0
    for who, text in script:
        end = clock + len(text) / 2.5
        turns.append({"who": who, "start": clock, "end": end, "text": text})
        clock = end + 0.5
    facts = {"segment": segment, "turns": turns, "hung_up_by": "customer"}
    answer = speech_of(edition=shipped_edition(), subject=read_subject(facts), as_of=day)
    assert (answer.findings, answer.score) == ((), 100)


def test_every_segment_has_a_line_for_every_moment_and_hour() -> None:
    names = [moment.name for moment in shipped_edition().moments]
    assert len(names) > 25
    for segment in SEGMENTS:
        for hour in range(24):
            assert list(said(segment, hour)) == names


def test_who_is_greeted_how_and_when() -> None:
    assert spoken(said("vip", 8)["greeting"].text["zh"]).startswith("王女士，早上好")
    assert spoken(said("ordinary", 8)["greeting"].text["zh"]).startswith("早上好")
    assert "下午好" in said("brand", 12)["greeting"].text["zh"]
    assert "晚上好" in said("brand", 23)["greeting"].text["zh"]
    assert "晚上好" in said("vip", 4)["greeting"].text["zh"]


def test_the_hour_is_the_standards_own_wherever_the_server_stands() -> None:
    here = at(MONDAY, 8).astimezone(UTC)  # midnight in UTC
    edition = shipped_edition()
    given = lines_for(edition.moments, segment="vip", at=here, lunar=edition.lunar)
    found = {one.moment: one for one in given}
    assert "早上好" in found["greeting"].text["zh"]


def test_fridays_end_with_a_wish_for_the_weekend_and_its_own_clause() -> None:
    friday, monday = said("ordinary", 16, FRIDAY)["closing"], said("ordinary", 16, MONDAY)["closing"]
    assert ("周末" in friday.text["zh"], friday.clause) == (True, "CT-6")
    assert ("周末" in monday.text["zh"], monday.clause) == (False, "CT-12")


@pytest.mark.parametrize("segment", SEGMENTS)
@pytest.mark.parametrize(("day", "told"), FESTIVALS.items())
def test_a_festival_is_wished_before_it_and_on_its_day_whatever_the_weekday(
    segment: str, day: date, told: tuple[str, int]
) -> None:
    name, ahead = told
    for before in range(-3, 40):
        closing = said(segment, 16, day - timedelta(days=before))["closing"]
        assert (name in closing.text["zh"]) is (0 <= before <= ahead), before
        assert name not in closing.text["zh"] or closing.clause == "CT-6"


def test_beyond_the_lunar_calendar_no_lunar_festival_is_wished() -> None:
    assert "元旦" in said("vip", 10, date(2200, 1, 1))["closing"].text["zh"]
    assert {said("vip", 10, date(2200, 2, day))["closing"].clause for day in range(1, 29)} == {
        "CT-6",
        "CT-12",
    }


def test_bills_are_looked_up_by_hand_for_brand_customers_and_by_self_service_for_others() -> None:
    assert "自助" in said("ordinary")["bill"].text["zh"]
    assert "自助" not in said("brand")["bill"].text["zh"]
    assert "118114" in said("vip")["directory"].text["zh"]


def test_without_a_known_name_the_sentence_begins_properly() -> None:
    line = said("vip")["greeting"].text
    assert filled(line["en"], caller="", agent="7").startswith("Good morning")
    assert filled(line["zh"], caller="", agent="7").startswith("上午好")
    assert not any(f"{{{word}}}" in filled(line["zh"], caller="", agent="7") for word in FILLED_IN)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{zh: \"没关系，您不必介意。\"", "{when: {segment: vip}, zh: \"没关系\"", "without a line"),
        ("this is agent {agent}. How", "this is {seat}. How", "nobody fills in '{seat}'"),
        ("segment: [brand, vip]", "segment: [brands, vip]", "'brands' is not one of ordinary, brand, vip"),
        ("{of: new_year, days_ahead: 3}}, clause: CT-6, zh: \"感谢您的来电", "{of: xmas}}, zh: \"感谢您的来电", "xmas"),
        ("{of: new_year, days_ahead: 3}}, clause: CT-6, zh: \"感谢您的来电",
         "{of: new_year, days_ahead: 31}}, zh: \"感谢您的来电", "31 days ahead"),
        ("{min: 5, below: 9}}, zh: \"早上好", "{min: 9, below: 9}}, zh: \"早上好", "no part of a day"),
        ("moment: faint", "moment: greeting", "stands twice"),
        ("clause: CT-6", "clause: CT-666", "'CT-666' does not exist"),
        ("weekday: friday}, clause", "weekday: freitag}, clause", "'freitag' is not one of"),
        ("part: need", "part: needs", "'needs' is not one of"),
    ],
)  # fmt: skip
def test_a_line_that_nobody_can_say_is_a_fault_of_the_standard(old: str, new: str, message: str) -> None:
    sources = dict(read_sources(shipped_folder()))
    assert old in sources[LINES]
    sources[LINES] = sources[LINES].replace(old, new, 1)
    with pytest.raises(StandardRefused) as refused:
        load_edition(sources=sources)
    assert any(
        message in str(problem.message) and problem.file == LINES for problem in refused.value.problems
    )


def test_an_instant_without_an_offset_or_an_unknown_segment_is_refused() -> None:
    with pytest.raises(ValueError, match="no offset"):
        lines_for((), segment="vip", at=datetime(2026, 3, 2), lunar=LunarCalendar({}))  # noqa: DTZ001
    with pytest.raises(ValueError, match="gold"):
        lines_for((), segment="gold", at=at(MONDAY, 9), lunar=LunarCalendar({}))
