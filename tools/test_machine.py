"""Bring what the tests need from Debian: Chromium for the browser tests and a font with Chinese characters.

Only root may install; for anybody else, and where installing fails, one calm line says what is missing and
the browser tests skip themselves.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

WANTED = {"chromium": "chromium", "fonts-noto-cjk": "a font with Chinese characters"}


def missing_packages() -> list[str]:
    """Name the Debian packages whose work nothing on this machine does yet."""
    missing = []
    if not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        missing.append("chromium")
    fonts = ""
    if shutil.which("fc-list"):
        fonts = subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True).stdout
    if not fonts.strip():
        missing.append("fonts-noto-cjk")
    return missing


def install(packages: list[str]) -> bool:
    """Install Debian packages without asking anything; say whether that worked."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", *packages]):
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        if done.returncode:
            print(f"test: {' '.join(command)} failed: {done.stderr.strip()[-400:]}", file=sys.stderr)
            return False
    return True


def main() -> None:
    """Install what is missing, or say so."""
    missing = missing_packages()
    if not missing:
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"test: installing {', '.join(missing)} from Debian", file=sys.stderr, flush=True)
        if install(missing):
            return
    words = ", ".join(f"{name} ({WANTED[name]})" for name in missing)
    print(f"test: not on this machine: {words}; browser tests that need it are skipped", file=sys.stderr)


if __name__ == "__main__":
    main()
