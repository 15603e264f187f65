"""Memory of the server with several visitors, each on an own image.

    python benchmarks/app_memory.py [--visitors 5] [--side 2048]

Every visitor uploads another image, waits for its result, looks at every page and downloads
everything. Prints the resident
memory after each; the limit for five visitors on 2048² is 900 MB.
"""

import argparse
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from app_response import film, upload
from driver import answered, chromium, go, serve, visitor

from start import MEMORY

LIMIT_MB = 900
PAGES = ("FFT peaks", "d-spacings", "Domains", "Statistics", "Export")


class Watch(threading.Thread):
    """Notes the largest resident memory of a process, looked at every 50 ms."""

    def __init__(self, process: psutil.Process) -> None:
        super().__init__(daemon=True)
        self.process = process
        self.peak_mb = 0.0
        self.ended = threading.Event()

    def run(self) -> None:
        """Look until told to stop."""
        while not self.ended.wait(0.05):
            self.peak_mb = max(self.peak_mb, self.process.memory_info().rss / 1e6)

    def stop(self) -> None:
        """End the looking."""
        self.ended.set()
        self.join()


def main() -> int:
    """Print the memory; the status is 1 when the limit was passed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--visitors", type=int, default=5)
    parser.add_argument("--side", type=int, default=2048)
    given = parser.parse_args()
    with (
        serve(HRTEM_SMALL_HOST="0", **MEMORY) as app,
        chromium() as browser,
        ExitStack() as visitors,
    ):
        server = psutil.Process(app.process)
        watch = Watch(server)
        watch.start()
        print(f"started       {server.memory_info().rss / 1e6:6.0f} MB")
        for number in range(1, given.visitors + 1):
            page = visitors.enter_context(visitor(browser))  # stays open: five visitors at once
            go(page, app.address)
            upload(page, given.side, film(given.side, given.side // 60 + number))
            for name in PAGES:
                with answered(page):
                    page.get_by_role("link", name=name).first.click()
            with page.expect_download():
                page.get_by_role("button", name="Download all").click()
            used = server.memory_info().rss / 1e6
            print(f"{number} visitor(s)  {used:6.0f} MB, at most {watch.peak_mb:.0f} MB", flush=True)
        watch.stop()
    return int(watch.peak_mb > LIMIT_MB)


if __name__ == "__main__":
    sys.exit(main())
