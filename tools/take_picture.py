"""Take the README's picture: the workbench of the demo's first account manager, in Debian's Chromium.

Run it against a demo that is being served, in an environment with what the tests need:
`.venv/bin/python tools/take_picture.py http://localhost:8000 docs/images/workbench.webp`.
"""

from __future__ import annotations

import base64
import shutil
import sys
from pathlib import Path

WIDTH, HEIGHT = 1180, 800


def take(address: str, file: Path, *, username: str = "am101", password: str = "upheld-demo") -> None:
    """Sign in at `address`, open in English what may be done now, and save a laptop's screen of it to `file` (WebP)."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(f"{address}/sign-in/")
        page.fill("[name=username]", username)
        page.fill("[name=password]", password)
        page.click("form:has([name=password]) button[type=submit]")
        page.get_by_role("button", name="EN").click()
        page.get_by_role("link", name="Can be done now").click()
        page.wait_for_load_state("networkidle")
        # Playwright itself writes no WebP; the browser does, at a third of a PNG's size.
        session = page.context.new_cdp_session(page)
        shot = session.send("Page.captureScreenshot", {"format": "webp", "quality": 82})
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(shot["data"]))
        browser.close()


if __name__ == "__main__":
    take(sys.argv[1], Path(sys.argv[2]))
