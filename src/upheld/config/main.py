"""The `upheld` command: reads the words, then imports only what they need, so that `upheld ask` starts fast.

Commands that need no database are registered by `faces/cli`; those that need one are declared here, because bringing a
database up is wiring and wiring is this room's work.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import date
from importlib import import_module
from pathlib import Path

import upheld
from upheld.faces import cli
from upheld.policy.feed_columns import FEEDS

Command = Callable[[argparse.Namespace], int]
Subparsers = argparse._SubParsersAction  # the only name that argparse gives it


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one `upheld` command; return its exit code: 0 done, 1 refused with reasons, 2 wrong words or bad lines."""
    parser = _parser()
    words = parser.parse_args(arguments)
    run: Command = words.run
    try:
        return run(words)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of a pipe (such as `head`) has seen enough; that is no error.
        sys.stderr.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="upheld", description="A telecom operator's written service standard, executed and counted."
    )
    parser.add_argument("--version", action="version", version=f"upheld {upheld.__version__}")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    cli.register(subparsers)
    _add_serving(subparsers)
    _add_files(subparsers)
    _add_work(subparsers)
    _add_database(subparsers)
    return parser


def _add_serving(subparsers: Subparsers) -> None:
    demo = subparsers.add_parser("demo", help="bring up a made-up operator with two months of history")
    demo.add_argument("--port", type=int, default=8000)
    demo.add_argument("--host", default="127.0.0.1", help="0.0.0.0 lets other machines in")
    demo.add_argument("--reset", action="store_true", help="throw the demo's data away and begin again")
    demo.add_argument("--people", type=int, default=6_000, help="how many people to invent (200 or more)")
    demo.add_argument("--no-serve", action="store_true", help="only make the data, then stop")
    demo.set_defaults(run=_later("upheld.config.demo", "demo_command"))

    serve = subparsers.add_parser("serve", help="migrate the database and serve the pages")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument("--host", default="127.0.0.1", help="0.0.0.0 lets other machines in")
    serve.set_defaults(run=_later("upheld.config.serving", "serve_command"))

    worker = subparsers.add_parser("worker", help="warn of clocks, and do the night's work, until Ctrl-C")
    worker.add_argument("--beside", type=int, metavar="PID", help=argparse.SUPPRESS)
    worker.set_defaults(run=_later("upheld.config.worker", "worker_command"))
    messages = subparsers.add_parser("messages", help="send messages to customers until Ctrl-C")
    messages.add_argument("--beside", type=int, metavar="PID", help=argparse.SUPPRESS)
    messages.set_defaults(run=_later("upheld.config.messages_command", "messages_command"))
    _add_messages(subparsers)


def _add_messages(subparsers: Subparsers) -> None:
    number = subparsers.add_parser("sender-number", help="add a number that SMS go out from")
    number.add_argument("number")
    number.add_argument("--line", choices=("service", "commercial"), required=True)
    number.add_argument("--out-of-use", action="store_true")
    number.set_defaults(run=_later("upheld.config.message_commands", "sender_number_command"))
    queue = subparsers.add_parser("queue-messages", help="queue messages from a file of another system")
    queue.add_argument("path", type=Path, metavar="FILE", help="CSV: customer_id, template, key, variables")
    queue.set_defaults(run=_later("upheld.config.message_commands", "queue_messages_command"))
    consents = subparsers.add_parser("consents", help="take in consents and refusals from a file")
    consents.add_argument("path", type=Path, metavar="FILE", help="CSV: customer_id, kind, at, proof, key")
    consents.set_defaults(run=_later("upheld.config.message_commands", "consents_command"))
    forget = subparsers.add_parser(
        "forget-messages", help="blank what old messages said; the night does it too"
    )
    forget.add_argument("--months", type=int, help="kept so long, six at least; left out: as set up")
    forget.set_defaults(run=_later("upheld.config.message_commands", "forget_messages_command"))


