"""Memory of the server with several visitors, each on an own image.

    python benchmarks/app_memory.py [--visitors 5] [--side 2048]

Every visitor uploads another image, waits for its result and looks at every page. Prints the resident
memory after each; the limit for five visitors on 2048² is 900 MB.
"""

import argparse
import sys
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from app_response import film, upload
from driver import chromium, serve, settled

LIMIT_MB = 900
PAGES = ("1 FFT peaks", "2 d-spacings", "3 Domains", "4 Statistics", "5 Export")


def main() -> int:
    """Print the memory; the status is 1 when the limit was passed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--visitors", type=int, default=5)
    parser.add_argument("--side", type=int, default=2048)
    given = parser.parse_args()
    peak = 0.0
    with serve(HRTEM_SMALL_HOST="0") as app, chromium() as browser:
        server = psutil.Process(app.process)
        print(f"started       {server.memory_info().rss / 1e6:6.0f} MB")
        for visitor in range(1, given.visitors + 1):
            page = browser.new_context().new_page()  # stays open: five visitors at once
            page.goto(app.address)
            settled(page)
            upload(page, given.side, film(given.side, given.side // 60 + visitor))
            for name in PAGES:
                page.get_by_role("link", name=name).click()
                settled(page)
            used = server.memory_info().rss / 1e6
            peak = max(peak, used)
            print(f"{visitor} visitor(s)  {used:6.0f} MB", flush=True)
    return int(peak > LIMIT_MB)


if __name__ == "__main__":
    sys.exit(main())
