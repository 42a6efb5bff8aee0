"""`upheld docs`: writes the reference pages that are generated from declarations, so that they cannot go stale."""

from __future__ import annotations

import argparse
from pathlib import Path

from upheld.policy.facts import FACTS


def register(subparsers: argparse._SubParsersAction) -> None:
    """Add `upheld docs`."""
    parser = subparsers.add_parser("docs", help="write the generated reference pages")
    parser.add_argument("--into", type=Path, default=Path("docs/reference"))
    parser.set_defaults(run=run)


def run(words: argparse.Namespace) -> int:
    """Write every generated page below a folder."""
    words.into.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (words.into / name).write_text(text, encoding="utf-8")
        print(words.into / name)
    return 0


def pages() -> dict[str, str]:
    """Return the generated pages by file name."""
    from upheld.gateways.feeds.reference import feeds_page

    return {"facts.md": facts_page(), "feeds.md": feeds_page()}


def facts_page() -> str:
    """Write the page of facts from their declaration."""
    lines = [
        "# Facts",
        "",
        "Generated from `src/upheld/policy/facts.py` by `make docs`. Standards may use only these facts. A fact left",
        "out is unknown: a row that needs it does not match. Amounts are written in yuan, with at most two decimals.",
        "",
        "| fact | meaning | 含义 | type | values | a fact of |",
        "|---|---|---|---|---|---|",
    ]
    for fact in FACTS.values():
        values = ", ".join(fact.values) or fact.unit
        lines.append(f"| {fact.name} | {fact.en} | {fact.zh} | {fact.kind} | {values} | {fact.of} |")
    return "\n".join(lines) + "\n"
