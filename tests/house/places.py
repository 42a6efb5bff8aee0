"""Where things are in this repository, and which files are ours: what every house test begins with."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "upheld"
ROOMS = ("policy", "batch", "records", "gateways", "operations", "faces", "config")
CODE_FOLDERS = ("src", "tests", "demo", "bench", "tools")


@cache
def tracked_files() -> tuple[Path, ...]:
    """List the files that git keeps; skip the test where this is not a git clone."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git clone")
    return tuple(ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file())


@cache
def python_files(*folders: str) -> tuple[Path, ...]:
    """List our own Python files below some folders of the repository; migrations are made by Django."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return tuple(path for path in found if "migrations" not in path.parts)


@cache
def syntax(path: Path) -> ast.Module:
    """Parse one Python file."""
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def short(path: Path) -> str:
    """Name a file as a person in the repository's root would."""
    return str(path.relative_to(ROOT))


def imported_modules(path: Path) -> set[str]:
    """Name the modules that a file imports anywhere in it, relative imports left out."""
    names: set[str] = set()
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names
