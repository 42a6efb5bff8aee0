"""The tests' database: one quick, forgetful cluster for the whole run, started when a first test asks.

Each xdist worker has a database of its own in that cluster (pytest-django names them). The controller picks
the folder before there are workers, hands its name down through the environment, and stops the server.
Tests that touch no database start nothing. With UPHELD_DATABASE_URL set, that server is used instead.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from upheld.config import embedded_postgres
from upheld.config.postgres_cluster import Cluster

FOLDER_VARIABLE = "UPHELD_TEST_CLUSTER"

settings.register_profile("untimed", deadline=None)
settings.load_profile(
    "untimed"
)  # an example that a busy machine holds up is no fault; the rest stays as it was


def is_worker(config: pytest.Config) -> bool:
    """Say whether this process is one of xdist's workers."""
    return hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    """Name the cluster of this run."""
    if is_worker(config):
        return
    embedded_postgres.sweep_temporary()
    os.environ[FOLDER_VARIABLE] = str(embedded_postgres.temporary().folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the cluster of this run, if any test started it, and remove its folder."""
    if is_worker(config):
        return
    folder = os.environ.pop(FOLDER_VARIABLE, None)
    if folder:
        embedded_postgres.stop(Cluster(Path(folder), durable=False))
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Start or join the run's cluster just before pytest-django makes its databases there."""
    if os.environ.get(embedded_postgres.URL_VARIABLE):
        return
    cluster = embedded_postgres.start(Cluster(Path(os.environ[FOLDER_VARIABLE]), durable=False))
    os.environ[embedded_postgres.URL_VARIABLE] = cluster.url
