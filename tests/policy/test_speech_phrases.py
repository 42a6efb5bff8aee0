"""Phrases are found with every small way of varying them, by a search that an exhaustive one agrees with."""

import re
from datetime import date

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from upheld.policy.editions import shipped_edition, shipped_folder
from upheld.policy.speech import phrase_findings, speech_of, speeches_of
from upheld.policy.speech_finder import Finder, PlainFinder
from upheld.policy.speech_phrases import FILLERS, SAME, Entry, Phrase
from upheld.policy.transcripts import Turn

WORDING = yaml.safe_load((shipped_folder() / "hotline-and-club/wording/forbidden.yaml").read_text("utf-8"))
PRINTED = [
    (entry["number"], phrase)
    for entry in WORDING[0]["entries"]
    for phrase in entry["says"]
    if "(" not in phrase
]
LABELLED = yaml.safe_load(
    (shipped_folder() / "hotline-and-club/cases/labelled/speech.yaml").read_text("utf-8")
)
LINES = [line for entry in LABELLED for line in (*entry["offends"], *entry["fine"])]
LISTS = [words for (standard, _), words in shipped_edition().wording.items() if standard == "CT"]
ENTRIES = [entry for words in LISTS for entry in words.entries]
PRESCRIBED = [phrase for words in LISTS if words.prescribed for phrase in words.phrases]
FINDER = Finder(ENTRIES, PRESCRIBED)
FORBIDDEN = Finder([entry for entry in ENTRIES if entry.words == "CT/forbidden"], PRESCRIBED)
TRADITIONAL = {simple: same[1:].replace("您", "") for simple, same in SAME.items() if same[0] == simple}


def found(text, finder=FORBIDDEN):
    """Name the rules that one text breaks."""
    return {span.rule for span in finder.spans([text])}


def test_the_source_prints_46_utterances_six_of_them_with_an_alternative():
    numbers = [number for number, _ in PRINTED]
    assert sorted(set(numbers)) == list(range(1, 47))
    # 3, 5, 8, 9, 20 and 38 have an alternative.
    assert sorted({number for number in numbers if numbers.count(number) == 2}) == [3, 5, 8, 9, 20, 38]
    assert len(numbers) == 52


@pytest.mark.parametrize(("number", "phrase"), PRINTED)
def test_each_is_found_without_its_punctuation_and_with_either_pronoun(number, phrase):
    bare = re.sub(r"\W", "", phrase)
    for text in (phrase, bare, bare.replace("你", "您"), bare.replace("您", "你"), f"先生，{phrase}"):
        assert f"forbidden-{number}" in found(text), text


@given(st.sampled_from(PRINTED), st.data())
@settings(max_examples=400, deadline=None)
def test_fillers_and_punctuation_anywhere_do_not_hide_one(printed, data):
    number, phrase = printed
    filler = st.sampled_from([*"啊呢吧嗯呀，。 ！", "那个", "嗯，"])
    text = "".join(
        character + (data.draw(filler) if data.draw(st.booleans()) else "")
        for character in re.sub(r"\W", "", phrase)
    )
    assert f"forbidden-{number}" in found(text), text


@given(st.sampled_from(PRINTED), st.data())
@settings(max_examples=200, deadline=None)
def test_traditional_characters_do_not_hide_one(printed, data):
    number, phrase = printed
    text = "".join(
        data.draw(st.sampled_from([character, *TRADITIONAL.get(character, "")])) for character in phrase
    )
    assert f"forbidden-{number}" in found(text), text


@pytest.mark.parametrize(("number", "phrase"), PRINTED)
def test_its_parts_in_another_order_are_found(number, phrase):
    parts = [part for part in re.split(r"\W+", phrase) if part]
    assert f"forbidden-{number}" in found("，".join(reversed(parts)))


def exhaustive(entries, texts):
    """Find by comparing every phrase with every text, one after the other."""
    spans = set()
    for turn, text in enumerate(texts):
        for entry in entries:
            for phrase in entry.says:
                for match in phrase.pattern.finditer(text):
                    excused = any(
                        m.start() < match.end() and match.start() < m.end()
                        for unless in entry.unless
                        for m in unless.pattern.finditer(text)
                    )
                    said = {SAME.get(c, c)[0] for c in match[0] if c.isalnum() and c not in FILLERS}
                    prescribed = entry.yields and any(
                        m.start() <= match.start() and match.end() <= m.end() and said <= phrase.written_with
                        for phrase in PRESCRIBED
                        for m in phrase.pattern.finditer(text)
                    )
                    if not excused and not prescribed:
                        spans.add((entry.words, entry.rule, turn, *match.span()))
    return spans


