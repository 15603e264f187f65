"""Take the pictures of the pages that the README shows, with the app as it is.

    python docs/make_screenshots.py [--out DIR] [--all]

Starts the app on a free port, opens every page in headless Chromium, and writes one JPEG per page. With
`--all` each page is taken wide and narrow, in the light and in the dark theme.
"""

import argparse
import sys
from pathlib import Path

from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))
from driver import chromium, go, serve, settled, visitor  # noqa: E402

PAGES = ("", "FFT_peaks", "d-spacings", "Domains", "Statistics", "Export")
WIDE, NARROW = (1400, 1000), (800, 1000)
TALLEST_PX = 2600


def take(browser: Browser, address: str, name: str, size: tuple[int, int], scheme: str, target: Path) -> None:
    """Write the picture of one page, as tall as the page is.

    Parameters
    ----------
    browser, address
        What looks, and at which app.
    name
        The page's name in its address, "" for the first.
    size
        (width, height) of the window in pixels; the height grows as needed.
    scheme
        "light" or "dark".
    target
        The file to write.
    """
    with visitor(browser, size, dark=scheme == "dark") as page:
        go(page, f"{address}/{name}")
        height = int(page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight"))
        page.set_viewport_size({"width": size[0], "height": max(size[1], min(height + 20, TALLEST_PX))})
        settled(page)
        page.screenshot(path=target, type="jpeg", quality=80)  # noise makes PNG four times as large


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures")
    parser.add_argument("--all", action="store_true", help="wide and narrow, light and dark")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    looks = [(WIDE, "light")] + ([(WIDE, "dark"), (NARROW, "light"), (NARROW, "dark")] if given.all else [])
    with serve() as app, chromium() as browser:
        for name in PAGES:
            for size, scheme in looks:
                ending = f"_{size[0]}_{scheme}" if given.all else ""
                target = given.out / f"{name.lower().replace('-', '_') or 'micrograph'}{ending}.jpg"
                take(browser, app.address, name, size, scheme, target)
                print(target)


if __name__ == "__main__":
    main()
