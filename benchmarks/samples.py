"""Real micrographs: d, crystals and area beside what is known of them, and their overlays in one sheet.

Run as `python benchmarks/samples.py FOLDER [--sheet samples.png] [--only tio2]`. FOLDER holds the files of
`KNOWN`, which are not part of the project; what is missing is passed over. Look at the sheet before and after
every change of the method: outlines are not among what is known of real images.
"""

import argparse
import math
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).parents[1]))

from hrtem_core.analysis import Analysis, analyze
from hrtem_core.image import PixelSize
from hrtem_core.measures import measure
from hrtem_core.pictures import overlay_image
from hrtem_core.readers import read
from hrtem_core.recipe import Recipe

TILE_PX = 700
"""Longest side of an overlay in the sheet."""

TEXT_PX = 40
"""Height of the two lines of text above it."""

COLUMNS = 3

TOLERANCE = 0.04
"""Relative deviation of a spacing from a known one that counts as equal."""


@dataclass(frozen=True)
class Known:
    """A real micrograph, and what there is to know.

    Parameters
    ----------
    file
        Its path in the folder.
    pixel_nm
        Pixel size in nm, None when the file says it.
    d_nm
        Spacings that are there, in nm; those that appear in none of these ranges are listed as others.
    crystals
        (least, largest) number of crystallites that are right.
    area
        (least, largest) crystalline fraction that is right.
    words
        What it shows.
    """

    file: str
    pixel_nm: float | None
    d_nm: tuple[float, ...]
    crystals: tuple[int, int]
    area: tuple[float, float]
    words: str


KNOWN = (
    Known(
        "tio2/TiO2_0eV.tif", 0.06146,
        (0.455, 0.327, 0.317, 0.227, 0.203, 0.163, 0.158, 0.1515, 0.1445), (1, 1), (0.9, 1.0),
        "one crystal, the whole field"
    ),
    Known(
        "tio2/TiO2_462eV.tif", None, (0.455, 0.327, 0.317), (0, 1), (0.0, 1.0), "the same, almost no signal"
    ),
    Known(
        "hrstem/HRSTEM.h5", None,
        (0.339, 0.327, 0.307, 0.277, 0.193, 0.170, 0.163, 0.153, 0.136, 0.127), (1, 1), (0.9, 1.0),
        "one scanned crystal, the whole field",
    ),
    Known(
        "gold_boundary/Grain_boundry_gold_512px.png", 0.0131, (0.236, 0.204), (2, 4), (0.6, 1.0),
        "two grains that share a boundary (scale assumed)",
    ),
    Known("graphene/graphene_flower_raw.dm3", 0.022, (0.213,), (1, 2), (0.7, 1.0), "graphene, a defect"),
    Known(
        "sei_li2o/sei_cryo_tem_1682px.png", 0.02557, (0.2695,), (5, 200), (0.02, 0.3), "small Li2O in a film"
    ),
    Known("soot/ExampleImage.tif", 0.0555, (0.36,), (0, 200), (0.0, 0.5), "curved planes of 0.34 to 0.38 nm"),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Result:
    """One micrograph analyzed."""

    known: Known
    analysis: Analysis
    seconds: float

    @property
    def spacings_nm(self) -> list[float]:
        """d of the families, largest first."""
        return [float(d) for d in self.analysis.families.d_nm]

    def in_words(self) -> str:
        """What was found beside what is known, in one line."""
        totals, known = measure(self.analysis).totals, self.known
        crystals, area = totals.n_crystallites, totals.crystalline_fraction
        found = ", ".join(f"{d:.3f}{'' if self._is_known(d) else '?'}" for d in self.spacings_nm)
        missed = [d for d in known.d_nm if not any(_near(d, one) for one in self.spacings_nm)]
        return (
            f"d {found or 'none'} nm{''.join(f', {d:g} missed' for d in missed)}; "
            f"{totals.n_domains} domains in {crystals} crystals ({_judged(crystals, known.crystals)}), "
            f"area {area:.2f} ({_judged(area, known.area)}), {self.seconds:.1f} s"
        )

    def _is_known(self, d_nm: float) -> bool:
        return any(_near(one, d_nm) for one in self.known.d_nm)


def _near(one_nm: float, other_nm: float) -> bool:
    return abs(math.log(one_nm / other_nm)) < TOLERANCE


def _judged(value: float, limits: tuple[float, float]) -> str:
    """What is right, and a mark where it is not so."""
    return f"{limits[0]:g} to {limits[1]:g}{'' if limits[0] <= value <= limits[1] else ' !'}"


def analyzed(folder: Path, known: Known) -> Result:
    """One micrograph of the folder with the default recipe."""
    micrograph = read(folder / known.file)
    if known.pixel_nm is not None:
        micrograph = micrograph.with_pixel_size(PixelSize(known.pixel_nm, known.pixel_nm))
    start = time.perf_counter()
    analysis = analyze(micrograph, Recipe())
    return Result(known, analysis, time.perf_counter() - start)


def tile(result: Result) -> Image.Image:
    """An overlay with its words."""
    overlay = overlay_image(result.analysis, max_px=2 * TILE_PX)
    scale = TILE_PX / max(overlay.size)
    overlay = overlay.resize((round(overlay.width * scale), round(overlay.height * scale)))
    picture = Image.new("RGB", (TILE_PX, TILE_PX + TEXT_PX), "white")
    picture.paste(overlay, (0, TEXT_PX))
    pen = ImageDraw.Draw(picture)
    words = result.in_words()
    pen.text((4, 4), f"{result.known.file}: {result.known.words}", fill="black")
    pen.text((4, 20), words if len(words) < 115 else words[:112] + "...", fill="black")
    return picture


def sheet(tiles: list[Image.Image]) -> Image.Image:
    """All overlays in one picture."""
    width, height = tiles[0].size
    rows = math.ceil(len(tiles) / COLUMNS)
    picture = Image.new("RGB", (min(COLUMNS, len(tiles)) * width, rows * height), "white")
    for number, one in enumerate(tiles):
        picture.paste(one, (number % COLUMNS * width, number // COLUMNS * height))
    return picture


def chosen(folder: Path, only: str) -> Iterable[Known]:
    """Those that are there, and whose file holds one of the words."""
    words = only.split(",")
    return (one for one in KNOWN if (folder / one.file).exists() and any(word in one.file for word in words))


def main() -> None:
    """Read the command line, analyze, print, draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where the micrographs are")
    parser.add_argument("--sheet", type=Path, help="PNG with all overlays")
    parser.add_argument("--only", default="", help="parts of file names, separated by commas")
    arguments = parser.parse_args()
    tiles = []
    for known in chosen(arguments.folder, arguments.only):
        result = analyzed(arguments.folder, known)
        print(f"{known.file} ({known.words})\n    {result.in_words()}", flush=True)
        tiles.append(tile(result))
    if not tiles:
        parser.error(f"{arguments.folder} holds none of the micrographs.")
    if arguments.sheet:
        sheet(tiles).save(arguments.sheet)


if __name__ == "__main__":
    main()
