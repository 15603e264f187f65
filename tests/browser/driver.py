"""The app served on a free port and a headless Chromium to look at it, for tests, pictures, benchmarks."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Locator,
    Page,
    ViewportSize,
    WebSocket,
    expect,
    sync_playwright,
)
from playwright.sync_api import TimeoutError as NotInTime
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

ROOT = Path(__file__).resolve().parents[2]
VIEWER = ".hv"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--process-per-site",  # what comes after another keeps the app's compiled scripts
)
ASKING = "asking-"
"""How the names of what asks for pixels begin."""

OWN, SHARED = "127.0.0.1", "127.1"
"""An address of this computer, and another way to write it, which the app takes for a shared host's."""

KEYS = "browser_keys"
"""How the name ends of what tells who has come, which a browser does by itself, once."""

PATIENCE_S = 120
"""How long anything is waited for: with twenty busy processes for each core a page took 80 s to be drawn."""
expect.set_options(timeout=PATIENCE_S * 1000)


@dataclass(frozen=True)
class View:
    """What one sees the app through.

    Parameters
    ----------
    width, height
        Of the window, in pixels.
    dark
        Whether one likes the dark theme.
    """

    width: int = 1400
    height: int = 1000
    dark: bool = False

    def __str__(self) -> str:
        return f"{self.width}x{self.height}-{'dark' if self.dark else 'light'}"


VIEWS = tuple(View(*size, dark) for size in ((1400, 900), (1366, 768), (800, 900)) for dark in (False, True))
"""A desk's window, a laptop's, and a narrow one, by day and by night."""


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
def serve(*, listens_at: str = OWN, **environment: str) -> Iterator[Served]:
    """The app, served until the block ends.

    Parameters
    ----------
    listens_at
        Its address; only of `OWN` the app knows that it serves nobody but this computer.
    environment
        Environment variables for it.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.headless=true"]
    command += [f"--server.port={port}", f"--server.address={listens_at}", "--server.fileWatcherType=none"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, **quiet)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address)
        yield Served(address, server.pid)
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE_S)


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

    Of two installed ones the one without windows, which does a fifth less for the same page.

    Raises
    ------
    NoBrowser
        If none can be started.
    """
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    known = map(shutil.which, names)
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


class Talk:
    """What a page asks of the server and whether it has been answered, read from their messages.

    The page alone does not tell: a click is asked about a while after it was made, and between the answer
    of a page's body and that of the whole page there is a moment in which nothing runs.
    """

    def __init__(self, page: Page) -> None:
        self.n_asked = 0
        self.is_answered = False
        self.is_known = False
        page.on("websocket", self._listen)

    def _listen(self, stream: WebSocket) -> None:
        stream.on("framesent", self._note_question)
        stream.on("framereceived", self._note_answer)

    def _note_question(self, message: str | bytes) -> None:
        said = BackMsg.FromString(_binary(message))
        if said.HasField("rerun_script"):
            self.n_asked += not _wants_pixels(said)
            self.is_answered = False
            self.is_known |= any(KEYS in state.id for state in said.rerun_script.widget_states.widgets)

    def _note_answer(self, message: str | bytes) -> None:
        said = ForwardMsg.FromString(_binary(message))
        if said.HasField("script_finished"):
            self.is_answered = said.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN


def _wants_pixels(said: BackMsg) -> bool:
    """Whether a viewer asks for its pixels, which it does by itself, while one does something else."""
    states = said.rerun_script.widget_states.widgets
    return any(ASKING in state.id and state.json_trigger_value for state in states)


def _binary(message: str | bytes) -> bytes:
    if isinstance(message, str):
        raise TypeError(f"Streamlit's messages must be binary; this one is text: {message[:80]!r}.")
    return message


_talks: WeakKeyDictionary[Page, Talk] = WeakKeyDictionary()


@contextmanager
def visitor(browser: Browser, size: tuple[int, int] = (1400, 1000), *, dark: bool = False) -> Iterator[Page]:
    """An empty page of a new visitor, who leaves when the block ends.

    Parameters
    ----------
    browser
        What looks.
    size
        (width, height) of the window in pixels.
    dark
        Whether the visitor likes the dark theme.
    """
    with browser.new_context(**_window(size, dark=dark)) as context:
        yield _page_of(context)


@contextmanager
def visitors_in_turn(browser: Browser, address: str) -> Iterator[Callable[[], Page]]:
    """Makes an empty page of a new visitor, in the same window as the one before, who has left.

    The browser keeps the app's compiled scripts, which saves half of the time to its first page, and nothing
    else: the one before leaves when the next is there, so that their process lives on.

    Parameters
    ----------
    browser
        What looks.
    address
        Of the app.
    """
    with browser.new_context(**_window()) as context:

        def new_visitor() -> Page:
            before = list(context.pages)
            page = _page_of(context)
            for one in before:
                one.close()
            page.goto(f"{address}/_stcore/health")
            page.evaluate("localStorage.clear()")
            return page

        yield new_visitor


def _window(size: tuple[int, int] = (1400, 1000), *, dark: bool = False) -> dict[str, Any]:
    viewport = ViewportSize(width=size[0], height=size[1])
    return {"viewport": viewport, "color_scheme": "dark" if dark else "light"}


