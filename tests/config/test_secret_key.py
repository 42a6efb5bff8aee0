"""The key of the sessions comes from the environment, or is made once, whole, and for its owner's eyes alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from upheld.config.secret_key import secret_key


@pytest.fixture(autouse=True)
def no_key_given(monkeypatch):
    monkeypatch.delenv("UPHELD_SECRET_KEY", raising=False)


def test_the_environment_gives_the_key(monkeypatch, tmp_path):
    monkeypatch.setenv("UPHELD_SECRET_KEY", "given")
    assert secret_key(tmp_path) == "given"
    assert not list(tmp_path.iterdir())


def test_a_key_is_made_once_and_kept_from_others(tmp_path: Path):
    home = tmp_path / "new" / "home"
    key = secret_key(home)
    assert len(key) > 50
    assert secret_key(home) == key
    assert (home / "secret_key").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in home.iterdir()] == ["secret_key"]


def test_processes_that_start_together_agree(tmp_path: Path):
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(secret_key, [tmp_path] * 16))
    assert len(keys) == 1
