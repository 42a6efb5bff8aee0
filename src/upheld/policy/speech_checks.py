"""What each kind of row of `rules/speech.yaml` looks for in a call.

A check takes the call, the rows of one table that hold for it, and the table's standard; it gives what was broken as
(row, rule, turn or None for the call as a whole, what was said or measured).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from upheld.policy.facts import FACTS
from upheld.policy.speech_listening import Call, holds_only, in_seconds
from upheld.policy.speech_phrases import Span
from upheld.policy.speech_promises import SpokenLimit, longest_minutes, may_hold_limit, spoken_limits
from upheld.policy.tables import Row
from upheld.policy.transcripts import Hold

BEFORE_A_HOLD = 30_000
"""How long before a hold, in milliseconds, the customer may already have chosen to wait."""


class Broken(NamedTuple):
    """One rule broken in one place."""

    row: Row
    rule: str
    turn: int | None
    text: str


Check = Callable[[Call, Sequence[Row], str], Iterable[Broken]]


def _forbidden(call: Call, rows: Sequence[Row], standard: str) -> Iterable[Broken]:
    for row in rows:
        who = row.answer.get("who", "agent")
        spans = call.heard(who, standard, row.answer["words"])
        if not spans:
            continue
        around = call.heard(who, standard, row.answer.get("not_within", ()))
        spans = [span for span in spans if not any(_touch(span, other) for other in around)]
        seen = set()
        for span in _longest(spans):
            rule = row.answer.get("rule", span.rule)
            if (span.turn, rule) not in seen:
                seen.add((span.turn, rule))
                yield Broken(row, rule, span.turn, _said(call, span))


def _longest(spans: list[Span]) -> list[Span]:
    """Keep, of spans that overlap, the longest: one utterance is one finding."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.turn, s.start - s.end, s.start)):
        if not any(_overlap(span, other) for other in kept):
            kept.append(span)
    return sorted(kept, key=lambda s: (s.turn, s.start))


def _overlap(one: Span, other: Span) -> bool:
    return one.turn == other.turn and one.start < other.end and other.start < one.end


def _touch(one: Span, other: Span) -> bool:
    return one.turn == other.turn and one.start <= other.end and other.start <= one.end


def _said(call: Call, span: Span) -> str:
    return re.sub(r"^\W+|\W+$", "", call.turns[span.turn].text[span.start : span.end])


def _required(call: Call, rows: Sequence[Row], standard: str) -> Iterable[Broken]:
    places = call.places["agent"]
    if not places:
        return
    for row in rows:
        where, count = row.answer["where"], row.answer.get("turns", 1)
        looked_at = {"opening": places[:count], "ending": places[-count:], "anywhere": places}[where]
        if not call.is_said_in(standard, row.answer["says"], reversed(looked_at)):
            place = {"opening": places[0], "ending": places[-1], "anywhere": None}[where]
            yield Broken(row, row.answer["rule"], place, "" if place is None else call.turns[place].text)


def _reply(call: Call, rows: Sequence[Row], standard: str) -> Iterable[Broken]:
    for row in rows:
        asked = call.heard("customer", standard, row.answer["after"])
        if not asked:
            continue
        places = call.places["agent"]
        for span in {span.turn: span for span in asked}.values():
            after = places[bisect_right(places, span.turn) :][: row.answer.get("turns")]
            if after and not call.is_said_in(standard, row.answer["says"], after):
                yield Broken(row, row.answer["rule"], after[0], _said(call, span))


def _interruption(call: Call, rows: Sequence[Row], standard: str) -> Iterable[Broken]:
    for row in rows:
        tolerance, listening = row.answer["longer_than_seconds"], None
        began, ends = -1, -1
        for place, (who, start, end, text) in enumerate(call.turns):
            if who == "customer":
                if end > ends:
                    began, ends = start, end
            elif ends - start > tolerance and start > began:
                if listening is None:
                    listening = call.phrases(standard, row.answer.get("unless_heard", ()))
                if not holds_only(text, listening):
                    call.interruptions += 1
                    yield Broken(row, row.answer["rule"], place, f"{in_seconds(ends - start)} s")


def _rate(call: Call, rows: Sequence[Row], standard: str) -> Iterable[Broken]:
    spoken, time = call.agent_characters, call.agent_milliseconds
    if not time:
        return
    for row in rows:
        below, above = row.answer.get("below"), row.answer.get("above")
        slow = below is not None and spoken * 60_000 < below * time
        fast = above is not None and spoken * 60_000 > above * time
        if (slow or fast) and spoken >= row.answer.get("from_characters", 1):
            yield Broken(row, row.answer["rule"], None, f"{spoken * 60_000 / time:.1f} / min")


def _hold(call: Call, rows: Sequence[Row], standard: str) -> Iterable[Broken]:
    for hold in call.holds:
        before = [place for place in call.places["agent"] if call.turns[place].start <= hold.start]
        after = [place for place in call.places["agent"] if call.turns[place].start >= hold.end]
        for row in rows:
            check, limit = row.answer["check"], row.answer.get("longer_than_seconds", 0)
            text, place = f"{in_seconds(hold.end - hold.start)} s", before[-1] if before else None
            if check == "asked":
                broken = hold.asked is False
            elif check == "thanked":
                broken, place = hold.thanked is False, after[0] if after else None
            elif check == "silence":
                silence = _longest_silence(call, hold)
                broken, text = silence > limit, f"{in_seconds(silence)} s"
            else:
                broken = hold.end - hold.start > limit and not _chose_to_wait(call, hold, row, standard)
            if broken:
                yield Broken(row, row.answer["rule"], place, text)