def _page_of(context: BrowserContext) -> Page:
    context.set_default_timeout(PATIENCE_S * 1000)
    page = context.new_page()
    _talks[page] = Talk(page)
    return page


def go(page: Page, address: str) -> None:
    """Go to an address, and wait until its page is there."""
    talk = _talks[page]
    talk.is_known = False
    page.goto(address)
    _until(page, lambda: talk.is_known, "The browser did not say who it is")
    settled(page)


@contextmanager
def answered(page: Page) -> Iterator[None]:
    """Do something in the block, and wait until the app has been asked about it and has answered."""
    talk = _talks[page]
    before = talk.n_asked
    yield
    _until(page, lambda: talk.n_asked > before, "The page did not ask the app anything")
    settled(page)


def n_asked(page: Page) -> int:
    """How often the app has been asked to run, but for pixels that a viewer wanted."""
    return _talks[page].n_asked


def settled(page: Page) -> None:
    """Wait until all has been answered, the page has been drawn to its end, and nothing moves any more."""
    page.get_by_text(ONWARD).first.wait_for()
    _until(page, lambda: _talks[page].is_answered, "The app did not come to an end")
    try:
        page.wait_for_function(AT_REST)
    except NotInTime as error:
        seen = page.evaluate(SEEN)
        raise TimeoutError(f"The page must come to rest within {PATIENCE_S} s; it shows {seen}.") from error


def _until(page: Page, holds: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{otherwise} within {PATIENCE_S} s.")
        page.wait_for_timeout(10)  # the messages are heard meanwhile


ONWARD = re.compile("^(Previous|Next): ")
"""The last thing on every page: the way on, or back."""


AT_REST = """() => {
    window.timesAsked = (window.timesAsked ?? 0) + 1;
    const all = where => [...document.querySelectorAll(where)];
    const viewers = all('.hv');
    const drawn = document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'
        && !document.querySelector('[data-stale=true], [data-testid=stSkeleton]')
        && viewers.every(one => one.dataset.ready === 'true')
        && all('iframe[title^=streamlit_image]').every(one =>
            one.contentDocument?.querySelector('#image')?.naturalWidth > 0)
        && all('[data-testid=stVegaLiteChart]').every(one => one.querySelector('svg, canvas'));
    if (!drawn) { window.stillFrames = 0; return false; }
    const boxes = viewers.map(one => JSON.stringify(one.getBoundingClientRect()) + one.dataset.picture);
    const places = boxes + document.querySelector('[data-testid=stMain]').scrollHeight;
    window.stillFrames = places === window.lastPlaces ? window.stillFrames + 1 : 0;
    window.lastPlaces = places;
    if (window.stillFrames < 5) return false;
    window.stillFrames = 0;
    return true;
}"""
"""Asked at every frame: whether nothing runs, pictures and charts are there, and five frames were still."""


SEEN = """() => {
    const all = where => [...document.querySelectorAll(where)];
    return JSON.stringify({
        state: document.querySelector('[data-testid=stApp]')?.dataset.testScriptState,
        stale: all('[data-stale=true]').length,
        skeletons: all('[data-testid=stSkeleton]').length,
        viewers: all('.hv').map(one => ({...one.dataset})),
        charts: all('[data-testid=stVegaLiteChart]').map(one => !!one.querySelector('svg, canvas')),
        clicked: all('iframe[title^=streamlit_image]').map(one => [
            one.contentDocument?.readyState, one.contentDocument?.querySelector('#image')?.naturalWidth]),
        still: window.stillFrames,
        asked: window.timesAsked,
        places: window.lastPlaces,
    });
}"""
"""What a page that does not come to rest looks like."""


def viewer(page: Page) -> Locator:
    """The page's viewer, once its picture is there."""
    return page.locator(f"{VIEWER}[data-ready=true]").first


def stage(page: Page) -> Locator:
    """What of the viewer one points at."""
    return viewer(page).locator(".hv-stage")


def shown(page: Page) -> str:
    """What tells the viewer's picture and all that is drawn over it from others: whether it has changed."""
    return str(viewer(page).get_attribute("data-shown"))


def picture_on_stage(page: Page) -> tuple[float, float, float, float]:
    """(left, top, width, height) of the whole picture on the stage, in displayed pixels."""
    left, top, width, height = map(float, str(viewer(page).get_attribute("data-picture")).split())
    return left, top, width, height


def place_on_stage(page: Page, across: float, down: float) -> tuple[float, float]:
    """(x, y) on the stage of a share of the picture's width and height."""
    left, top, width, height = picture_on_stage(page)
    return left + across * width, top + down * height


def on_page(page: Page, place: tuple[float, float]) -> tuple[float, float]:
    """(x, y) in the window of a place on the stage."""
    box = stage(page).bounding_box()
    assert box is not None
    return box["x"] + place[0], box["y"] + place[1]


def header(page: Page) -> Locator:
    """The line with name, pixel size, domains and crystalline fraction."""
    return page.locator(".st-key-header").get_by_text("crystalline")
