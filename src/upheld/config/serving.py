"""`upheld serve`: the pages over the database, in the foreground, until Ctrl-C.

The database is held by this process, so it stays up while the workers come and go, and stops (when it is our
own and nobody else uses it) after the last of them.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys

from upheld.config import embedded_postgres
from upheld.config.postgres_binaries import PostgresUnavailable

SETTINGS = "upheld.config.settings"


def serve_command(words: argparse.Namespace) -> int:
    """Bring the database up, migrate it, and serve the pages on `words.host` and `words.port`."""
    refused = port_refused(words.host, words.port)
    if refused:
        print(refused, file=sys.stderr)
        return 1
    if not bring_up():
        return 1
    return serve(host=words.host, port=words.port)


def bring_up(*, quiet: bool = False, migrate: bool = True) -> bool:
    """Start or join the database, set Django up and migrate (unless told to leave its tables alone).

    Say on standard error what went wrong, if something did.
    """
    try:
        embedded_postgres.database_url()
    except PostgresUnavailable as problem:
        print(f"No database: {problem}", file=sys.stderr)
        return False
    set_up_django()
    if migrate:
        from django.core.management import call_command

        from upheld.operations.turns import turn_over_chunks

        # The pages and a worker may be started at the same moment, and Django's migrations know of no other process.
        with turn_over_chunks("migrate"):
            call_command("migrate", interactive=False, verbosity=0)
    if not quiet:
        print("Database ready.", file=sys.stderr)
    return True


def set_up_django() -> None:
    """Load the settings and the apps, once."""
    import django
    from django.apps import apps

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    if not apps.ready:
        django.setup()


def serve(*, host: str, port: int) -> int:
    """Serve the pages until Ctrl-C or a TERM signal; return the exit code."""
    from granian import Granian
    from granian.constants import Interfaces

    print(
        f"Upheld is at http://{'localhost' if host in ('127.0.0.1', '0.0.0.0') else host}:{port}/ (Ctrl-C stops it)"
    )
    sys.stdout.flush()
    server = Granian(
        "upheld.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers(),
        websockets=False,
        log_enabled=False,
        respawn_failed_workers=True,
    )
    server.serve()
    # Granian has put its own handlers in place; from here on Ctrl-C must not cut the database's stop short.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    print("Stopped.", file=sys.stderr)
    return 0


def workers() -> int:
    """Return how many worker processes to serve with: `UPHELD_WORKERS`, else one a processor and at most four."""
    told = os.environ.get("UPHELD_WORKERS", "")
    return int(told) if told.isdigit() and int(told) else min(4, os.cpu_count() or 1)


def port_refused(host: str, port: int) -> str | None:
    """Return why the port cannot be served on, with the remedy, or None; asked before any work is done."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            return f"Cannot serve on {host}:{port}: {error.strerror}. Choose another with --port."
    return None
