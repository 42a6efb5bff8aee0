"""Many calls side by side, as the checks see them: who said which words of which list where, and how long all took.

One call is many of which there is one. The turns of all calls stand in one list, so that every list of words is looked
for in all of them at once and times are sums over columns: a day of calls has a hundred thousand turns. Turns are
numbered through; call `n` holds those from `first[n]` up to `first[n + 1]`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from functools import cached_property
from itertools import accumulate, chain, compress, pairwise
from operator import lt
from typing import NamedTuple

from upheld.policy.editions import Edition
from upheld.policy.facts import Subject
from upheld.policy.speech_finder import Span
from upheld.policy.speech_listening import Listener, count_spoken, count_spoken_in
from upheld.policy.speech_phrases import Phrase
from upheld.policy.speech_promises import may_hold_limit
from upheld.policy.transcripts import Hold, Turn

Heard = dict[int, list[Span]]
"""What was heard, by the number of the call; the turns of spans are numbered through."""
WordsHeard = dict[int, dict[int, str]]
"""The words that were heard, by the number of the call and the turn."""


class Speaker(NamedTuple):
    """What one side says in all calls: its turns' numbers and texts; call `n` begins at `begins[n]` in both."""

    places: list[int]
    texts: list[str]
    begins: list[int]

    def places_in(self, number: int) -> list[int]:
        """Return the turns in one call."""
        return self.places[self.begins[number] : self.begins[number + 1]]

    def in_calls(self, numbers: Iterable[int]) -> tuple[list[int], list[str]]:
        """Return the turns in some calls, and their texts."""
        places: list[int] = []
        texts: list[str] = []
        for number in numbers:
            begin, end = self.begins[number : number + 2]
            places += self.places[begin:end]
            texts += self.texts[begin:end]
        return places, texts


class _Columns(NamedTuple):
    whos: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    texts: tuple[str, ...]


