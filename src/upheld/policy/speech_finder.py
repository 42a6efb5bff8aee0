"""Find many phrases in many texts at once, unless something excuses them.

Speed comes from anchors. Of every phrase two neighbouring characters, as rare as can be, are looked for in all texts at
once by one regular expression; only a text that holds an anchor is compared with the phrase itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import product
from typing import NamedTuple

from upheld.policy.speech_phrases import FILLERS, FILLING, SAME, Anchor, Entry, Phrase, share_of

_ANCHOR_GAP = f"[{FILLING}]{{0,12}}"
_PASSED_BY = frozenset(FILLERS + "那这就是個這个")

_BETWEEN_TEXTS, _LIKE_IT = "ꙮꙭ"
"""Stands between texts that one search goes through: a letter that nobody says, which no phrase passes over."""

_AT_ONCE = 1000
"""How many texts are searched together: enough to be fast, few enough that they stay in the processor's cache."""

Needs = tuple[str, ...]
_Compared = tuple[Needs, Callable[..., re.Match[str] | None], Entry, bool]
"""How a phrase is compared with a text: what is asked first, the search, its entry, and whether that can be excused."""


class Span(NamedTuple):
    """Where a phrase was found: its word list and rule, the text's place, and the characters from start to end."""

    words: str
    rule: str
    turn: int
    start: int
    end: int


_span: Callable[[tuple[str, str, int, int, int]], Span] = partial(tuple.__new__, Span)
"""Make a span by the shortest way: a day of calls gives ten thousand."""


class _Simplified(dict[str, str]):
    """Each character simplified; nothing for punctuation and fillers. Filled as characters are met."""

    def __missing__(self, character: str) -> str:
        silent = character in FILLERS or not character.isalnum()
        found = self[character] = "" if silent else SAME.get(character, character)[0]
        return found


_SIMPLE = _Simplified()
_UNHEARD = frozenset([""])


class Finder:
    """Find the phrases of many entries in many texts. `prescribed` phrases excuse whatever stands inside them."""

    def __init__(self, entries: Sequence[Entry], prescribed: Sequence[Phrase] = ()) -> None:
        self._prescribed_with: dict[str, list[Phrase]] = {}
        for phrase in prescribed:
            for character in phrase.written_with:
                self._prescribed_with.setdefault(character, []).append(phrase)
        found: list[tuple[Entry, Phrase, set[Anchor]]] = []
        wanted: dict[Anchor, list[int]] = {}
        everyday = "\n".join(phrase.text for phrase in prescribed)
        firsts: set[str] = set()
        for entry in entries:
            for phrase in entry.says:
                chosen = phrase.anchors(everyday, firsts)
                firsts.update(first for first, second in chosen if second)
                anchors: set[Anchor] = set()
                for first, second in chosen:
                    anchors.update(product(phrase.alike(first), phrase.alike(second)))
                for anchor in anchors:
                    wanted.setdefault(anchor, []).append(len(found))
                found.append((entry, phrase, anchors))
        alone = {first for first, second in wanted if not second}
        for first in alone:  # they stop the search anyway: then every phrase that begins so is tried
            together = {n for anchor, numbers in wanted.items() if anchor[0] == first for n in numbers}
            wanted[first, ""] = sorted(together)
        self._wanted: dict[str, dict[str | None, list[int]]] = {}
        for (first, second), numbers in wanted.items():
            self._wanted.setdefault(first, {})[second or None] = numbers
        for seconds in self._wanted.values():  # the search may pass by a filler that a phrase is written with
            passed = {number for filler in _PASSED_BY & seconds.keys() for number in seconds[filler]}
            for one, numbers in seconds.items():
                seconds[one] = sorted(passed.union(numbers))
        self._search = _search_for(wanted, alone)
        self._phrases: list[_Compared] = [
            (
                _unshown(phrase.needs, anchors, alone),
                phrase.pattern.search,
                entry,
                bool(entry.unless or (entry.yields and prescribed)),
            )
            for entry, phrase, anchors in found
        ]

    def spans(self, texts: Sequence[str], places: Sequence[int] | None = None) -> list[Span]:
        """Return everything found that nothing excuses, in the order of the texts.

        The turns of the spans are the texts' `places`; left out, the texts count from 0.
        """
        found: list[Span] = []
        places = range(len(texts)) if places is None else places
        for start in range(0, len(texts), _AT_ONCE):
            found += self._spans(texts[start : start + _AT_ONCE], places[start : start + _AT_ONCE])
        return found

    def _spans(self, texts: Sequence[str], places: Sequence[int]) -> list[Span]:
        found: list[Span] = []
        phrases = self._phrases
        for turn, numbers in self._candidates(texts):
            text = texts[turn]
            for number in numbers:
                needs, search, entry, excusable = phrases[number]
                for alike in needs:  # may_stand_in, without a call for each of very many
                    for character in alike:
                        if character in text:
                            break
                    else:
                        break
                else:
                    match = search(text)
                    while match is not None:  # sooner than `finditer`: what is said is mostly said once
                        start, end = match.span()
                        if not (excusable and self._excused(entry, text, start, end)):
                            found.append(_span((entry.words, entry.rule, places[turn], start, end)))
                        match = search(text, end)
        return found

    def _candidates(self, texts: Sequence[str]) -> list[tuple[int, Iterable[int]]]:
        """Give each text in which phrases are worth comparing, with their numbers, in the order of the texts."""
        if self._search is None:
            return []
        joined = "\n".join(texts)
        wanted, ends, turn = self._wanted, 0, -1
        found: list[tuple[int, Iterable[int]]] = []
        for match in self._search.finditer(joined):
            place = match.start()
            numbers = wanted[joined[place]][match[match.lastindex] if match.lastindex else None]
            if place < ends:  # one more in the same text
                found[-1] = (turn, dict.fromkeys((*found[-1][1], *numbers)))
                continue
            while place >= ends:
                turn += 1
                ends += len(texts[turn]) + 1
            found.append((turn, numbers))
        return found

    def _excused(self, entry: Entry, text: str, start: int, end: int) -> bool:
        if entry.unless and entry.excuses(text, set(text), start, end):
            return True
        if not entry.yields:
            return False
        said = {_SIMPLE[character] for character in text[start:end]} - _UNHEARD
        for phrase in self._prescribed_with.get(SAME.get(text[start], text[start])[0], ()):
            if said <= phrase.written_with:
                for match in phrase.pattern.finditer(text):
                    if match.start() <= start and end <= match.end():
                        return True
        return False


