"""Take the pictures of the pages that the README shows, with the app as it is.

    python docs/make_screenshots.py [--out DIR] [--all] [--browser PATH]

Starts the app on a free port, opens every page in headless Chromium, and writes one PNG per page. With
`--all` each page is taken wide and narrow, in the light and in the dark theme.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("", "FFT_peaks", "d-spacings", "Domains", "Statistics", "Export")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE, NARROW = (1400, 1000), (800, 1000)
PATIENCE_S = 30


def find_browser() -> str | None:
    """Path of an installed Chromium; None lets Playwright take its own."""
    said = os.environ.get("CHROMIUM")
    return said or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )


@contextmanager
def serve(port: int | None = None) -> Iterator[str]:
    """The app, served until the block ends; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port or 0))
        port = int(probe.getsockname()[1])
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "streamlit_app.py",
        "--server.headless=true",
        f"--server.port={port}",
        "--server.address=127.0.0.1",
        "--server.fileWatcherType=none",
    ]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_for(address: str) -> None:
    """Return once the server answers."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(f"The app did not answer at {address} within {PATIENCE_S} s.")


def settled(page: Page) -> None:
    """Wait until the page has been drawn and nothing runs any more."""
    page.get_by_text("What this page did").wait_for(timeout=PATIENCE_S * 1000)
    page.wait_for_function(
        "() => !document.querySelector('[data-testid=stStatusWidget]')", timeout=PATIENCE_S * 1000
    )
    page.wait_for_timeout(600)


def take(browser: Browser, address: str, name: str, size: tuple[int, int], scheme: str, target: Path) -> None:
    """Write the picture of one page, as tall as the page is."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = context.new_page()
    page.goto(f"{address}/{name}")
    settled(page)
    height = page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": size[0], "height": max(size[1], min(int(height) + 20, 2600))})
    settled(page)
    page.screenshot(path=target)
    context.close()


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures")
    parser.add_argument("--all", action="store_true", help="wide and narrow, light and dark")
    parser.add_argument("--browser", default=find_browser(), help="path of Chromium")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    looks = [(WIDE, "light")] + ([(WIDE, "dark"), (NARROW, "light"), (NARROW, "dark")] if given.all else [])
    with serve() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=given.browser, args=list(FLAGS))
        for name in PAGES:
            for size, scheme in looks:
                ending = f"_{size[0]}_{scheme}" if given.all else ""
                target = given.out / f"{name.lower().replace('-', '_') or 'micrograph'}{ending}.png"
                take(browser, address, name, size, scheme, target)
                print(target)
        browser.close()


if __name__ == "__main__":
    main()
