"""Phrases as a standard writes them, and finding them in speech with all the small ways in which people vary them.

The notation: `(a/b)` either, `(a/)` may be left out, `…` a few characters of anything, a comma or full stop between two
or three parts means that they may come in either order. Between any two characters stand punctuation and filler words
(啊, 嗯, 那个) at will; 你 also means 您, and traditional characters count as simplified ones.

Speed comes from anchors. Of every phrase two neighbouring characters, as rare as can be, are looked for in all turns at
once by one regular expression; only a turn that holds an anchor is compared with the phrase itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import permutations, product, zip_longest
from typing import NamedTuple

FILLERS = "啊呀呢吧嘛哦噢喔哎唉诶欸哈呃额嗯唔哟啦呐嘞吶呗"
# 那个, 这个 and 就是 are fillers too; letting their characters pass one by one keeps the search fast and harms nothing.
FILLING = rf"\W{FILLERS}那这就是個這个"
_GAP = f"[{FILLING}]{{0,8}}"
_ANCHOR_GAP = f"[{FILLING}]{{0,12}}"
_REST = "[^。！？!?\n]{0,10}?"
_BETWEEN_PARTS = "[^\n]{0,6}?"
_PASSED_BY = frozenset(FILLERS + "那这就是個這个")
_SILENT = frozenset("啊呀")  # written in a phrase, they may still be left out
_PARTS = re.compile(r"[,，。.!！?？;；、]+")
# One group of characters that count as the same, each group in one word.
_SAME = (
    "你您妳 讲講 说說説 话話 么麼 什甚 听聽 这這 没沒 归歸 办辦 气氣 领領 导導 电電 脑腦 绝絕 对對 会會 "
    "错錯 刚剛 过過 还還 问問 谁誰 给給 诉訴 现現 来來 干幹 们們 规規 样樣 满滿 试試 处處 该該 别別 动動 静靜 "
    "为為 难難 题題 时時 两兩 着著 总總 结結 记記 录錄 机機 转轉 头頭 晕暈 态態 内內 只衹 个個 后後 务務 业業 "
    "语語 请請 谢謝 应應 认認 间間 钟鐘 线線 热熱 号號 码碼 贵貴 宝寶 见見 无無 单單 户戶 当當 从從 关關 系係 "
    "继繼 续續 误誤 声聲 点點 遍徧 乱亂 谈談 让讓 询詢 够夠 将將 许許 里裡 里裏 复復 尽盡 联聯 网網 费費"
)  # fmt: skip
SAME: dict[str, str] = {}
for _group in _SAME.split():
    for _character in _group:
        SAME[_character] = "".join(dict.fromkeys(SAME.get(_character, "") + _group))


class _Simplified(dict[str, str]):
    """Each character simplified; nothing for punctuation and fillers. Filled as characters are met."""

    def __missing__(self, character: str) -> str:
        silent = character in FILLERS or not character.isalnum()
        found = self[character] = "" if silent else SAME.get(character, character)[0]
        return found


_SIMPLE = _Simplified()
_UNHEARD = frozenset([""])
# The commonest characters of agents' speech, commonest first, and about how large a share each is: poor anchors.
_COMMON = (
    "您我的请不问为是说了吗好一有可理对以办这们要先起能题解会在上下记务电话时错接听马查没再个么"
    "稍等正已讲帮生果录来询什意快业转通慢明用看决给机事清法方谢现处码刚到知点如复作感后试尽告满"
    "费人出才样号诉服释把遍带项就地过证件需哪心还经按急很楚情音使向定间工多想宽打网挂系确路资别"
    "高兴白况声提量度详细改进完由动见里信代示更账单中歉套餐结登公司门线回该应开都"
)
_SHARE = {
    same: 0.2 / (n + 4) for n, character in enumerate(_COMMON) for same in SAME.get(character, character)
}
# Rare with agents, but customers begin with 我想, and call about these.
_SHARE.update(dict.fromkeys("想宽带电话号码", 0.05))
_RARE = 0.0005

_AT_ONCE = 1000
"""How many texts are searched together: enough to be fast, few enough that they stay in the processor's cache."""

Needs = tuple[str, ...]
Anchor = tuple[str, str]
"""Two neighbouring characters, fillers aside; the second is empty for a phrase of one character."""


class Span(NamedTuple):
    """Where a phrase was found: its word list and rule, the text's place, and the characters from start to end."""

    words: str
    rule: str
    turn: int
    start: int
    end: int


