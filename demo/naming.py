"""Made-up names for people and organisations, and made-up numbers for their lines."""

from __future__ import annotations

import random
from collections.abc import Iterator

from . import names


def chinese_name(chance: random.Random) -> tuple[str, str]:
    """Return a full name and the gender (`male`, `female`) that it was made for."""
    gender = "female" if chance.random() < 0.46 else "male"
    surname = (
        chance.choice(names.DOUBLE_SURNAMES) if chance.random() < 0.01 else chance.choice(names.SURNAMES)
    )
    last = chance.choice(names.GIVEN_FEMALE if gender == "female" else names.GIVEN_MALE)
    given = last if chance.random() < 0.2 else chance.choice(names.GIVEN_FIRST) + last
    return surname + given, gender


def mobile_number(number: int) -> str:
    """Return the `number`-th made-up mobile number; none repeats below a million."""
    return f"19900{number * 746_213 % 1_000_000:06}"


def fixed_number(area_code: str, number: int) -> str:
    """Return the `number`-th made-up fixed line of a city."""
    return f"{area_code}-{number * 7_746_213 % 10_000_000:07}"


def group_names(chance: random.Random, kind: str, city: str) -> Iterator[str]:
    """Yield organisation names of one kind in one city, each once, numbered ones after the plain ones."""
    short = city.removesuffix("市")
    if kind == "government":
        plain = [f"{city}{word}局" for word in names.GOVERNMENT]
    elif kind == "key_department":
        plain = [f"{city}{word}" for word in names.DEPARTMENTS]
    elif kind == "key_enterprise":
        plain = [
            f"{short}{word}{trade}有限公司"
            for word in names.ENTERPRISE_WORDS
            for trade in names.ENTERPRISE_TRADES
        ]
    else:
        plain = [f"{short}{word}{trade}" for word in names.ENTERPRISE_WORDS for trade in names.SMALL_TRADES]
    chance.shuffle(plain)
    yield from plain
    for number in range(2, 1_000):
        yield from (f"{name}({number})" for name in plain)
