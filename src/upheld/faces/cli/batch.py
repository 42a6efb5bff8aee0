"""`upheld rate` and `upheld plan`: a whole base from files to files, without a database.

Progress goes to standard error, so that the summary on standard output can be kept.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from upheld.batch import quick_start
from upheld.faces.cli.days import day
from upheld.faces.cli.editions import add_choice, chosen_edition

if TYPE_CHECKING:
    from upheld.batch.file_mode import Done, Limits, Stage
    from upheld.policy.feed_columns import FeedMapping


def register(subparsers: argparse._SubParsersAction) -> None:
    """Add `upheld rate` and `upheld plan`."""
    rate = subparsers.add_parser(
        "rate", help="rate a whole base from files: tiers.parquet with clause and change"
    )
    rate.add_argument("--as-of", type=day, required=True, metavar="DATE", help="the day of the rating")
    rate.add_argument(
        "--changes-only", action="store_true", help="write only the customers whose card changes"
    )
    rate.set_defaults(run=run_rate)
    _add_files(rate)

    plan = subparsers.add_parser(
        "plan", help="plan a whole base from files: promises.parquet with windows and clause"
    )
    plan.add_argument("--as-of", type=day, metavar="DATE", help="plan a year from this day on")
    plan.add_argument("--from", dest="from_date", type=day, metavar="DATE",
                      help="the first day on which a window may begin; left out: --as-of")  # fmt: skip
    plan.add_argument("--until", dest="until_date", type=day, metavar="DATE",
                      help="the day after the last; left out: a year after the first")  # fmt: skip
    plan.add_argument(
        "--cards", type=Path, metavar="FILE", help="cards to plan by, such as the tiers.parquet of a rating"
    )
    plan.add_argument(
        "--owed-to", choices=("person", "group"), help="only what is owed to persons, or to groups"
    )
    plan.set_defaults(run=run_plan)
    _add_files(plan)


def _add_files(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--feed", type=Path, required=True, metavar="DIR", help="holds customers.parquet or .csv"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the answers go")
    parser.add_argument(
        "--mapping",
        type=Path,
        metavar="FILE",
        help="YAML that names the file's own columns; left out: DIR/customers.mapping.yaml, if there",
    )
    parser.add_argument(
        "--engine", choices=("duckdb", "spark"), default="duckdb", help="what runs the queries"
    )
    parser.add_argument("--threads", type=int, metavar="N", help="left out: all cores")
    parser.add_argument(
        "--memory", metavar="SIZE", help="such as 8GB; left out: four fifths of the machine's"
    )
    parser.add_argument("--spill", type=Path, metavar="DIR", help="where to spill to when memory is short")
    add_choice(parser)


@quick_start()
def run_rate(words: argparse.Namespace) -> int:
    """Rate the base; exit code 0 done, 1 done with rows left out, 2 refused."""
    from upheld.batch.file_mode import rate_files

    def work(**asked: Any) -> Done:
        return rate_files(as_of=words.as_of, changes_only=words.changes_only, **asked)

    return _run(words, work, _show_rating)


@quick_start()
def run_plan(words: argparse.Namespace) -> int:
    """Plan the base; exit code 0 done, 1 done with rows left out, 2 refused."""
    first = words.from_date or words.as_of
    if first is None:
        print("say from when to plan: --as-of DATE, or --from DATE", file=sys.stderr)
        return 2
    until = words.until_date or _a_year_after(first)
    if first >= until:
        print(f"--from {first} is not before --until {until}", file=sys.stderr)
        return 2
    from upheld.batch.file_mode import plan_files

    def work(**asked: Any) -> Done:
        return plan_files(
            from_date=first,
            until_date=until,
            cards=words.cards,
            owed_to=words.owed_to,
            **asked,
        )

    return _run(words, work, _show_plan)


def _a_year_after(first: date) -> date:
    leap_day = (first.month, first.day) == (2, 29)
    return date(first.year + 1, 3, 1) if leap_day else first.replace(year=first.year + 1)


def _run(words: argparse.Namespace, work: Any, show: Any) -> int:
    if words.engine == "spark":
        print(
            "--engine spark comes as the extra [spark], which this edition does not have yet; use duckdb",
            file=sys.stderr,
        )
        return 2
    from upheld.batch.engine import EngineFailed
    from upheld.batch.source import FeedRefused
    from upheld.policy.feed_columns import MappingRefused
    from upheld.policy.problems import OutsideDates

    edition = chosen_edition(words)
    if edition is None:
        return 2
    try:
        mapping = _mapping(words.mapping, words.feed / "customers.mapping.yaml")
        with _progress() as stage:
            done = work(edition=edition, feed=words.feed, out=words.out, mapping=mapping, limits=_limits(words),
                        stage=stage)  # fmt: skip
    except FeedRefused as refused:
        print(*refused.problems, sep="\n", file=sys.stderr)
        return 2
    except MappingRefused as refused:
        print(*refused.messages, sep="\n", file=sys.stderr)
        return 2
    except (EngineFailed, OutsideDates, OSError, UnicodeDecodeError) as error:
        print(error, file=sys.stderr)
        return 2
    for warning in done.feed.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    show(done)
    if done.rejects is None:
        return 0
    print(
        f"{done.feed.rejected:,} rows left out, for {done.feed.faults:,} reasons: {done.rejects}",
        file=sys.stderr,
    )
    return 1


def _limits(words: argparse.Namespace) -> Limits:
    from upheld.batch.file_mode import Limits

    return Limits(threads=words.threads, memory=words.memory, spill_folder=words.spill)


def _mapping(asked: Path | None, beside: Path) -> FeedMapping | None:
    path = asked or (beside if beside.is_file() else None)
    if path is None:
        return None
    from upheld.batch.feed import NAMES
    from upheld.policy.feed_columns import mapping_from_text

    return mapping_from_text(path.read_text(encoding="utf-8"), file=path.name, names=NAMES)


@contextmanager
def _progress() -> Iterator[Stage]:
    """Show a bar for each stage on standard error, nothing where that is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn()
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:

        def stage(name: str) -> Any:
            for task in bars.tasks:
                bars.update(task.id, completed=1.0)
            task_id = bars.add_task(name, total=1.0)
            return lambda share: bars.update(task_id, completed=share)

        yield stage


def _show_rating(done: Done) -> None:
    by_card: Counter[tuple[str, str]] = Counter()
    by_clause: Counter[str] = Counter()
    by_change: Counter[str] = Counter()
    for card, state, change, clause, number in done.counts:
        by_card[card or "no card", state] += number
        by_clause[clause or "no clause"] += number
        by_change[change] += number
    print(f"{done.rows:,} rows in {done.target}")
    _table(("card", "state", "customers"), [(*key, number) for key, number in by_card.most_common()])
    _table(("clause", "customers"), sorted(by_clause.items()))
    _table(("change", "customers"), by_change.most_common())


def _show_plan(done: Done) -> None:
    print(f"{done.rows:,} promises in {done.target}")
    _table(("action", "clause", "promises"), list(done.counts))


def _table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    shown = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    widths = [max(len(line[place]) for line in [list(head), *shown]) for place in range(len(head))]
    print()
    for line in [list(head), *shown]:
        words = [cell.ljust(width) for cell, width in zip(line[:-1], widths, strict=False)]
        print("  ".join([*words, line[-1].rjust(widths[-1])]))
