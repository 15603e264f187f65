"""What holds for all tests: the order of slow ones, and that none fails because the machine is busy."""

import os

import hypothesis
import pytest

# In CI hypothesis chooses a profile of its own; whatever it is, only its limit of time goes.
hypothesis.settings.register_profile("patient", hypothesis.settings(), deadline=None)
hypothesis.settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Ask for the tests of faults in all windows; here, for pytest takes no options from deeper folders."""
    say = "run browser tests marked fault in three windows, light and dark; save here what they see at last"
    parser.addoption("--views", metavar="FOLDER", help=say)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run slow tests last: what is broken shows soon. Where processes share the tests, first.

    A file stays in one process; one that takes a minute, begun last, would let the others wait for its end.
    Those in a browser take longest.
    """
    normal, slow, browser = (2, 1, 0) if "PYTEST_XDIST_WORKER" in os.environ else (0, 1, 2)

    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.slow)

    def turn(item: pytest.Item) -> int:
        if item.get_closest_marker("browser"):
            return browser
        return slow if item.get_closest_marker("slow") else normal

    items.sort(key=turn)
