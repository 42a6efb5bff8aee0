"""`upheld db ...`: the few acts on the database itself, for whoever looks after the installation."""

from __future__ import annotations

import argparse
import signal
import sys

from upheld.config import embedded_postgres
from upheld.config.postgres_binaries import PostgresUnavailable
from upheld.config.serving import bring_up


def start_command(_: argparse.Namespace) -> int:
    """Bring the database up, print its address, and keep it up until Ctrl-C."""
    try:
        print(embedded_postgres.database_url(), flush=True)
    except PostgresUnavailable as problem:
        print(f"No database: {problem}", file=sys.stderr)
        return 1
    print("Running; Ctrl-C lets go of it.", file=sys.stderr)
    signal.sigwait({signal.SIGINT, signal.SIGTERM})
    return 0


def stop_command(_: argparse.Namespace) -> int:
    """Stop the cluster that Upheld started, whoever uses it; its data is kept."""
    embedded_postgres.stop()
    print("Stopped; the data is kept.", file=sys.stderr)
    return 0


def migrate_command(_: argparse.Namespace) -> int:
    """Bring the tables up to this version."""
    return 0 if bring_up() else 1
