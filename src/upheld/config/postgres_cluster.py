"""One PostgreSQL cluster in a folder of ours: its making, its start after whatever happened, its stop.

The folder holds `data/`, `server.log`, the password (readable by its owner alone) and the locks. The socket
lies in `run/` below it, or in /tmp when that path would be longer than a socket's may be.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import stat
import sys
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

import psycopg

from upheld.config.postgres_binaries import (
    OPEN_PLACE,
    Account,
    Binaries,
    PostgresUnavailable,
    choose,
    owner_of,
    run_as,
    server_account,
)

ROLE = "upheld"
DATABASE = "upheld"
RETRY_SECONDS = 10
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432.lock")


@dataclass(frozen=True)
class Cluster:
    """A cluster in `folder`; a durable one survives a power cut, another trades that for speed."""

    folder: Path
    durable: bool = True

    @classmethod
    def below(cls, home: Path) -> Cluster:
        """Name the cluster of an installation's home; where the server account has no way, root moves it."""
        if os.geteuid() == 0 and not _can_enter(home, server_account()):
            mark = hashlib.sha256(str(home).encode()).hexdigest()[:10]
            return cls(OPEN_PLACE / "homes" / mark / "postgres")
        return cls(home / "postgres")

    @property
    def data(self) -> Path:
        """Name PostgreSQL's own data folder."""
        return self.folder / "data"

    @cached_property
    def account(self) -> Account:
        """Name the account that the server runs as: the owner of existing data, else the one we choose."""
        account = owner_of(self.data) if self.data.is_dir() else server_account()
        if not account.is_me and os.geteuid() != 0:
            raise PostgresUnavailable(
                f"The database in {self.data} belongs to the user {account.name}. Run as that user or as "
                "root, or set UPHELD_HOME to a folder of your own."
            )
        return account

    @property
    def socket_folder(self) -> Path:
        """Name the folder of the socket, short enough for any system."""
        inside = self.folder / "run"
        if len(str(inside).encode()) <= LONGEST_SOCKET_FOLDER:
            return inside
        return Path("/tmp") / f"upheld-{hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]}"

    @property
    def url(self) -> str:
        """Give the URL of the database `upheld` in this cluster."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """Give the URL of one database in this cluster."""
        host = quote(str(self.socket_folder), safe="")
        return f"postgresql://{ROLE}:{self.password()}@/{database}?host={host}"

    def lock_file(self, name: str) -> Path:
        """Name a lock; it stays when the data goes."""
        return self.folder / f"{name}.lock"

    def prepare_folder(self) -> None:
        """Make the cluster's folder, which its server account owns or may at least pass through."""
        missing = [path for path in (self.folder, *self.folder.parents) if not path.exists()]
        self.folder.mkdir(parents=True, exist_ok=True)
        account = self.account
        if os.geteuid() == 0:
            for path in missing:
                path.chmod(0o755)  # whatever the umask: the server account passes through them
            os.chown(self.folder, account.uid, account.gid)
        self.folder.chmod(0o700)
        if not _can_enter(self.folder, account):
            raise PostgresUnavailable(
                f"The user {account.name}, who runs the database, cannot reach {self.folder}. Set "
                "UPHELD_HOME to a folder that every user may pass through."
            )

    def password(self) -> str:
        """Read the password of our role, making it at the first call."""
        path = self.folder / "password"
        try:
            return path.read_text().strip()
        except FileNotFoundError:
            pass
        draft = path.with_name(f"password.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24))
        draft.rename(path)
        return path.read_text()

    def binaries(self) -> Binaries:
        """Choose the server programs; existing data fixes their major version."""
        version = self.data / "PG_VERSION"
        return choose(self.account, int(version.read_text()) if version.is_file() else None)

    def create_if_missing(self) -> None:
        """Make the cluster when there is none; one that was left half made is made anew."""
        if (self.data / "PG_VERSION").is_file():
            return
        binaries = self.binaries()
        if self.durable:
            say(f"making a database in {self.folder} with PostgreSQL {binaries.version} ({binaries.origin})")
        draft = self.folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        secret = self._file_for_server("password.initdb", self.password())
        command: list[str | Path] = [
            *(binaries.folder / "initdb", "--pgdata", draft, "--username", ROLE, "--pwfile", secret),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--no-instructions"),
        ]
        if not self.durable:
            command.append("--no-sync")
        try:
            # C sorts by code point everywhere alike; C.UTF-8 knows letters, where the system has it.
            for locale in (["--locale=C", "--lc-ctype=C.UTF-8"], ["--locale=C"]):
                done = run_as(self.account, [*command, *locale])
                if done.returncode == 0:
                    break
        finally:
            secret.unlink()
        if done.returncode:
            raise PostgresUnavailable(f"initdb failed in {self.folder}:\n{done.stderr.strip()}")
        with (draft / "postgresql.conf").open("a") as file:
            file.write("\ninclude 'upheld.conf'\n")
        draft.rename(self.data)

    def start_server(self) -> None:
        """Start the server, trying again for RETRY_SECONDS while remains of a killed one are in the way."""
        binaries = self.binaries()
        self._make_socket_folder()
        self._file_for_server("data/upheld.conf", self._settings())
        log = self.folder / "server.log"
        until = time.monotonic() + RETRY_SECONDS
        while True:
            self._remove_stale_pid()
            done = run_as(
                self.account,
                [binaries.folder / "pg_ctl", "start", "-w", "-t", "60", "-D", self.data, "-l", log],
            )
            if self.answers():
                break
            if time.monotonic() > until:
                raise PostgresUnavailable(
                    f"PostgreSQL {binaries.version} does not start (pg_ctl: {done.stderr.strip()}). "
                    f"The end of {log}:\n{_tail(log)}"
                )
            time.sleep(0.3)
        self._create_database()

    def stop_server(self) -> None:
        """Stop the server, ending the sessions that it still has; nothing happens when it does not run."""
        if self.server_pid() is not None:
            run_as(
                self.account,
                [self.binaries().folder / "pg_ctl", "stop", "-m", "fast", "-w", "-t", "60", "-D", self.data],
            )
        if self.socket_folder.parent == Path("/tmp"):
            shutil.rmtree(self.socket_folder, ignore_errors=True)

    def answers(self) -> bool:
        """Say whether the server takes connections now."""
        if not self.data.is_dir() or not self.socket_folder.is_dir():
            return False
        try:
            psycopg.connect(self.url_of("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def server_pid(self) -> int | None:
        """Give the process id of the running server; None when only a stale file speaks of one."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n")[0])
            os.kill(pid, 0)
        except (OSError, ValueError):
            return None
        return pid if _is_server(pid) else None

    def _create_database(self) -> None:
        """Create our database in a fresh cluster."""
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            wanted = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if wanted.fetchone() is None:
                connection.execute(f'CREATE DATABASE "{DATABASE}"')

    def _remove_stale_pid(self) -> None:
        """Remove a postmaster.pid that no server stands behind, for it would block the start.

        PostgreSQL does so itself, except where the number now belongs to another program, or to a dead one
        that nobody buried (containers). It still refuses to start while old sessions hold the shared memory.
        """
        if (self.data / "postmaster.pid").exists() and self.server_pid() is None:
            (self.data / "postmaster.pid").unlink()

    def _settings(self) -> str:
        """Write the settings that differ from PostgreSQL's own: no network, UTC, some memory to work with."""
        lines = [
            "# Written anew at every start.",
            "listen_addresses = ''",
            f"unix_socket_directories = '{self.socket_folder}'",
            "unix_socket_permissions = 0700",
            "port = 5432",
            "max_connections = 100",
            "password_encryption = 'scram-sha-256'",
            "timezone = 'UTC'",
            "log_timezone = 'UTC'",
            "shared_buffers = '256MB'",
            "work_mem = '16MB'",
            "maintenance_work_mem = '128MB'",
            "max_wal_size = '2GB'",
            "checkpoint_timeout = '15min'",
            "random_page_cost = 1.1",
            "jit = off",
        ]
        if not self.durable:
            lines += ["fsync = off", "synchronous_commit = off", "full_page_writes = off"]
        return "\n".join(lines) + "\n"

    def _make_socket_folder(self) -> None:
        """Make the folder of the socket; one in /tmp that somebody else made is not trusted."""
        folder = self.socket_folder
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid not in (os.geteuid(), self.account.uid):
            raise PostgresUnavailable(f"{folder} belongs to somebody else; remove it or set UPHELD_HOME.")
        if os.geteuid() == 0:
            os.chown(folder, self.account.uid, self.account.gid)
        folder.chmod(0o700)

    def _file_for_server(self, name: str, content: str) -> Path:
        """Write a file that the server account owns and nobody else may read."""
        path = self.folder / name
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(content)
            if os.geteuid() == 0:
                os.fchown(file.fileno(), self.account.uid, self.account.gid)
        return path


def say(text: str) -> None:
    """Tell on standard error what the database is doing."""
    print(f"PostgreSQL: {text}", file=sys.stderr, flush=True)


def _can_enter(folder: Path, account: Account) -> bool:
    """Say whether the account may pass through every existing folder down to this one."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if account.is_me:
        return os.access(existing, os.X_OK)
    return run_as(account, ["/usr/bin/test", "-x", existing]).returncode == 0


def _is_server(pid: int) -> bool:
    """Say whether a process that exists is a living PostgreSQL; without /proc it is taken for one."""
    try:
        # "12 (postgres) S 1 ...": the name stands in brackets, the state (Z: dead, not buried) after them.
        name, _, rest = Path(f"/proc/{pid}/stat").read_text().partition(") ")
    except OSError:
        return not Path("/proc/self").exists()
    return name.partition("(")[2] in ("postgres", "postmaster") and not rest.startswith("Z")


def _tail(log: Path) -> str:
    """Read the last lines of the server's log."""
    try:
        return "\n".join(log.read_text("utf-8", "replace").splitlines()[-15:])
    except OSError:
        return "(no log)"
