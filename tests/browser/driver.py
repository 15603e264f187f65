"""The app served on a free port and a headless Chromium to look at it, for tests, pictures, benchmarks."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Error, FrameLocator, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
PICTURE = 'iframe[title="streamlit_image_coordinates.streamlit_image_coordinates"]'
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_S = 40


class NoBrowser(RuntimeError):
    """There is no Chromium to drive."""


@dataclass(frozen=True)
class Served:
    """A running app.

    Parameters
    ----------
    address
        Where it answers.
    process
        Number of its process.
    """

    address: str
    process: int


@contextmanager
def serve(**environment: str) -> Iterator[Served]:
    """The app, served until the block ends.

    Parameters
    ----------
    environment
        Environment variables for it.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.headless=true"]
    command += [f"--server.port={port}", "--server.address=127.0.0.1", "--server.fileWatcherType=none"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, **quiet)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address)
        yield Served(address, server.pid)
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"The app did not answer at {address} within {PATIENCE_S} s.")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium: the one that `CHROMIUM` names, else an installed one, else Playwright's own.

    Raises
    ------
    NoBrowser
        If none can be started.
    """
    known = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    path = os.environ.get("CHROMIUM") or next(filter(None, known), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        except Error as error:
            raise NoBrowser(
                "No Chromium to drive: install it, name it in CHROMIUM, or run playwright install chromium. "
                + error.message.splitlines()[0]
            ) from error
        yield browser
        browser.close()


def settled(page: Page) -> None:
    """Wait until the page has been drawn to its end and nothing runs any more."""
    page.get_by_text("What this page did").wait_for(timeout=PATIENCE_S * 1000)
    page.wait_for_timeout(100)
    page.wait_for_function(
        "() => document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"
        " && !document.querySelector('[data-stale=true]')",
        timeout=PATIENCE_S * 1000,
    )


def picture(page: Page) -> FrameLocator:
    """The page's clickable picture."""
    return page.frame_locator(PICTURE)


def shown(page: Page) -> str:
    """The picture's data, to see whether it has changed."""
    return str(picture(page).locator("#image").get_attribute("src"))


def header(page: Page) -> str:
    """The line with name, pixel size, domains and crystalline fraction."""
    return page.get_by_text("crystalline").first.inner_text()
