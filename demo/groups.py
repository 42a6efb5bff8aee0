"""The corporate groups of the made-up operator: a few of class A, many of class D, of every kind."""

from __future__ import annotations

import random
from collections.abc import Iterator

from . import names
from .naming import group_names

Row = dict[str, object]

CLASS_SHARES = {"A": 0.04, "B1": 0.08, "B2": 0.12, "C": 0.28, "D": 0.48}
CITY_SHARES = (0.5, 0.3, 0.2)
KINDS_OF_CLASS = {
    "A": ("government", "key_department", "key_enterprise"),
    "B1": ("government", "key_department", "key_enterprise"),
    "B2": ("government", "key_department", "key_enterprise", "key_enterprise", "other"),
    "C": ("government", "key_department", "key_enterprise", "other", "other"),
    "D": ("key_enterprise", "other", "other", "other", "other"),
}


def make_groups(chance: random.Random, *, count: int) -> list[Row]:
    """Return `count` groups; at least one of A, B1 and B2, and two of C and D, however small the count."""
    sizes = {
        name: max(1 if name in ("A", "B1", "B2") else 2, round(count * share))
        for name, share in CLASS_SHARES.items()
    }
    sizes["D"] += count - sum(sizes.values())
    names_left: dict[tuple[str, str], Iterator[str]] = {}
    groups: list[Row] = []
    for group_class, size in sizes.items():
        for turn in range(size):
            kind = KINDS_OF_CLASS[group_class][turn % len(KINDS_OF_CLASS[group_class])]
            city, _ = chance.choices(names.CITIES, CITY_SHARES)[0]
            source = names_left.setdefault((kind, city), group_names(chance, kind, city))
            groups.append(
                {
                    "group_id": f"G{len(groups) + 1:05}",
                    "name": next(source),
                    "group_class": group_class,
                    "group_kind": kind,
                    "region": names.region(city),
                }
            )
    return groups
