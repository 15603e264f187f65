"""What axe-core finds grave on a page."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from driver import settled
from playwright.sync_api import Page

BRUSH = "[class*=_brush]"
"""Vega-Lite gives the rectangles of its brush a role and no name; what it picks stands beside or below."""

GRAVE = {"serious", "critical"}


ALL = {"resultTypes": ["violations"]}
COLOURS = {**ALL, "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


def findings(page: Page) -> list[str]:
    """What is grave, as axe-core says it, with its element; of the other theme, which stays, its colours.

    Nothing but colours depends on the theme, so all rules are asked in the one that is there.
    """
    grave = _grave(page, ALL)
    _change_theme(page)
    return grave + _grave(page, COLOURS)


def _grave(page: Page, options: dict[str, Any]) -> list[str]:
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(
        "([context, options]) => axe.run(context, options)", [{"exclude": [[BRUSH]]}, options]
    )
    theme = "dark" if _is_dark(page) else "light"
    pale = [f"{theme}, too pale in a chart: {text}" for text in page.evaluate(PALE)]
    return pale + [
        f"{theme}, {rule['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for rule in found["violations"]
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]


PALE = """() => {
    const numbers = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
    const light = colour => numbers(colour)
        .map(value => value / 255)
        .map(value => value > 0.04045 ? ((value + 0.055) / 1.055) ** 2.4 : value / 12.92)
        .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0.05);
    const ground = light(getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor);
    return [...document.querySelectorAll('[data-testid=stVegaLiteChart] svg text')]
        .filter(text => text.textContent)
        .filter(text => {
            const ratio = light(getComputedStyle(text).fill) / ground;
            return Math.max(ratio, 1 / ratio) < 4.5;
        })
        .map(text => text.textContent);
}"""
"""Letters of charts with less contrast than WCAG asks for, which axe-core does not look at."""


def _change_theme(page: Page) -> None:
    """Let the page be seen by who likes the other theme."""
    if _is_dark(page):
        page.emulate_media(color_scheme="light")
        page.wait_for_function(f"{GROUND} > 200")
    else:
        page.emulate_media(color_scheme="dark")
        page.wait_for_function(f"{GROUND} < 100")
    settled(page)


def _is_dark(page: Page) -> bool:
    return bool(page.evaluate(f"{GROUND} < 150"))


GROUND = "+getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor.match(/\\d+/)[0]"
"""How light the page's ground is, from 0 to 255."""
