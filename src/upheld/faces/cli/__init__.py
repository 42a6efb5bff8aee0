"""Commands that need no database: ask a standard, check it, follow a clause, see what is carried out, rate files.

Every module here offers `register(subparsers)` and imports its work only when the command runs, so that
`upheld ask` answers its first line quickly.
"""

from __future__ import annotations

import argparse

from upheld.faces.cli import ask, calendar, check, clause, coverage, draft, reference, tables


def register(subparsers: argparse._SubParsersAction) -> None:
    """Add every command of this room to the parser of `upheld`."""
    ask.register(subparsers)
    calendar.register(subparsers)
    check.register(subparsers)
    clause.register(subparsers)
    coverage.register(subparsers)
    draft.register(subparsers)
    reference.register(subparsers)
    tables.register(subparsers)
    try:
        from upheld.faces.cli import batch
    except ImportError:
        return
    batch.register(subparsers)
