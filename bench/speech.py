"""Measure how fast calls are judged: the phrase pass beside pyahocorasick turn by turn, and all checks together.

    python bench/speech.py [--turns 100000] [--repeats 7] [--small]

Made-up calls of twenty turns are read once. Then, in one run and in turn, medians of CPU time:

- pyahocorasick, same variants: turn by turn each agent's text loses punctuation and filler words, 您 becomes 你,
  traditional characters simplified ones, and an automaton of every written-out variant of the forbidden phrases
  gives the findings. It excuses nothing and knows no `…`: rather less than the phrase pass does. This is the mark.
- pyahocorasick, 52 plain phrases: an automaton of the phrases as printed, on raw text. It finds a fraction.
- phrase pass: from turns to the findings of CT-18 (`phrase_findings`).
- all checks: from turns to whole answers with score (`speeches_of`).

Marks: the phrase pass at least 1.2 times as fast as pyahocorasick, all checks at most 4 times the phrase pass.
"""

from __future__ import annotations

import argparse
import gc
import random
import re
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import date
from itertools import permutations, product
from typing import Any

import ahocorasick

from upheld.policy.editions import Edition, shipped_edition
from upheld.policy.facts import read_subject
from upheld.policy.speech import Finding, phrase_findings, speeches_of
from upheld.policy.speech_labelled import read_labelled
from upheld.policy.speech_phrases import FILLERS, SAME

AS_OF = date(2026, 3, 1)
PHRASE_MARK, ALL_MARK = 1.2, 4.0
TURNS_A_CALL = 20
FRAME = {0: "您好，很高兴为您服务！", 16: "请问还有什么可以帮您？", 17: "没有了，谢谢",
         18: "不用谢，这是我们应该做的，感谢您使用中国电信10000号，再见。"}  # fmt: skip
NORMAL = str.maketrans(
    dict.fromkeys(f"，。？！、；：,.?!;: {FILLERS}")
    | {same: group[0] for group in SAME.values() for same in group}
)
CUSTOMER = (
    "我家的宽带从昨天晚上开始就上不了网了",
    "我想查一下这个月的话费怎么多了这么多",
    "好的，我知道了",
    "嗯，是的",
    "我的号码是一三三零零零零一二三四",
    "上次打电话说两天就好，到现在还没有人来",
    "那要多长时间才能修好呢",
    "你们的套餐能不能改成便宜一点的",
    "没有别的事了，谢谢",
    "我就是想问一下积分怎么兑换",
)


