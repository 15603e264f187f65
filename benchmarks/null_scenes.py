"""False domains on scenes without a crystal: amorphous film, and film with an edge to vacuum.

Run as `python benchmarks/null_scenes.py [-n 50] [--seed 1] [--side 512] [--yardstick DIR]`. Defocus, dose,
Cs, pixel size and contrast differ from scene to scene; every second scene has an edge. Every false domain
is printed with the parameters of its scene. With --yardstick the scenes are drawn by that folder's
generator.
"""

import argparse
import math
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from known_scenes import as_scene, yardstick_module

from hrtem_core.analysis import analyze
from hrtem_core.domains import Domain, Domains
from hrtem_core.image import PixelSize
from hrtem_core.recipe import Recipe
from hrtem_core.synthesis import FieldParameters, Optics, Scene, scene_with

Case = tuple[str, Scene]
"""A scene and its parameters in words."""


def own_cases(n_scenes: int, seed: int, side_px: int) -> Iterator[Case]:
    """Scenes of our own synthesis."""
    rng = np.random.default_rng(seed)
    for number in range(n_scenes):
        pixel_nm = float(rng.choice([0.02, 0.026, 0.03, 0.035, 0.04]))
        optics = Optics(cs_mm=float(rng.choice([0.0, 0.6, 1.2])), defocus_nm=float(rng.uniform(10, 150)))
        dose = math.exp(rng.uniform(math.log(8), math.log(300)))
        vacuum = float(rng.uniform(0.15, 0.6)) * (number % 2)
        contrast, scale = float(rng.uniform(0.03, 0.1)), PixelSize(pixel_nm, pixel_nm)
        field = FieldParameters(
            shape=(side_px, side_px),
            pixel_size=scale,
            optics=optics,
            contrast=contrast,
            dose=dose,
            vacuum_fraction=vacuum,
        )
        words = (
            f"seed {seed + number} pixel {pixel_nm:g} nm, Cs {optics.cs_mm:g} mm, "
            f"defocus {optics.defocus_nm:.1f} nm, contrast {field.contrast:.3f}, dose {dose:.1f}, "
            f"vacuum {vacuum:.3f}"
        )
        yield words, scene_with((), field, seed=seed + number, name=f"null-{number}")


def yardstick_cases(folder: Path, n_scenes: int, seed: int, side_px: int) -> Iterator[Case]:
    """Scenes of the yardstick's generator."""
    module = yardstick_module(folder)
    rng = np.random.default_rng(seed)
    for number in range(n_scenes):
        given = {
            "pixel_nm": float(rng.choice([0.02, 0.026, 0.03, 0.035, 0.04])),
            "defocus_nm": round(float(rng.uniform(10, 150)), 1),
            "dose": round(math.exp(rng.uniform(math.log(8), math.log(300))), 1),
            "vacuum": round(float(rng.uniform(0.15, 0.6)), 3) * (number % 2),
        }
        recipe = module.Recipe(
            f"null-{number}", seed=seed + number, shape=(side_px, side_px), layout="none", **given
        )
        words = f"seed {seed + number} " + ", ".join(f"{name} {value:g}" for name, value in given.items())
        yield words, as_scene(module.make_scene(recipe))


def in_words(domain: Domain, domains: Domains) -> str:
    """A domain for people."""
    area = domain.footprint.n_pixels * domains.pixel_size.area_nm2
    azimuth = math.degrees(math.atan2(-domain.g_per_nm[0], domain.g_per_nm[1])) % 180
    rows, cols = domain.footprint.window
    return (
        f"d {1 / math.hypot(*domain.g_per_nm):.3f} nm, azimuth {azimuth:.0f} deg, snr {domain.snr:.1f}, "
        f"{area:.1f} nm2, rows {rows.start} to {rows.stop}, columns {cols.start} to {cols.stop}"
    )


def main() -> None:
    """Read the command line, analyze, count."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-n", "--number", type=int, default=50, help="scenes to draw")
    parser.add_argument("--seed", type=int, default=1, help="of parameters and pixels")
    parser.add_argument("--side", type=int, default=512, help="rows and columns of a scene in pixels")
    parser.add_argument("--yardstick", type=Path, help="folder of the yardstick, to use its generator")
    arguments = parser.parse_args()
    given = (arguments.number, arguments.seed, arguments.side)
    cases = yardstick_cases(arguments.yardstick, *given) if arguments.yardstick else own_cases(*given)
    start, counts = time.perf_counter(), {"film": [0, 0], "edge": [0, 0]}
    for words, scene in cases:
        domains = analyze(scene.micrograph, Recipe()).domains
        kind = "film" if words.endswith(("vacuum 0", "vacuum 0.000")) else "edge"
        counts[kind][0] += 1
        counts[kind][1] += len(domains.accepted)
        if domains.accepted:
            print(f"{kind}: {words}")
            for domain in domains.accepted:
                print(f"    {in_words(domain, domains)}", flush=True)
    print(f"\n{'':6} {'scenes':>8} {'false domains':>14}")
    for kind, (n_scenes, n_false) in counts.items():
        print(f"{kind:6} {n_scenes:8} {n_false:14}")
    print(f"in {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
