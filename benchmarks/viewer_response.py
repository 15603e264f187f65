"""How soon the viewer tells what is under the pointer, in a browser, without asking the server.

    python benchmarks/viewer_response.py [--large 4096]

Prints the medians in milliseconds, each with two frames of the screen or fewer: from a move of the pointer
to its numbers, and to the FFT of a box around it; from a press on another colouring, or a move of the
opacity, to the picture. The limits are 50 ms, and 30 ms for a box of 512 pixels. Then frames a second while
a large image with its outlines is zoomed and moved, and the slowest of twenty; at least 30 a second are
asked. A headless Chromium draws with the processor: a graphics card does it in less.
"""

import argparse
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))
from app_response import film
from driver import chromium, go, on_page, serve, settled, stage, viewer, visitor
from hands import follow, strongest_spot, upload
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


LOOKS_MS = """async name => {
    const one = () => {
        const coloured = '.hv-vectors > g:first-child path[stroke^="#"]:not([stroke="#000"])';
        const line = document.querySelector(coloured);
        return line.getAttribute('stroke') + line.getAttribute('stroke-opacity');
    };
    const fields = [...document.querySelectorAll('.hv-looks input')];
    const colourings = fields.filter(field => field.name.endsWith('colouring'));
    const opacity = fields.find(field => field.type === 'range');
    const times = [];
    for (let n = 0; n < 7; n++) {
        const before = one(), start = performance.now();
        if (name === 'opacity') {
            opacity.value = n % 2 ? 0.9 : 0.4;
            opacity.dispatchEvent(new Event('input', {bubbles: true}));
        } else colourings[1 - n % 2].click();
        while (one() === before && performance.now() - start < 5000) await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame);
        times.push(performance.now() - start);
        await new Promise(go => setTimeout(go, 300));
    }
    return times.sort((a, b) => a - b)[3];
}"""
"""Median milliseconds from another colouring, or another opacity, to the next frame that shows it."""


FRAMES = """async ([zooms, n]) => {
    const stage = document.querySelector('.hv-stage'), box = stage.getBoundingClientRect();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const point = (kind, dx, dy) => stage.dispatchEvent(new PointerEvent(
        kind, {clientX: x + dx, clientY: y + dy, bubbles: true, pointerId: 1, button: 0}));
    const turn = down => stage.dispatchEvent(new WheelEvent(
        'wheel', {clientX: x, clientY: y, deltaY: down, bubbles: true, cancelable: true}));
    if (!zooms) point('pointerdown', 0, 0);
    const times = [];
    let last = await new Promise(requestAnimationFrame);
    for (let i = 0; i < n; i++) {
        if (zooms) turn(i < n / 2 ? -60 : 60);
        else point('pointermove', 200 * Math.sin(i / 8), 150 * (1 - Math.cos(i / 8)));
        const now = await new Promise(requestAnimationFrame);
        times.push(now - last);
        last = now;
    }
    if (!zooms) point('pointerup', 0, 0);
    return times;
}"""
"""Milliseconds of each frame while the wheel turns in and out, or a hand moves the picture in circles."""

N_FRAMES = 60


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--large", type=int, default=4096, help="side of the large image in pixels")
    large = parser.parse_args().large
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
            follow(page, "3 Domains", "Domains")
            for name in ("colouring", "opacity"):
                tell(f"another {name}", [page.evaluate(LOOKS_MS, name) for _ in range(REPEATS)])
        with visitor(browser) as page:
            go(page, app.address)
            upload(page, "large.tif", film(large, large * large // 65_000))
            settled(page)
            frames(page, large)


def frames(page: Page, side: int) -> None:
    """Measure zooming and moving, once with the pixels on their way and then at several zooms."""
    n_paths = page.evaluate("document.querySelectorAll('.hv-vectors path').length")
    print(f"{side}² with {n_paths} lines:")
    tell_frames("zoom from the whole picture, pixels not yet there", page, zooms=True)
    expect(viewer(page)).to_have_attribute("data-detail", "true")
    tell_frames("zoom from the whole picture", page, zooms=True)
    for steps in (6, 6, 6):
        for _ in range(steps):
            page.keyboard.press("+")
        share = float(str(viewer(page).get_attribute("data-scale")))
        tell_frames(f"move at {share:.2f} displayed pixels for one", page, zooms=False)


def tell_frames(what: str, page: Page, *, zooms: bool) -> None:
    """Print frames a second, and the slowest of twenty."""
    stage(page).focus()
    times = sorted(page.evaluate(FRAMES, [zooms, N_FRAMES]))
    rate, slowest = 1000 * len(times) / sum(times), times[int(0.95 * len(times))]
    print(f"  {what}: {rate:.0f} frames a second, 95 % within {slowest:.0f} ms")


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
