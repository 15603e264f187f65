"""Are the uncertainties true, and is the signal probability calibrated?

Run as `python benchmarks/uncertainty.py [--scenes 16] [--seed 100] [--yardstick DIR]`, on scenes of all kinds
and on as many with grains near the threshold (rho 5 to 10): without these few probabilities lie between sure
and impossible. Two tables:

- pulls: (d measured - d true) / d_sigma of the domains that match a reflection, by the reflection's rho.
  Their standard deviation should be 1; "robust" is 1.4826 times the median absolute deviation.
- calibration: of the Friedel pairs that were given a signal probability, the share that is real, which should
  be the mean probability of its row. A pair is real within 0.12 /nm of a drawn reflection with rho of at
  least 4.
"""

import argparse
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from known_scenes import matches, own_scenes, yardstick_scenes
from recall import scene_of

from hrtem_core.analysis import Analysis, analyze
from hrtem_core.image import distance_per_nm
from hrtem_core.numerics import FloatArray
from hrtem_core.recipe import Recipe
from hrtem_core.synthesis import Scene

RHO_EDGES = (0, 8, 12, 18, 30, 60, math.inf)
PROBABILITY_EDGES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0)
REAL_PER_NM, REAL_RHO = 0.12, 4.0


@dataclass
class Collected:
    """What the scenes gave: rows (rho, pull, relative error of d) and (probability, real, significant)."""

    pulls: list[tuple[float, float, float]]
    pairs: list[tuple[float, bool, bool]]


def near_the_threshold(n_scenes: int, seed: int) -> Iterator[Scene]:
    """Scenes of small grains, each scene with another rho."""
    for number in range(n_scenes):
        yield scene_of(5.0 + number % 6, seed + number)


def collect(scenes: Iterable[Scene]) -> Collected:
    """Analyze the scenes."""
    collected = Collected([], [])
    for scene in scenes:
        analysis = analyze(scene.micrograph, Recipe())
        collected.pulls += pulls_of(scene, analysis)
        collected.pairs += pairs_of(scene, analysis)
    return collected


def pulls_of(scene: Scene, analysis: Analysis) -> list[tuple[float, float, float]]:
    """(rho, pull, relative error of d) of every matched domain."""
    rows = []
    for match in matches(scene, analysis):
        if match.domain is not None:
            d_nm = 1 / math.hypot(*match.domain.g_per_nm)
            error = d_nm - match.reflection.d_nm
            sigma = d_nm**2 * match.domain.g_sigma_per_nm
            rows.append((match.reflection.rho, error / sigma, error / d_nm))
    return rows


def pairs_of(scene: Scene, analysis: Analysis) -> list[tuple[float, bool, bool]]:
    """(probability, real, significant) of every pair."""
    truth = [(r.g_row_per_nm, r.g_col_per_nm) for _, _, r in scene.truth() if r.rho >= REAL_RHO]
    peaks = analysis.peaks
    near = np.zeros(len(peaks), dtype=bool)
    for g in truth:
        near |= distance_per_nm(peaks.g_per_nm, np.array(g)) <= REAL_PER_NM
    usable = ~peaks.explained
    columns = (peaks.signal_probability[usable], near[usable], peaks.significant[usable])
    return [(float(p), bool(real), bool(sure)) for p, real, sure in zip(*columns, strict=True)]


def pull_line(name: str, rows: FloatArray) -> str:
    """One line of the table of pulls."""
    if len(rows) < 3:
        return f"{name:>12} {len(rows):6}"
    pull, error = rows[:, 1], rows[:, 2]
    robust = 1.4826 * np.median(np.abs(pull - np.median(pull)))
    beyond = np.mean(np.abs(pull) > 3)
    return (
        f"{name:>12} {len(rows):6} {pull.mean():8.2f} {pull.std():8.2f} {robust:8.2f} {beyond:8.1%} "
        f"{np.median(np.abs(error)):10.3%} {error.mean():10.3%}"
    )


def print_pulls(collected: Collected) -> None:
    """The table of pulls."""
    rows = np.array(collected.pulls).reshape(-1, 3)
    print(f"{'rho':>12} {'n':>6} {'mean':>8} {'std':>8} {'robust':>8} {'>3':>8} {'|dd/d|':>10} {'bias':>10}")
    for low, high in pairwise(RHO_EDGES):
        some = rows[(rows[:, 0] >= low) & (rows[:, 0] < high)]
        print(pull_line(f"{low:g} to {high:g}", some))
    print(pull_line("all", rows))


def print_calibration(collected: Collected) -> None:
    """The table of probabilities."""
    probability, real, significant = (np.array(column) for column in zip(*collected.pairs, strict=True))
    print(f"{'probability':>12} {'n':>6} {'signif.':>8} {'mean p':>8} {'real':>8} {'+-':>6}")
    for low, high in pairwise(PROBABILITY_EDGES):
        inside = (probability >= low) & ((probability < high) | (high == 1.0))
        n = np.count_nonzero(inside)
        if n == 0:
            continue
        share = real[inside].mean()
        error = math.sqrt(max(share * (1 - share), 0.25 / n) / n)
        print(
            f"{f'{low:g} to {high:g}':>12} {n:6} {np.count_nonzero(significant[inside]):8} "
            f"{probability[inside].mean():8.2f} {share:8.2f} {error:6.2f}"
        )


def main() -> None:
    """Read the command line, analyze, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenes", type=int, default=16, help="scenes of our own synthesis")
    parser.add_argument("--seed", type=int, default=100, help="of our own scenes")
    parser.add_argument("--yardstick", type=Path, help="folder of the yardstick: its drawn scenes too")
    parser.add_argument("--yardstick-seed", type=int, default=1000, help="of the yardstick's scenes")
    arguments = parser.parse_args()
    sources = {
        "our own scenes": own_scenes(arguments.scenes, arguments.seed),
        "grains near the threshold": near_the_threshold(arguments.scenes, arguments.seed),
    }
    if arguments.yardstick:
        sources["the yardstick's scenes"] = yardstick_scenes(arguments.yardstick, arguments.yardstick_seed)
    for name, scenes in sources.items():
        collected = collect(scenes)
        print(f"\n{name}")
        print_pulls(collected)
        print()
        print_calibration(collected)


if __name__ == "__main__":
    main()
