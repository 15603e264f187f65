"""What holds for all tests: slow ones come last, and none fails because the machine is busy."""

import hypothesis
import pytest

# In CI hypothesis chooses a profile of its own; whatever it is, only its limit of time goes.
hypothesis.settings.register_profile("patient", hypothesis.settings(), deadline=None)
hypothesis.settings.load_profile("patient")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run slow tests last, those in a browser are all slow: what is broken shows soon."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)
