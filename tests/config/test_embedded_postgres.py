"""The database launcher, for real: servers are started, killed, shared, and stopped here."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from upheld.config import embedded_postgres, postgres_binaries, postgres_cluster
from upheld.config.embedded_postgres import connection_parts, database_url
from upheld.config.postgres_binaries import PostgresUnavailable
from upheld.config.postgres_cluster import Cluster

SOURCE = Path(embedded_postgres.__file__).parents[2]
AS_ROOT = os.geteuid() == 0
# Start or join, tell the address, stay until told to go on.
USER_PROGRAM = """
import sys
from upheld.config.embedded_postgres import database_url
print(database_url(), flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give an empty UPHELD_HOME that every user may pass through; its server is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="upheld-home-", dir="/tmp"))
    folder.chmod(0o755)
    monkeypatch.setenv("UPHELD_HOME", str(folder))
    monkeypatch.delenv("UPHELD_DATABASE_URL", raising=False)
    monkeypatch.delenv("UPHELD_POSTGRES", raising=False)
    yield folder
    embedded_postgres.stop()
    shutil.rmtree(folder)


def needs(origin: str) -> None:
    """Skip unless server programs of that origin are on this machine."""
    folders = {"system": postgres_binaries.system_folders, "wheel": postgres_binaries.wheel_folders}[origin]()
    if not postgres_binaries.usable(folders, origin):
        pytest.skip(f"no PostgreSQL of the {origin} on this machine")


