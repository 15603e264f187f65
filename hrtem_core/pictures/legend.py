"""What colours mean: a line of patches with texts, and directions as a wheel."""

from collections.abc import Sequence

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

STEP_DEG = 3

CLEAR = (0, 0, 0, 0)

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


LegendEntry = tuple[Rgb, str]
"""A colour, and what it means."""


def legend_of(analysis: Analysis, mode: ColourMode) -> list[LegendEntry]:
    """What the colours of an overlay mean; empty where they only tell neighbours apart.

    Parameters
    ----------
    analysis
        Whose domains.
    mode
        What their colours say.
    """
    families = named_families(analysis.phases, analysis.domains, analysis.families)
    if mode == "phase":
        present = set(decided_phases(analysis.phases))
        words = {NONE: "none of the candidates", "": "not decided"}
        return [
            (rgb, words.get(name, name))
            for name, rgb in phase_rgb(analysis.phases).items()
            if name in present
        ]
    if mode == "azimuth":
        return [(of_azimuth(azimuth), f"{azimuth}°") for azimuth in range(0, 180, 30)]
    texts = [f"{d_nm:.4f} nm" for d_nm in families.d_nm]
    if mode == "family":
        named = [
            f"{name} · {text}" if name else text for name, text in zip(families.names, texts, strict=True)
        ]
        return list(zip(family_rgb(len(texts)), named, strict=True))
    if mode == "d" and texts:  # the largest spacing comes first
        return [(SPACING_COLOURS[0], texts[-1]), (SPACING_COLOURS[-1], texts[0])]
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
    for (line, x), (colour, text) in zip(places, entries, strict=True):
        y = picture.height + (0.6 + 1.6 * line) * letters
        pen.rectangle((x, y, x + letters, y + letters), fill=colour)
        pen.text((x + 1.4 * letters, y + letters / 2), text, WHITE, font(letters), anchor="lm")
    return tall


def legend_places(entries: Sequence[LegendEntry], width: float, letters: float) -> list[tuple[int, float]]:
    """The line and the x of each entry's patch, in pixels of a picture of that width; letters are so high."""
    places, line, x = list[tuple[int, float]](), 0, letters
    for _, text in entries:
        needed = (2.4 + 0.62 * len(text)) * letters
        if x > letters and x + needed > width:
            line, x = line + 1, letters
        places.append((line, x))
        x += needed
    return places
