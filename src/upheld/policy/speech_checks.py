"""What each kind of row of `rules/speech.yaml` looks for in calls.

A check takes the calls, the numbers of those for which some rows of one table hold, the rows, and the table's
standard; it gives what was broken. Most calls break little: what cannot be broken is left out before it is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence

from upheld.policy.facts import FACTS
from upheld.policy.speech_calls import Calls, a_minute, in_seconds
from upheld.policy.speech_finder import Span
from upheld.policy.speech_promises import SpokenLimit, longest_minutes, may_hold_limit, spoken_limits
from upheld.policy.tables import Row
from upheld.policy.transcripts import Hold

BEFORE_A_HOLD = 30_000
"""How long before a hold, in milliseconds, the customer may already have chosen to wait."""

Broken = tuple[int, Row, str, int | None, str]
"""One rule broken in one place: the call's number, row, rule, turn (None: the call as a whole), what was said or
measured. A plain tuple, for a day gives very many."""

Check = Callable[[Calls, Collection[int], Sequence[Row], str], Iterable[Broken]]


def _forbidden(
    calls: Calls, numbers: Collection[int], rows: Sequence[Row], standard: str
) -> Iterable[Broken]:
    for row in rows:
        who, named = row.answer.get("who", "agent"), row.answer.get("rule")
        said = calls.heard(who, standard, row.answer["words"], numbers)
        turns = {span.turn for spans in said.values() for span in spans}
        around = calls.heard(who, standard, row.answer.get("not_within", ()), said, turns)
        for number, spans in said.items():
            if number in around:
                spans = [span for span in spans if not any(_touch(span, other) for other in around[number])]
            seen = set()
            for span in _longest(spans):
                rule = named or span.rule
                if (span.turn, rule) not in seen:
                    seen.add((span.turn, rule))
                    yield number, row, rule, span.turn, _said(calls, span)


def _longest(spans: list[Span]) -> list[Span]:
    """Keep, of spans that overlap, the longest: one utterance is one finding."""
    if len(spans) < 2:
        return spans
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.turn, s.start - s.end, s.start)):
        if not any(_overlap(span, other) for other in kept):
            kept.append(span)
    return sorted(kept, key=lambda s: (s.turn, s.start))


def _overlap(one: Span, other: Span) -> bool:
    return one.turn == other.turn and one.start < other.end and other.start < one.end


def _touch(one: Span, other: Span) -> bool:
    return one.turn == other.turn and one.start <= other.end and other.start <= one.end


def _said(calls: Calls, span: Span) -> str:
    _, _, turn, start, end = span
    return _trimmed(calls.text_of(turn)[start:end])


def _trimmed(text: str) -> str:
    """Return words without the punctuation around them."""
    return text if text[0].isalnum() and text[-1].isalnum() else re.sub(r"^\W+|\W+$", "", text)


def _required(calls: Calls, numbers: Collection[int], rows: Sequence[Row], standard: str) -> Iterable[Broken]:
    places, texts, begins = calls.agent
    for row in rows:
        rule, where = row.answer["rule"], row.answer["where"]
        count, from_turns = row.answer.get("turns", 1), row.answer.get("from_turns", 1)
        says = calls.says(standard, row.answer["says"])
        plainly = says if where == "anywhere" else calls.says_plainly(standard, row.answer["says"])
        for number in numbers:
            first, end = begins[number], begins[number + 1]
            if end - first < from_turns:
                continue
            # Such words stand in the very first turn, mostly, or at the end.
            at = first if where == "opening" else end - 1
            if plainly(texts[at]) or (plainly is not says and says(texts[at])):
                continue
            if where == "opening":
                looked_at = texts[first + 1 : min(first + count, end)]
            else:
                looked_at = texts[first if where == "anywhere" else max(end - count, first) : at][::-1]
            if not any(map(says, looked_at)):
                yield number, row, rule, *((None, "") if where == "anywhere" else (places[at], texts[at]))


def _reply(calls: Calls, numbers: Collection[int], rows: Sequence[Row], standard: str) -> Iterable[Broken]:
    whos, texts = calls.whos, calls.texts
    for row in rows:
        rule, count, lists = row.answer["rule"], row.answer.get("turns", len(texts)), row.answer["after"]
        says = calls.says(standard, row.answer["says"])
        for number, asked in calls.words_heard("customer", standard, lists, numbers).items():
            end = calls.first[number + 1]
            for turn, words in asked.items():
                after = turn + 1
                while after < end and whos[after] != "agent":
                    after += 1
                if after == end or says(texts[after]):
                    continue
                if count == 1 or not any(map(says, calls.agent_after(number, after)[: count - 1])):
                    yield number, row, rule, after, _trimmed(words)


def _interruption(
    calls: Calls, numbers: Collection[int], rows: Sequence[Row], standard: str
) -> Iterable[Broken]:
    overlaps, whos, starts, ends, texts = calls.overlaps, calls.whos, calls.starts, calls.ends, calls.texts
    for row in rows:
        tolerance, rule = row.answer["longer_than_seconds"], row.answer["rule"]
        is_listening = calls.says_only(standard, row.answer.get("unless_heard", ()))
        for number in overlaps.keys() & numbers:
            began, until = -1, -1
            for place in range(overlaps[number], calls.first[number + 1]):
                start = starts[place]
                if whos[place] == "customer":
                    if ends[place] > until:
                        began, until = start, ends[place]
                elif until - start > tolerance and start > began and not is_listening(texts[place]):
                    calls.interruptions[number] = calls.interruptions.get(number, 0) + 1
                    yield number, row, rule, place, f"{in_seconds(until - start)} s"


def _rate(calls: Calls, numbers: Collection[int], rows: Sequence[Row], standard: str) -> Iterable[Broken]:
    characters, milliseconds = calls.agent_characters, calls.agent_milliseconds
    for row in rows:
        below, above = row.answer.get("below"), row.answer.get("above")
        least = row.answer.get("from_characters", 1)
        for number in numbers:
            spoken, time = characters[number], milliseconds[number]
            slow = below is not None and spoken * 60_000 < below * time
            fast = above is not None and spoken * 60_000 > above * time
            if (slow or fast) and spoken >= least and time:
                yield number, row, row.answer["rule"], None, f"{a_minute(spoken, time)} / min"


def _hold(calls: Calls, numbers: Collection[int], rows: Sequence[Row], standard: str) -> Iterable[Broken]:
    asked = [(row, row.answer["check"], row.answer.get("longer_than_seconds", 0)) for row in rows]
    for number in numbers:
        holds: Sequence[Hold] = calls.subjects[number].get("holds", ())
        for hold in holds:
            length = hold.end - hold.start
            for row, check, limit in asked:
                measured = length
                if check == "asked":
                    broken = hold.asked is False
                elif check == "thanked":
                    broken = hold.thanked is False
                elif length <= limit:
                    continue
                elif check == "silence":
                    measured = _longest_silence(calls, number, hold)
                    broken = measured > limit
                else:
                    broken = not _chose_to_wait(calls, number, hold, row, standard)
                if broken:
                    place = _turn_at(calls, number, hold, after=check == "thanked")
                    yield number, row, row.answer["rule"], place, f"{in_seconds(measured)} s"


def _turn_at(calls: Calls, number: int, hold: Hold, *, after: bool) -> int | None:
    """Return the agent's last turn that begins before a hold, or the first that begins after it."""
    if after:
        at = calls.first_after(calls.agent, number, hold.end - 1)
    else:
        at = calls.first_after(calls.agent, number, hold.start) - 1
    return (
        calls.agent.places[at] if calls.agent.begins[number] <= at < calls.agent.begins[number + 1] else None
    )


