"""One server and one Chromium for all browser tests; each test is a new visitor."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

IN_CI = bool(os.environ.get("CI"))

if importlib.util.find_spec("playwright") or IN_CI:
    from driver import VIEWS, NoBrowser, Served, View, chromium, go, serve, visitor, visitors_in_turn
    from playwright.sync_api import Browser, Page
else:
    collect_ignore_glob = ["test_*.py"]


def pytest_report_header() -> str | None:
    """Say why nothing is driven, where playwright, a tool of development, is not installed."""
    if importlib.util.find_spec("playwright") or IN_CI:
        return None
    return "browser tests left out: playwright is not installed (pip install -r requirements/tests.txt)"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here as driving a browser."""
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let the tests of faults see the app in every way, if that is asked for."""
    is_wanted = metafunc.config.getoption("views") and metafunc.definition.get_closest_marker("fault")
    if is_wanted and "view" in metafunc.fixturenames:
        metafunc.parametrize("view", VIEWS, ids=str)


@pytest.fixture
def view(request: pytest.FixtureRequest) -> View:
    """What a test sees the app through: for that of a fault the window in which it is hardest."""
    mark = request.node.get_closest_marker("fault")
    return View(*mark.kwargs.get("size", ())) if mark else View()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium; without one the tests are skipped, in CI they fail."""
    running = chromium()
    try:
        found = running.__enter__()
    except NoBrowser as error:
        if IN_CI:
            pytest.fail(str(error))
        pytest.skip(str(error))
    yield found
    running.__exit__(None, None, None)


@pytest.fixture(scope="session")
def app(browser: Browser) -> Iterator[Served]:  # noqa: ARG001 - no server without a browser
    """The app, served."""
    with serve(HRTEM_SMALL_HOST="0") as served:
        yield served


@pytest.fixture(scope="session")
def one_visitor(app: Served, browser: Browser) -> Iterator[Callable[[], Page]]:
    """An empty page of a new visitor, once the one before has left."""
    with visitors_in_turn(browser, app.address) as new_visitor:
        yield new_visitor


@pytest.fixture
def visit(
    app: Served,
    browser: Browser,
    one_visitor: Callable[[], Page],
    view: View,
    request: pytest.FixtureRequest,
) -> Iterator[Callable[[str], Page]]:
    """Opens a page as a new visitor; a second one of a test comes with a window of their own."""
    with ExitStack() as visitors:
        seen: list[Page] = []

        def new_visitor(name: str = "") -> Page:
            page = visitors.enter_context(visitor(browser)) if seen else one_visitor()
            page.set_viewport_size({"width": view.width, "height": view.height})
            page.emulate_media(color_scheme="dark" if view.dark else "light")
            seen.append(page)
            go(page, f"{app.address}/{name}")
            return page

        yield new_visitor
        folder = request.config.getoption("views")
        for number, page in enumerate(seen if folder else (), 1):
            page.screenshot(path=Path(folder) / f"{request.node.name}-{number}.png")


@pytest.fixture
def browser_page(browser: Browser) -> Iterator[Page]:
    """An empty page of a new visitor."""
    with visitor(browser) as page:
        yield page
