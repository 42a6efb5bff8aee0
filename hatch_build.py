"""Build hooks: the dependencies come from requirements/runtime.in, and a wheel carries the standards and the demo.

An editable install reads standards/ and demo/ where they lie in the repository, so only a real wheel packs copies.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface


class RuntimeRequirements(MetadataHookInterface):
    """Read the run-time dependencies from the one place where they are written."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        """Fill `dependencies` from requirements/runtime.in."""
        lines = (Path(self.root) / "requirements" / "runtime.in").read_text("utf-8").splitlines()
        wanted = (line.split("#")[0].strip() for line in lines)
        metadata["dependencies"] = [line for line in wanted if line]


class PackStandards(BuildHookInterface):
    """Put standards/ into a wheel as upheld/shipped_standards, and demo/ as upheld/shipped_demo."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the folders, and refuse a wheel that would come without its web assets."""
        if version == "editable":
            return
        root = Path(self.root)
        made = ("src/upheld/faces/static/vendor", "src/upheld/gateways/fonts")
        if not all((root / folder).is_dir() for folder in made):
            raise SystemExit("The web assets are missing: run 'make setup' first.")
        build_data["force_include"][str(root / "standards")] = "upheld/shipped_standards"
        build_data["force_include"][str(root / "demo")] = "upheld/shipped_demo"
