"""What a page shows and asks with; returns values."""

from hrtem_ui.widgets import (
    browser,
    canvas,
    clicked,
    controls,
    encoding,
    headings,
    still,
    tables,
    viewer,
    waiting,
)
from hrtem_ui.widgets.controls import parameter
from hrtem_ui.widgets.encoding import jpeg
from hrtem_ui.widgets.style import STYLE
from hrtem_ui.widgets.viewer import (
    Act,
    Bar,
    CloseUps,
    Frequencies,
    Grey,
    Label,
    Mark,
    Outlines,
    Pixels,
    Positions,
    Ring,
    Scene,
    Shape,
)

__all__ = [
    "STYLE",
    "Act",
    "Bar",
    "CloseUps",
    "Frequencies",
    "Grey",
    "Label",
    "Mark",
    "Outlines",
    "Pixels",
    "Positions",
    "Ring",
    "Scene",
    "Shape",
    "browser",
    "canvas",
    "clicked",
    "controls",
    "encoding",
    "headings",
    "jpeg",
    "parameter",
    "still",
    "tables",
    "viewer",
    "waiting",
]
