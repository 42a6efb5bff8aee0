"""Gives Upheld its PostgreSQL: the one named by URL, or a cluster of our own that needs no administrator.

`UPHELD_DATABASE_URL` names a server that somebody else looks after. Without it a cluster lives in
`$UPHELD_HOME/postgres` (UPHELD_HOME is ~/.local/share/upheld when unset, /var/lib/upheld for root). It
listens on a socket in a folder that only its owner may enter, never on the network. Any number of processes
may use it at once: a lock lets one of them start it, each holds a shared lock while it lives, and the last
one to leave stops it. Both locks die with their process: a kill -9 leaves nothing that the next start cannot
mend.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO
from urllib.parse import parse_qsl, unquote, urlsplit

from upheld.config.postgres_binaries import OPEN_PLACE, PostgresUnavailable
from upheld.config.postgres_cluster import Cluster

URL_VARIABLE = "UPHELD_DATABASE_URL"
HOME_VARIABLE = "UPHELD_HOME"
TEMPORARY_PREFIX = "upheld-pg-"

_held: dict[Path, tuple[int, TextIO]] = {}


def database_url() -> str:
    """Give the URL of the database, starting our own cluster when nobody else provides one.

    Returns `postgresql://...`. The cluster stays up at least as long as this process. Raises
    PostgresUnavailable with the reason and a remedy.
    """
    return os.environ.get(URL_VARIABLE) or start().url


def home() -> Path:
    """Name the folder in which this installation keeps its data."""
    told = os.environ.get(HOME_VARIABLE)
    if told:
        return Path(told).expanduser().absolute()
    if os.geteuid() == 0:
        return OPEN_PLACE
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data).expanduser().absolute() / "upheld"


def start(cluster: Cluster | None = None) -> Cluster:
    """Start the cluster or join the one that already runs, and hold it until this process ends."""
    cluster = cluster or Cluster.below(home())
    cluster.prepare_folder()
    with _turn(cluster):
        _hold(cluster)
        try:
            if not cluster.answers():
                cluster.create_if_missing()
                cluster.start_server()
        except BaseException:
            _let_go(cluster)
            raise
    return cluster


def leave(cluster: Cluster | None = None) -> bool:
    """Let go of the cluster; the last one to leave stops it. Returns whether it was stopped."""
    cluster = cluster or Cluster.below(home())
    if _held.get(cluster.folder, (0,))[0] != os.getpid():
        return False
    with _turn(cluster):
        _let_go(cluster)
        if _others_hold(cluster):
            return False
        cluster.stop_server()
    return True


def stop(cluster: Cluster | None = None) -> None:
    """Stop the cluster whoever else uses it; one that does not run is left alone."""
    cluster = cluster or Cluster.below(home())
    if not cluster.folder.is_dir():
        return
    with _turn(cluster):
        _let_go(cluster)
        cluster.stop_server()


@contextlib.contextmanager
def running() -> Iterator[str]:
    """Give the database's URL for the length of a `with` block; the last user to leave stops the cluster."""
    if os.environ.get(URL_VARIABLE):
        yield os.environ[URL_VARIABLE]
        return
    cluster = start()
    try:
        yield cluster.url
    finally:
        leave(cluster)


@contextlib.contextmanager
def ephemeral(folder: Path | None = None) -> Iterator[Cluster]:
    """Give a running cluster for tests: quick, forgetful, and gone with its folder at the end."""
    cluster = temporary(folder)
    try:
        yield start(cluster)
    finally:
        stop(cluster)
        shutil.rmtree(cluster.folder, ignore_errors=True)


def temporary(folder: Path | None = None) -> Cluster:
    """Name a cluster for tests that has not been started; its folder carries the id of this process."""
    if folder is None:
        folder = Path(tempfile.mkdtemp(prefix=f"{TEMPORARY_PREFIX}{os.getpid()}-", dir="/tmp"))
    return Cluster(folder, durable=False)


def sweep_temporary() -> None:
    """Stop and remove temporary clusters whose maker died without doing so."""
    for folder in Path("/tmp").glob(f"{TEMPORARY_PREFIX}*"):
        maker = folder.name.removeprefix(TEMPORARY_PREFIX).split("-")[0]
        if not maker.isdigit() or Path(f"/proc/{maker}").exists() or not Path("/proc/self").exists():
            continue
        with contextlib.suppress(OSError, PostgresUnavailable):
            stop(Cluster(folder, durable=False))
            shutil.rmtree(folder, ignore_errors=True)


def connection_parts(url: str) -> dict[str, object]:
    """Take a PostgreSQL URL apart into what Django's DATABASES wants.

    Returns NAME, USER, PASSWORD, HOST, PORT and OPTIONS; the parts that the URL leaves out are empty. Raises
    ValueError for a URL of another kind of database.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise ValueError(f"{URL_VARIABLE} must begin with postgresql://, not {parts.scheme or 'nothing'}://")
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or unquote(parts.hostname or "")
    port = options.pop("port", "") or (str(parts.port) if parts.port else "")
    return {
        "NAME": unquote(parts.path.lstrip("/")) or options.pop("dbname", "") or "upheld",
        "USER": unquote(parts.username or "") or options.pop("user", ""),
        "PASSWORD": unquote(parts.password or "") or options.pop("password", ""),
        "HOST": host,
        "PORT": port,
        "OPTIONS": options,
    }


def django_database() -> dict[str, object]:
    """Give the `default` of Django's DATABASES; our own cluster is started only at the first connection."""
    told = os.environ.get(URL_VARIABLE)
    parts = connection_parts(told) if told else {"NAME": "upheld", "OPTIONS": {}}
    return {"ENGINE": "upheld.config.database", **parts}


@contextlib.contextmanager
def _turn(cluster: Cluster) -> Iterator[None]:
    """Wait for our turn to start or stop this cluster."""
    with cluster.lock_file("start").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _hold(cluster: Cluster) -> None:
    """Mark this process as a user of the cluster until it leaves, ends or is killed."""
    if _held.get(cluster.folder, (0,))[0] == os.getpid():
        return
    lock = cluster.lock_file("users").open("a")
    fcntl.flock(lock, fcntl.LOCK_SH)
    _held[cluster.folder] = (os.getpid(), lock)
    if cluster.durable:
        atexit.register(_leave_at_exit, cluster)


def _let_go(cluster: Cluster) -> None:
    """Take back the mark of this process."""
    _, lock = _held.pop(cluster.folder, (0, None))
    if lock is not None:
        lock.close()


def _others_hold(cluster: Cluster) -> bool:
    """Say whether another living process uses the cluster."""
    with cluster.lock_file("users").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _leave_at_exit(cluster: Cluster) -> None:
    """Leave the cluster when the interpreter ends; a fork that inherited this hook does nothing."""
    if _held.get(cluster.folder, (0,))[0] != os.getpid():
        return
    with contextlib.suppress(Exception):
        # A second Ctrl-C must not leave a server half stopped.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        leave(cluster)
