"""Recall against rho, beside the ideal observer's.

Run as `python benchmarks/recall.py [--scenes 12] [--seed 0] [--picture FILE.svg]`. Every scene holds four
grains of 2.5 to 6 nm with one rho; rho rises from row to row of the table.

- found: a domain with the reflection's d and direction overlaps the grain.
- outlined: it does so with an intersection over union of at least 0.5.
- ideal: the matched filter that knows g and outline but not the phase, on the same images; its threshold
  gives it, with four tests per image, as many false alarms per image as the analysis made on these images
  (at least one in `--images-per-false-alarm`).
- theory: what that filter's recall should be, a Marcum Q function of rho.
- search: theory for an observer that must look at all places and all g for the same false-alarm rate.
"""

import argparse
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from known_scenes import matches, same_wave, shared_iou
from scipy import stats

from hrtem_core.analysis import Analysis, analyze
from hrtem_core.image import PixelSize
from hrtem_core.recipe import Recipe
from hrtem_core.synthesis import FieldParameters, Fringes, PlannedGrain, Scene, disc, scene_with
from hrtem_core.synthesis.drawing import gaussian_edge
from hrtem_core.synthesis.scene import EDGE_NM, noise_power

RHOS = (3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 12.0, 14.0, 18.0)
FIELD = FieldParameters(shape=(512, 512), pixel_size=PixelSize(0.03, 0.03))
PLACES = (((4.0, 4.2), 2.5), ((4.3, 11.0), 3.5), ((11.2, 4.6), 4.5), ((10.8, 10.9), 6.0))
"""(row, column) of the grains' centres and their diameters in nm."""
BAND_PER_NM = (1.6, 5.0)
COLOURS = {"found": "#1b6ca8", "outlined": "#7fb3d5", "ideal": "#444444", "search": "#c0792a"}


@dataclass(frozen=True)
class Row:
    """One line of the table: rho, number of grains, and recalls."""

    rho: float
    n: int
    found: float
    outlined: float
    ideal: float
    theory: float
    search: float


def scene_of(rho: float, seed: int) -> Scene:
    """Four grains of that rho with random spacings and directions."""
    rng = np.random.default_rng((seed, round(rho * 10)))
    grains = []
    for centre, diameter in PLACES:
        d_nm = 1 / rng.uniform(*BAND_PER_NM)
        fringes = Fringes.of_spacing(d_nm, rng.uniform(0, 180), rho=rho)
        moved = (centre[0] + rng.uniform(-0.5, 0.5), centre[1] + rng.uniform(-0.5, 0.5))
        grains.append(PlannedGrain(disc(FIELD.shape, moved, diameter, FIELD.pixel_size), (fringes,)))
    return scene_with(grains, FIELD, seed=int(rng.integers(2**31)))


def overlaps_at_all(scene: Scene, analysis: Analysis) -> list[bool]:
    """For every reflection whether a domain of its d and direction overlaps its grain."""
    return [
        any(same_wave(d, reflection) and shared_iou(d, grain) > 0 for d in analysis.domains.accepted)
        for _, grain, reflection in scene.truth()
    ]


def n_false(scene: Scene, analysis: Analysis) -> int:
    """Domains that overlap no grain of their d and direction."""
    truth = list(scene.truth())
    return sum(
        not any(same_wave(d, reflection) and shared_iou(d, grain) > 0 for _, grain, reflection in truth)
        for d in analysis.domains.accepted
    )


def statistics(scene: Scene) -> list[float]:
    """The matched filter's power for every reflection, in units of the noise's: mean 1 without a crystal."""
    image = scene.micrograph.intensity.astype(float)
    image -= image.mean()
    row, col = (
        np.arange(n)[:, None] * p for n, p in zip(FIELD.shape, FIELD.pixel_size.sizes_nm, strict=True)
    )
    powers = []
    for _, grain, reflection in scene.truth():
        weight = gaussian_edge(grain.mask, EDGE_NM, FIELD.pixel_size)
        g = (reflection.g_row_per_nm, reflection.g_col_per_nm)
        waves = np.exp(-2j * np.pi * g[0] * row), np.exp(-2j * np.pi * g[1] * col)
        response = (waves[0] * (image * weight) * waves[1].T).sum()
        powers.append(float(abs(response) ** 2 / (noise_power(g, FIELD) * (weight**2).sum())))
    return powers


def marcum(rho: float, threshold: float) -> float:
    """Chance that a wave of that rho has a power above the threshold, noise having mean power 1."""
    return float(stats.ncx2.sf(2 * threshold, 2, rho**2))


