"""Imports go one way; what a layers contract cannot say about them is said here."""

from __future__ import annotations

import subprocess
import sys

from places import PACKAGE, ROOMS, ROOT, imported_modules, python_files, short

LINT = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_logo=True))"


def test_the_import_contracts_hold() -> None:
    done = subprocess.run([sys.executable, "-c", LINT], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_folder_of_the_package_is_a_room() -> None:
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == set(ROOMS)


def test_policy_imports_the_standard_library_alone() -> None:
    foreign = {}
    for path in python_files("src/upheld/policy"):
        allowed = sys.stdlib_module_names | {"upheld"} | ({"yaml"} if path.name == "loader.py" else set())
        strange = {name for name in imported_modules(path) if name.split(".")[0] not in allowed}
        if strange:
            foreign[short(path)] = sorted(strange)
    assert not foreign, "policy is pure (YAML in loader.py only)"


def test_policy_has_no_clock_no_chance_and_no_network() -> None:
    # Any of them would give another answer tomorrow.
    found = []
    for path in python_files("src/upheld/policy"):
        text = path.read_text("utf-8")
        strange = imported_modules(path) & {
            "time",
            "random",
            "secrets",
            "socket",
            "urllib.request",
            "subprocess",
        }
        calls = [call for call in ("date.today(", "datetime.now(", "datetime.utcnow(") if call in text]
        found += [f"{short(path)}: {name}" for name in [*sorted(strange), *calls]]
    assert not found, "the date comes in by name"


def test_batch_knows_no_web_and_no_database() -> None:
    found = {
        short(path): names
        for path in python_files("src/upheld/batch")
        if (names := {name.split(".")[0] for name in imported_modules(path)} & {"django", "psycopg"})
    }
    assert not found


def test_nothing_happens_behind_the_back_of_an_operation() -> None:
    found = [
        f"{short(path)}: {name}"
        for path in python_files("src")
        for name in sorted(imported_modules(path))
        if name.endswith("signals") or name == "django.dispatch"
    ]
    assert not found, "an act that crosses apps is one operation, not a signal"
