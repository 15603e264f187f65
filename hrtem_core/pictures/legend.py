"""What colours mean: a line of patches with texts, and directions as a wheel."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import starmap

import numpy as np
from PIL import Image, ImageDraw

from hrtem_core.analysis import Analysis
from hrtem_core.measures import decided_phases, named_families
from hrtem_core.phases import NONE
from hrtem_core.pictures.colours import (
    SPACING_COLOURS,
    ColourMode,
    Rgb,
    family_rgb,
    of_azimuth,
    phase_rgb,
)
from hrtem_core.pictures.drawing import BLACK, WHITE, font
from hrtem_core.pictures.lines import Dashes, dashes_of

STEP_DEG = 3

CLEAR = (0, 0, 0, 0)

LINE, PATCH = 2.1, 2.5
"""Length of a line in a legend, and where the text behind it begins, in heights of its letters."""

WHEEL_LETTERS = 5
"""Size of the wheel in a legend, in heights of its letters."""


def direction_wheel(size_px: int) -> Image.Image:
    """The colours of the directions of g: each stands twice, as g and as -g.

    Parameters
    ----------
    size_px
        Width and height; what lies outside the ring is transparent.
    """
    side = 2 * size_px  # twice the size, for smooth edges
    picture = Image.new("RGBA", (side, side), CLEAR)
    pen = ImageDraw.Draw(picture)
    half = STEP_DEG / 2 + 0.1  # a little more, or background shines through between two sectors
    for azimuth in range(0, 360, STEP_DEG):
        box = (4, 4, side - 4, side - 4)
        pen.pieslice(box, -azimuth - half, -azimuth + half, fill=(*of_azimuth(azimuth), 255))
    pen.ellipse((side * 0.25, side * 0.25, side * 0.75, side * 0.75), fill=CLEAR)
    return picture.resize((size_px, size_px), Image.Resampling.LANCZOS)


@dataclass(frozen=True)
class LegendEntry:
    """A colour, and what it means.

    Parameters
    ----------
    colour, text
        The colour and its meaning.
    dashes
        Style of the line that is drawn in this colour; None for colours that do not belong to one line.
    """

    colour: Rgb
    text: str
    dashes: Dashes | None = None


def legend_of(analysis: Analysis, mode: ColourMode, *, lines: bool = False) -> list[LegendEntry]:
    """What the colours of an overlay mean; empty where they only tell neighbours apart.

    Parameters
    ----------
    analysis
        Whose domains.
    mode
        What their colours say.
    lines
        Whether families are told apart by their lines, too.
    """
    families = named_families(analysis)
    if mode == "phase":
        present = set(decided_phases(analysis.phases))
        words = {NONE: "none of the candidates", "": "not decided"}
        return [
            LegendEntry(rgb, words.get(name, name))
            for name, rgb in phase_rgb(analysis.phases).items()
            if name in present
        ]
    if mode == "azimuth":
        return [LegendEntry(of_azimuth(azimuth), f"{azimuth}°") for azimuth in range(0, 180, 30)]
    texts = [f"{d_nm:.4f} nm" for d_nm in families.d_nm]
    if mode == "family":
        named = [
            f"{name} · {text}" if name else text for name, text in zip(families.names, texts, strict=True)
        ]
        styles = [dashes_of(number) if lines else None for number in families.shown_as.tolist()]
        return list(starmap(LegendEntry, zip(family_rgb(families), named, styles, strict=True)))
    if mode == "d" and texts:
        every = np.concatenate([families.d_nm, families.rejected_d_nm])
        ends = (SPACING_COLOURS[0], every.min()), (SPACING_COLOURS[-1], every.max())
        return [LegendEntry(colour, f"{d_nm:.4f} nm") for colour, d_nm in ends]
    return []


def with_legend(picture: Image.Image, entries: Sequence[LegendEntry], *, wheel: bool = False) -> Image.Image:
    """The picture with a legend below it, on as many lines as it takes; nothing of the picture is covered.

    Parameters
    ----------
    picture
        What it explains.
    entries
        Colours and their meaning; without any the picture is given back.
    wheel
        Whether the colours of all directions stand beside them.
    """
    if not entries:
        return picture
    letters = max(14, picture.width // 60)
    size = WHEEL_LETTERS * letters if wheel else 0
    places = legend_places(entries, picture.width - size, letters)
    lines = 1 + max(line for line, _ in places)
    below = max(round(1.6 * letters * lines + 0.6 * letters), size + letters if wheel else 0)
    tall = Image.new("RGB", (picture.width, picture.height + below), BLACK)
    tall.paste(picture, (0, 0))
    if wheel:
        drawn = direction_wheel(size)
        tall.paste(drawn, (picture.width - size - letters, picture.height + letters // 2), drawn)
    pen = ImageDraw.Draw(tall)
    for (line, x), one in zip(places, entries, strict=True):
        y = picture.height + (0.6 + 1.6 * line) * letters
        _draw_sign(pen, one, x, y, letters)
        pen.text((x + PATCH * letters, y + letters / 2), one.text, WHITE, font(letters), anchor="lm")
    return tall


def _draw_sign(pen: ImageDraw.ImageDraw, entry: LegendEntry, x: float, y: float, letters: float) -> None:
    """A patch of a colour, or a line of the colour in its style."""
    if entry.dashes is None:
        pen.rectangle((x, y, x + letters, y + letters), fill=entry.colour)
        return
    width = max(2, round(letters / 4))
    for start, end in line_pieces(entry.dashes, LINE * letters, width):
        top = y + (letters - width) / 2
        pen.rectangle((x + start, top, x + end, top + width - 1), fill=entry.colour)


def line_pieces(dashes: Dashes, length: float, width: float) -> list[tuple[float, float]]:
    """Beginning and end of the drawn pieces of a straight line, as long and wide as is said."""
    if not dashes:
        return [(0.0, length)]
    on, off = (part * width / 2 for part in dashes)
    starts = np.arange(0.0, length, on + off).tolist()
    return [(start, min(start + on, length)) for start in starts]


def legend_places(entries: Sequence[LegendEntry], width: float, letters: float) -> list[tuple[int, float]]:
    """The line and the x of each entry's patch, in pixels of a picture of that width; letters are so high."""
    places, line, x = list[tuple[int, float]](), 0, letters
    for one in entries:
        needed = (PATCH + 1.0 + 0.62 * len(one.text)) * letters
        if x > letters and x + needed > width:
            line, x = line + 1, letters
        places.append((line, x))
        x += needed
    return places