def _add_files(subparsers: Subparsers) -> None:
    feed = subparsers.add_parser("import", help="take in an operator's file, or a folder of them")
    feed.add_argument(
        "path", type=Path, metavar="FILE|FOLDER", help="CSV, Parquet or Excel, called after its kind"
    )
    feed.add_argument("--kind", choices=tuple(FEEDS), help="what it holds, where its name does not say so")
    feed.add_argument(
        "--mapping", type=Path, help="YAML that names the file's own columns; left out: beside it"
    )
    feed.add_argument(
        "--rejects", type=Path, help="folder for rows not taken in; left out: `rejects` beside them"
    )
    feed.set_defaults(run=_later("upheld.config.nightly", "import_command"))

    calls = subparsers.add_parser("import-calls", help="take in a telephone system's files of calls")
    calls.add_argument(
        "paths",
        type=Path,
        nargs="+",
        metavar="FILE|FOLDER",
        help="Asterisk's queue_log, rotated ones too; FreeSWITCH's CDRs, or a folder of them",
    )
    calls.add_argument(
        "--rejects",
        type=Path,
        help="folder for lines that could not be read; left out: `rejects` beside each file",
    )
    calls.set_defaults(run=_later("upheld.config.calls", "import_calls_command"))


def _add_work(subparsers: Subparsers) -> None:
    nightly = subparsers.add_parser("run", help="the nightly work: rate, plan, close what is overdue")
    nightly.add_argument("--as-of", type=date.fromisoformat, help="the day to work for; left out: today")
    nightly.set_defaults(run=_later("upheld.config.nightly", "run_command"))

    edition = subparsers.add_parser(
        "activate", help="put the standards, as they are on disk, in force from a day"
    )
    edition.add_argument("--from", dest="active_from", type=date.fromisoformat, required=True)
    edition.add_argument(
        "--standards", type=Path, metavar="FOLDER", help="another folder than the shipped one"
    )
    edition.add_argument("--reading", action="append", default=[], metavar="ID=OPTION", help="turn a reading")
    edition.add_argument(
        "--parameter", action="append", default=[], metavar="NAME=VALUE", help="change a value"
    )
    edition.set_defaults(run=_later("upheld.config.nightly", "activate_command"))

    user = subparsers.add_parser(
        "password", help="set an employee's password, so that the employee may sign in"
    )
    user.add_argument("username")
    user.add_argument(
        "--generate", action="store_true", help="make one up and print it, instead of asking for it"
    )
    user.set_defaults(run=_later("upheld.config.nightly", "password_command"))

    account = subparsers.add_parser(
        "account", help="close the account of somebody who left, or open it again"
    )
    acts = account.add_subparsers(metavar="ACT", required=True)
    for act, means in (
        ("close", "nobody gets in with it any more; what the employee owes stays"),
        ("open", "open a closed account; it then needs a new password"),
    ):
        one = acts.add_parser(act, help=means)
        one.add_argument("username", metavar="USER")
        one.set_defaults(run=_later("upheld.config.nightly", f"{act}_account_command"))


def _add_database(subparsers: Subparsers) -> None:
    database = subparsers.add_parser("db", help="the database behind it: start, stop, migrate")
    acts = database.add_subparsers(metavar="ACT", required=True)
    for act, means in (
        ("start", "bring the database up, print its address, keep it up until Ctrl-C"),
        ("stop", "stop the database that Upheld started; its data is kept"),
        ("migrate", "bring the tables up to this version"),
    ):
        acts.add_parser(act, help=means).set_defaults(
            run=_later("upheld.config.database_commands", f"{act}_command")
        )


def _later(module: str, name: str) -> Command:
    """Return a command that imports its module only when it is run."""

    def run(words: argparse.Namespace) -> int:
        command: Command = getattr(import_module(module), name)
        return command(words)

    return run


if __name__ == "__main__":
    sys.exit(main())
