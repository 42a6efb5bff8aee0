"""`upheld draft`: a Word file of a standard as a folder to be finished by a person."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path


def register(subparsers: argparse._SubParsersAction) -> None:
    """Add `upheld draft`."""
    parser = subparsers.add_parser(
        "draft", help="take the tables and headings of a Word file into a draft standard"
    )
    parser.add_argument("file", type=Path, metavar="STANDARD.docx")
    parser.add_argument("--into", type=Path, required=True, metavar="FOLDER", help="a new or empty folder")
    parser.add_argument("--id", default="NEW", help="the standard's id, with which every clause id begins")
    parser.set_defaults(run=run)


def run(words: argparse.Namespace) -> int:
    """Write the draft and say what is in it and what was not taken; exit code 1 where nothing could be written."""
    from upheld.gateways.documents import DocumentRefused, DocumentTable, read_document
    from upheld.gateways.drafts import draft_standard
    from upheld.policy.editions import load_edition

    folder: Path = words.into
    if not re.fullmatch(r"[A-Z][A-Z0-9]{0,9}", words.id):
        print(
            f"'{words.id}' is not an id: write up to ten capital letters and digits, such as NEW",
            file=sys.stderr,
        )
        return 1
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        print(f"{folder} is not an empty folder; a draft never writes over anything", file=sys.stderr)
        return 1
    try:
        document = read_document(words.file)
    except DocumentRefused as refused:
        print(refused, file=sys.stderr)
        return 1
    for path, text in draft_standard(document, standard_id=words.id).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    for notice in document.notices:
        print(f"notice: {notice}", file=sys.stderr)
    clauses = len(list(load_edition(folder).clauses()))
    tables = sum(isinstance(part, DocumentTable) for part in document.parts)
    print(
        f"{folder}: {clauses} pending clause(s), {tables} table(s) in {folder / 'drafts'}; nothing was guessed"
    )
    return 0
