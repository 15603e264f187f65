"""What axe-core finds grave on a page."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from driver import settled
from playwright.sync_api import Page

BRUSH = "[class*=_brush]"
"""Vega-Lite gives the rectangles of its brush a role and no name; what it picks stands beside or below."""

GRAVE = {"serious", "critical"}


ALL = {"resultTypes": ["violations"]}
COLOURS = {**ALL, "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


def findings(page: Page) -> list[str]:
    """What is grave, as axe-core says it, with the element; of the dark theme its colours only."""
    grave = _grave(page, ALL)
    with dark(page):
        return [*grave, *(f"dark, {one}" for one in _grave(page, COLOURS))]


def _grave(page: Page, options: dict[str, Any]) -> list[str]:
    found = Axe().run(page, context={"exclude": [[BRUSH]]}, options=options)
    return [
        f"{rule['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for rule in found.response["violations"]
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]


@contextmanager
def dark(page: Page) -> Iterator[None]:
    """The page as who likes the dark theme sees it, while the block lasts."""
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{GROUND} < 100")
    settled(page)
    yield
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"{GROUND} > 200")
    settled(page)


GROUND = "+getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor.match(/\\d+/)[0]"
"""How light the page's ground is, from 0 to 255."""
