"""`upheld ask`: questions in, answers out, one JSON object a line; a bad line is answered by its errors.

The names and rules are fixed by the ask contract (docs/reference/ask.md). Lines stream through: memory stays flat.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, TextIO

from upheld.faces.cli.days import day
from upheld.faces.cli.editions import add_choice, chosen_edition
from upheld.policy.editions import Edition
from upheld.policy.problems import BadFacts, OutsideDates
from upheld.policy.questions import QUESTIONS, answerer


def register(subparsers: argparse._SubParsersAction) -> None:
    """Add `upheld ask`."""
    parser = subparsers.add_parser("ask", help="answer facts, one JSON object a line, by the standards")
    parser.add_argument("noun", choices=QUESTIONS, help="what is asked")
    parser.add_argument("--as-of", type=day, required=True, metavar="DATE", help="the day asked about")
    add_choice(parser)
    parser.set_defaults(run=run)


def run(words: argparse.Namespace) -> int:
    """Answer standard input; exit code 0 when every line was answered, 2 when any line was bad."""
    edition = chosen_edition(words)
    if edition is None:
        return 2
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    return answer_lines(sys.stdin.buffer, sys.stdout, sys.stderr, edition, words.noun, words.as_of)


def answer_lines(
    lines: Iterable[bytes], out: TextIO, errors: TextIO, edition: Edition, noun: str, as_of: date
) -> int:
    """Answer each line in order; every bad fact is named on `errors` with its line number."""
    answer_one, bad = answerer(noun), False
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        asked: dict[str, Any] = {}
        try:
            asked = _read_line(line, first=number == 1)
            answer = answer_one(edition, {name: v for name, v in asked.items() if name != "id"}, as_of)
        except (BadFacts, OutsideDates) as error:
            bad = True
            messages = error.messages if isinstance(error, BadFacts) else (str(error),)
            for message in messages:
                print(f"line {number}: {message}", file=errors)
            answer = {"error": "; ".join(messages)}
        reply = {"id": asked.get("id"), **answer}
        out.write(json.dumps(reply, ensure_ascii=False, default=str) + "\n")
    out.flush()
    return 2 if bad else 0


def _read_line(line: bytes, *, first: bool) -> dict[str, Any]:
    try:
        text = line.decode("utf-8-sig" if first else "utf-8")
    except UnicodeDecodeError as error:
        raise BadFacts([f"not UTF-8 text (byte {error.start + 1})"]) from None
    try:
        asked = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise BadFacts([f"not JSON: {error.msg} (character {error.pos + 1})"]) from None
    except (ValueError, RecursionError) as error:
        raise BadFacts([f"not JSON: {error}"]) from None
    if not isinstance(asked, dict):
        raise BadFacts(["not a JSON object"])
    return asked


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is not a number")
