"""What a viewer shows: a picture, what is drawn over it, and what is told under the pointer.

Places are (row, column) in the coordinates of the picture's frame; lines are as wide as they are on the
screen, whatever the zoom.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from hrtem_core.numerics import FloatImage
from hrtem_core.pictures import Frame
from hrtem_ui.widgets.viewer.looks import Looks

Act = Literal["click", "box", "look"]
"""What the left button does beside moving the picture: point, draw a rectangle, nothing."""

CLICK: Final = "click"
BOX: Final = "box"
LOOK: Final = "look"

Tool = Literal["distance", "profile", "fft", "select", "angle", "rings", "mask"]
"""Distance and angle, line profile and FFT of a box in a micrograph; in an FFT clicks that only select, the
angle between two spots, rings of known spacings, and masks for an inverse FFT."""

IMAGE_TOOLS: tuple[Tool, ...] = ("distance", "profile", "fft")
LOOK_TOOLS: tuple[Tool, ...] = ("distance",)
FFT_TOOLS: tuple[Tool, ...] = ("select", "angle", "rings", "mask")
CRYSTAL_FFT_TOOLS: tuple[Tool, ...] = ("angle", "rings")

Place = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """An outline or an area.

    Parameters
    ----------
    path
        Which of the scene's outlines; None if `d` says it.
    d
        The outline as the data of an SVG path, x before y.
    stroke, width, dash, opacity
        Of the line; "" is no line, and no dash.
    fill, fill_opacity
        Of the area; "" is none.
    edge
        Whether the line has a dark edge, to be seen on any grey.
    text
        What is told when the pointer is inside, with `box`.
    box
        (row, column, row, column) of the corners of what it covers.
    at
        A place inside, for those who point by keys.
    paint
        Which of the painted things it is, where the scene has looks: then they say its colour and the rest.
    steady
        Whether they say its colour only.
    """

    path: int | None = None
    d: str | None = None
    stroke: str = ""
    width: float = 2.0
    dash: str = ""
    opacity: float = 1.0
    fill: str = ""
    fill_opacity: float = 0.4
    edge: bool = False
    text: str = ""
    box: tuple[float, float, float, float] | None = None
    at: Place | None = None
    paint: int | None = None
    steady: bool = False


@dataclass(frozen=True, kw_only=True)
class Ring:
    """A circle round the origin, of a radius in the frame's coordinates; its text stands at an angle."""

    radius: float
    stroke: str
    width: float = 2.0
    dash: str = ""
    opacity: float = 1.0
    text: str = ""
    text_deg: float = 45.0


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A circle of one size on the screen, at one place or at several that are one thing.

    Parameters
    ----------
    places
        Where.
    stroke, width, dash
        Of the circle.
    radius
        In displayed pixels.
    kind
        What it is, in a word.
    cross
        Whether it is crossed out.
    ring
        Whether a second, white circle says that it is selected.
    stands
        Whether it comes before others that are as near.
    text
        What is told when the pointer is near.
    text_beside
        A short text beside the circle.
    close_up
        What its close-up is called, of those that the scene offers; "" if there is none.
    """

    places: Sequence[Place]
    stroke: str
    radius: float = 9.0
    width: float = 2.0
    dash: str = ""
    kind: str = ""
    cross: bool = False
    ring: bool = False
    stands: bool = True
    text: str = ""
    text_beside: str = ""
    close_up: str = ""


Label = tuple[float, float, str]
"""Row, column, and the text written there."""


@dataclass(frozen=True)
class Outlines:
    """Outlines that are sent once, and drawn as shapes say.

    Parameters
    ----------
    paths
        Data of SVG paths.
    """

    paths: Sequence[str]


@dataclass(frozen=True)
class Grey:
    """How intensities became the picture's grey levels: black, white, and the exponent between them."""

    low: float
    high: float
    gamma: float


@dataclass(frozen=True, eq=False)
class Pixels:
    """All pixels of the image whose frame the picture shows, sent when they are asked for.

    Parameters
    ----------
    key
        Tells these pixels from all others.
    intensity
        Shape (rows, columns).
    """

    key: str
    intensity: FloatImage


@dataclass(frozen=True, eq=False)
class CloseUps:
    """Pictures of what marks stand for, each made and sent when the pointer rests on its mark.

    Parameters
    ----------
    key
        Tells these results from all others.
    make
        Gives the image file of a name, None where there is nothing to see.
    """

    key: str
    make: Callable[[str], bytes | None]


@dataclass(frozen=True, kw_only=True)
class Positions:
    """Tells positions: origin + step * (row, column), in `unit`, with so many decimals.

    `reach` is the largest spatial frequency that is of interest, in cycles per `unit`.
    """

    origin: Place
    step: Place
    unit: str
    decimals: int
    reach: float
    kind: str = "image"


@dataclass(frozen=True, kw_only=True)
class Frequencies:
    """Tells spacings in an FFT whose coordinates are in 1/nm.

    Parameters
    ----------
    unit, per_nm
        What lengths are told in, and how many of it are a nm.
    least
        Smaller |g| are the zero frequency, in 1/nm.
    """

    unit: str
    per_nm: float
    least: float
    kind: str = "fft"


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A scale bar.

    Parameters
    ----------
    per_unit
        Length in `unit` of 1 of the frame's coordinates, along a row.
    unit
        Of its length.
    right
        In the right corner in place of the left.
    """

    per_unit: float
    unit: str
    right: bool = False


@dataclass(frozen=True, kw_only=True)
class Scene:
    """All that one viewer shows.

    Parameters
    ----------
    picture
        An image file.
    frame
        Which rectangle of its own coordinates it shows.
    label
        What is to be seen, in a sentence, for those who do not see it.
    act
        What the left button does.
    subject
        What is looked at: another subject is shown as a whole again.
    pixel_scale
        Displayed pixels for one of the frame's coordinates where a pixel of the image is one of the screen.
    hint
        What is told while nothing is pointed at.
    readout
        What is told of a place.
    grey
        How the picture was made.
    pixels
        To be had when zoomed in.
    close_ups
        Of the marks, to be seen while the pointer rests on one.
    outlines, shapes, rings, marks, labels
        What is drawn over it.
    areas
        Corners of areas that have handles: to resize, to move, to delete.
    bar
        A scale bar.
    keys
        Keys, and the name of the page's button that each presses.
    tools
        What can be measured in the browser.
    tools_wait
        Whether those tools are out of reach, because the page's own are in use.
    looks
        How it looks, where that is set in the viewer.
    tint
        An image file of the picture's size, red + 256 green the number of the painted thing that each pixel
        shows, from 1: it gets that thing's colour.
    """

    picture: bytes
    frame: Frame
    label: str
    act: Act = "click"
    subject: str = ""
    pixel_scale: float = 1.0
    hint: str = ""
    readout: Positions | Frequencies | None = None
    grey: Grey | None = None
    pixels: Pixels | None = None
    close_ups: CloseUps | None = None
    outlines: Outlines | None = None
    shapes: Sequence[Shape] = ()
    rings: Sequence[Ring] = ()
    marks: Sequence[Mark] = ()
    labels: Sequence[Label] = ()
    areas: Sequence[Sequence[Place]] = ()
    bar: Bar | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    tools: Sequence[Tool] = ()
    tools_wait: bool = False
    looks: Looks | None = None
    tint: bytes | None = None
