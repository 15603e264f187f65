"""Our own viewer: a picture with zoom, pan, numbers under the pointer and vectors, in the browser.

One component without a build step: the scripts beside this file are handed out as they are. What is large
travels once, as a layer with a key (the picture, the outlines, all pixels when they are asked for); what
changes often (colours, marks, what a click means) is small and comes with every answer.
"""

from hrtem_ui.widgets.viewer.component import show
from hrtem_ui.widgets.viewer.looks import Control, Legend, Looks, Paint
from hrtem_ui.widgets.viewer.scene import (
    BOX,
    CLICK,
    CRYSTAL_FFT_TOOLS,
    FFT_TOOLS,
    IMAGE_TOOLS,
    LOOK,
    LOOK_TOOLS,
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
    "BOX",
    "CLICK",
    "CRYSTAL_FFT_TOOLS",
    "FFT_TOOLS",
    "IMAGE_TOOLS",
    "LOOK",
    "LOOK_TOOLS",
    "Act",
    "Bar",
    "CloseUps",
    "Control",
    "Frequencies",
    "Grey",
    "Label",
    "Legend",
    "Looks",
    "Mark",
    "Outlines",
    "Paint",
    "Pixels",
    "Positions",
    "Ring",
    "Scene",
    "Shape",
    "show",
]
