"""What a page shows and asks with; returns values."""

from hrtem_ui.widgets import browser, canvas, controls, encoding
from hrtem_ui.widgets.canvas import shown_width
from hrtem_ui.widgets.controls import parameter
from hrtem_ui.widgets.encoding import jpeg

__all__ = [
    "browser",
    "canvas",
    "controls",
    "encoding",
    "jpeg",
    "parameter",
    "shown_width",
]