def ask(url: str, query: str) -> tuple[object, ...]:
    """Ask the database one question and give the one row of the answer."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row


def another_user_process(python: str = sys.executable, **options: object) -> subprocess.Popen[str]:
    """Start a process that uses the database until its standard input ends."""
    return subprocess.Popen(
        [python, "-c", USER_PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,  # type: ignore[call-overload]
    )


@pytest.mark.parametrize("origin", ["system", "wheel"])
def test_a_cluster_is_made_with_the_programs_of_the_system_and_of_the_wheel(
    home: Path, monkeypatch: pytest.MonkeyPatch, origin: str
) -> None:
    needs(origin)
    monkeypatch.setenv("UPHELD_POSTGRES", origin)
    url = database_url()
    facts = ask(
        url,
        "SELECT current_setting('server_encoding'), current_setting('timezone'), datcollate,"
        " current_setting('listen_addresses') FROM pg_database WHERE datname = current_database()",
    )
    assert facts == ("UTF8", "UTC", "C", "")
    version = int(str(ask(url, "SELECT current_setting('server_version_num')")[0]))
    assert version >= postgres_binaries.OLDEST_MAJOR * 10_000


def test_the_server_never_runs_as_root_and_its_secrets_are_its_owners(home: Path) -> None:
    database_url()
    cluster = Cluster.below(home)
    pid = cluster.server_pid()
    assert pid is not None
    status = Path(f"/proc/{pid}").stat()
    assert status.st_uid != 0
    assert (cluster.folder / "password").stat().st_mode & 0o777 == 0o600
    assert cluster.data.stat().st_mode & 0o077 == 0
    assert cluster.socket_folder.stat().st_mode & 0o077 == 0


def test_data_is_kept_when_the_last_user_leaves_and_the_next_one_comes(home: Path) -> None:
    with embedded_postgres.running() as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT '践诺' AS word")
    assert Cluster.below(home).server_pid() is None
    with embedded_postgres.running() as url:
        assert ask(url, "SELECT word FROM kept") == ("践诺",)


def test_it_starts_again_after_a_kill_9_with_what_was_committed(home: Path) -> None:
    url = database_url()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE committed AS SELECT 42 AS answer")
    pid = Cluster.below(home).server_pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert ask(database_url(), "SELECT answer FROM committed") == (42,)
    assert Cluster.below(home).server_pid() not in (None, pid)


def test_a_pid_file_that_names_another_program_does_not_block_the_start(home: Path) -> None:
    with embedded_postgres.running():
        pass
    stale = Cluster.below(home).data / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{stale.parent}\n0\n5432\n\n\n0 0\n")
    assert ask(database_url(), "SELECT 1") == (1,)


def test_two_processes_at_once_share_one_server_and_the_last_one_stops_it(home: Path) -> None:
    first, second = another_user_process(), another_user_process()
    assert first.stdout is not None
    assert second.stdout is not None
    urls = {first.stdout.readline().strip(), second.stdout.readline().strip()}
    assert len(urls) == 1
    (url,) = urls
    first.communicate("\n", timeout=60)
    assert ask(url, "SELECT 1") == (1,)
    second.communicate("\n", timeout=60)
    assert Cluster.below(home).server_pid() is None


def test_a_killed_user_does_not_keep_the_server_up_for_ever(home: Path) -> None:
    killed = another_user_process()
    assert killed.stdout is not None
    url = killed.stdout.readline().strip()
    killed.kill()
    killed.communicate()
    assert ask(url, "SELECT 1") == (1,)
    with embedded_postgres.running() as joined:
        assert joined == url
    assert Cluster.below(home).server_pid() is None


def test_an_ordinary_user_runs_it_as_himself(home: Path) -> None:
    if not AS_ROOT:
        pytest.skip("the other tests run as an ordinary user already")
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    as_nobody = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": "/"}
    packages = Path(psycopg.__file__).parents[1]
    environment = {
        "UPHELD_HOME": str(home),
        "PYTHONPATH": f"{SOURCE}:{packages}",
        "PATH": os.environ["PATH"],
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            probe = [python, "-c", "import psycopg, upheld.config.embedded_postgres"]
            if subprocess.run(probe, env=environment, stderr=subprocess.DEVNULL, **as_nobody).returncode == 0:
                break
        except OSError:
            continue
    else:
        pytest.skip("no Python here that the user nobody may run with psycopg")
    process = another_user_process(python, env=environment, **as_nobody)
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    owner = postgres_binaries.owner_of(home / "postgres" / "data")
    assert ask(url, "SELECT 1") == (1,)
    _, errors = process.communicate("\n", timeout=60)
    assert process.returncode == 0, errors
    assert owner.name == "nobody"


@pytest.mark.skipif(not AS_ROOT, reason="only root hands the server to another user")
def test_a_home_that_the_server_cannot_reach_is_moved_and_its_data_is_found_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setenv("UPHELD_HOME", str(closed / "below"))
    monkeypatch.setattr(postgres_cluster, "OPEN_PLACE", home / "open")
    try:
        with embedded_postgres.running() as url, psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE moved AS SELECT 1 AS one")
        with embedded_postgres.running() as url:
            assert ask(url, "SELECT one FROM moved") == (1,)
        assert list((home / "open" / "homes").iterdir())
    finally:
        embedded_postgres.stop()


@pytest.mark.skipif(not AS_ROOT, reason="only root hands the server to another user")
def test_programs_of_a_wheel_that_the_server_cannot_reach_are_copied(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("wheel")
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    package = postgres_binaries.wheel_folders()[0].parents[1]
    for part in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, closed / part.name, symlinks=True)
    programs = closed / package.name / "pginstall" / "bin"
    monkeypatch.setattr(postgres_binaries, "OPEN_PLACE", home / "open")
    monkeypatch.setattr(postgres_binaries, "wheel_folders", lambda: [programs])
    monkeypatch.setenv("UPHELD_POSTGRES", "wheel")
    assert ask(database_url(), "SELECT 1") == (1,)
    assert list((home / "open" / "programs").iterdir())


def test_a_path_too_long_for_a_socket_is_no_obstacle(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPHELD_HOME", str(home / ("long" * 30)))
    cluster = Cluster.below(embedded_postgres.home())
    assert cluster.socket_folder.parent == Path("/tmp")
    with embedded_postgres.running() as url:
        assert ask(url, "SELECT 1") == (1,)
    assert not cluster.socket_folder.exists()


def test_data_of_a_version_that_is_not_here_is_refused_with_a_remedy(home: Path) -> None:
    with embedded_postgres.running():
        pass
    (Cluster.below(home).data / "PG_VERSION").write_text("11\n")
    with pytest.raises(PostgresUnavailable, match=r"PostgreSQL 11.*is not here \(found: \d+.*Install it"):
        database_url()


def test_a_cluster_for_tests_leaves_nothing_behind() -> None:
    started = time.monotonic()
    with embedded_postgres.ephemeral() as cluster:
        assert ask(cluster.url, "SELECT current_setting('fsync')") == ("off",)
        pid = cluster.server_pid()
    assert not cluster.folder.exists()
    assert pid is not None
    assert cluster.server_pid() is None
    assert time.monotonic() - started < 60


def test_the_url_of_another_server_wins_and_nothing_is_started(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPHELD_DATABASE_URL", "postgresql://db.example/telco")
    assert database_url() == "postgresql://db.example/telco"
    assert list(home.iterdir()) == []


def test_a_url_is_taken_apart_for_django() -> None:
    assert connection_parts("postgresql://me:p%40ss@db.example:6432/telco?sslmode=require") == {
        "NAME": "telco",
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "6432",
        "OPTIONS": {"sslmode": "require"},
    }
    assert connection_parts("postgresql://me@/telco?host=%2Frun%2Fpg")["HOST"] == "/run/pg"
    with pytest.raises(ValueError, match="must begin with postgresql://"):
        connection_parts("mysql://db.example/telco")
