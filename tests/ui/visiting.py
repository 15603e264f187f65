"""What a visitor does in AppTest, and what the app then holds."""

from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from hrtem_core.pictures.frame import Frame
from hrtem_ui.session.state import SESSION, Session

WIDTH = 800.0
ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    "pages/1_FFT_peaks.py",
    "pages/2_d-spacings.py",
    "pages/3_Domains.py",
    "pages/4_Phases.py",
    "pages/5_Statistics.py",
    "pages/6_Composition.py",
    "pages/7_Export.py",
)


def checked(app: AppTest) -> AppTest:
    """The app, after it ran without an exception."""
    assert [error.message for error in app.exception] == []
    return app


def session_of(app: AppTest) -> Session:
    """The visitor's session."""
    session: Session = app.session_state[SESSION]
    return session


def header(app: AppTest) -> str:
    """The line with name, pixel size, domains and crystalline fraction."""
    return str(app.markdown[0].value)


def click(app: AppTest, key: str, row: float, col: float, time: int) -> None:
    """Report a click at (row, column) of a picture's own coordinates, as the browser would."""
    app.session_state[key] = _event(app, key, time, x=(row, col))


def drag(app: AppTest, key: str, start: tuple[float, float], end: tuple[float, float], time: int) -> None:
    """Report a rectangle drawn from `start` to `end`, as the browser would."""
    app.session_state[key] = _event(app, key, time, x1=start, x2=end)


def _event(app: AppTest, key: str, time: int, **places: tuple[float, float]) -> dict[str, Any]:
    frame: Frame = session_of(app).frames[key]
    height = WIDTH * frame.height / frame.width
    event: dict[str, Any] = {"width": WIDTH, "height": height, "unix_time": time}
    for name, (row, col) in places.items():
        event[name] = round((col - frame.left) / frame.width * WIDTH - 0.5)
        event[name.replace("x", "y")] = round((row - frame.top) / frame.height * height - 0.5)
    return event
