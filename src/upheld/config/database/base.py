"""The connection wrapper that Django looks for in a database back end's `base` module."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base

from upheld.config.embedded_postgres import connection_parts, database_url


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL as Django knows it, at the address that `database_url()` gives when it is first needed."""

    def get_connection_params(self) -> dict[str, Any]:
        """Fill in the address when the settings left it open; the name stays, for tests have their own."""
        if not self.settings_dict.get("HOST"):
            parts = connection_parts(database_url())
            for key in ("HOST", "PORT", "USER", "PASSWORD"):
                self.settings_dict[key] = parts[key]
        return super().get_connection_params()
