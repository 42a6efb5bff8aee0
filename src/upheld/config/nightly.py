"""Commands of whoever looks after an installation: take files in, put standards in force, do the night's work.

They wire operations to a terminal: a progress bar where somebody watches, a summary that can be read in a log.
"""

from __future__ import annotations

import argparse
import getpass
import secrets
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from upheld.config.serving import bring_up
from upheld.config.terminal import Bars, print_counts

if TYPE_CHECKING:
    from upheld.operations.import_feed import FileReport


def import_command(words: argparse.Namespace) -> int:
    """Take in a file or a folder of files; exit code 1 when a row was rejected or a file refused."""
    if not words.path.exists():
        print(f"There is no {words.path}.", file=sys.stderr)
        return 2
    if not bring_up(quiet=True):
        return 1
    from upheld.operations.import_feed import import_feed

    folder: Path = words.path if words.path.is_dir() else words.path.parent
    with Bars() as bars:
        try:
            report = import_feed(
                by=None,
                folder=words.path if words.path.is_dir() else None,
                file=None if words.path.is_dir() else words.path,
                kind=words.kind,
                mapping=words.mapping,
                rejects_folder=words.rejects or folder / "rejects",
                progress=lambda kind, rows: bars.count(kind, rows),
            )
        except (ValueError, FileNotFoundError) as problem:
            bars.close()
            print(str(problem).capitalize(), file=sys.stderr)
            return 2
    for file in report.files:
        _print_file(file)
    for name in report.unknown_files:
        print(f"{name}: left alone; its name is no kind of feed")
    return 0 if report.is_clean else 1


def _print_file(report: FileReport) -> None:
    if report.refused:
        print(f"{report.kind}: refused, nothing of {report.file.name} was taken in")
        for line in report.refused:
            print(f"  {line}")
        return
    print(
        f"{report.kind}: {report.read} read, {report.new} new, {report.changed} changed, "
        f"{report.unchanged} unchanged, {report.rejected} rejected"
    )
    if report.rejects_file:
        print(f"  why, row by row: {report.rejects_file}")
    if report.unread_columns:
        print(f"  columns that no mapping names, not read: {', '.join(report.unread_columns)}")


def activate_command(words: argparse.Namespace) -> int:
    """Put the standards of a folder in force from a day; print every fault and change nothing where there is one.

    What a reviewer would ask, and no reading records, is printed as well; it stops nothing.
    """
    if not bring_up(quiet=True):
        return 1
    from upheld.operations.activate_edition import activate_edition
    from upheld.policy.problems import StandardRefused
    from upheld.policy.reviewer import review
    from upheld.records.standards.queries import loaded_edition, next_edition

    try:
        record = activate_edition(
            active_from=words.active_from,
            by=None,
            folder=words.standards,
            readings=_pairs(words.reading),
            parameters={
                name: int(value) if value.isdigit() else value
                for name, value in _pairs(words.parameter).items()
            },
        )
    except (ValueError, FileNotFoundError) as misspelt:
        print(misspelt, file=sys.stderr)
        return 2
    except StandardRefused as refused:
        for problem in refused.problems:
            print(problem, file=sys.stderr)
        print(f"Refused with {len(refused.problems)} faults; the edition in force stays.", file=sys.stderr)
        return 1
    for warning in review(loaded_edition(record)):
        if not warning.reading:
            print(warning, file=sys.stderr)
    following = next_edition(record.active_from)
    until = f" until edition {following.name} takes over" if following else ""
    print(f"Edition {record.name} is in force from {record.active_from}{until}.")
    return 0


def _pairs(words: Iterable[str]) -> dict[str, str]:
    """Read NAME=VALUE words; raises ValueError for one of another shape."""
    pairs = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not (name and sign and value):
            raise ValueError(f"{word!r} is not written as NAME=VALUE")
        pairs[name] = value
    return pairs


def run_command(words: argparse.Namespace) -> int:
    """Do the night's work for a day (today by default).

    Rate, count the clocks of open cases anew, plan to the end of the next quarter, close what is overdue. A part that
    is refused is named and does not keep the others from being done; a day to come is refused as a whole. Exit code 1
    when anything was refused.
    """
    if not bring_up(quiet=True):
        return 1
    from django.utils import timezone

    from upheld.operations.refusals import ActRefused, refuse_a_day_to_come

    today = timezone.localdate()
    as_of: date = words.as_of or today
    try:
        refuse_a_day_to_come(as_of, today=today)
    except ActRefused as refused:
        print(f"Nothing done: {refused.message}.", file=sys.stderr)
        return 1
    with Bars() as bars:
        reports, refusals = work_of_a_night(as_of=as_of, progress_of=bars.of)
    for title, counts in reports.items():
        print_counts(title, counts)
    for work, why in refusals.items():
        print(f"{work} not done: {why}.", file=sys.stderr)
    return 1 if refusals else 0