def _longest_silence(calls: Calls, number: int, hold: Hold) -> int:
    """Measure the longest time within a hold in which the agent says nothing."""
    agent, ends = calls.agent, calls.ends
    longest, since = 0, hold.start
    before = max(calls.first_after(agent, number, since) - 1, agent.begins[number])
    for place in agent.places[before : calls.first_after(agent, number, hold.end - 1)]:
        if ends[place] > since:
            longest = max(longest, calls.starts[place] - since)
            since = ends[place]
    return max(longest, hold.end - since)


def _chose_to_wait(calls: Calls, number: int, hold: Hold, row: Row, standard: str) -> bool:
    begin = calls.first_after(calls.customer, number, hold.start - BEFORE_A_HOLD - 1)
    end = calls.first_after(calls.customer, number, hold.end)
    says = calls.says(standard, row.answer.get("unless_heard", ()))
    return any(map(says, calls.customer.texts[begin:end]))


def _closing(calls: Calls, numbers: Collection[int], rows: Sequence[Row], standard: str) -> Iterable[Broken]:
    for row in rows:
        for number in numbers:
            waited = calls.subjects[number].get("hung_up_after_seconds")
            if waited is not None and waited < row.answer["sooner_than_seconds"]:
                last = max(calls.agent.places_in(number), default=None)
                yield number, row, row.answer["rule"], last, f"{in_seconds(waited)} s"


