"""Address a customer as CT-1 asks: family name with Mr or Ms, in the reader's or the customer's language.

Where nobody knows whether it is a man or a woman, nothing is guessed, and the wording goes without.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext

_TITLES = {"male": "先生", "female": "女士"}
_TITLES_IN_NAMES = ("先生", "女士", "小姐", "老师", "总")
_DOUBLE = (
    *(
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "长孙",
        "宇文",
        "司徒",
        "夏侯",
        "令狐",
    ),
    *(
        "端木",
        "独孤",
        "南宫",
        "万俟",
        "闻人",
        "申屠",
        "轩辕",
        "钟离",
        "澹台",
        "公冶",
        "淳于",
        "单于",
        "太叔",
        "仲孙",
    ),
    *("鲜于", "闾丘", "司空", "赫连", "呼延", "百里", "西门", "东郭", "梁丘", "左丘"),
)


def family_name(name: str) -> str:
    """Return the family name: the first character or two of a Chinese name, the last word of a Latin one."""
    name = name.strip()
    if not name:
        return ""
    if name.isascii():
        return name.split()[-1]
    return name[:2] if len(name) > 2 and name.startswith(_DOUBLE) else name[0]


def address_of(person: Any) -> str:
    """Return how to speak to a person: 王女士 or Ms Wang; a name written with its title as it is; '' if unknown."""
    name: str = person.name.strip()
    if name.endswith(_TITLES_IN_NAMES):
        return name
    if person.gender not in _TITLES:
        return ""
    if name.isascii():
        title = gettext("Ms %(name)s") if person.gender == "female" else gettext("Mr %(name)s")
        return title % {"name": family_name(name)}
    return family_name(name) + _TITLES[person.gender]


def spoken_to(person: Any, *, english: bool) -> str:
    """Return the address as a line begins with it: `王女士，` or `Ms Hopper, `; '' where it is unknown."""
    address = address_of(person)
    return f"{address}, " if address and english else f"{address}，" if address else ""