def main() -> int:
    """Run the contest and print its ratios; return 1 where one misses its mark."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--turns", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--small", action="store_true", help="10 000 turns, three times: does it run at all")
    told = parser.parse_args()
    turns, repeats = (10_000, 3) if told.small else (told.turns, told.repeats)
    edition = shipped_edition()
    raw = _calls(edition, turns // TURNS_A_CALL)
    subjects = [read_subject(call) for call in raw]
    spoken = [call["turns"] for call in subjects]
    plain, variants = _automaton(_plain_phrases(edition)), _automaton(_variants(edition))
    times, results = _measure(
        {
            "pyahocorasick, same variants": lambda: _normalised(variants, spoken),
            "pyahocorasick, 52 plain phrases": lambda: _raw(plain, spoken),
            "phrase pass": lambda: phrase_findings(edition=edition, calls=spoken, as_of=AS_OF),
            "all checks": lambda: speeches_of(edition=edition, subjects=subjects, as_of=AS_OF),
            "all checks, from raw facts": lambda: speeches_of(
                edition=edition, subjects=[read_subject(call) for call in raw], as_of=AS_OF
            ),
        },
        repeats,
    )
    size = sum(len(turn.text.encode()) for call in spoken for turn in call) / 1e6
    count = sum(map(len, spoken))
    print(f"{count:,} turns in {len(spoken):,} calls, {size:.1f} MB of text")
    for name, seconds in times.items():
        print(
            f"{name:32} {seconds * 1e3:8.1f} ms  {count / seconds:12,.0f} turns/s  {size / seconds:8.1f} MB/s"
        )
    same = [[f for f in answer.findings if f.clause == "CT-18"] for answer in results["all checks"]]
    ours = sum(map(len, results["phrase pass"]))
    theirs, bare = (
        len(results[f"pyahocorasick, {which}"]) for which in ("same variants", "52 plain phrases")
    )
    print(f"findings: same variants {theirs:,}, plain {bare:,}, phrase pass {ours:,}")
    assert same == results["phrase pass"], "the phrase pass and all checks do not find the same"
    faster = times["pyahocorasick, same variants"] / times["phrase pass"]
    plainly = times["pyahocorasick, 52 plain phrases"] / times["phrase pass"]
    dearer = times["all checks"] / times["phrase pass"]
    print(f"phrase pass: {faster:.2f} times as fast as pyahocorasick (mark {PHRASE_MARK})")
    print(f"phrase pass: {plainly:.2f} times as fast as pyahocorasick with the plain phrases alone (no mark)")
    print(f"all checks: {dearer:.2f} times the phrase pass (mark at most {ALL_MARK})")
    return 0 if told.small or (faster >= PHRASE_MARK and dearer <= ALL_MARK) else 1


def _measure(
    contestants: dict[str, Callable[[], Any]], repeats: int
) -> tuple[dict[str, float], dict[str, Any]]:
    """Return the median CPU seconds of each and what it gave, run in turn so that none has the quieter machine."""
    results = {name: run() for name, run in contestants.items()}
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(repeats):
        for name, run in contestants.items():
            del results[name]  # throwing the last answers away is not part of making the next
            gc.collect()
            gc.disable()  # as timeit does: whose turn the collector falls into is chance
            start = time.process_time()
            result = run()
            taken[name].append(time.process_time() - start)
            gc.enable()
            results[name] = result
            del result
    return {name: statistics.median(times) for name, times in taken.items()}, results


def _calls(edition: Edition, count: int) -> list[dict[str, Any]]:
    """Make calls of twenty turns: one agent's turn in a hundred offends, ten are near misses, a few overlap."""
    chance = random.Random(7)
    lines = read_labelled(edition, [])
    offending = [line.text for line in lines if line.offends and line.clause == "CT-18"]
    polite = [line.text for line in lines if line.rule == "everyday"]
    near = [line.text for line in lines if not line.offends]
    made = []
    for _ in range(count):
        turns, now = [], 0.0
        for place in range(TURNS_A_CALL):
            who = "customer" if place % 2 else "agent"
            draw = chance.random()
            if place in FRAME:
                text = FRAME[place]
            elif who == "customer":
                text = chance.choice(CUSTOMER)
            else:
                text = chance.choice(offending if draw < 0.01 else near if draw < 0.11 else polite)
            start = max(0.0, now - 0.7) if draw > 0.97 and place else now
            now = start + len(text) / 2.5
            turns.append({"who": who, "start": round(start, 2), "end": round(now, 2), "text": text})
        call: dict[str, Any] = {"turns": turns, "segment": chance.choice(("ordinary", "brand", "vip"))}
        if chance.random() < 0.3:
            call["holds"] = [
                {"start": 30, "end": 30 + chance.choice((10, 90, 150)), "asked": True, "thanked": True}
            ]
        made.append({**call, "hung_up_by": "customer"})
    return made


def _automaton(words: dict[str, str]) -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for word, rule in words.items():
        automaton.add_word(word, (rule, len(word)))
    automaton.make_automaton()
    return automaton


def _plain_phrases(edition: Edition) -> dict[str, str]:
    """Return the forbidden phrases as they are printed, but without punctuation at their ends."""
    return {
        re.sub(r"\W+$", "", phrase.text): entry.rule
        for entry in edition.wording["CT", "forbidden"].entries
        for phrase in entry.says
        if "(" not in phrase.text
    }


def _variants(edition: Edition) -> dict[str, str]:
    """Write out every variant of the forbidden phrases, normalised: the alternatives, and the parts in any order."""
    found: dict[str, str] = {}
    for entry in edition.wording["CT", "forbidden"].entries:
        for phrase in entry.says:
            for order in permutations(phrase.parts):
                for words in product(*(list(_written_out(part)) for part in order)):
                    found.setdefault("".join(words).translate(NORMAL), entry.rule)
    return found


def _written_out(sequence: Any) -> Iterator[str]:
    choices = [
        [words for branch in node.branches for words in _written_out(branch)]
        if hasattr(node, "branches")
        else [node if isinstance(node, str) else ""]
        for node in sequence
    ]
    return map("".join, product(*choices))


def _normalised(automaton: ahocorasick.Automaton, calls: list[Any]) -> list[Finding]:
    """Find turn by turn in normalised text; of findings that overlap under one rule the first counts."""
    found = []
    for call in calls:
        for place, turn in enumerate(call):
            if turn.who == "agent":
                text, seen = turn.text.translate(NORMAL), set()
                for end, (rule, length) in automaton.iter(text):
                    if rule not in seen:
                        seen.add(rule)
                        found.append(
                            Finding("CT-18", rule, place, text[end - length + 1 : end + 1], "critical")
                        )
    return found


def _raw(automaton: ahocorasick.Automaton, calls: list[Any]) -> list[Finding]:
    """Find turn by turn in the text as it is."""
    found = []
    for call in calls:
        for place, turn in enumerate(call):
            if turn.who == "agent":
                text = turn.text
                for end, (rule, length) in automaton.iter(text):
                    found.append(Finding("CT-18", rule, place, text[end - length + 1 : end + 1], "critical"))
    return found


if __name__ == "__main__":
    raise SystemExit(main())
