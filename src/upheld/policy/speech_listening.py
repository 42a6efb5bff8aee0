"""What calls are listened to for: the phrases of the lists that the rows of `rules/speech.yaml` name, by speaker.

A `Listener` is made once for an edition and hears many texts at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from upheld.policy.editions import Edition
from upheld.policy.speech_finder import Finder, PlainFinder, Span
from upheld.policy.speech_phrases import FILLERS, FILLING, Entry, Phrase, without_gaps
from upheld.policy.speech_wording import WordList
from upheld.policy.transcripts import SPEAKERS

_SPOKEN = re.compile(r"\w+")
_SILENT = re.compile(rf"[\W{FILLERS}]+")
_COMMON_MARKS = "，。？！、"


class Listener:
    """The phrases that every call is listened to for, by speaker; `only` narrows them to one list.

    These are the lists of the rows that hold for every call. Others are looked for where a row asks, which is seldom.
    """

    def __init__(self, edition: Edition, only: str | None = None) -> None:
        self._wording = edition.wording
        self._entries: dict[tuple[str, tuple[str, ...]], tuple[Entry, ...]] = {}
        self._plain: dict[tuple[str, tuple[str, ...]], PlainFinder | None] = {}
        self._prescribed = [
            p for words in edition.wording.values() if words.prescribed for p in words.phrases
        ]
        self.always: dict[str, dict[str, WordList]] = {who: {} for who in SPEAKERS}
        for table in edition.tables("speech"):
            for row in table.rows:
                if table.kind == "forbidden" and not row.conditions:
                    who, names = row.answer.get("who", "agent"), row.answer["words"]
                elif table.kind == "reply" and not self.plainly(table.standard, row.answer["after"]):
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
        self._says: dict[tuple[str, tuple[str, ...]], Callable[[str], object]] = {}
        self._says_plainly: dict[tuple[str, tuple[str, ...]], Callable[[str], object]] = {}
        self._says_only: dict[tuple[str, tuple[str, ...]], Callable[[str], bool]] = {}

    def _finder(self, who: str, lists: Iterable[WordList]) -> Finder:
        entries = [entry for words in lists for entry in words.entries]
        return Finder(entries, self._prescribed if who == "agent" else ())

    def hear(self, who: str, texts: Sequence[str], places: Sequence[int]) -> list[Span]:
        """Look in some texts for everything that a speaker is always listened to for; `places` names the texts."""
        return self._finders[who].spans(texts, places) if who in self._finders else []

    def listen(
        self, who: str, standard: str, name: str, texts: Sequence[str], places: Sequence[int]
    ) -> list[Span]:
        """Look for one list in some texts."""
        key = (who, standard, name)
        if key not in self._one_list:
            self._one_list[key] = self._finder(who, [self._wording[standard, name]])
        return self._one_list[key].spans(texts, places)

    def plainly(self, standard: str, lists: tuple[str, ...]) -> PlainFinder | None:
        """Return the search for some lists if their phrases are plain."""
        key = (standard, lists)
        if key not in self._plain:
            entries = self.entries(standard, lists)
            self._plain[key] = PlainFinder(entries) if PlainFinder.are_plain(entries) else None
        return self._plain[key]

    def entries(self, standard: str, lists: tuple[str, ...]) -> tuple[Entry, ...]:
        """Return the entries of some lists of a standard."""
        key = (standard, lists)
        if key not in self._entries:
            found = [self._wording[standard, name].entries for name in lists]
            self._entries[key] = tuple(chain.from_iterable(found))
        return self._entries[key]

    def says(self, standard: str, lists: tuple[str, ...]) -> Callable[[str], object]:
        """Return a test of whether a text holds a phrase of some lists that nothing excuses."""
        key = (standard, lists)
        if key not in self._says:
            self._says[key] = _test_for(self.entries(standard, lists))
        return self._says[key]

    def says_plainly(self, standard: str, lists: tuple[str, ...]) -> Callable[[str], object]:
        """Return a test that `says` passes too, and sooner done: are the words said just as they are written?"""
        key = (standard, lists)
        if key not in self._says_plainly:
            self._says_plainly[key] = _plain_test_for(self.entries(standard, lists))
        return self._says_plainly[key]

    def says_only(self, standard: str, lists: tuple[str, ...]) -> Callable[[str], bool]:
        """Return a test of whether a text consists of phrases of some lists, fillers and punctuation alone."""
        key = (standard, lists)
        if key not in self._says_only:
            phrases = [phrase for entry in self.entries(standard, lists) for phrase in entry.says]
            self._says_only[key] = _test_for_only(phrases)
        return self._says_only[key]


def _test_for(entries: Sequence[Entry]) -> Callable[[str], object]:
    phrases = [phrase for entry in entries for phrase in entry.says]
    if not phrases:
        return lambda text: False
    search = re.compile("|".join(f"(?:{phrase.pattern.pattern})" for phrase in phrases)).search
    excusable = any(entry.unless for entry in entries)
    rarest = [phrase.needs[0] if phrase.needs else frozenset[str]() for phrase in phrases]
    if len(phrases) < 4 and not excusable:
        needed = "".join(frozenset().union(*rarest))
        return (lambda text: needed in text and search(text)) if all(rarest) and len(needed) == 1 else search
    # Most texts lack the characters that the phrases cannot do without, which is told sooner.
    needs = f"[{re.escape(''.join(sorted(frozenset().union(*rarest))))}]" if all(rarest) else ""
    may = re.compile(needs).search
    if not excusable:
        return lambda text: may(text) and search(text)
    return lambda text: (
        may(text) and search(text) and any(entry.is_said_in(text, set(text)) for entry in entries)
    )


def _plain_test_for(entries: Sequence[Entry]) -> Callable[[str], object]:
    phrases = [phrase for entry in entries for phrase in entry.says if not entry.unless]
    if not phrases:
        return lambda text: False
    return re.compile("|".join(f"(?:{without_gaps(phrase.pattern.pattern)})" for phrase in phrases)).search


def _test_for_only(phrases: Sequence[Phrase]) -> Callable[[str], bool]:
    def holds_only(text: str) -> bool:
        for phrase in phrases:
            text = phrase.pattern.sub("", text)
        return not _SILENT.sub("", text)

    if any("…" in phrase.text or len(phrase.parts) > 1 for phrase in phrases):
        return holds_only  # anything at all may stand inside a phrase
    # Most texts hold some character that no phrase is written with, which is told sooner.
    written = {same for phrase in phrases for character in phrase.text for same in phrase.alike(character)}
    may = re.compile(f"[{FILLING}{re.escape(''.join(sorted(written)))}]*").fullmatch
    return lambda text: may(text) is not None and holds_only(text)


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


def count_spoken_in(texts: Sequence[str]) -> list[int]:
    """Count the spoken characters of many texts."""
    joined = "\n".join(texts)
    for mark in _COMMON_MARKS:
        joined = joined.replace(mark, "")
    spoken = joined.split("\n")
    if len(spoken) != len(texts):  # some text has lines of its own, or there is none
        return list(map(count_spoken, texts))
    return [len(text) if text.isalnum() else count_spoken(text) for text in spoken]


def count_spoken(text: str) -> int:
    """Count the characters of a text without punctuation and spaces."""
    for mark in _COMMON_MARKS:  # what is left is mostly spoken, which is told at once
        text = text.replace(mark, "")
    return len(text) if text.isalnum() else sum(map(len, _SPOKEN.findall(text)))
