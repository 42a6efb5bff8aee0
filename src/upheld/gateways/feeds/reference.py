"""Print `docs/reference/feeds.md` from the declared columns, so that the page cannot say anything else.

`python -m upheld.gateways.feeds.reference > docs/reference/feeds.md`
"""

from __future__ import annotations

from upheld.gateways.feeds.formats import SUFFIXES
from upheld.policy.feed_columns import FEEDS, TYPES, Feed, FeedColumn

_OPENING = """# Feeds: every column of every file

<!-- Generated from src/upheld/policy/feed_columns.py by `make docs`; edit that file, not this one. -->

A file is called after its kind and ends in {suffixes}: `customers.csv`.
A folder is imported in the order of this page, because what is referred to must be there first. How to hand
files over, and what becomes of bad rows, is told in [the guide](../guides/feeds.md).
"""


def feeds_page() -> str:
    """Return the page as Markdown."""
    parts = [_OPENING.format(suffixes=", ".join(f"`{suffix}`" for suffix in SUFFIXES)), "## Types\n"]
    parts.append("| type | what is written in a cell |\n|---|---|")
    parts.extend(f"| {name} | {means} |" for name, means in TYPES.items())
    for feed in FEEDS.values():
        parts.append(_section(feed))
    return "\n".join(parts) + "\n"


def _section(feed: Feed) -> str:
    key = ", ".join(f"`{name}`" for name in feed.key)
    lines = [f"\n## {feed.kind}\n", f"{feed.means} One row for each {key}.\n"]
    lines.append("| column | must be there | type | meaning |\n|---|---|---|---|")
    lines.extend(_line(column) for column in feed.columns)
    return "\n".join(lines)


def _line(column: FeedColumn) -> str:
    kind = f"one of {', '.join(f'`{value}`' for value in column.values)}" if column.values else column.type
    means = column.means + (f"; must be known from `{column.refers_to}`" if column.refers_to else "")
    return f"| `{column.name}` | {'yes' if column.required else ''} | {kind} | {means} |"


if __name__ == "__main__":
    print(feeds_page(), end="")