_span: Callable[[tuple[str, str, int, int, int]], Span] = partial(tuple.__new__, Span)
"""Make a span by the shortest way: a day of calls gives ten thousand."""


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

    def anchors(self, everyday: str, firsts: Container[str]) -> set[Anchor]:
        """Choose anchors so that every way of saying the phrase holds one of them.

        They should be rare in `everyday` speech, and begin with characters that others begin with already.
        """

        def cost(anchors: Iterable[Anchor]) -> float:
            return sum(_cost(first, second, everyday, firsts) for first, second in anchors)

        found = [self._anchors(part, cost) for part in self.parts]
        return min((one for one in found if one is not None), key=cost)

    @cached_property
    def needs(self) -> tuple[frozenset[str], ...]:
        """Name up to three sets of characters, rarest first; every way of saying the phrase has one of each."""
        return tuple(sorted({need for part in self.parts for need in self._needs(part)}, key=_share_of)[:3])

    def _needs(self, sequence: tuple[object, ...]) -> list[frozenset[str]]:
        found = []
        for node in sequence:
            if isinstance(node, str):
                found.append(frozenset(self.alike(node)))
            elif isinstance(node, _Either):
                branches = [self._needs(branch) for branch in node.branches]
                if all(branches):
                    found.append(frozenset().union(*(min(needs, key=_share_of) for needs in branches)))
        return found

    def may_stand_in(self, characters: set[str]) -> bool:
        """Say quickly whether a text of these characters has what the phrase cannot do without."""
        return not any(alike.isdisjoint(characters) for alike in self.needs)

    @cached_property
    def written_with(self) -> frozenset[str]:
        """Return the characters that the phrase is written with, simplified."""
        return frozenset(SAME.get(character, character)[0] for character in self.text)

    def alike(self, character: str) -> str | tuple[str]:
        if character.isascii() and character.isalpha() and character != "N":
            return character.lower() + character.upper()
        return (character,) if self.exact or not character else SAME.get(character, character)

    def _anchors(
        self, sequence: tuple[object, ...], cost: Callable[[Iterable[Anchor]], float]
    ) -> set[Anchor] | None:
        options: list[set[Anchor]] = []
        for node, after in zip_longest(sequence, sequence[1:]):
            if isinstance(node, _Either):
                branches = [self._anchors(branch, cost) for branch in node.branches]
                if all(branch is not None for branch in branches):
                    options.append({pair for branch in branches if branch for pair in branch})
            elif isinstance(node, str):
                options.append({(node, "")})
            lasts, firsts = _edge(node, -1), _edge(after, 0)
            if lasts and firsts:
                options.append(set(product(lasts, firsts)))
        return min(options, key=cost, default=None)


def without_gaps(pattern: str) -> str:
    """Return the pattern of phrases without what may stand between any two of their characters."""
    return pattern.replace(_GAP, "")


def _edge(node: object, end: int) -> set[str]:
    """Return the characters that a node may begin (0) or end (-1) with; empty where it may be anything or nothing."""
    if isinstance(node, str):
        return {node}
    if not isinstance(node, _Either):
        return set()
    edges = [_edge(branch[end], end) if branch else set() for branch in node.branches]
    return set().union(*edges) if all(edges) else set()


def _share_of(characters: frozenset[str]) -> tuple[float, list[str]]:
    """Weigh how much of everyday speech some characters are; the second item makes the order certain."""
    return sum(_SHARE.get(character, _RARE) for character in characters), sorted(characters)


def _cost(first: str, second: str, everyday: str, firsts: Container[str]) -> float:
    """Weigh an anchor by how often it stops the search: for a look at what follows, and for a comparison."""
    share = _SHARE.get(first, _RARE)
    if not second:
        return share
    together = max(min(share, _SHARE.get(second, _RARE)) * 0.1, 0.001 * everyday.count(first + second))
    return together + (0.0001 if first in firsts else share * 0.2 + 0.0005)


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

    def excuses(self, text: str, characters: set[str], start: int, end: int) -> bool:
        """Say whether one of the excusing phrases overlaps what was found from start to end."""
        return any(
            match.start() < end and start < match.end()
            for phrase in self.unless
            if phrase.may_stand_in(characters)
            for match in phrase.pattern.finditer(text)
        )

    def is_said_in(self, text: str, characters: set[str]) -> bool:
        """Say whether a text, made of these characters, holds a phrase that nothing excuses."""
        for phrase in self.says:
            for alike in phrase.needs:
                if alike.isdisjoint(characters):
                    break
            else:
                for match in phrase.pattern.finditer(text):
                    if not (self.unless and self.excuses(text, characters, *match.span())):
                        return True
        return False


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
        self._phrases: list[tuple[Entry, Phrase, Needs]] = [
            (entry, phrase, _unshown(phrase.needs, anchors, alone)) for entry, phrase, anchors in found
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
        for turn, numbers in self._candidates(texts):
            text = texts[turn]
            for number in numbers:
                entry, phrase, needs = self._phrases[number]
                for alike in needs:  # may_stand_in, without a call for each of very many
                    for character in alike:
                        if character in text:
                            break
                    else:
                        break
                else:
                    excusable = entry.unless or (entry.yields and self._prescribed_with)
                    for match in phrase.pattern.finditer(text):
                        start, end = match.span()
                        if not (excusable and self._excused(entry, text, start, end)):
                            found.append(_span((entry.words, entry.rule, places[turn], start, end)))
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
    commonest_first = sorted(pairs, key=lambda first: -_SHARE.get(first, _RARE))
    branches = [f"{re.escape(first)}(?={_ANCHOR_GAP}({_set_of(pairs[first])}))" for first in commonest_first]
    branches += [re.escape(first) for first in sorted(single)]
    return re.compile("|".join(branches)) if branches else None


def _set_of(characters: Iterable[str]) -> str:
    return f"[{''.join(map(re.escape, sorted(characters)))}]"
