"""The set-up does each step once, serves what the pages ask for, and names no map that is not served."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from places import PACKAGE, ROOT


@pytest.fixture(scope="module")
def set_up() -> ModuleType:
    """Load the script, which is no module of the package."""
    spec = importlib.util.spec_from_file_location("set_up", ROOT / "tools" / "set_up.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_step_is_done_again_only_when_what_it_was_made_from_changed(
    set_up: ModuleType, tmp_path: Path
) -> None:
    done: list[str] = []
    wanted, stamp = tmp_path / "wanted.txt", tmp_path / "stamp"
    for content in ("one", "one", "two", "two"):
        wanted.write_text(content)
        set_up.unless_stamped(stamp, [wanted], lambda content=content: done.append(content))
    assert done == ["one", "two"]


def test_a_step_that_failed_is_not_taken_for_done(set_up: ModuleType, tmp_path: Path) -> None:
    wanted, stamp = tmp_path / "wanted.txt", tmp_path / "stamp"
    wanted.write_text("one")
    with pytest.raises(SystemExit, match=r"this command failed \(3\)"):
        set_up.unless_stamped(
            stamp, [wanted], lambda: set_up.run(sys.executable, "-c", "raise SystemExit(3)")
        )
    assert not stamp.exists()


def test_served_files_name_no_source_map(set_up: ModuleType, tmp_path: Path) -> None:
    script = tmp_path / "a.min.js"
    script.write_text("let a = 1;\n//# sourceMappingURL=a.min.js.map\n")
    assert set_up.without_source_map(script) == b"let a = 1;\n"


def test_every_vendored_file_that_a_template_asks_for_is_served(set_up: ModuleType) -> None:
    asked = {
        name
        for template in (PACKAGE / "faces").rglob("*.html")
        for name in re.findall(r"""static\s+['"]vendor/([^'"]+)['"]""", template.read_text("utf-8"))
    }
    assert asked <= set(set_up.SERVED.values())


def test_no_page_calls_another_machine() -> None:
    found = [
        str(page.relative_to(ROOT))
        for page in (PACKAGE / "faces").rglob("*.html")
        if re.search(r"""(src|href|action)=["'](https?:)?//""", page.read_text("utf-8"))
    ]
    assert not found


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
@pytest.mark.parametrize("script", [".ci/run", "requirements/compile"])
def test_scripts_may_be_run_and_parse(script: str) -> None:
    path = ROOT / script
    assert path.stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", path]).returncode == 0