def _call_length(
    calls: Calls, numbers: Collection[int], rows: Sequence[Row], standard: str
) -> Iterable[Broken]:
    for row in rows:
        limit, marks = row.answer["longer_than_seconds"], row.answer.get("marks", ())
        for number in numbers:
            taken = calls.milliseconds[number]
            if taken <= limit:
                continue
            marked = calls.subjects[number].get("nuisance")
            if marked is None:
                marked = bool(calls.said_in(standard, marks, calls.everywhere(number)))
            if marked:
                yield number, row, row.answer["rule"], None, f"{in_seconds(taken)} s"


def _promise(calls: Calls, numbers: Collection[int], rows: Sequence[Row], standard: str) -> Iterable[Broken]:
    for number in calls.with_limit.intersection(numbers):
        limits = [
            (place, spoken)
            for place in calls.agent.places_in(number)
            if may_hold_limit(calls.texts[place])
            for spoken in spoken_limits(calls.texts[place])
            if any(_promised(calls, row, standard, calls.texts[place], spoken) for row in rows)
        ]
        if limits:
            yield from _promises(calls, number, rows, standard, limits)


def _promises(
    calls: Calls, number: int, rows: Sequence[Row], standard: str, limits: Iterable[tuple[int, SpokenLimit]]
) -> Iterable[Broken]:
    owed = {
        row.order: minutes
        for row in rows
        if (minutes := _owed_minutes(calls, number, row, standard)) is not None
    }
    everywhere = calls.everywhere(number)
    about = {row.order: calls.said_in(standard, row.answer["about"], everywhere) for row in rows}
    case = calls.subjects[number].get("case")
    for place, spoken in limits:
        meant = [row for row in _meant(case, rows, about, place, spoken, owed) if row.order in owed]
        if not meant:
            continue
        row = max(meant, key=lambda one: owed[one.order][0])
        text = calls.texts[place]
        if spoken.minutes > owed[row.order][0] and _promised(calls, row, standard, text, spoken):
            yield number, row, row.answer["rule"], place, text[spoken.start : spoken.end]


def _owed_minutes(calls: Calls, number: int, row: Row, standard: str) -> tuple[int, bool] | None:
    """Return the limit that the row's clause gives this caller, and whether it counts in days; None for no clock.

    Where town or country is not known, the longer of the two counts.
    """
    subject = {**calls.subjects[number], "case": row.answer["case"]}
    areas = [subject["area"]] if "area" in subject else FACTS["area"].values
    limits = [
        clock.answer["limit"]
        for table in calls.edition.tables("deadlines", "clock")
        if table.standard == standard
        for area in areas
        for clock in table.matching({**subject, "area": area}, calls.as_of)
        if clock.clause == row.clause
    ]
    return (longest_minutes(limits), all("day" in limit.unit for limit in limits)) if limits else None


def _meant(
    case: object,
    rows: Sequence[Row],
    about: dict[int, list[int]],
    place: int,
    spoken: SpokenLimit,
    owed: dict[int, tuple[int, bool]],
) -> list[Row]:
    """Tell what a promise is about: the known case; of what was spoken of, what its unit fits; else the last."""
    if case is not None:
        return [row for row in rows if row.answer["case"] == case]
    last = {row.order: max((turn for turn in about[row.order] if turn <= place), default=-1) for row in rows}
    spoken_of = [row for row in rows if last[row.order] >= 0]
    fitting = [row for row in spoken_of or rows if row.order in owed and owed[row.order][1] == spoken.in_days]
    if fitting or not spoken_of:
        return fitting
    latest = max(last.values())
    return [row for row in spoken_of if last[row.order] == latest]


def _promised(calls: Calls, row: Row, standard: str, text: str, spoken: SpokenLimit) -> bool:
    """Say whether a length of time is promised; in the phrases of the lists N stands for it."""
    masked = f"{text[: spoken.start]}N{text[spoken.end :]}"

    def stands_in(key: str) -> bool:
        return any(
            match.start() <= spoken.start < match.end()
            for phrase in calls.phrases(standard, row.answer.get(key, ()))
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
