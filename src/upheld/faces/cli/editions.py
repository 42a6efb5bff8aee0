"""Which edition a command works on: the shipped standards or a folder, turned by readings and parameters."""

from __future__ import annotations

import argparse
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path

from upheld.policy.editions import Edition, load_edition
from upheld.policy.problems import StandardRefused


def add_choice(parser: argparse.ArgumentParser) -> None:
    """Add the words that choose an edition."""
    parser.add_argument(
        "--standards", type=Path, metavar="FOLDER", help="another folder of standards than the shipped one"
    )
    parser.add_argument(
        "--reading", action="append", default=[], metavar="ID=OPTION", help="turn a recorded reading"
    )
    parser.add_argument(
        "--parameter", action="append", default=[], metavar="NAME=VALUE", help="change a named value"
    )
    parser.add_argument(
        "--edition", metavar="NAME", help="refuse to answer by any other edition than this one"
    )


def chosen_edition(words: argparse.Namespace) -> Edition | None:
    """Load the chosen edition; on refusal print every reason to standard error and return None."""
    try:
        readings = dict(_pair(text) for text in words.reading)
        parameters = {name: _value(value) for name, value in map(_pair, words.parameter)}
        edition = load_edition(words.standards, readings=readings, parameters=parameters)
    except (StandardRefused, FileNotFoundError, ValueError) as error:
        print(error, file=sys.stderr)
        return None
    wanted = getattr(words, "edition", None)
    if wanted not in (None, "default", edition.name, edition.content_hash):
        print(f"edition '{wanted}' is not the one at hand, which is {edition.name}", file=sys.stderr)
        return None
    return edition


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name or not value:
        raise ValueError(f"'{text}' is not written as NAME=VALUE")
    return name, value


def _value(text: str) -> int | Decimal | str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return int(text) if text.lstrip("-").isdigit() else number
