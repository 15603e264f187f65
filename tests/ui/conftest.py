"""The app in AppTest: every test begins as a new visitor with empty caches of its own images only."""

from collections.abc import Callable
from functools import cache

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest
from visiting import ROOT, checked

from hrtem_ui.session import opening

# Every AppTest asks all installed packages whether they bring components; they do not change meanwhile.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


@pytest.fixture(autouse=True)
def no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no browser here that could answer."""
    monkeypatch.setattr(opening, "PATIENCE_S", 0.0)


@pytest.fixture
def open_app(monkeypatch: pytest.MonkeyPatch) -> Callable[[], AppTest]:
    """Opens the app's first page as a new visitor."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("HRTEM_SMALL_HOST", "0")

    def visit() -> AppTest:
        return checked(AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run())

    return visit