@given(
    st.lists(
        st.lists(
            st.sampled_from([*LINES, *"你您我不是，。啊說", "\n", "VIP", "vip客户"]), min_size=1, max_size=3
        ).map("".join),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=120, deadline=None)
def test_the_search_by_anchors_finds_what_an_exhaustive_one_finds(texts):
    assert {tuple(span) for span in FINDER.spans(texts)} == exhaustive(ENTRIES, texts)


THANKS = shipped_edition().wording["CT", "thanks"].entries


@given(
    st.lists(
        st.lists(
            st.sampled_from(
                ["谢", "谢谢", "感谢", "您", "多", "太", "非常", "謝", "啊", "，", "\n", "ꙮ", "好的"]
            ),
            max_size=5,
        ).map("".join),
        max_size=5,
    )
)
@settings(max_examples=200, deadline=None)
def test_plain_phrases_are_found_by_a_way_of_their_own_as_by_comparing_each(texts):
    expected = {}
    for place, text in enumerate(texts):
        said = [
            match[0]
            for entry in THANKS
            for phrase in entry.says
            for start in range(len(text))
            if (match := phrase.pattern.match(text, start))
        ]
        if said:
            expected[place] = said[0] if len(said) == 1 else None
    assert PlainFinder(THANKS).words_in(texts, range(len(texts))) == expected


def test_phrases_are_plain_only_where_one_search_tells_them_apart():
    def are_plain(*written, unless=()):
        return PlainFinder.are_plain([Entry("T/list", "list", tuple(map(Phrase, written)), tuple(unless))])

    assert are_plain("谢谢", "多谢")
    assert PlainFinder.are_plain(THANKS)
    for written in (["谢谢", "謝了"], ["多(谢/)"], ["感谢你…再见"], ["甲乙，丙丁"], []):
        assert not are_plain(*written), written
    assert not are_plain("谢谢", unless=[Phrase("不用谢谢")])


@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=40), st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_many_calls_at_once_are_answered_as_one_by_one(lines, size):
    asked = {"edition": shipped_edition(), "as_of": date(2026, 3, 1)}
    calls = []
    for start in range(0, len(lines), size):
        some = enumerate(lines[start : start + size])
        calls.append(
            tuple(Turn("customer" if n % 3 == 2 else "agent", n * 9000, n * 9000 + 8000, t) for n, t in some)
        )
    subjects = [{"turns": turns} for turns in calls]
    together = speeches_of(subjects=subjects, **asked)
    assert together == [speech_of(subject=subject, **asked) for subject in subjects]
    forbidden = [[f for f in answer.findings if f.clause == "CT-18"] for answer in together]
    assert phrase_findings(calls=calls, **asked) == forbidden


@pytest.mark.parametrize(
    ("written", "said", "is_found"),
    [
        ("快(一/)点讲", "快点，讲", True),
        ("快(一/)点讲", "快一点讲", True),
        ("快(一/)点讲", "快两点讲", False),
        ("甲乙，丙丁", "丙丁，甲乙", True),
        ("甲乙，丙丁", "甲乙了没有什么人在丙丁", False),
        ("请你…再说", "请您慢慢地再说", True),
        ("请你…再说", "请您。好的！我再说", False),
        ("尊贵的VIP", "尊贵的vip客户", True),
        ("(不/没)(等/待)", "我不等", True),
    ],
)
def test_the_notation(written, said, is_found):
    finder = Finder([Entry("T/list", "list", (Phrase(written),))])
    assert bool(finder.spans([said])) is is_found


@pytest.mark.parametrize("written", ["", "快(一/点", "快)点", "快/点", "…快点", "快点…", "，"])
def test_a_phrase_that_cannot_be_read_is_refused(written):
    with pytest.raises(ValueError):  # noqa: PT011 - the message is for people
        Phrase(written)


def test_an_offence_inside_the_open_part_of_prescribed_wording_is_not_excused():
    assert "forbidden-13" in found("您好，你有完没完，为您服务")


def test_a_long_run_of_fillers_is_searched_in_a_moment():
    assert found("你" + "啊" * 20_000 + "有完没" + "嗯" * 20_000) == set()
