"""Time of bringing the fringes of a large micrograph home, beside one FFT and its inverse.

Run as `python benchmarks/rehoming.py [--repeats 5]`. The micrograph of 4096 px is a mosaic of 16, each of
seven crystals of three reflections in a film, seen through a lens without a corrector: about 300 domains.
Voltage and Cs are given. Printed are the domains, the best time of the stage, and that of `scipy.fft.fft2`
and `ifft2` of the image in complex64 with two workers.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import fft
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hrtem_core.image import Aberrations, Micrograph, PixelSize
from hrtem_core.lens import LensParameters
from hrtem_core.recipe import Recipe
from hrtem_core.stages import STAGES, Work
from hrtem_core.synthesis import Fringes, Wave, seen_through

TILE_PX, TILES, PIXEL_NM = 1024, 4, 0.025
CRYSTALS_PER_TILE, REFLECTIONS, FIRST_D_NM = 7, 3, (0.2, 0.3)
KV, CS_MM, DEFOCUS_NM = 200.0, 1.0, 75.0


def waves(rng: np.random.Generator) -> list[Wave]:
    """Crystals on a loose grid, each of reflections 60 degrees apart, one of its two waves the weaker."""
    found = []
    for place in rng.permutation(9)[:CRYSTALS_PER_TILE]:
        middle = (np.array(divmod(place, 3)) + 0.5) / 3 * TILE_PX * PIXEL_NM + rng.uniform(-0.8, 0.8, 2)
        diameter, d_nm, azimuth = rng.uniform(3.5, 6), rng.uniform(*FIRST_D_NM), rng.uniform(0, 180)
        for number in range(REFLECTIONS):
            g = Fringes.of_spacing(d_nm, azimuth + 60 * number, amplitude=1.0).g_per_nm
            for sign, amplitude in ((1, 0.06), (-1, rng.uniform(0, 0.06))):
                centre = float(middle[0]), float(middle[1])
                found.append(Wave(centre, diameter, (sign * g[0], sign * g[1]), amplitude))
    return found


def micrograph() -> Micrograph:
    """The mosaic."""
    lens, pixel_size = Aberrations.of(KV, CS_MM, DEFOCUS_NM), PixelSize(PIXEL_NM, PIXEL_NM)
    shape = TILE_PX, TILE_PX
    tiles = [
        seen_through(lens, waves(np.random.default_rng(seed)), shape, pixel_size, seed=seed).intensity
        for seed in range(TILES**2)
    ]
    image = np.block([tiles[row * TILES : (row + 1) * TILES] for row in range(TILES)])
    return Micrograph(image, pixel_size, "mosaic")


def best_seconds(run: Callable[[], object], repeats: int) -> float:
    """The shortest of some times."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """Everything up to the stage once, the stage some times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    work = Work(micrograph(), Recipe(lens=LensParameters(KV, CS_MM)))
    with threadpool_limits(limits=1, user_api="blas"):
        for stage in STAGES:
            if stage.name == "delocalization":
                break
            setattr(work, stage.product, stage.make(work))
        seconds = best_seconds(lambda: stage.make(work), repeats)
    image = work.micrograph.intensity.astype(np.complex64)
    pair = best_seconds(lambda: fft.ifft2(fft.fft2(image, workers=2), workers=2), repeats)
    n = len(work.found_domains.accepted)
    print(f"{n} domains brought home in {seconds:.2f} s; FFT and inverse {pair:.2f} s")
    print(f"{seconds / pair * 300 / n:.2f} pairs per 300 domains")


if __name__ == "__main__":
    main()
