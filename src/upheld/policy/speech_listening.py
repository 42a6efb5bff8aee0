"""One call as the checks hear it: who said which words of which list where, and how long everything took.

A `Listener` is made once for an edition; it holds the phrases that the rows of `rules/speech.yaml` name, by speaker.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property

from upheld.policy.editions import Edition
from upheld.policy.facts import Subject
from upheld.policy.speech_phrases import FILLERS, Finder, Phrase, Span
from upheld.policy.speech_wording import WordList
from upheld.policy.transcripts import SPEAKERS, Hold, Turn

_SPOKEN = re.compile(r"\w+")
_SILENT = re.compile(rf"[\W{FILLERS}]+")
# Whose words the lists of a row are, by kind and key; `forbidden` rows say it themselves.
_HEARD_FROM: dict[tuple[str, str], tuple[str, ...]] = {
    ("required", "says"): ("agent",),
    ("reply", "after"): ("customer",),
    ("reply", "says"): ("agent",),
    ("hold", "unless_heard"): ("customer",),
    ("call_length", "marks"): SPEAKERS,
    ("promise", "about"): SPEAKERS,
}


class Listener:
    """The phrases to listen for in agents' and customers' turns; `only` narrows them to some lists."""

    def __init__(self, edition: Edition, only: Iterable[str] | None = None) -> None:
        wanted: dict[str, dict[tuple[str, str], WordList]] = {who: {} for who in SPEAKERS}
        for table in edition.tables("speech"):
            for row in table.rows:
                for key, names in row.answer.items():
                    speakers = _HEARD_FROM.get((table.kind, key), ())
                    if table.kind == "forbidden" and key in ("words", "not_within"):
                        speakers = (row.answer.get("who", "agent"),)
                    for who in speakers:
                        for name in names:
                            wanted[who][table.standard, name] = edition.wording[table.standard, name]
        kept = None if only is None else set(only)
        prescribed = [
            phrase for words in edition.wording.values() if words.prescribed for phrase in words.phrases
        ]
        self._finders = {
            who: Finder(
                [
                    entry
                    for words in lists.values()
                    if kept is None or words.name in kept
                    for entry in words.entries
                ],
                prescribed if who == "agent" else (),
            )
            for who, lists in wanted.items()
        }

    def spans(self, who: str, texts: Sequence[str]) -> list[Span]:
        """Return what one speaker's texts hold of the lists."""
        return self._finders[who].spans(texts)


_LISTENERS: dict[str, Listener] = {}


def listener_of(edition: Edition) -> Listener:
    """Return the listener of an edition, made at its first call."""
    found = _LISTENERS.get(edition.content_hash)
    if found is None:
        if len(_LISTENERS) >= 8:
            _LISTENERS.clear()
        found = _LISTENERS[edition.content_hash] = Listener(edition)
    return found


class Call:
    """One call with its facts; `heard` gives the spans of a word list, with the places of the turns."""

    def __init__(
        self, *, edition: Edition, subject: Subject, as_of: date, listener: Listener | None = None
    ) -> None:
        self.edition, self.subject, self.as_of = edition, subject, as_of
        self.turns: tuple[Turn, ...] = subject.get("turns", ())
        self.holds: tuple[Hold, ...] = subject.get("holds", ())
        self.places: dict[str, list[int]] = {who: [] for who in SPEAKERS}
        for place, turn in enumerate(self.turns):
            self.places[turn.who].append(place)
        self._heard: dict[tuple[str, str], list[Span]] = {}
        listener = listener or listener_of(edition)
        for who, places in self.places.items():
            for span in listener.spans(who, [self.turns[place].text for place in places]):
                self._heard.setdefault((who, span.words), []).append(span._replace(turn=places[span.turn]))
        self.interruptions = 0

    def heard(self, who: str, lists: Iterable[str]) -> list[Span]:
        """Return what a speaker said of some lists, in the order of the lists and turns."""
        return [span for name in lists for span in self._heard.get((who, name), ())]

    def phrases(self, standard: str, lists: Iterable[str]) -> list[Phrase]:
        """Return the phrases of some lists of a standard."""
        return [phrase for name in lists for phrase in self.edition.wording[standard, name].phrases]

    @cached_property
    def agent_milliseconds(self) -> int:
        """Add up how long the agent spoke."""
        return sum(self.turns[place].end - self.turns[place].start for place in self.places["agent"])

    @cached_property
    def agent_characters(self) -> int:
        """Count the characters that the agent spoke in turns that lasted, without punctuation."""
        spoken = [t.text for place in self.places["agent"] if (t := self.turns[place]).end > t.start]
        return sum(map(len, _SPOKEN.findall("\n".join(spoken))))

    @cached_property
    def milliseconds(self) -> int:
        """Measure the call from its first turn or hold to the end of its last."""
        if not self.turns and not self.holds:
            return 0
        times = [(part.start, part.end) for part in self.turns] + [
            (part.start, part.end) for part in self.holds
        ]
        return max(end for _, end in times) - min(start for start, _ in times)

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
