"""How soon the viewer tells what is under the pointer, in a browser, without asking the server.

    python benchmarks/viewer_response.py

Prints the medians in milliseconds, each with two frames of the screen or fewer: from a move of the pointer to
its numbers, and to the FFT of a box around it. The limits are 50 ms, and 30 ms for a box of 512 pixels.
"""

import argparse
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))
from app_response import film
from driver import chromium, go, on_page, serve, settled, stage, viewer, visitor
from hands import strongest_spot, upload
from playwright.sync_api import Page, expect

REPEATS = 5
BOXES_PX = (128, 256, 512)

MOVE_TO_READOUT = """async ([x, y]) => {
    const stage = document.querySelector('.hv-stage'), line = document.querySelector('.hv-readout div');
    const times = [];
    for (let n = 0; n < 10; n++) {
        const before = line.textContent, start = performance.now();
        stage.dispatchEvent(new PointerEvent('pointermove', {clientX: x + 9 * n, clientY: y, bubbles: true}));
        while (line.textContent === before && performance.now() - start < 1000)
            await new Promise(requestAnimationFrame);
        times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b)[5];
}"""
"""Median milliseconds from a move of the pointer to its numbers."""


BOX_MS = """async () => {
    const stage = document.querySelector('.hv-stage'), box = stage.getBoundingClientRect();
    const times = [];
    for (let n = 0; n < 7; n++) {
        const start = performance.now();
        const place = {clientX: box.x + box.width * (0.4 + 0.03 * n), clientY: box.y + box.height / 2};
        stage.dispatchEvent(new PointerEvent('pointermove', {...place, bubbles: true}));
        await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame);
        times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b)[3];
}"""
"""Median milliseconds from a move of the pointer to the FFT of its box, two frames of the screen included."""


def main() -> None:
    """Measure and print."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    with chromium() as browser, serve() as app:
        with visitor(browser) as page:
            go(page, f"{app.address}/FFT_peaks")
            place = on_page(page, strongest_spot(page))
            tell("numbers of a spot", [page.evaluate(MOVE_TO_READOUT, place) for _ in range(REPEATS)])
        with visitor(browser) as page:
            go(page, app.address)
            upload(page, "film.tif", film(1024, 24))
            settled(page)
            boxes(page)


def boxes(page: Page) -> None:
    """Measure the FFT of boxes."""
    page.get_by_role("toolbar").get_by_role("button", name="FFT of a box", exact=True).click()
    expect(viewer(page)).to_have_attribute("data-detail", "true")
    stage(page).hover()
    for side in BOXES_PX:
        page.get_by_role("button", name=f"Box of {side} pixels").click()
        tell(f"FFT of a box of {side} pixels", [page.evaluate(BOX_MS) for _ in range(REPEATS)])


def tell(what: str, times_ms: list[float]) -> None:
    """Print a median."""
    print(f"{what}: {statistics.median(times_ms):.0f} ms")


if __name__ == "__main__":
    main()