def independent_cells() -> float:
    """Places times wavevectors in which a grain of the mean diameter can be looked for."""
    area = FIELD.size_nm[0] * FIELD.size_nm[1]
    band = math.pi * ((1 / 0.127) ** 2 - (1 / 0.65) ** 2) / 2
    return area * band


def measure(
    rhos: tuple[float, ...], n_scenes: int, seed: int, per_false_alarm: float
) -> tuple[list[Row], float]:
    """The table, and the false domains per image."""
    outcomes, false, images = {}, 0, 0
    for rho in rhos:
        found, outlined, powers = [], [], []
        for number in range(n_scenes):
            scene = scene_of(rho, seed + number)
            analysis = analyze(scene.micrograph, Recipe())
            found += overlaps_at_all(scene, analysis)
            outlined += [match.domain is not None for match in matches(scene, analysis)]
            powers += statistics(scene)
            false += n_false(scene, analysis)
            images += 1
        outcomes[rho] = (found, outlined, powers)
    rate = max(false / images, 1 / per_false_alarm)
    known, search = math.log(len(PLACES) / rate), math.log(independent_cells() / rate)
    rows = [
        Row(
            rho, len(found), float(np.mean(found)), float(np.mean(outlined)),
            float(np.mean(np.array(powers) > known)), marcum(rho, known), marcum(rho, search),
        )
        for rho, (found, outlined, powers) in outcomes.items()
    ]  # fmt: skip
    return rows, false / images


def svg(rows: list[Row]) -> str:
    """The table as a picture."""
    left, top, width, height = 60, 20, 460, 280
    low, high = rows[0].rho, rows[-1].rho

    def place(rho: float, recall: float) -> str:
        return f"{left + (rho - low) / (high - low) * width:.1f},{top + (1 - recall) * height:.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 110} {top + height + 50}" '
        'font-family="sans-serif" font-size="13">',
        '<title>Recall against rho</title><rect width="100%" height="100%" fill="white"/>',
    ]
    for share in (0, 0.25, 0.5, 0.75, 1):
        start, end = place(low, share), place(high, share)
        parts.append(f'<polyline points="{start} {end}" stroke="#ddd" fill="none"/>')
        parts.append(
            f'<text x="{left - 8}" y="{float(start.split(",")[1]) + 4}" text-anchor="end">{share:g}</text>'
        )
    for rho in range(math.ceil(low), math.floor(high) + 1, 3):
        x = place(rho, 0).split(",")[0]
        parts.append(f'<text x="{x}" y="{top + height + 18}" text-anchor="middle">{rho}</text>')
    parts.append(
        f'<text x="{left + width / 2}" y="{top + height + 40}" text-anchor="middle">'
        "rho, the ideal observer's signal-to-noise ratio</text>"
        f'<text transform="translate(16 {top + height / 2}) rotate(-90)" text-anchor="middle">recall</text>'
    )
    for number, (name, colour) in enumerate(COLOURS.items()):
        points = " ".join(place(row.rho, getattr(row, name)) for row in rows)
        dashes = ' stroke-dasharray="5 4"' if name in ("ideal", "search") else ""
        parts.append(f'<polyline points="{points}" stroke="{colour}" stroke-width="2" fill="none"{dashes}/>')
        y = top + 20 + 22 * number
        parts.append(f'<text x="{left + width + 14}" y="{y}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>\n"])


def main() -> None:
    """Read the command line, analyze, print and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenes", type=int, default=12, help="scenes of four grains per rho")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rho", type=float, nargs="+", default=RHOS)
    parser.add_argument("--images-per-false-alarm", type=float, default=20.0, help="see above")
    picture = Path(__file__).parents[1] / "docs" / "pictures" / "recall.svg"
    parser.add_argument(
        "--picture", type=Path, default=picture, help="where to draw; docs/pictures/recall.svg"
    )
    arguments = parser.parse_args()
    rhos = tuple(sorted(arguments.rho))
    rows, false = measure(rhos, arguments.scenes, arguments.seed, arguments.images_per_false_alarm)
    names = ("found", "outlined", "ideal", "theory", "search")
    print(f"{'rho':>6} {'grains':>7} " + " ".join(f"{name:>9}" for name in names))
    for row in rows:
        print(f"{row.rho:6g} {row.n:7} " + " ".join(f"{getattr(row, name):9.2f}" for name in names))
    print(f"false domains per image: {false:.3f}")
    if len(rows) > 1:
        arguments.picture.parent.mkdir(parents=True, exist_ok=True)
        arguments.picture.write_text(svg(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
