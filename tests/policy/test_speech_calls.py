"""Many calls judged together are judged as one by one, and their times as somebody with a stopwatch would say."""

from datetime import date
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from upheld.policy.editions import shipped_edition
from upheld.policy.facts import read_subject
from upheld.policy.speech import phrase_findings, speech_of, speeches_of

ASKED = {"edition": shipped_edition(), "as_of": date(2026, 3, 1)}
LINES = (
    "您好，很高兴为您服务！", "没有了，谢谢", "感谢您使用中国电信10000号，再见。", "感谢您使用大客户专线，再见",
    "不用谢", "请问还有什么可以帮您？", "对不起", "我要拆机，宽带不用了", "请问是什么原因呢", "你有完没完",
    "我们会在3个工作日内处理", "24小时内上门修复", "两三天吧", "我要投诉", "上不了网", "嗯，是的", "好的", "我愿意等",
    "我等不了", "陪我聊聊", "不需要咨询，请挂机", "你問我，我問誰", "您 好\n请讲", "x_y①二", "！？",
)  # fmt: skip
TIMES = st.sampled_from([0, 0, 0.5, 0.501, 2, 7.123, 16, 150, 700])


@st.composite
def calls(draw):
    """Make a call as it may come in: two speakers who may overlap, holds, and whatever else is known."""
    turns, own_end, before = [], {"agent": 0, "customer": 0}, 0
    for _ in range(draw(st.integers(0, 7))):
        who = draw(st.sampled_from(["agent", "customer"]))
        start = round(max(own_end[who], before) + draw(TIMES), 3)
        own_end[who], before = round(start + draw(TIMES), 3), start
        text = "".join(draw(st.lists(st.sampled_from(LINES), min_size=1, max_size=2)))
        turns.append({"who": who, "start": start, "end": own_end[who], "text": text})
    holds, now = [], 0
    for _ in range(draw(st.integers(0, 2))):
        start = round(now + draw(TIMES), 3)
        now = round(start + draw(TIMES), 3)
        known = {key: draw(st.sampled_from([True, False, None])) for key in ("asked", "thanked")}
        holds.append({"start": start, "end": now, **known})
    optional = {
        "segment": st.sampled_from(["ordinary", "brand", "vip"]),
        "hung_up_by": st.sampled_from(["agent", "customer"]),
        "hung_up_after_seconds": st.sampled_from([0, 4.999, 5, 9]),
        "age": st.sampled_from([30, 70]),
        "nuisance": st.booleans(),
        "case": st.sampled_from(["fault", "complaint"]),
        "area": st.sampled_from(["urban", "rural"]),
    }
    return {"turns": turns, "holds": holds, **draw(st.fixed_dictionaries({}, optional=optional))}


def stopwatch(call):
    """Measure a call in the plainest way."""
    turns, holds = call["turns"], call["holds"]
    spoken = [turn for turn in turns if turn.who == "agent" and turn.end > turn.start]
    characters = sum(c.isalnum() or c == "_" for turn in spoken for c in turn.text)
    seconds = sum(turn.end - turn.start for turn in spoken) / 1000
    ends = [part.end for part in (*turns, *holds)]
    return {
        "agent_seconds": seconds,
        "characters": characters,
        "longest_hold_seconds": max([(hold.end - hold.start) / 1000 for hold in holds], default=0),
        "hold_seconds": sum(hold.end - hold.start for hold in holds) / 1000,
        "duration_seconds": (max(ends) - min(part.start for part in (*turns, *holds))) / 1000 if ends else 0,
    }


def longest_silence(call, hold):
    """Step through a hold from one boundary to the next, and count where no agent speaks."""
    agents = [turn for turn in call["turns"] if turn.who == "agent"]
    marks = sorted({hold.start, hold.end, *(t for turn in agents for t in (turn.start, turn.end))})
    longest = silent = 0
    for begin, end in pairwise(marks):
        if begin < hold.start or end > hold.end:
            continue
        speaks = any(turn.start <= begin and end <= turn.end for turn in agents)
        broken_in = any(turn.start == begin for turn in agents)  # a word without length breaks a silence too
        silent = 0 if speaks else (0 if broken_in else silent) + end - begin
        longest = max(longest, silent)
    return longest


@given(st.lists(calls(), max_size=6))
@settings(max_examples=150, deadline=None)
def test_many_calls_together_are_judged_as_one_by_one(raw):
    subjects = [read_subject(call) for call in raw]
    together = speeches_of(subjects=subjects, **ASKED)
    assert together == [speech_of(subject=subject, **ASKED) for subject in subjects]
    turns = [subject["turns"] for subject in subjects]
    forbidden = [[f for f in answer.findings if f.clause == "CT-18"] for answer in together]
    assert phrase_findings(calls=turns, **ASKED) == forbidden


@given(calls())
@settings(max_examples=150, deadline=None)
def test_times_are_those_of_a_stopwatch(raw):
    call = read_subject(raw)
    answer = speech_of(subject=call, **ASKED)
    measured, expected = answer.measures, stopwatch(call)
    characters = expected.pop("characters")
    assert {key: measured[key] for key in expected} == expected
    pace = measured["agent_chars_per_minute"]
    if expected["agent_seconds"]:
        assert abs(pace - characters * 60 / expected["agent_seconds"]) <= 0.0501
        assert len(str(pace).split(".")[1]) == 1
    else:
        assert pace is None
    silent = [f.text for f in answer.findings if f.rule == "hold_silent"]
    expected_silences = [longest_silence(call, hold) for hold in call["holds"]]
    assert sorted(float(text.removesuffix(" s")) for text in silent) == sorted(
        silence / 1000 for silence in expected_silences if silence > 15_000
    )