def _longest_silence(call: Call, hold: Hold) -> int:
    """Measure the longest time within a hold in which the agent says nothing, in milliseconds."""
    longest, since = 0, hold.start
    for place in call.places["agent"]:
        turn = call.turns[place]
        if turn.end <= hold.start or turn.start >= hold.end:
            continue
        longest, since = max(longest, turn.start - since), max(since, turn.end)
    return max(longest, hold.end - since)


def _chose_to_wait(call: Call, hold: Hold, row: Row, standard: str) -> bool:
    about = [
        place
        for place in call.places["customer"]
        if hold.start - BEFORE_A_HOLD <= call.turns[place].start <= hold.end
    ]
    return bool(call.said_in(standard, row.answer.get("unless_heard", ()), about))


def _closing(call: Call, rows: Sequence[Row], standard: str) -> Iterable[Broken]:
    waited = call.subject.get("hung_up_after_seconds")
    for row in rows:
        if waited is not None and waited < row.answer["sooner_than_seconds"]:
            last = call.places["agent"][-1] if call.places["agent"] else None
            yield Broken(row, row.answer["rule"], last, f"{in_seconds(waited)} s")


def _call_length(call: Call, rows: Sequence[Row], standard: str) -> Iterable[Broken]:
    for row in rows:
        if call.milliseconds <= row.answer["longer_than_seconds"]:
            continue
        marks = row.answer.get("marks", ())
        marked = call.subject.get("nuisance")
        if marked is None:
            marked = bool(call.said_in(standard, marks, range(len(call.turns))))
        if marked:
            yield Broken(row, row.answer["rule"], None, f"{in_seconds(call.milliseconds)} s")


def _promise(call: Call, rows: Sequence[Row], standard: str) -> Iterable[Broken]:
    if not may_hold_limit(call.agent_text):
        return
    texts = [(place, call.turns[place].text) for place in call.places["agent"]]
    owed = {row.order: limits for row in rows if (limits := _owed_minutes(call, row, standard)) is not None}
    everywhere = range(len(call.turns))
    about = {row.order: call.said_in(standard, row.answer["about"], everywhere) for row in rows}
    for place, text in texts:
        for spoken in spoken_limits(text):
            meant = [row for row in _meant(call, rows, about, place, spoken, owed) if row.order in owed]
            if not meant:
                continue
            row = max(meant, key=lambda one: owed[one.order][0])
            if spoken.minutes > owed[row.order][0] and _promised(call, row, standard, text, spoken):
                yield Broken(row, row.answer["rule"], place, text[spoken.start : spoken.end])


def _owed_minutes(call: Call, row: Row, standard: str) -> tuple[int, bool] | None:
    """Return the limit that the row's clause gives this caller, and whether it counts in days; None for no clock.

    Where town or country is not known, the longer of the two counts.
    """
    subject = {**call.subject, "case": row.answer["case"]}
    areas = [subject["area"]] if "area" in subject else FACTS["area"].values
    limits = [
        clock.answer["limit"]
        for table in call.edition.tables("deadlines", "clock")
        if table.standard == standard
        for area in areas
        for clock in table.matching({**subject, "area": area}, call.as_of)
        if clock.clause == row.clause
    ]
    return (longest_minutes(limits), all("day" in limit.unit for limit in limits)) if limits else None


def _meant(
    call: Call,
    rows: Sequence[Row],
    about: dict[int, list[int]],
    place: int,
    spoken: SpokenLimit,
    owed: dict[int, tuple[int, bool]],
) -> list[Row]:
    """Tell what a promise is about: the known case; of what was spoken of, what its unit fits; else the last."""
    case = call.subject.get("case")
    if case is not None:
        return [row for row in rows if row.answer["case"] == case]
    last = {row.order: max((turn for turn in about[row.order] if turn <= place), default=-1) for row in rows}
    spoken_of = [row for row in rows if last[row.order] >= 0]
    fitting = [row for row in spoken_of or rows if row.order in owed and owed[row.order][1] == spoken.in_days]
    if fitting or not spoken_of:
        return fitting
    latest = max(last.values())
    return [row for row in spoken_of if last[row.order] == latest]


def _promised(call: Call, row: Row, standard: str, text: str, spoken: SpokenLimit) -> bool:
    """Say whether a length of time is promised; in the phrases of the lists N stands for it."""
    masked = f"{text[: spoken.start]}N{text[spoken.end :]}"

    def stands_in(key: str) -> bool:
        return any(
            match.start() <= spoken.start < match.end()
            for phrase in call.phrases(standard, row.answer.get(key, ()))
            for match in phrase.pattern.finditer(masked)
        )

    return stands_in("promised") and not stands_in("not_promised")


CHECKS: dict[str, Check] = {
    "forbidden": _forbidden,
    "required": _required,
    "reply": _reply,
    "interruption": _interruption,
    "rate": _rate,
    "hold": _hold,
    "closing": _closing,
    "call_length": _call_length,
    "promise": _promise,
}
"""The kinds that give findings; `required` comes after `forbidden`: wrong words are not counted as missing too."""
