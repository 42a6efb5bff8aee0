"""What differs between machines comes from the environment, and the safe way is the one that needs no word."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ASK = """
import json
from upheld.config import settings
print(json.dumps({name: getattr(settings, name) for name in (
    "DEBUG", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "SECRET_KEY",
    "SECURE_HSTS_SECONDS", "AXES_LOCKOUT_PARAMETERS", "DATABASES")}))
"""


@pytest.fixture
def settings_with(tmp_path: Path):
    """Read the settings in a process of its own, with the given environment and a home of its own."""

    def read(**told: str) -> dict:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("UPHELD_", "DJANGO_"))
        }
        environment = {**kept, "UPHELD_HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path), **told}
        done = subprocess.run(
            [sys.executable, "-c", ASK],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return json.loads(done.stdout)

    return read


def test_nothing_said_is_the_safe_way(settings_with, tmp_path):
    told = settings_with()
    assert told["DEBUG"] is False
    assert told["SESSION_COOKIE_SECURE"] is told["CSRF_COOKIE_SECURE"] is True
    assert told["SECURE_HSTS_SECONDS"] > 0
    assert told["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    assert told["AXES_LOCKOUT_PARAMETERS"] == [["username", "ip_address"]]
    assert told["SECRET_KEY"] == (tmp_path / "secret_key").read_text()
    assert "pool" not in told["DATABASES"]["default"]["OPTIONS"]
    assert not (tmp_path / "postgres").exists(), "reading the settings must start no database"


def test_plain_http_is_said_aloud(settings_with):
    told = settings_with(UPHELD_HTTP="plain", UPHELD_HOSTS="upheld.example, 10.0.0.5")
    assert told["SESSION_COOKIE_SECURE"] is told["CSRF_COOKIE_SECURE"] is False
    assert told["SECURE_HSTS_SECONDS"] == 0
    assert told["ALLOWED_HOSTS"] == ["upheld.example", "10.0.0.5"]
    assert told["DEBUG"] is False


def test_a_database_by_url_and_a_pool_for_the_server(settings_with):
    told = settings_with(
        UPHELD_DATABASE_URL="postgresql://who:se%40cret@db.example:5433/care?sslmode=require",
        UPHELD_DATABASE_POOL="on",
        UPHELD_SECRET_KEY="given",
    )
    database = told["DATABASES"]["default"]
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.example", "5433", "care")
    assert (database["USER"], database["PASSWORD"]) == ("who", "se@cret")
    assert database["OPTIONS"]["sslmode"] == "require"
    assert database["OPTIONS"]["pool"]["max_size"] >= 2
    assert told["SECRET_KEY"] == "given"
