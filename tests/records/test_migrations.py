"""The migrations build the tables that the models describe."""

from __future__ import annotations

from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.utils import translation

OURS = {"audit", "evidence", "people", "promises", "staff", "standards", "tiers"}


def test_no_model_has_run_ahead_of_its_migrations() -> None:
    # Names for people are translated; a migration holds them in English.
    with translation.override(None):
        loader = MigrationLoader(None)
        drift = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps)).changes(
            loader.graph
        )
    assert not {app: changes for app, changes in drift.items() if app in OURS}
