"""Stories told in a real browser: Debian's Chromium on the demo operator, served as `upheld serve` serves it.

Pictures go to the folder named by UPHELD_SCREENSHOTS, else to a temporary one. Where there is no Chromium, no
Playwright or no web assets, the stories are skipped with a word.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "src" / "upheld" / "faces" / "static" / "vendor"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PASSWORD = "upheld-demo"
PEOPLE = "600"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every story of this folder, and keep them in one worker: they share a server."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def chromium() -> str:
    """Name the browser, or skip the story."""
    pytest.importorskip("playwright.sync_api", reason="no Playwright for Python: run 'make test' once")
    found = next((path for path in map(shutil.which, ("chromium", "chromium-browser")) if path), None)
    if found is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    if not (VENDOR / "htmx.min.js").exists():
        pytest.skip("the web assets are missing: run 'make setup'")
    return found


@pytest.fixture(scope="session")
def address(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Bring up a small demo operator in a database of its own, serve it, and give its address."""
    upheld = Path(sys.executable).with_name("upheld")
    environment = {name: value for name, value in os.environ.items() if name != "UPHELD_DATABASE_URL"}
    environment |= {"UPHELD_HOME": str(tmp_path_factory.mktemp("operator")), "UPHELD_HTTP": "plain"}
    made = subprocess.run(
        [upheld, "demo", "--no-serve", "--people", PEOPLE],
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert made.returncode == 0, made.stderr[-3000:]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [upheld, "serve", "--port", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        yield _once_answering(f"http://127.0.0.1:{port}", server)
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()


def _once_answering(address: str, server: subprocess.Popen[bytes]) -> str:
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{address}/sign-in/", timeout=2).close()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            assert server.poll() is None, server.stderr.read().decode() if server.stderr else ""
            time.sleep(0.5)
        else:
            return address
    raise AssertionError("the server did not answer within a minute")


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """Start Chromium for the stories of one module; Django's queries and Playwright's loop do not share a thread."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Name the folder of the pictures."""
    folder = Path(os.environ.get("UPHELD_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def open_as(browser: Any, address: str) -> Iterator[Callable[..., Any]]:
    """Open a window, sign in by the form, and give the page; a script error or a blocked script fails the story."""
    windows: list[Any] = []
    complaints: list[str] = []

    def sign_in(who: str, *, language: str = "zh-hans", width: int = 1280, height: int = 900) -> Any:
        window = browser.new_context(
            viewport={"width": width, "height": height},
            base_url=address,
            has_touch=width < 500,
            locale="zh-CN",
        )
        windows.append(window)
        page = window.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None
        )
        page.goto("/sign-in/")
        page.keyboard.type(who)
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/sign-in/" not in url)
        # The pages remember what an employee chose last, in whatever story that was.
        other = page.locator(f"button[name=language][value={language}]")
        if other.count():
            other.click()
            page.locator(f"html[lang={language}]").wait_for()
        return page

    yield sign_in
    for window in windows:
        window.close()
    assert not complaints


@pytest.fixture
def check_access() -> Callable[[Any], None]:
    """Let axe look at a page; serious and critical findings fail the story. Does nothing where axe is not installed."""

    def check(page: Any) -> None:
        if not AXE.exists():
            return
        # By the debugger's own way in: the page's policy rightly forbids foreign scripts.
        page.evaluate(AXE.read_text("utf-8"))
        found = page.evaluate(
            "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations"
            ".filter(v => ['serious', 'critical'].includes(v.impact))"
            ".map(v => v.id + ': ' + v.nodes.slice(0, 3)"
            ".map(n => n.target.join(' ') + ' ' + n.failureSummary).join(' | ')))"
        )
        assert not found, "\n".join(found)

    return check
