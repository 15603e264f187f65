"""How soon the app answers: from a moved slider or a click to the new picture in a browser.

    python benchmarks/app_response.py [--side 1024 2048]

Prints one line per action: the median and the slowest of several, in seconds. The limits are 1 s for
1024² and 2.5 s for 2048².
"""

import argparse
import io
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tifffile
from playwright.sync_api import Page, expect

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))
from driver import answered, chromium, go, serve, stage, visitor
from hands import strongest_spot

LIMIT_S = {1024: 1.0, 2048: 2.5}
PIXEL_NM = 0.03
SPACINGS_NM = (0.288, 0.235, 0.204)
REPEATS = 5
SLIDERS = {
    "Micrograph": ("Gamma",),
    "3 Domains": (
        "Threshold",
        "DBSCAN eps",
        "DBSCAN min_samples",
        "Outline at",
        "Minimum area",
        "One crystal when",
    ),
    "1 FFT peaks": ("Sensitivity", "d-spacings looked for", "False discoveries"),
}
"""Sliders that are moved, by the link to their page; FFT peaks last, for the click in its picture."""


def film(side: int, n_grains: int) -> bytes:
    """A TIFF of noise with round grains of three spacings in all directions.

    Parameters
    ----------
    side
        Of the image in pixels.
    n_grains
        How many.
    """
    rng = np.random.default_rng(7)
    image = rng.normal(1000, 60, (side, side)).astype(np.float32)
    for number in range(n_grains):
        period = SPACINGS_NM[number % 3] / PIXEL_NM
        angle, radius = rng.uniform(0, np.pi), rng.uniform(40, 90)
        row, col = rng.uniform(radius, side - radius, 2)
        rows, cols = np.ogrid[:side, :side]
        inside = (rows - row) ** 2 + (cols - col) ** 2 < radius**2
        image += 60 * inside * np.cos(2 * np.pi * (cols * np.cos(angle) + rows * np.sin(angle)) / period)
    stream = io.BytesIO()
    scale = (1 / PIXEL_NM, 1 / PIXEL_NM)
    pixels = np.clip(image, 0, 65535).astype(np.uint16)
    tifffile.imwrite(stream, pixels, imagej=True, resolution=scale, metadata={"unit": "nm"})
    return stream.getvalue()


def upload(page: Page, side: int, data: bytes) -> float:
    """Open an image; gives the seconds until its result is there."""
    page.get_by_role("tab", name="Your image").click()
    start = time.perf_counter()
    file = {"name": f"film{side}.tif", "mimeType": "image/tiff", "buffer": data}
    with answered(page):
        page.locator('input[type="file"]').first.set_input_files(file)
    expect(page.get_by_text(f"film{side}.tif · ")).to_be_visible()
    return time.perf_counter() - start


WATCH = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    new MutationObserver(() => { window.answered = performance.now(); })
        .observe(app, {attributes: true, attributeFilter: ['data-test-script-state']});
}"""
"""Notes the time whenever the app has begun or ended answering."""


def until_answered(page: Page, act: Callable[[], None]) -> float:
    """Seconds from an action to the moment that everything has been drawn."""
    start = float(page.evaluate("() => performance.now()"))
    with answered(page):
        act()
    page.wait_for_function(f"() => window.answered > {start}")
    return (float(page.evaluate("() => window.answered")) - start) / 1000


def slide(page: Page, label: str, key: str) -> Callable[[], None]:
    """Moves a slider by one step."""
    slider = page.get_by_role("slider", name=label).first
    return lambda: slider.press(key)


def measure(page: Page, side: int) -> dict[str, list[float]]:
    """Seconds of every action on one image."""
    seconds = {"open and analyze": [upload(page, side, film(side, side // 60))]}
    page.evaluate(WATCH)
    for link, sliders in SLIDERS.items():
        with answered(page):
            page.get_by_role("link", name=link, exact=True).click()
        for label in sliders:
            move = slide(page, label, "ArrowRight")
            seconds[label] = [until_answered(page, move) for _ in range(REPEATS)]
    with answered(page):
        page.get_by_role("link", name="FFT peaks").first.click()
    across, down = strongest_spot(page)
    spot = {"x": across, "y": down}
    seconds["click in the FFT"] = [
        until_answered(page, lambda: stage(page).click(position=spot)) for _ in range(REPEATS)
    ]
    return seconds


def main() -> int:
    """Print the table; the status is 1 when a limit was missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--side", type=int, nargs="+", default=[1024, 2048])
    given = parser.parse_args()
    missed = 0
    with serve(HRTEM_SMALL_HOST="0") as app, chromium() as browser:
        for side in given.side:
            with visitor(browser) as page:
                go(page, app.address)
                figures = measure(page, side)
            for action, times in figures.items():
                median, slowest = statistics.median(times), max(times)
                print(f"{side}²  {action:21s} median {median:5.2f} s, slowest {slowest:5.2f} s")
                missed += action != "open and analyze" and median > LIMIT_S.get(side, float("inf"))
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
