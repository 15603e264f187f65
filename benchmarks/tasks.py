"""What people open another program for, done in a headless browser: clicks, keys and seconds of each task.

    python benchmarks/tasks.py

Every task begins on the first page with the sample in front of a new visitor, and ends when its answer can be
read; the hand loses no time, so the seconds are those of the app. A press that drags counts as one click. A
task whose answer is not true ends the run.
"""

import argparse
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))
from driver import answered, chromium, go, on_page, picture_on_stage, serve, stage, viewer, visitor
from hands import choose, click_picture, drag, follow, numbers, point, strongest_spot, use
from playwright.sync_api import Page, expect

COUNT = """() => {
    window.counted = {clicks: 0, keys: 0};
    addEventListener('pointerdown', () => window.counted.clicks++, true);
    addEventListener('keydown', event => { if (event.key !== 'Shift') window.counted.keys++; }, true);
}"""

CRYSTAL = 0.16, 0.18
"""Where the sample has a crystal, as shares of its width and height; its planes are 0.266 nm apart."""


def d_of_a_spot(page: Page) -> str:
    """Point at a spot of the FFT and read."""
    follow(page, "1 FFT peaks", "FFT peaks")
    page.mouse.move(*on_page(page, strongest_spot(page)))
    told = page.locator(".hv-readout div").nth(1)
    expect(told).to_contain_text(re.compile(r"Pair 1: d \d\.\d+\s±\s\d\.\d+\snm"))
    return told.inner_text()


def spacing_along_a_line(page: Page) -> str:
    """Draw a line across the fringes of a crystal."""
    use(page, "Profile")
    expect(viewer(page)).to_have_attribute("data-detail", "true")
    across, down = CRYSTAL
    drag(page, (across, down - 0.07), (across, down + 0.07))
    expect(page.locator(".hv-numbers")).to_contain_text(re.compile(r"Spacing 0\.2[67]\d*\s±\s.*\speriods"))
    return numbers(page)


def angle_of_two_spots(page: Page) -> str:
    """Click two spots: here one pair, whose angle is known."""
    follow(page, "1 FFT peaks", "FFT peaks")
    use(page, "Angle")
    x, y = strongest_spot(page)
    left, top, width, height = picture_on_stage(page)
    for place in ((x, y), (2 * left + width - x, 2 * top + height - y)):
        page.mouse.click(*on_page(page, place))
    expect(page.locator(".hv-numbers")).to_contain_text(re.compile(r"angle\s180.0°"))
    return numbers(page)


def fft_of_a_grain(page: Page) -> str:
    """Let the FFT of a box follow the pointer to a crystal."""
    use(page, "FFT of a box")
    expect(viewer(page)).to_have_attribute("data-detail", "true")
    point(page, *CRYSTAL)
    expect(page.locator(".hv-numbers")).to_contain_text(re.compile(r"Strongest spot: d\s0\.2[67]"))
    return numbers(page)


def a_spot_of_it_kept(page: Page) -> str:
    """The same, and make a peak of what is seen there."""
    fft_of_a_grain(page)
    with answered(page):
        stage(page).press("k")
    told = page.get_by_test_id("stToast")
    expect(told).to_contain_text(re.compile("Kept as a peak|is there already"))
    return told.inner_text()


def two_rejected_a_third_looked_at(page: Page) -> str:
    """Click two pairs, and a third with Shift."""
    follow(page, "1 FFT peaks", "FFT peaks")
    for _ in range(2):
        click_picture(page, strongest_spot(page))
    page.keyboard.down("Shift")
    click_picture(page, strongest_spot(page))
    page.keyboard.up("Shift")
    told = page.get_by_text("from close by")
    expect(told).to_be_visible()
    assert page.locator(".hv-mark[data-kind=rejected]").count() == 4  # two pairs
    return told.inner_text()


def inverse_fft_of_a_spot(page: Page) -> str:
    """Place a mask on a spot."""
    follow(page, "1 FFT peaks", "FFT peaks")
    use(page, "Mask")
    click_picture(page, strongest_spot(page))
    expect(page.locator(".hv[data-ready=true]")).to_have_count(2)
    told = page.get_by_text("Inverse FFT of 1 mask")
    expect(told).to_be_visible()
    return told.inner_text()


def figure_with_legend_and_scale(page: Page) -> str:
    """Download the overlay as it is shown."""
    follow(page, "7 Export", "Export")
    return downloaded(page, "Overlay, PNG")


def dark_field_of_all_directions(page: Page) -> str:
    """Download the dark field, coloured by direction, with its wheel."""
    follow(page, "3 Domains", "Domains")
    choose(page, "Direction")
    follow(page, "7 Export", "Export")
    return downloaded(page, "Dark field, PNG")


def downloaded(page: Page, button: str) -> str:
    """The picture that a button gives: as wide as the micrograph, and higher by its legend."""
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    with Image.open(download.value.path()) as picture:
        width, height = picture.size
    assert height > width  # the sample is square
    return f"{download.value.suggested_filename}, {width} x {height} px"


def picture_copied(page: Page) -> str:
    """Put the picture into the clipboard."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    press_copy = page.get_by_role("button", name="Copy the picture as it is seen")
    press_copy.click()
    expect(press_copy).to_have_text("Copied")
    return "in the clipboard"


TASKS: dict[str, Callable[[Page], str]] = {
    "d of a spot": d_of_a_spot,
    "spacing along a line": spacing_along_a_line,
    "angle of two spots": angle_of_two_spots,
    "FFT of a grain": fft_of_a_grain,
    "a spot of it kept as a peak": a_spot_of_it_kept,
    "two peaks rejected, a third looked at": two_rejected_a_third_looked_at,
    "inverse FFT of a spot": inverse_fft_of_a_spot,
    "figure with legend and scale": figure_with_legend_and_scale,
    "dark field of all directions": dark_field_of_all_directions,
    "picture copied": picture_copied,
}


@dataclass(frozen=True)
class Effort:
    """What a task took: presses of the mouse, presses of keys, seconds; and its answer."""

    clicks: int
    keys: int
    seconds: float
    answer: str


def effort(page: Page, task: Callable[[Page], str]) -> Effort:
    """Do a task and count."""
    page.evaluate(COUNT)
    start = time.perf_counter()
    answer = task(page)
    seconds = time.perf_counter() - start
    counted = page.evaluate("() => window.counted")
    return Effort(counted["clicks"], counted["keys"], seconds, answer)


def main() -> None:
    """Do all tasks and print a table."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    with serve(HRTEM_SMALL_HOST="0") as app, chromium() as browser:
        for name, task in TASKS.items():
            with visitor(browser, (1366, 768)) as page:
                go(page, app.address)
                found = effort(page, task)
            answer = " ".join(found.answer.split())
            print(
                f"{name:38s} {found.clicks:2d} clicks {found.keys:2d} keys {found.seconds:5.1f} s   {answer}"
            )


if __name__ == "__main__":
    main()