class Calls:
    """Some calls with their facts; what is measured is measured when it is first asked for."""

    def __init__(
        self, *, edition: Edition, subjects: Sequence[Subject], as_of: date, listener: Listener
    ) -> None:
        self.edition, self.subjects, self.as_of = edition, subjects, as_of
        self._listener = listener
        turns: list[Sequence[Turn]] = [subject.get("turns", ()) for subject in subjects]
        self._turns = list(chain.from_iterable(turns))
        self.first = list(accumulate(map(len, turns), initial=0))
        self._heard: dict[str, dict[str, Heard]] = {}
        self._plainly_heard: dict[tuple[str, str, tuple[str, ...]], WordsHeard] = {}
        self.interruptions: dict[int, int] = {}
        """How often each call was interrupted, once that is checked."""

    @cached_property
    def agent(self) -> Speaker:
        """What the agents say."""
        turns = self._turns
        places = [place for place, turn in enumerate(turns) if turn[0] == "agent"]
        return self._speaker(places, [turns[place][3] for place in places])

    @cached_property
    def customer(self) -> Speaker:
        """What the customers say: all that the agents do not."""
        others = bytearray(b"\1") * len(self._turns)
        for place in self.agent.places:
            others[place] = 0
        return self._speaker(list(compress(range(len(others)), others)), list(compress(self.texts, others)))

    def _speaker(self, places: list[int], texts: list[str]) -> Speaker:
        return Speaker(places, texts, [bisect_left(places, first) for first in self.first])

    @cached_property
    def _columns(self) -> _Columns:
        """Who speaks, starts, ends and texts: all are cut out together sooner than one by one."""
        return _Columns(*zip(*self._turns, strict=True)) if self._turns else _Columns((), (), (), ())

    @cached_property
    def whos(self) -> Sequence[str]:
        """Who speaks in each turn."""
        return self._columns.whos

    @cached_property
    def starts(self) -> Sequence[int]:
        """When each turn begins, in milliseconds."""
        return self._columns.starts

    @cached_property
    def ends(self) -> Sequence[int]:
        """When each turn ends."""
        return self._columns.ends

    @cached_property
    def texts(self) -> Sequence[str]:
        """What is said in each turn."""
        return self._columns.texts

    def text_of(self, place: int) -> str:
        """Return what is said in one turn; where few are asked for, the columns need not be cut out."""
        return self._turns[place][3]

    def everywhere(self, number: int) -> range:
        """Return all turns of one call."""
        return range(self.first[number], self.first[number + 1])

    def agent_after(self, number: int, place: int) -> list[str]:
        """Return what the agent of one call says after a turn."""
        begin, end = self.agent.begins[number : number + 2]
        return self.agent.texts[bisect_right(self.agent.places, place, begin, end) : end]

    def first_after(self, speaker: Speaker, number: int, instant: int) -> int:
        """Return where, in a speaker's turns, the first of one call stands that begins later than an instant."""
        later = bisect_right(self.starts, instant, self.first[number], self.first[number + 1])
        return bisect_left(speaker.places, later, speaker.begins[number], speaker.begins[number + 1])

    # --- Words -------------------------------------------------------------------------------------------

    def heard(
        self,
        who: str,
        standard: str,
        lists: Iterable[str],
        numbers: Collection[int],
        turns: Collection[int] | None = None,
    ) -> Heard:
        """Return what a speaker said of some lists in some calls, in the order of the lists and turns.

        Where `turns` of those calls are given, what was said elsewhere may be missing.
        """
        found: Heard = {}
        for name in lists:
            words = f"{standard}/{name}"
            if words in self._listener.always[who]:
                said = self._always_heard(who).get(words, {})
            else:
                if turns is None:
                    places, texts = self._of(who).in_calls(numbers)
                else:
                    places = sorted(turns)
                    texts = [self.text_of(place) for place in places]
                said = self._by_call(self._listener.listen(who, standard, name, texts, places)).get(words, {})
            for number in numbers if said else ():
                spans = said.get(number)
                if spans is not None:
                    found[number] = found[number] + spans if number in found else spans
        return found

    def words_heard(
        self, who: str, standard: str, lists: tuple[str, ...], numbers: Collection[int]
    ) -> WordsHeard:
        """Return the turns in which a speaker said something of some lists, with the last of its words."""
        plainly = self._listener.plainly(standard, lists)
        if plainly is None:
            return {
                number: {span.turn: self.text_of(span.turn)[span.start : span.end] for span in spans}
                for number, spans in self.heard(who, standard, lists, numbers).items()
            }
        key = (who, standard, lists)
        found = self._plainly_heard.get(key)
        if found is None:
            spoken = self._of(who)
            words = plainly.words_in(spoken.texts, spoken.places)
            found = self._plainly_heard[key] = self._words_by_call(words, who, standard, lists)
        return {number: found[number] for number in numbers if number in found}

    def _words_by_call(
        self, words: dict[int, str | None], who: str, standard: str, lists: tuple[str, ...]
    ) -> WordsHeard:
        found: WordsHeard = {}
        number = end = 0
        for turn, said in words.items():  # they come in the order of the turns
            if turn >= end:
                number = bisect_right(self.first, turn) - 1
                end = self.first[number + 1]
                found[number] = {}
            if said is None:
                spans = self.heard(who, standard, lists, [number], [turn])[number]
                said = self.text_of(turn)[spans[-1].start : spans[-1].end]
            found[number][turn] = said
        return found

    def _of(self, who: str) -> Speaker:
        return self.agent if who == "agent" else self.customer

    def _always_heard(self, who: str) -> dict[str, Heard]:
        if who not in self._heard:
            spoken = self._of(who)
            self._heard[who] = self._by_call(self._listener.hear(who, spoken.texts, spoken.places))
        return self._heard[who]

    def _by_call(self, spans: Iterable[Span]) -> dict[str, Heard]:
        found: dict[str, Heard] = {}
        number = end = 0
        for span in spans:  # they come in the order of the turns
            words, _, turn, _, _ = span
            if turn >= end:
                number = bisect_right(self.first, turn) - 1
                end = self.first[number + 1]
            heard = found.get(words)
            if heard is None:
                heard = found[words] = {}
            if number in heard:
                heard[number].append(span)
            else:
                heard[number] = [span]
        return found

    def says(self, standard: str, lists: tuple[str, ...]) -> Callable[[str], object]:
        """Return a test of whether a text holds words of some lists."""
        return self._listener.says(standard, lists)

    def says_plainly(self, standard: str, lists: tuple[str, ...]) -> Callable[[str], object]:
        """Return a test that `says` passes too, and sooner done where words are mostly said as they are written."""
        return self._listener.says_plainly(standard, lists)

    def said_in(self, standard: str, lists: tuple[str, ...], places: Iterable[int]) -> list[int]:
        """Return which of some turns hold words of some lists."""
        says = self.says(standard, lists)
        return [place for place in places if says(self.texts[place])]

    def says_only(self, standard: str, lists: tuple[str, ...]) -> Callable[[str], bool]:
        """Return a test of whether a text consists of words of some lists and fillers alone."""
        return self._listener.says_only(standard, lists)

    def phrases(self, standard: str, lists: tuple[str, ...]) -> tuple[Phrase, ...]:
        """Return the phrases of some lists of a standard."""
        return tuple(phrase for entry in self._listener.entries(standard, lists) for phrase in entry.says)

    # --- Times and lengths, a value for each call ----------------------------------------------------------

    @cached_property
    def _agent_texts(self) -> list[str]:
        """What the agent says in each call, without a break between the turns."""
        texts = self.agent.texts
        return ["".join(texts[begin:end]) for begin, end in pairwise(self.agent.begins)]

    @cached_property
    def _agent_lengths(self) -> list[int]:
        starts, ends = self.starts, self.ends
        return [ends[place] - starts[place] for place in self.agent.places]

    @cached_property
    def agent_milliseconds(self) -> list[int]:
        """How long the agent speaks."""
        lengths = self._agent_lengths
        return [sum(lengths[begin:end]) for begin, end in pairwise(self.agent.begins)]

    @cached_property
    def agent_characters(self) -> list[int]:
        """How many characters the agent speaks in turns that last, without punctuation."""
        found = count_spoken_in(self._agent_texts)
        if 0 in self._agent_lengths:
            for length, place, text in zip(
                self._agent_lengths, self.agent.places, self.agent.texts, strict=True
            ):
                if not length:
                    found[bisect_right(self.first, place) - 1] -= count_spoken(text)
        return found

    @cached_property
    def milliseconds(self) -> list[int]:
        """How long each call takes, from its first turn or hold to the end of its last."""
        starts, ends, found = self.starts, self.ends, []
        for subject, begin, end in zip(self.subjects, self.first, self.first[1:], strict=False):
            holds: Sequence[Hold] = subject.get("holds", ())
            # Both stand in the order of their starts.
            if begin == end:
                found.append(holds[-1].end - holds[0].start if holds else 0)
            elif holds:
                last = max(holds[-1].end, *ends[begin:end])
                found.append(last - min(holds[0].start, starts[begin]))
            else:
                found.append(max(ends[begin:end]) - starts[begin])
        return found

    @cached_property
    def overlaps(self) -> dict[int, int]:
        """Give the calls in which a turn begins before the turn above ends, with the first such turn above.

        Whatever is said before it is over by then.
        """
        overlapping = list(compress(range(1, len(self.starts)), map(lt, self.starts[1:], self.ends)))
        begins = set(self.first)
        return {
            bisect_right(self.first, place) - 1: place - 1
            for place in reversed(overlapping)
            if place not in begins
        }

    @cached_property
    def with_limit(self) -> set[int]:
        """Which calls may hold a length of time in the agent's words; others hold none."""
        return {number for number, text in enumerate(self._agent_texts) if may_hold_limit(text)}

    def measures(self) -> list[dict[str, int | float | None]]:
        """Return what was measured in each call, in seconds and characters a minute; None where nothing could be."""
        found: list[dict[str, int | float | None]] = []
        columns = (self.subjects, self.agent_characters, self.agent_milliseconds, self.milliseconds)
        for number, (subject, characters, spoken, lasted) in enumerate(zip(*columns, strict=True)):
            holds: Sequence[Hold] = subject.get("holds", ())
            held = [hold.end - hold.start for hold in holds]
            found.append(
                {
                    "agent_chars_per_minute": a_minute(characters, spoken) if spoken else None,
                    "agent_seconds": in_seconds(spoken),
                    "longest_hold_seconds": in_seconds(max(held)) if held else 0,
                    "hold_seconds": in_seconds(sum(held)) if held else 0,
                    "interruptions": self.interruptions.get(number, 0),
                    "duration_seconds": in_seconds(lasted),
                }
            )
        return found


def a_minute(characters: int, milliseconds: int) -> float:
    """Return characters a minute to one decimal, halves up."""
    return (characters * 1_200_000 + milliseconds) // (2 * milliseconds) / 10


def in_seconds(milliseconds: int) -> int | float:
    """Write whole milliseconds as seconds, whole where they are."""
    return milliseconds // 1000 if milliseconds % 1000 == 0 else milliseconds / 1000
