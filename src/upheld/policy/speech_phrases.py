"""Phrases as a standard writes them, and finding them in speech with all the small ways in which people vary them.

The notation: `(a/b)` either, `(a/)` may be left out, `…` a few characters of anything, a comma or full stop between two
or three parts means that they may come in either order. Between any two characters stand punctuation and filler words
(啊, 嗯, 那个) at will; 你 also means 您, and traditional characters count as simplified ones.

Speed comes from anchors. Of every phrase two neighbouring characters, as rare as can be, are looked for in all turns at
once by one regular expression; only a turn that holds an anchor is compared with the phrase itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, permutations
from typing import NamedTuple

FILLERS = "啊呀呢吧嘛哦噢喔哎唉诶欸哈呃额嗯唔哟啦呐嘞吶呗"
_FILLER_WORDS = "那个|这个|就是|那個|這個"
_GAP = rf"(?:[\W{FILLERS}]|{_FILLER_WORDS}){{0,6}}"
_ANCHOR_GAP = rf"[\W{FILLERS}那这就是個這个]{{0,12}}"
_REST = "[^。！？!?\n]{0,10}?"
_BETWEEN_PARTS = "[^\n]{0,6}?"
_NO_ANCHOR = frozenset(FILLERS + "那这个就是")
_SILENT = frozenset("啊呀")  # written in a phrase, they may still be left out
_PARTS = re.compile(r"[,，。.!！?？;；、]+")
# One group of characters that count as the same, each group in one word.
_SAME = (
    "你您妳 讲講 说說説 话話 么麼 什甚 听聽 白白 这這 没沒 归歸 办辦 气氣 领領 导導 电電 脑腦 绝絕 对對 会會 "
    "错錯 刚剛 过過 还還 问問 谁誰 给給 诉訴 现現 来來 干幹 们們 规規 样樣 满滿 试試 处處 该該 别別 动動 静靜 "
    "为為 难難 题題 时時 两兩 着著 总總 结結 记記 录錄 机機 转轉 头頭 晕暈 态態 内內 只衹 个個 后後 务務 业業 "
    "语語 请請 谢謝 应應 认認 间間 钟鐘 线線 热熱 号號 码碼 贵貴 宝寶 见見 无無 单單 户戶 当當 从從 关關 系係 "
    "继繼 续續 误誤 声聲 点點 遍徧 乱亂 谈談 让讓 忙忙 询詢 够夠 将將 许許 里裡 裏里 复復 尽盡 联聯 网網 费費"
)  # fmt: skip
SAME: dict[str, str] = {}
for _group in _SAME.split():
    for _character in _group:
        SAME[_character] = "".join(dict.fromkeys(SAME.get(_character, "") + _group))
# The commonest characters of a call, commonest first: poor anchors, since they would stop the search at every turn.
_COMMON = "的您你我是不了一请好们这在有么什吗为问以可到话会时电说个没要办能上客服号查理务先生小就那对起还后给" \
          "感谢用中国信您天下来多少明知道事情现业码月日分后再见"  # fmt: skip
_COST = {character: len(_COMMON) - place for place, character in reversed(list(enumerate(_COMMON)))}

Anchor = tuple[str, str]
"""Two neighbouring characters, fillers aside; the second is empty for a phrase of one character."""


class Span(NamedTuple):
    """Where a phrase was found: the text's place, the word list and rule, and the characters from start to end."""

    turn: int
    words: str
    rule: str
    start: int
    end: int


class _Either(NamedTuple):
    branches: tuple[tuple[object, ...], ...]


class _Anything:
    """Stand for `…`."""


_ANYTHING = _Anything()


def _sequence(text: str, place: int, depth: int) -> tuple[tuple[object, ...], int]:
    """Read characters, either-groups and gaps up to `/`, `)` or the end; raises ValueError."""
    found: list[object] = []
    while place < len(text):
        character = text[place]
        if character in "/)":
            if not depth:
                raise ValueError(f"'{character}' stands outside brackets")
            break
        place += 1
        if character == "(":
            branches = []
            while True:
                branch, place = _sequence(text, place, depth + 1)
                branches.append(branch)
                if place >= len(text):
                    raise ValueError("a bracket is not closed")
                place += 1
                if text[place - 1] == ")":
                    break
            found.append(_Either(tuple(branches)))
        elif character == "…":
            found.append(_ANYTHING)
        elif not (character.isspace() or character in _SILENT):
            found.append(character)
    return tuple(found), place


def _split_parts(text: str) -> list[str]:
    """Split at punctuation that stands outside brackets."""
    parts, depth, start = [], 0, 0
    for place, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if not depth and _PARTS.match(character):
            parts.append(text[start:place])
            start = place + 1
    return [part for part in (*parts, text[start:]) if part.strip()]


