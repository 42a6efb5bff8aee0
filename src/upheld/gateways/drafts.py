"""Write a document as the draft of a standard: every clause pending, every cell as it stands, for a person to finish.

Nothing is guessed: kinds, conditions, answers and our own wording stay to be written. The rows lie in `drafts/`, which
is never loaded, so that the draft passes `upheld check` from the first minute and answers nothing until it is finished.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from upheld.gateways.documents import Document, DocumentTable, Section, TableRow
from upheld.gateways.sheet_cells import flow_of

NOT_YET = "2999-01-01"
"""The day from which a draft holds: nobody is answered by it before a person writes the true day."""

_STANDARD = """\
# A draft taken from {name}. Everything marked "to be written" is for a person; nothing here was guessed.
#   1. standard.yaml: the titles, the issuer and the first day it holds
#   2. clauses.yaml: join or part the clauses, give each its kind, title and text in your own words
#   3. drafts/: turn the rows of each table into rules/<noun>.yaml, then set the status of their clauses to executable
#   4. cases/: an example for each executable clause
# Run `upheld check` on this folder after each step. The pages below docs/standard say how each file is written.

id: {id}
title: {{zh: 待写, en: To be written}}
issuer: {{zh: 待写, en: To be written}}
time_zone: Asia/Shanghai
source: {source}
in_force: {{from: {day}}}  # to be written: the first day on which it holds
"""
_CLAUSES = """\
# Raw draft of {name}: the texts below are the document's, not ours. Write each in your own words, in both languages.
# `kind: conduct` stands everywhere until you choose; docs/standard/README.md lists the kinds and the statuses.

"""
_TABLE = """\
# Draft of table {number} of {name}. This folder is not loaded. `merged` names cells that a merged cell covers.
# To finish: choose a noun and a kind (docs/standard), write each row below into rules/<noun>.yaml as
#   - {{clause: ID, when: {{fact: value}}, answer: value}}
# and set the status of its clause to executable.

place: table {number}
under: {under}
columns: {columns}
rows:
"""


def draft_standard(document: Document, *, standard_id: str) -> dict[str, str]:
    """Return the files of the draft, text by path below its folder."""
    files = {
        "standard.yaml": _STANDARD.format(
            name=document.name,
            id=flow_of(standard_id),
            source=flow_of(f"Draft of {document.name}"),
            day=NOT_YET,
        )
    }
    clauses = [_CLAUSES.format(name=document.name)]
    number = 0
    for place, part in enumerate(document.parts):
        if isinstance(part, Section):
            alone = _stands_alone(part, document.parts[place + 1 : place + 2])
            text = part.text or (part.path[-1:] if alone else ())
            if text:
                number += 1
                title = part.path[-1] if part.path else text[0]
                clauses.append(_clause(f"{standard_id}-{number}", title, " ".join(text), part.place))
            continue
        rows = []
        for row, raw in _rows_as_text(part):
            number += 1
            clause = f"{standard_id}-{number}"
            clauses.append(_clause(clause, raw, raw, part.place(row)))
            rows.append(_draft_row(clause, part, row))
        files[f"drafts/{part.number}.yaml"] = _draft_table(document, part, rows)
    files["clauses.yaml"] = "\n".join(clauses) if number else clauses[0] + "[]\n"
    return files


def _stands_alone(heading: Section, following: Sequence[Section | DocumentTable]) -> bool:
    """Say whether nothing stands under a heading: it may be a sentence that only looks like one, and is not dropped."""
    return all(part.path[: len(heading.path)] != heading.path for part in following)


def _rows_as_text(table: DocumentTable) -> Iterator[tuple[TableRow, str]]:
    for row in table.rows:
        yield (
            row,
            "；".join(f"{name}：{text}" for name, text in zip(table.columns, row.cells, strict=True) if text),
        )


def _clause(clause: str, title: str, raw: str, place: str) -> str:
    short = title if len(title) <= 40 else f"{title[:39]}…"
    both = {
        "title": {"zh": f"待写：{short}", "en": f"To be written: {short}"},
        "text": {"zh": f"【原文草稿，待改写】{raw}", "en": f"[Raw draft, to be written] {raw}"},
        "why_not": {"zh": "草稿，尚未编写", "en": "A draft, not yet written"},
    }
    return (
        f"- id: {flow_of(clause)}\n"
        "  kind: conduct\n"
        f"  title: {flow_of(both['title'])}\n"
        "  text:\n"
        f"    zh: {flow_of(both['text']['zh'])}\n"
        f"    en: {flow_of(both['text']['en'])}\n"
        f"  locator: {flow_of(place)}\n"
        "  status: pending\n"
        f"  why_not: {flow_of(both['why_not'])}\n"
    )


def _draft_row(clause: str, table: DocumentTable, row: TableRow) -> str:
    cells = {name: text for name, text in zip(table.columns, row.cells, strict=True) if text}
    entry: dict[str, object] = {
        "clause": clause,
        "place": f"table {table.number} row {row.number}",
        "cells": cells,
    }
    merged = [table.columns[place] for place in row.merged]
    if merged:
        entry["merged"] = merged
    return f"- {flow_of(entry)}\n"


def _draft_table(document: Document, table: DocumentTable, rows: list[str]) -> str:
    head = _TABLE.format(
        number=table.number,
        name=document.name,
        under=flow_of(list(table.path)),
        columns=flow_of(list(table.columns)),
    )
    return head + "".join(rows) if rows else head.removesuffix("\n") + " []\n"
