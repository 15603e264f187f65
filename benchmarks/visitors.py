"""Many visitors at once on a shared host: nobody sees another's figures, each click is answered, how soon.

    python benchmarks/visitors.py [--visitors 20] [--minutes 10] [--after 600]

Every visitor opens an own image of 1024² to 2048² in an own browser context and clicks on for so long: a pair
rejected, a slider moved, another page, each taken back again. After every step the page must show the
visitor's own name, after every taking back the very figures from before, and never an exception. A browser
process serves several visitors in turn, and is quiet for a second before each turn. Prints the share of
answers within 3 s, and the server's memory at its highest and when all have left.
"""

import argparse
import multiprocessing
import random
import statistics
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from playwright.sync_api import Page, expect

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from app_memory import Watch
from app_response import film
from driver import SHARED, answered, chromium, go, header, serve, settled, stage, visitor
from hands import follow, give_file, press, strongest_spot

from start import MEMORY

LIMIT_S, SHARE, PEAK_MB, LEFT_MB = 3.0, 0.95, 1500.0, 100.0
SIDES = (1024, 1536, 2048)
EXCEPTION = '[data-testid="stException"]'


@dataclass
class Seen:
    """What one browser process has seen.

    Parameters
    ----------
    seconds
        From each action to its answer.
    wrong
        In words, whatever must not be.
    """

    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Visitor:
    """One who clicks."""

    def __init__(self, page: Page, number: int, address: str, seen: Seen, dice: random.Random) -> None:
        self.page, self.seen, self.dice = page, seen, dice
        self.name = f"visitor{number}.tif"
        side = SIDES[number % len(SIDES)]
        go(page, address)
        with answered(page):
            give_file(page, self.name, film(side, 8 + 3 * number))  # no two have as many grains
        expect(header(page)).to_contain_text(self.name)
        self.figures = header(page).inner_text()

    def act(self) -> None:
        """Do something, take it back, and see that all is as before."""
        self.dice.choice((self._reject, self._slide, self._look_around))()
        told = header(self.page).inner_text()
        if told != self.figures:
            self.seen.wrong.append(f"{self.name} sees {told!r} in place of {self.figures!r}")
        if self.page.locator(EXCEPTION).count():
            self.seen.wrong.append(f"{self.name} sees an exception")

    def _timed(self, since: float) -> None:
        self.seen.seconds.append(time.perf_counter() - since)
        if self.name not in header(self.page).inner_text():
            self.seen.wrong.append(f"{self.name} sees another's image")

    def _go_to(self, link: str, title: str) -> None:
        since = time.perf_counter()
        follow(self.page, link, title)
        self._timed(since)

    def _reject(self) -> None:
        self._go_to("FFT peaks", "FFT peaks")
        spot = strongest_spot(self.page)
        since = time.perf_counter()
        with answered(self.page):
            stage(self.page).click(position={"x": spot[0], "y": spot[1]})
        self._timed(since)
        self._undo()

    def _slide(self) -> None:
        self._go_to("Domains", "Domains")
        since = time.perf_counter()
        with answered(self.page):
            self.page.get_by_role("slider", name="Threshold").first.press("ArrowRight")
        self._timed(since)
        self._undo()

    def _look_around(self) -> None:
        for link in self.dice.sample(("d-spacings", "Statistics", "Export"), 2):
            self._go_to(link, link)

    def _undo(self) -> None:
        since = time.perf_counter()
        press(self.page, "Undo")
        settled(self.page)
        self._timed(since)


def drive(address: str, numbers: list[int], minutes: float, think_s: float) -> Seen:
    """A browser process with some visitors, one of whom acts after a pause; the others wait."""
    seen, dice = Seen(), random.Random(numbers[0])
    with chromium() as browser, ExitStack() as stack:
        visitors = [
            Visitor(stack.enter_context(visitor(browser)), number, address, seen, dice) for number in numbers
        ]
        end = time.monotonic() + 60 * minutes
        while visitors and time.monotonic() < end:
            time.sleep(dice.uniform(1.0, 2 * think_s / len(visitors)))
            one = dice.choice(visitors)
            try:
                one.act()
            except (AssertionError, TimeoutError) as error:
                seen.wrong.append(f"{one.name}: {str(error).splitlines()[0]}")
                visitors.remove(one)  # what was not taken back would be told again at every click
    return seen


def _look_once(address: str) -> None:
    """Have the server load all it needs, for a visitor who leaves again."""
    with chromium() as browser, visitor(browser) as page:
        go(page, address)


def main() -> int:
    """Print what was seen; the status is 1 when a limit was missed."""
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=as_written)
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--browsers", type=int, default=4, help="browser processes: so many act at a time")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--think", type=float, default=20, help="mean seconds between a visitor's actions")
    parser.add_argument("--after", type=float, default=600, help="seconds after all have left")
    given = parser.parse_args()
    n_browsers = min(given.browsers, given.visitors)
    groups = [list(range(first, given.visitors, n_browsers)) for first in range(n_browsers)]
    with serve(listens_at=SHARED, HRTEM_SMALL_HOST="0", **MEMORY) as app:
        server = psutil.Process(app.process)
        watch = Watch(server)
        _look_once(app.address)
        before_mb = server.memory_info().rss / 1e6
        watch.start()
        with multiprocessing.get_context("spawn").Pool(n_browsers) as pool:
            asked = [(app.address, group, given.minutes, given.think) for group in groups]
            parts = pool.starmap(drive, asked, chunksize=1)
        watch.stop()
        seconds = sorted(one for part in parts for one in part.seconds)
        wrong = [one for part in parts for one in part.wrong]
        time.sleep(given.after)
        left_mb = server.memory_info().rss / 1e6 - before_mb
    soon = sum(one <= LIMIT_S for one in seconds) / len(seconds)
    median, slowest = statistics.median(seconds), seconds[-1]
    asked_for = f"at least {100 * SHARE:.0f} % within {LIMIT_S:g} s"
    print(f"{given.visitors} visitors, {len(seconds)} answers, {asked_for}:")
    print(f"    {100 * soon:.1f} %, median {median:.2f} s, slowest {slowest:.1f} s")
    print(f"memory at the start {before_mb:.0f} MB, at most {watch.peak_mb:.0f} (bound {PEAK_MB:.0f})")
    print(f"    {left_mb:+.0f} MB {given.after:.0f} s after they left (bound {LEFT_MB:+.0f})")
    print(f"{len(wrong)} that must not be", *wrong[:20], sep="\n    ")
    return int(bool(wrong) or soon < SHARE or watch.peak_mb > PEAK_MB or left_mb > LEFT_MB)


if __name__ == "__main__":
    sys.exit(main())
