"""What a visitor does in AppTest, and what the app then holds."""

import json
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


def told(app: AppTest, key: str) -> dict[str, Any]:
    """What the viewer `key` is told."""
    viewers = [one.proto for one in app.get("bidi_component") if one.proto.component_name == "hrtem_viewer"]
    data = next(json.loads(one.json) for one in viewers if json.loads(one.json)["name"] == key)
    assert isinstance(data, dict)
    return data


def look(app: AppTest, **values: Any) -> None:
    """Set how things look, as a viewer's controls do; it is seen there at once, and here at the next run."""
    session_of(app).view |= values
    checked(app.run())


def click(app: AppTest, key: str, row: float, col: float, time: int, **kind: bool) -> None:
    """Report a click at (row, column) of a picture's own coordinates, as the browser would.

    `kind` is selects or masks, if it was made with such a tool.
    """
    _report(app, key, row=row, col=col, unix_time=time, **kind)


def drag(app: AppTest, key: str, start: tuple[float, float], end: tuple[float, float], time: int) -> None:
    """Report a rectangle drawn from `start` to `end`, as the browser would."""
    _report(app, key, row0=start[0], col0=start[1], row1=end[0], col1=end[1], unix_time=time)


def reshape(app: AppTest, key: str, number: int, corners: list[list[float]] | None, time: int) -> None:
    """Report an area that was changed by its handles, or deleted, as the browser would."""
    _report(app, key, area=number, corners=corners, unix_time=time)


def _report(app: AppTest, key: str, **told: Any) -> None:
    frame: Frame = session_of(app).frames[key]
    app.session_state[key] = {"pointed": {**told, "per_px": frame.width / WIDTH}}
