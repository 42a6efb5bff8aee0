"""Phrases as a standard writes them, and finding them in speech with all the small ways in which people vary them.

The notation: `(a/b)` either, `(a/)` may be left out, `…` a few characters of anything, a comma or full stop between two
or three parts means that they may come in either order. Between any two characters stand punctuation and filler words
(啊, 嗯, 那个) at will; 你 also means 您, and traditional characters count as simplified ones.

A phrase chooses its anchors too, neighbouring characters as rare as can be: `speech_finder.py` looks for it by them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import permutations, product, zip_longest
from typing import NamedTuple

FILLERS = "啊呀呢吧嘛哦噢喔哎唉诶欸哈呃额嗯唔哟啦呐嘞吶呗"
# 那个, 这个 and 就是 are fillers too; letting their characters pass one by one keeps the search fast and harms nothing.
FILLING = rf"\W{FILLERS}那这就是個這个"
_GAP = f"[{FILLING}]{{0,8}}"
_REST = "[^。！？!?\n]{0,10}?"
_BETWEEN_PARTS = "[^\n]{0,6}?"
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

Anchor = tuple[str, str]
"""Two neighbouring characters, fillers aside; the second is empty for a phrase of one character."""


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
        return tuple(
            sorted({need for part in self.parts for need in self._needs(part)}, key=_share_of_all)[:3]
        )

    def _needs(self, sequence: tuple[object, ...]) -> list[frozenset[str]]:
        found = []
        for node in sequence:
            if isinstance(node, str):
                found.append(frozenset(self.alike(node)))
            elif isinstance(node, _Either):
                branches = [self._needs(branch) for branch in node.branches]
                if all(branches):
                    found.append(frozenset().union(*(min(needs, key=_share_of_all) for needs in branches)))
        return found

    def may_stand_in(self, characters: set[str]) -> bool:
        """Say quickly whether a text of these characters has what the phrase cannot do without."""
        return not any(alike.isdisjoint(characters) for alike in self.needs)

    @cached_property
    def written_with(self) -> frozenset[str]:
        """Return the characters that the phrase is written with, simplified."""
        return frozenset(SAME.get(character, character)[0] for character in self.text)

    @property
    def is_plain(self) -> bool:
        """Say whether the phrase is one run of characters, without alternatives."""
        return len(self.parts) == 1 and all(isinstance(node, str) for node in self.parts[0])

    def plainly_written(self) -> dict[str, str]:
        """Return, for each character that a plain phrase may begin with, the pattern of what follows."""
        first, *rest = self.parts[0]
        return dict.fromkeys(self.alike(str(first)), self._written(tuple(rest), first=False))

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


def share_of(character: str) -> float:
    """Return about how large a share of everyday speech a character is."""
    return _SHARE.get(character, _RARE)


def _share_of_all(characters: frozenset[str]) -> tuple[float, list[str]]:
    """Weigh how much of everyday speech some characters are; the second item makes the order certain."""
    return sum(map(share_of, characters)), sorted(characters)


def _cost(first: str, second: str, everyday: str, firsts: Container[str]) -> float:
    """Weigh an anchor by how often it stops the search: for a look at what follows, and for a comparison."""
    share = share_of(first)
    if not second:
        return share
    together = max(min(share, share_of(second)) * 0.1, 0.001 * everyday.count(first + second))
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
