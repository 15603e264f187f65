"""The app in AppTest: every test begins as a new visitor with empty caches of its own images only."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    "pages/1_FFT_peaks.py",
    "pages/2_d-spacings.py",
    "pages/3_Domains.py",
    "pages/4_Statistics.py",
    "pages/5_Export.py",
)


def checked(app: AppTest) -> AppTest:
    """The app, after it ran without an exception."""
    assert [error.message for error in app.exception] == []
    return app


@pytest.fixture
def open_app(monkeypatch: pytest.MonkeyPatch) -> Callable[[], AppTest]:
    """Opens the app's first page as a new visitor."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("HRTEM_SMALL_HOST", "0")

    def visit() -> AppTest:
        return checked(AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run())

    return visit
