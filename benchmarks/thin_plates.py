"""Thin plates and twin lamellae: how many are one domain each, and how true their spacings are.

    python benchmarks/thin_plates.py [--scenes 6] [--seed 1] [--widths 0.8 1.1 1.5]

Plates lie alone in film, their planes at some angle to their faces; twins are a lamella in a round grain of
gold seen along 110. Prints, for each kind and width: reflections drawn, found as one domain, other domains,
the median error of d in percent and the rms of its pulls. Of planes parallel to a plate's faces 0.8 nm holds
three.
"""

import argparse
from collections.abc import Iterator

import numpy as np
from known_scenes import same_wave, shared_iou

from hrtem_core.analysis import analyze
from hrtem_core.image import PixelSize, Wavevector
from hrtem_core.numerics import BoolImage
from hrtem_core.recipe import Recipe
from hrtem_core.synthesis import FieldParameters, Fringes, PlannedGrain, Scene, disc, scene_with

SIDE_PX, PIXEL_NM = 512, 0.03
LENGTH_NM, D_NM, CELL_NM = 9.0, 0.25, 0.408
RHO_PER_NM = 22.0
"""Signal-to-noise ratio of a plate's fringes for each nm of its width."""
ANGLES_DEG = {"plates, planes at 35°": 35.0, "plates, planes across": 90.0, "plates, planes along": 0.0}
LEAST_IOU = 0.3
"""The outline of a plate of 0.8 nm is 1.6 nm wide: fringes are seen no finer."""

FIELD = FieldParameters(shape=(SIDE_PX, SIDE_PX), pixel_size=PixelSize(PIXEL_NM, PIXEL_NM))


def slab(centre_nm: tuple[float, float], normal_deg: float, width_nm: float, length_nm: float) -> BoolImage:
    """A rectangle whose shorter side points at an azimuth."""
    rows, cols = np.ogrid[:SIDE_PX, :SIDE_PX]
    down, right = rows * PIXEL_NM - centre_nm[0], cols * PIXEL_NM - centre_nm[1]
    angle = np.radians(normal_deg)
    along = right * np.cos(angle) - down * np.sin(angle)
    across = right * np.sin(angle) + down * np.cos(angle)
    return np.asarray((np.abs(along) < width_nm / 2) & (np.abs(across) < length_nm / 2))


def plates(width_nm: float, plane_deg: float, seed: int) -> Scene:
    """Two plates, far from each other."""
    rng = np.random.default_rng(seed)
    grains = []
    for centre in ((4.5, 4.5), (10.8, 10.8)):
        normal = float(rng.uniform(0, 180))
        mask = slab(centre, normal, width_nm, LENGTH_NM)
        rho = RHO_PER_NM * np.sqrt(width_nm)
        grains.append(PlannedGrain(mask, (Fringes.of_spacing(D_NM, normal + plane_deg, rho=rho),)))
    return scene_with(grains, FIELD, seed=seed)


def twins(width_nm: float, seed: int) -> Scene:
    """A grain of gold along 110 with one lamella; both share the (111) parallel to it."""
    rng = np.random.default_rng(seed)
    normal, middle = float(rng.uniform(0, 180)), SIDE_PX * PIXEL_NM / 2
    whole = disc(FIELD.shape, (middle, middle), LENGTH_NM, FIELD.pixel_size)
    lamella = whole & slab((middle, middle), normal, width_nm, 2 * LENGTH_NM)
    d111, d200 = CELL_NM / np.sqrt(3), CELL_NM / 2

    def fringes(sign: int) -> tuple[Fringes, ...]:
        places = ((d111, normal + sign * 70.53), (d200, normal - sign * 54.74))
        return tuple(Fringes.of_spacing(d, azimuth, amplitude=1.3) for d, azimuth in places)

    common = PlannedGrain(whole, (Fringes.of_spacing(d111, normal, amplitude=1.3),))
    grains = (common, PlannedGrain(whole & ~lamella, fringes(1)), PlannedGrain(lamella, fringes(-1)))
    return scene_with(grains, FIELD, seed=seed)


def scenes(n: int, seed: int, width_nm: float) -> Iterator[tuple[str, list[Scene]]]:
    """Every kind with its scenes."""
    for name, angle in ANGLES_DEG.items():
        yield name, [plates(width_nm, angle, seed + number) for number in range(n)]
    yield "twin lamellae", [twins(width_nm, seed + number) for number in range(n)]


def judge(scene: Scene) -> tuple[int, int, int, list[tuple[float, float]]]:
    """Reflections drawn, found, other domains; (relative error of |g|, pull) of those found."""
    domains, taken, errors, drawn = analyze(scene.micrograph, Recipe()).domains.accepted, set(), [], 0
    for _, grain, reflection in scene.truth():
        drawn += 1
        fits = [d for d in domains if same_wave(d, reflection) and shared_iou(d, grain) >= LEAST_IOU]
        if fits:
            best = max(fits, key=lambda domain: shared_iou(domain, grain))
            taken.add(best.domain_id)
            g = Wavevector(reflection.g_row_per_nm, reflection.g_col_per_nm)
            off = float(np.hypot(*best.g_per_nm) - np.hypot(*g))
            errors.append((off / float(np.hypot(*g)), off / best.g_sigma_per_nm))
    return drawn, len(errors), len(domains) - len(taken), errors


def main() -> None:
    """Judge and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--scenes", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--widths", type=float, nargs="+", default=[0.8, 1.1, 1.5])
    given = parser.parse_args()
    for width in given.widths:
        for name, drawn in scenes(given.scenes, given.seed, width):
            judged = [judge(scene) for scene in drawn]
            n, found, others = (sum(one[at] for one in judged) for at in (0, 1, 2))
            errors = np.array([error for one in judged for error in one[3]]).reshape(-1, 2)
            d = f"{100 * np.median(abs(errors[:, 0])):.2f} %" if len(errors) else "-"
            pull = f"{np.sqrt(np.mean(errors[:, 1] ** 2)):.1f}" if len(errors) else "-"
            print(f"{width} nm  {name:24}  {found} of {n}, {others} others; d {d}, pull {pull}", flush=True)


if __name__ == "__main__":
    main()
