"""One call as the checks hear it: who said which words of which list where, and how long everything took.

A `Listener` is made once for an edition; it holds the phrases that the rows of `rules/speech.yaml` name, by speaker.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import accumulate, chain

from upheld.policy.editions import Edition
from upheld.policy.facts import Subject
from upheld.policy.speech_phrases import FILLERS, Entry, Finder, Phrase, Span
from upheld.policy.speech_wording import WordList
from upheld.policy.transcripts import SPEAKERS, Hold, Turn

_SPOKEN = re.compile(r"\w+")
_SILENT = re.compile(rf"[\W{FILLERS}]+")
Heard = dict[tuple[str, str], list[Span]]
"""What was heard in one call, by speaker and word list; spans name the place of the turn in the call."""


class Listener:
    """The phrases that every call is listened to for, by speaker; `only` narrows them to one list.

    These are the lists of the rows that hold for every call. Others are looked for where a row asks, which is seldom.
    """

    def __init__(self, edition: Edition, only: str | None = None) -> None:
        self._wording = edition.wording
        self._prescribed = [
            p for words in edition.wording.values() if words.prescribed for p in words.phrases
        ]
        self.always: dict[str, dict[str, WordList]] = {who: {} for who in SPEAKERS}
        for table in edition.tables("speech"):
            for row in table.rows:
                if table.kind == "forbidden" and not row.conditions:
                    who, names = row.answer.get("who", "agent"), row.answer["words"]
                elif table.kind == "reply":
                    who, names = "customer", row.answer["after"]
                else:
                    continue
                for name in names:
                    if only in (None, name):
                        self.always[who][f"{table.standard}/{name}"] = edition.wording[table.standard, name]
        self._finders = {
            who: self._finder(who, lists.values()) for who, lists in self.always.items() if lists
        }
        self._one_list: dict[tuple[str, str, str], Finder] = {}
        self._entries: dict[tuple[str, tuple[str, ...]], tuple[Entry, ...]] = {}

    def _finder(self, who: str, lists: Iterable[WordList]) -> Finder:
        entries = [entry for words in lists for entry in words.entries]
        return Finder(entries, self._prescribed if who == "agent" else ())

    def hear(self, calls: Sequence[Sequence[Turn]]) -> list[Heard]:
        """Return what every call holds of the lists; all calls are listened to at once, which is the faster way."""
        found: list[Heard] = [{} for _ in calls]
        for who, finder in self._finders.items():
            texts = [[text for speaker, _, _, text in turns if speaker == who] for turns in calls]
            ends = list(accumulate(map(len, texts)))
            latest, places, before = -1, list[int](), 0
            for words, rule, turn, start, end in finder.spans(list(chain.from_iterable(texts))):
                number = bisect_right(ends, turn)
                if number != latest:
                    latest, before = number, ends[number] - len(texts[number])
                    places = [place for place, (speaker, *_) in enumerate(calls[number]) if speaker == who]
                span = Span(words, rule, places[turn - before], start, end)
                found[number].setdefault((who, words), []).append(span)
        return found

    def listen(self, who: str, standard: str, name: str, texts: Sequence[str]) -> list[Span]:
        """Look for one list in some texts."""
        key = (who, standard, name)
        if key not in self._one_list:
            self._one_list[key] = self._finder(who, [self._wording[standard, name]])
        return self._one_list[key].spans(texts)

    def entries(self, standard: str, lists: tuple[str, ...]) -> tuple[Entry, ...]:
        """Return the entries of some lists of a standard."""
        key = (standard, lists)
        if key not in self._entries:
            found = [self._wording[standard, name].entries for name in lists]
            self._entries[key] = tuple(chain.from_iterable(found))
        return self._entries[key]


_LISTENERS: dict[tuple[str, str | None], Listener] = {}


def listener_of(edition: Edition, words: str | None = None) -> Listener:
    """Return the listener of an edition, made at its first call; `words` narrows it to one list."""
    key = (edition.content_hash, words)
    found = _LISTENERS.get(key)
    if found is None:
        if len(_LISTENERS) >= 8:
            _LISTENERS.clear()
        found = _LISTENERS[key] = Listener(edition, words)
    return found


class Call:
    """One call with its facts; `heard` gives the spans of a word list, with the places of the turns."""

    def __init__(
        self, *, edition: Edition, subject: Subject, as_of: date, listener: Listener, heard: Heard
    ) -> None:
        self.edition, self.subject, self.as_of = edition, subject, as_of
        self._listener, self._heard = listener, heard
        self.turns: tuple[Turn, ...] = subject.get("turns", ())
        self.holds: tuple[Hold, ...] = subject.get("holds", ())
        self._characters: dict[int, set[str]] = {}
        agent, customer = list[int](), list[int]()
        texts, timed = list[str](), list[str]()
        spoken = last = 0
        for place, (who, start, end, text) in enumerate(
            self.turns
        ):  # one pass: this is done for every turn of a day
            if who == "agent":
                agent.append(place)
                texts.append(text)
                if end > start:
                    spoken += end - start
                    timed.append(text)
            else:
                customer.append(place)
            if end > last:
                last = end
        self.places = {"agent": agent, "customer": customer}
        self.agent_text = "\n".join(texts)
        """What the agent said, a turn a line."""
        self.agent_milliseconds = spoken
        self.agent_characters = sum(map(len, _SPOKEN.findall("\n".join(timed))))
        """How many characters the agent spoke in turns that lasted, without punctuation."""
        self.milliseconds = self._from_first_to(last)
        self.interruptions = 0

    def heard(self, who: str, standard: str, lists: Iterable[str]) -> list[Span]:
        """Return what a speaker said of some lists, in the order of the lists and turns."""
        found: list[Span] = []
        for name in lists:
            words = f"{standard}/{name}"
            spans = self._heard.get((who, words))
            if spans is None and words not in self._listener.always[who]:
                places = self.places[who]
                texts = [self.turns[place].text for place in places]
                spans = self._heard[who, words] = [
                    span._replace(turn=places[span.turn])
                    for span in self._listener.listen(who, standard, name, texts)
                ]
            if spans:
                found += spans
        return found

    def said_in(self, standard: str, lists: tuple[str, ...], places: Iterable[int]) -> list[int]:
        """Return which of some turns hold words of some lists."""
        return [place for place in places if self.is_said_in(standard, lists, (place,))]

    def is_said_in(self, standard: str, lists: tuple[str, ...], places: Iterable[int]) -> bool:
        """Say whether any of some turns holds words of some lists."""
        entries, turns = self._listener.entries(standard, lists), self.turns
        for place in places:
            text = turns[place].text
            characters = self._characters.get(place)
            if characters is None:
                characters = self._characters[place] = set(text)
            for entry in entries:
                if entry.is_said_in(text, characters):
                    return True
        return False

    def phrases(self, standard: str, lists: tuple[str, ...]) -> tuple[Phrase, ...]:
        """Return the phrases of some lists of a standard."""
        return tuple(phrase for entry in self._listener.entries(standard, lists) for phrase in entry.says)

    def _from_first_to(self, last: int) -> int:
        """Measure the call from its first turn or hold to the end of its last."""
        starts = [
            part[0].start for part in (self.turns, self.holds) if part
        ]  # both stand in the order of their starts
        if self.holds:
            last = max(last, self.holds[-1].end)
        return last - min(starts) if starts else 0

    def measures(self) -> dict[str, int | float | None]:
        """Return what was measured, in seconds and characters a minute; None where nothing could be."""
        held = [hold.end - hold.start for hold in self.holds]
        pace = None
        if self.agent_milliseconds:
            pace = round(self.agent_characters * 60_000 / self.agent_milliseconds, 1)
        return {
            "agent_chars_per_minute": pace,
            "agent_seconds": in_seconds(self.agent_milliseconds),
            "longest_hold_seconds": in_seconds(max(held, default=0)),
            "hold_seconds": in_seconds(sum(held)),
            "interruptions": self.interruptions,
            "duration_seconds": in_seconds(self.milliseconds),
        }


def in_seconds(milliseconds: int) -> int | float:
    """Write whole milliseconds as seconds, whole where they are."""
    return milliseconds // 1000 if milliseconds % 1000 == 0 else milliseconds / 1000


def holds_only(text: str, phrases: Iterable[Phrase]) -> bool:
    """Say whether a text consists of these phrases, fillers and punctuation alone."""
    for phrase in phrases:
        text = phrase.pattern.sub("", text)
    return not _SILENT.sub("", text)