class PlainFinder:
    """Find what is said of phrases that `are_plain`: all by one search, for customers give thanks in every call."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        # What follows a first character is not passed over, so that nothing hides a phrase that begins later.
        branches = [
            f"{re.escape(first)}(?={rest}())"
            for entry in entries
            for phrase in entry.says
            for first, rest in phrase.plainly_written().items()
        ]
        self._search = re.compile("|".join(branches))

    @staticmethod
    def are_plain(entries: Iterable[Entry]) -> bool:
        """Say whether nothing excuses the phrases, none has alternatives, and no two can begin in the same place."""
        firsts: list[str] = []
        for entry in entries:
            for phrase in entry.says:
                if entry.unless or not phrase.is_plain:
                    return False
                firsts += phrase.plainly_written()
        return len(firsts) == len(set(firsts)) > 0

    def words_in(self, texts: Sequence[str], places: Sequence[int]) -> dict[int, str | None]:
        """Give the places of the texts in which a phrase is said, and its words; None where there are several."""
        joined = _BETWEEN_TEXTS.join(texts)
        if joined.count(_BETWEEN_TEXTS) >= len(texts):  # somebody does say it
            joined = _BETWEEN_TEXTS.join([text.replace(_BETWEEN_TEXTS, _LIKE_IT) for text in texts])
        found: dict[int, str | None] = {}
        number = before = 0
        for match in self._search.finditer(joined):
            start = match.start()
            number += joined.count(_BETWEEN_TEXTS, before, start)
            before, place = start, places[number]
            found[place] = None if place in found else joined[start : match.end(match.lastindex or 0)]
        return found


def _unshown(needs: Iterable[frozenset[str]], anchors: Iterable[Anchor], alone: set[str]) -> Needs:
    """Return the needs of a phrase that are still to be asked where one of its anchors was found."""
    return tuple(
        "".join(sorted(need))
        for need in needs
        if not all(first in need or (second in need and first not in alone) for first, second in anchors)
    )


def _search_for(anchors: Iterable[Anchor], alone: set[str]) -> re.Pattern[str] | None:
    """Compile a search for anchors; what follows a first character is looked at without passing over it."""
    pairs: dict[str, list[str]] = {}
    single: set[str] = set()
    for first, second in anchors:
        if first in alone:
            single.add(first)
        else:
            pairs.setdefault(first, []).append(second)
    commonest_first = sorted(pairs, key=share_of, reverse=True)
    branches = [f"{re.escape(first)}(?={_ANCHOR_GAP}({_set_of(pairs[first])}))" for first in commonest_first]
    branches += [re.escape(first) for first in sorted(single)]
    return re.compile("|".join(branches)) if branches else None


def _set_of(characters: Iterable[str]) -> str:
    return f"[{''.join(map(re.escape, sorted(characters)))}]"