def password_command(words: argparse.Namespace) -> int:
    """Set an employee's password, asked for twice or made up."""
    if not bring_up(quiet=True):
        return 1
    from upheld.operations.refusals import ActRefused
    from upheld.operations.set_password import set_password

    password = secrets.token_urlsafe(12) if words.generate else getpass.getpass("New password: ")
    if not words.generate and getpass.getpass("Once more: ") != password:
        print("The two are not the same; nothing was changed.", file=sys.stderr)
        return 1
    try:
        set_password(username=words.username, password=password, by=None)
    except ActRefused as refused:
        print(refused.message, file=sys.stderr)
        return 1
    print(f"{words.username} may sign in" + (f" with {password}" if words.generate else "."))
    return 0


def close_account_command(words: argparse.Namespace) -> int:
    """Close the account of somebody who left."""
    return _change_account(words.username, "close_account", "{}'s account is closed.")


def open_account_command(words: argparse.Namespace) -> int:
    """Open a closed account again."""
    return _change_account(
        words.username, "open_account", "{0}'s account is open; give it a password: upheld password {0}"
    )


def _change_account(username: str, act: str, done: str) -> int:
    if not bring_up(quiet=True):
        return 1
    from upheld.operations import close_account
    from upheld.operations.refusals import ActRefused

    try:
        getattr(close_account, act)(username=username, by=None)
    except ActRefused as refused:
        print(f"Not done: {refused.message}.", file=sys.stderr)
        return 1
    print(done.format(username))
    return 0


Report = dict[str, Mapping[str, int] | None]
"""What to print: counts by title, None for a heading."""


def work_of_a_night(
    *, as_of: date, progress_of: Callable[[str], Callable[[int, int], object]]
) -> tuple[Report, dict[str, str]]:
    """Rate, count the clocks of open cases anew, lead joiners on, plan, suggest days and close for a day.

    Return what to print, and why a part of the work was refused, by its name.
    `progress_of` gives for each piece of work whom to tell (done, total) after every chunk; it may break the work off
    by raising, and what was done by then stays.
    """
    from upheld.operations.refusals import ActRefused

    report: Report = {}
    refusals: dict[str, str] = {}
    parts = (
        ("Rating", _rate),
        ("Counting cases anew", _recount),
        ("Journeys", _journeys),
        ("Absences", _absences),
        ("Ending events", _end_events),
        ("Planning", _plan),
        ("Assigning", _assign),
        ("Suggesting days", _suggest),
        ("Sending key moments", _send_moments),
        ("Counting points of staff", _award_points),
        ("Forgetting the words of old messages", _forget),
        ("Closing", _close),
    )
    for work, part in parts:
        try:
            report |= part(as_of, progress_of(work.lower()))
        except ActRefused as refused:
            refusals[work] = refused.message
    return report, refusals


def _rate(as_of: date, progress: Callable[[int, int], object]) -> Report:
    from upheld.operations.rate_base import rate_base

    rated = rate_base(as_of=as_of, by=None, progress=progress)
    moves = ("begun", "raised", "lowered", "frozen", "unfrozen", "cancelled", "ended", "kept_by_override")
    return {
        f"Rated {rated.rated:,} people by edition {rated.edition} as of {as_of}": None,
        "People by card": rated.by_card,
        "People by state": rated.by_state,
        "Cards and states by clause": dict(sorted(rated.by_clause.items())),
        "What changed": _named(rated, moves),
    }


def _recount(_: date, progress: Callable[[int, int], object]) -> Report:
    """Count anew as of now, whatever day is worked on: a clock knows no other present."""
    from upheld.operations.cases.recount_cases import recount_cases

    done = recount_cases(by=None, progress=progress)
    counts = {"counted anew": done.changed, "refused": len(done.refused)}
    report: Report = {f"Looked at the clocks of {done.cases:,} open cases": counts}
    return report | {f"Case {pk} not counted anew: {why}": None for pk, why in done.refused.items()}


