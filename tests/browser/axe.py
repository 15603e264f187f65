"""What axe-core finds grave on a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

BRUSH = "[class*=_brush]"
"""Vega-Lite gives the rectangles of its brush a role and no name; what it picks stands beside or below."""

GRAVE = {"serious", "critical"}


ALL = {"resultTypes": ["violations"]}
COLOURS = {**ALL, "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


def findings(page: Page) -> list[str]:
    """What is grave, as axe-core says it, with the element; of the dark theme its colours only."""
    is_dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    found = Axe().run(page, context={"exclude": [[BRUSH]]}, options=COLOURS if is_dark else ALL)
    return [
        f"{rule['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for rule in found.response["violations"]
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]
