"""What the tests of this folder share: the shipped edition and a DuckDB."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from upheld.batch.engine import DuckDB
from upheld.policy.editions import Edition, shipped_edition


@pytest.fixture(scope="session")
def edition() -> Edition:
    return shipped_edition()


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDB]:
    with DuckDB(threads=1) as engine:
        yield engine
