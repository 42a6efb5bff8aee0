"""How a day is written on the command line, and what is said when it is not."""

from __future__ import annotations

import argparse
from datetime import date

from upheld.policy.facts import read_day


def day(text: str) -> date:
    """Read an ISO 8601 day for argparse."""
    try:
        return read_day(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