@dataclass(frozen=True)
class Phrase:
    """One phrase of the notation; `exact` keeps 你 and 您 apart. Raises ValueError where it cannot be read."""

    text: str
    exact: bool = False
    parts: tuple[tuple[object, ...], ...] = field(init=False)

    def __post_init__(self) -> None:
        parts = tuple(_sequence(part, 0, 0)[0] for part in _split_parts(self.text))
        if not parts or any(not part or _ANYTHING in (part[0], part[-1]) for part in parts):
            raise ValueError(f"'{self.text}' has a part without a first and last word")
        object.__setattr__(self, "parts", parts)

    def _character(self, character: str) -> str:
        same = character if self.exact else SAME.get(character, character)
        if character.isascii() and character.isalpha() and character != "N":
            same = character.lower() + character.upper()
        return f"[{same}]" if len(same) > 1 else re.escape(same)

    def _written(self, sequence: tuple[object, ...], *, first: bool) -> str:
        words = []
        for node in sequence:
            if isinstance(node, _Either):
                branches = "|".join(self._written(branch, first=first) for branch in node.branches)
                words.append(f"(?:{branches})")
            elif node is _ANYTHING:
                words.append(_REST)
            else:
                words.append(("" if first else _GAP) + self._character(str(node)))
            first = False
        return "".join(words)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compile the phrase with its gaps; two or three parts in every order."""
        written = [self._written(part, first=True) for part in self.parts]
        orders = permutations(written) if len(written) <= 3 else [tuple(written)]
        return re.compile("|".join(_BETWEEN_PARTS.join(order) for order in orders))

    @cached_property
    def anchors(self) -> frozenset[Anchor]:
        """Choose anchors so that every way of saying the phrase holds one of them."""
        found = [self._anchors(part) for part in self.parts]
        best = min((one for one in found if one is not None), key=_cost)
        return frozenset((a, b) for pair in best for a in self._alike(pair[0]) for b in self._alike(pair[1]))

    def _alike(self, character: str) -> str | tuple[str]:
        if character.isascii() and character.isalpha() and character != "N":
            return character.lower() + character.upper()
        return (character,) if self.exact or not character else SAME.get(character, character)

    def _anchors(self, sequence: tuple[object, ...]) -> set[Anchor] | None:
        options: list[set[Anchor]] = []
        for place, node in enumerate(sequence):
            if isinstance(node, _Either):
                branches = [self._anchors(branch) for branch in node.branches]
                if all(branch is not None for branch in branches):
                    options.append({pair for branch in branches if branch for pair in branch})
            elif isinstance(node, str):
                options.append({(node, "")})
                after = sequence[place + 1] if place + 1 < len(sequence) else None
                if isinstance(after, str) and after not in _NO_ANCHOR:
                    options.append({(node, after)})
        return min(options, key=_cost, default=None)


def _cost(anchors: set[Anchor]) -> int:
    """Weigh anchors: how often their first character stops the search, and whether a second one then rules it out."""
    return sum(
        (4 + _COST.get(first, 0)) * (1 if second else 4) + (0 if second else 20) + _COST.get(second, 0) // 8
        for first, second in anchors
    )


@dataclass(frozen=True)
class Entry:
    """Phrases of one word list that break (or keep) one rule, and the phrases that excuse them where the two overlap.

    Where `yields` is true, the standard's own wording excuses them too.
    """

    words: str
    rule: str
    says: tuple[Phrase, ...]
    unless: tuple[Phrase, ...] = ()
    yields: bool = False


class Finder:
    """Find the phrases of many entries in many texts. `prescribed` phrases excuse whatever stands inside them."""

    def __init__(self, entries: Sequence[Entry], prescribed: Sequence[Phrase] = ()) -> None:
        self._prescribed = [
            (phrase, frozenset(SAME.get(c, c)[0] for c in phrase.text)) for phrase in prescribed
        ]
        self._phrases: list[tuple[Entry, Phrase]] = []
        by_anchor: dict[Anchor, list[int]] = {}
        for entry in entries:
            for phrase in entry.says:
                for anchor in phrase.anchors:
                    by_anchor.setdefault(anchor, []).append(len(self._phrases))
                self._phrases.append((entry, phrase))
        seconds: dict[str, list[str]] = {}
        for first, second in by_anchor:
            seconds.setdefault(first, []).append(second)
        self._wanted: dict[str, dict[str, tuple[int, ...]]] = {}
        branches = []
        for first, found in seconds.items():
            alone = tuple(by_anchor.get((first, ""), ()))
            pairs = {second: tuple(by_anchor[first, second]) for second in found if second}
            # A phrase of one character stops the search anyway; then every phrase that begins there is tried.
            self._wanted[first] = (
                {"": alone + tuple(n for one in pairs.values() for n in one)} if alone else pairs
            )
            after = "" if alone else f"(?={_ANCHOR_GAP}([{''.join(map(re.escape, pairs))}]))"
            branches.append(re.escape(first) + after)
        self._anchor = re.compile("|".join(branches)) if branches else None

    def spans(self, texts: Sequence[str]) -> list[Span]:
        """Return everything found that nothing excuses, in the order of the texts."""
        found: list[Span] = []
        for turn, number in self._candidates(texts):
            entry, phrase = self._phrases[number]
            for match in phrase.pattern.finditer(texts[turn]):
                start, end = match.span()
                if not self._excused(entry, texts[turn], start, end):
                    found.append(Span(turn, entry.words, entry.rule, start, end))
        return found

    def _candidates(self, texts: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Give each text and phrase worth comparing, once, in the order of the texts."""
        if self._anchor is None:
            return
        starts = list(accumulate((len(text) + 1 for text in texts), initial=0))
        wanted, turn = self._wanted, 0
        seen: set[int] = set()
        for match in self._anchor.finditer("\n".join(texts)):
            place = match.start()
            if place >= starts[turn + 1]:
                seen = set()
                while place >= starts[turn + 1]:
                    turn += 1
            phrases = wanted[match[0]]
            for number in phrases.get("") or phrases[match[match.lastindex or 0]]:
                if number not in seen:
                    seen.add(number)
                    yield turn, number

    def _excused(self, entry: Entry, text: str, start: int, end: int) -> bool:
        for phrase in entry.unless:
            if any(m.start() < end and start < m.end() for m in phrase.pattern.finditer(text)):
                return True
        if not entry.yields or not self._prescribed:
            return False
        said = {SAME.get(c, c)[0] for c in text}
        return any(
            m.start() <= start and end <= m.end()
            for phrase, characters in self._prescribed
            if len(said & characters) > 2
            for m in phrase.pattern.finditer(text)
        )
