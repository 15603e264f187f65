"""Recall against rho on counted images, from 0.05 to 30 counts per pixel.

Run as `python benchmarks/counted.py [--scenes 6] [--seed 0] [--dose 0.05 0.5 ...] [--levels 2]`. Every scene
holds four grains of 3.5 to 6 nm with one rho, on a film of 2 % contrast; a wave of an amplitude above the
mean cannot be counted, so that the smallest doses do not reach every rho. With --levels counts are cut to so
many levels, 2 for a 1-bit image. The columns are those of `recall.py`: found by the analysis, and what in
theory an observer reaches who knows g and outline (ideal), or who must look at all places and g (search),
with one false alarm in `--images-per-false-alarm` images. Usable is the least share of an image that was
looked at.
"""

import argparse
import math
from dataclasses import replace

import numpy as np
from recall import BAND_PER_NM, FIELD, PLACES, independent_cells, marcum, n_false, overlaps_at_all

from hrtem_core.analysis import analyze
from hrtem_core.image import Micrograph
from hrtem_core.recipe import Recipe
from hrtem_core.synthesis import FieldParameters, Fringes, PlannedGrain, Scene, disc, scene_with

DOSES = (0.05, 0.1, 0.2, 0.5, 0.7, 1.0, 3.0, 10.0, 30.0)
RHOS = (6.0, 8.0, 9.0, 10.0, 12.0, 16.0)
CONTRAST = 0.02
SMALLEST_NM = 3.5
"""At the smallest doses a smaller grain would need an amplitude above the mean."""


def scene_of(field: FieldParameters, rho: float, seed: int) -> Scene:
    """Four grains of that rho, or of the largest that counts allow, with random spacings and directions."""
    rng = np.random.default_rng((seed, round(rho * 10)))
    grains = []
    for centre, diameter in PLACES:
        fringes = Fringes.of_spacing(1 / rng.uniform(*BAND_PER_NM), rng.uniform(0, 180), rho=rho)
        outline = disc(field.shape, centre, max(diameter, SMALLEST_NM), field.pixel_size)
        grains.append(PlannedGrain(outline, (fringes,)))
    return scene_with(grains, field, seed=int(rng.integers(2**31)))


def cut(scene: Scene, levels: int | None) -> Scene:
    """The scene with its counts cut to so many levels."""
    if levels is None:
        return scene
    counts = np.minimum(scene.micrograph.intensity, levels - 1)
    return replace(scene, micrograph=Micrograph(counts, scene.pixel_size, scene.micrograph.name))


def largest_rho(dose: float) -> float:
    """What a wave as strong as the mean reaches in the smallest grain, film aside."""
    area_px = math.pi / 4 * SMALLEST_NM**2 / FIELD.pixel_size.area_nm2
    return math.sqrt(dose * area_px / 2)


def main() -> None:
    """Read the command line, analyze, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenes", type=int, default=6, help="scenes of four grains per dose and rho")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dose", type=float, nargs="+", default=DOSES, help="counts per pixel")
    parser.add_argument("--rho", type=float, nargs="+", default=RHOS)
    parser.add_argument("--levels", type=int, help="cut counts to so many levels")
    parser.add_argument("--images-per-false-alarm", type=float, default=20.0)
    arguments = parser.parse_args()
    rate = 1 / arguments.images_per_false_alarm
    known, search = math.log(len(PLACES) / rate), math.log(independent_cells() / rate)
    print(f"{'dose':>6} {'rho':>5} {'grains':>7} {'found':>7} {'ideal':>7} {'search':>7} {'false':>6} usable")
    for dose in arguments.dose:
        field = replace(FIELD, dose=dose, contrast=CONTRAST)
        for rho in (rho for rho in arguments.rho if rho < largest_rho(dose)):
            found, false, usable = [], 0, 1.0
            for number in range(arguments.scenes):
                scene = scene_of(field, rho, arguments.seed + number)
                analysis = analyze(cut(scene, arguments.levels).micrograph, Recipe())
                found += overlaps_at_all(scene, analysis)
                false += n_false(scene, analysis)
                usable = min(usable, float(analysis.prepared.usable.mean()))
            print(
                f"{dose:6g} {rho:5g} {len(found):7} {np.mean(found):7.2f} {marcum(rho, known):7.2f} "
                f"{marcum(rho, search):7.2f} {false:6} {usable:6.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
