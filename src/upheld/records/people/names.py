"""How a Chinese name becomes searchable by PostgreSQL's core alone: its pinyin, and terms of an array index.

PostgreSQL's core has no pinyin and cannot index Chinese substrings, so every name is stored with two
companions:

- `pinyin_key`, such as `shanxiaoming sxm danxiaoming dxm`: for each way of reading the name, full pinyin and
  initials;
- `bigrams`, an array for a GIN index. Three kinds of terms share it, told apart by a prefix: `c:` characters
  and pairs of characters of the name, `i:` pairs of initials, `p:` triples of letters of the full pinyin.

A search asks the index for all terms of what was typed and then compares the text itself, so the terms may be
generous.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import TypedDict

from pypinyin import lazy_pinyin

# Family names that are read otherwise than the everyday word, which stays searchable beside them.
_FAMILY_READINGS = {
    "尉迟": ("yu", "chi"),
    "万俟": ("mo", "qi"),
    "长孙": ("zhang", "sun"),
    "单于": ("chan", "yu"),
    "单": ("shan",),
    "解": ("xie",),
    "仇": ("qiu",),
    "曾": ("zeng",),
    "查": ("zha",),
    "任": ("ren",),
    "区": ("ou",),
    "朴": ("piao",),
    "盖": ("ge",),
    "华": ("hua",),
    "乐": ("yue",),
    "翟": ("zhai",),
    "冼": ("xian",),
    "宓": ("mi",),
    "缪": ("miao",),
    "覃": ("qin",),
    "召": ("shao",),
    "黑": ("he",),
    "员": ("yun",),
    "折": ("she",),
    "逄": ("pang",),
    "种": ("chong",),
    "秘": ("bi",),
    "繁": ("po",),
    "尹": ("yin",),
    "洗": ("xian",),
}
_LONGEST_PERSON_NAME = 4  # a longer text is an organisation, and its first character is no family name

_LETTERS = re.compile(r"[a-z0-9]+")
_HAN = re.compile(r"[㐀-鿿豈-﫿\U00020000-\U0003ffff]+")


class SearchColumns(TypedDict):
    """The two companions of a name, under the names of their columns."""

    pinyin_key: str
    bigrams: list[str]


def search_columns(name: str) -> SearchColumns:
    """Give `pinyin_key` and `bigrams` for a name, as every writer of a person or a group stores them."""
    key = pinyin_key(name)
    return SearchColumns(pinyin_key=key, bigrams=search_terms(name, key))


@lru_cache(maxsize=65_536)
def pinyin_key(name: str) -> str:
    """Give full pinyin and initials of each reading of a name: lower case, no tones, ü as v."""
    words: list[str] = []
    for syllables in _readings(name):
        for word in ("".join(syllables), "".join(_initial(syllable) for syllable in syllables)):
            if word not in words:
                words.append(word)
    # A name of nothing but signs has no pinyin; it is kept as it is, so that the column is never empty.
    return " ".join(words) or name.strip().lower()


def search_terms(name: str, key: str) -> list[str]:
    """Give all index terms of a name whose pinyin key is known, sorted, each once."""
    terms = set(terms_of_characters(name))
    words = key.split(" ")
    for full, initials in zip(words[0::2], words[1::2], strict=False):
        terms.update(terms_of_pinyin(full))
        terms.update(terms_of_initials(initials))
    if len(words) % 2:  # a reading whose initials are the word itself, such as a name in Latin letters
        terms.update(terms_of_pinyin(words[-1]), terms_of_initials(words[-1]))
    return sorted(terms)


def terms_of_characters(text: str) -> list[str]:
    """Give the terms of a Chinese text: its pairs of characters, and its single ones."""
    terms: list[str] = []
    for run in _HAN.findall(text):
        terms.extend(f"c:{character}" for character in run)
        terms.extend(f"c:{first}{second}" for first, second in pairwise(run))
    return terms


def terms_of_pinyin(letters: str) -> list[str]:
    """Give the terms of full pinyin: its triples of letters. Fewer than three letters have none."""
    return [f"p:{letters[start : start + 3]}" for start in range(len(letters) - 2)]


def terms_of_initials(letters: str) -> list[str]:
    """Give the terms of initials: their pairs of letters. A single letter has none."""
    return [f"i:{first}{second}" for first, second in pairwise(letters)]


def _readings(name: str) -> list[list[str]]:
    """Read a name as a person's name where it may be one, and as everyday words."""
    everyday = _syllables(name)
    if len(name) <= _LONGEST_PERSON_NAME:
        for family, reading in _FAMILY_READINGS.items():
            if name.startswith(family) and (len(name) > len(family) or len(family) > 1):
                return [[*reading, *_syllables(name[len(family) :])], everyday]
    return [everyday]


def _syllables(text: str) -> list[str]:
    """Give the pinyin of each character; letters and digits stay whole words, other signs fall out."""
    words: list[str] = []
    for piece in lazy_pinyin(text):
        words.extend(_LETTERS.findall(piece.lower()))
    return words


def _initial(syllable: str) -> str:
    """Give a syllable's first letter; a word of digits keeps them all, since nobody abbreviates a number."""
    return syllable if syllable.isdigit() else syllable[0]