def _journeys(as_of: date, progress: Callable[[int, int], object]) -> Report:
    from upheld.operations.journeys.start_journeys import start_journeys

    led = start_journeys(day=as_of, by=None, progress=progress)
    acts = ("started", "restarted", "left", "over", "added", "moved", "cancelled", "unchanged", "managers")
    return {
        f"Led {led.customers:,} new customers through their first ninety days": _named(led, acts),
        "Steps promised by clause": dict(sorted(led.by_clause.items())),
    }


def _end_events(as_of: date, progress: Callable[[int, int], object]) -> Report:
    from upheld.operations.events.attend import end_past_events

    return {
        "Lists of past events closed, and who was not there": dict(
            end_past_events(as_of=as_of, progress=progress)
        )
    }


def _plan(as_of: date, progress: Callable[[int, int], object]) -> Report:
    from upheld.operations.plan_contacts import plan_contacts

    until = end_of_next_quarter(as_of)
    planned = plan_contacts(from_date=as_of, until_date=until, by=None, progress=progress)
    acts = ("added", "moved", "cancelled", "unassigned", "unchanged")
    return {
        f"Planned {planned.subjects:,} people and groups from {as_of} until {until}": _named(planned, acts),
        "Promises added by clause": dict(sorted(planned.by_clause.items())),
    }


def _suggest(as_of: date, progress: Callable[[int, int], object]) -> Report:
    from upheld.operations.suggest_days import suggest_days

    until = end_of_next_quarter(as_of)
    suggested = suggest_days(from_date=as_of, until_date=until, by=None, progress=progress)
    counts = {"given a day": suggested.suggested, "given another day": suggested.again}
    return {f"Suggested days for {suggested.employees:,} employees": counts}


def _send_moments(as_of: date, progress: Callable[[int, int], object]) -> Report:
    from upheld.operations.dispatch_moments import dispatch_moments

    done = dispatch_moments(as_of=as_of, by=None, progress=progress)
    counts = ("found", "named", "gave_way", "gone", "sent", "waiting", "unserved")
    return {f"Key moments of {as_of}, by edition {done.edition}": _named(done, counts)}


def _award_points(as_of: date, _: Callable[[int, int], object]) -> Report:
    from upheld.operations.award_points import award_points, first_day_to_count

    done = award_points(from_date=first_day_to_count(as_of), until_date=as_of, by=None)
    return {f"Points of staff from {done.from_date} to {as_of}": _named(done, ("added", "taken_back"))}


def _assign(as_of: date, _: Callable[[int, int], object]) -> Report:
    """Assign somebody to whom nobody serves, where the company has it done by night (JOIN-12)."""
    from django.conf import settings

    from upheld.operations.assign_the_unserved import assign_the_unserved

    if not settings.ASSIGN_AT_NIGHT:
        return {}
    return {"Assigned to whom nobody served": dict(assign_the_unserved(by=None, day=as_of))}


def _absences(as_of: date, _: Callable[[int, int], object]) -> Report:
    from upheld.operations.absences import carry_absences

    carried = carry_absences(day=as_of)
    return {"Lent to deputies, and brought back": _named(carried, ("promises", "cases"))}


def _forget(_: date, progress: Callable[[int, int], object]) -> Report:
    """Blank what messages of long ago said, by the clock of now: the law counts from no other day (LAW-7)."""
    from django.conf import settings

    from upheld.operations.messages.forget_old_messages import forget_old_messages

    forgotten = forget_old_messages(months=settings.MESSAGES_KEPT_MONTHS, by=None)
    return {f"Words of messages kept for {settings.MESSAGES_KEPT_MONTHS} months": {"forgotten": forgotten}}


def _close(as_of: date, _: Callable[[int, int], object]) -> Report:
    from upheld.operations.close_overdue import close_overdue

    return {"Promises broken, past their last day, by standard": close_overdue(as_of=as_of, by=None)}


def _named(report: object, names: tuple[str, ...]) -> dict[str, int]:
    return {name.replace("_", " "): getattr(report, name) for name in names}


def end_of_next_quarter(day: date) -> date:
    """Return the first day after the quarter that follows the day's own: how far ahead a night plans."""
    quarters = day.year * 4 + (day.month - 1) // 3 + 2
    return date(quarters // 4, quarters % 4 * 3 + 1, 1)
